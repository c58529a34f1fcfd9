"""Lines before their columns are aligned, and the rows of tables among them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from typing import NamedTuple

from netspec.syntax.format.tokens import Token

LEAST_NUMBERS = 4
"""So many numbers after a name make a row of a table."""


class Row(NamedTuple):
    """A statement on one line, which may be a row of a table.

    ``layer1: { basic 64 -> basic 64 }`` has its label and its steps as `cells`, ``a: inception 64 96 128 16`` its
    label, its numbers, and what follows them. `names` are those of the steps, or the one that is called.
    """

    is_group: bool
    names: tuple[str, ...]
    cells: tuple[str, ...]


class Line(NamedTuple):
    """A line: its code up to an ``=>``, that and what follows it, its comment. A blank line has none of them.

    `item` counts the items of the file.
    """

    item: int
    indent: int
    code: str
    stated: str
    remark: str
    row: Row | None


def row(statement: Sequence[Token], closing: int) -> Row | None:
    """A statement of one line as a row of a table, if it can be one.

    `closing` is the place of the ``}`` that belongs to its first ``{``.
    """
    label = statement[0].text if statement[0].kind == "LABEL" else ""
    rest = statement[1:] if label else statement
    if len(rest) <= LEAST_NUMBERS:
        return None
    if rest[0].kind == "LBRACE":
        after = statement[closing + 1 :]
        return _group(label, statement[1 + bool(label) : closing]) if not after or after[0].kind == "_GIVES" else None
    if rest[0].kind == "NAME" and rest[LEAST_NUMBERS].kind == "INTEGER":
        return _numbers(label, rest)
    return None


def _group(label: str, body: Sequence[Token]) -> Row | None:
    steps: list[list[Token]] = [[]]
    for token in body:
        if token.kind in ("LBRACE", "_GIVES"):
            return None
        if token.kind == "_ARROW":
            steps.append([])
        else:
            steps[-1].append(token)
    if len(steps) == 1:
        return None
    names = [step[1 if step[0].kind == "LABEL" else 0] for step in steps]
    if any(name.kind != "NAME" for name in names):
        return None
    return Row(True, tuple(name.text for name in names), (label, *map(joined, steps)))


def _numbers(label: str, call: Sequence[Token]) -> Row | None:
    name, *rest = call
    numbers = [token.text for token in takewhile(lambda token: token.kind == "INTEGER", rest)]
    others = list(takewhile(lambda token: token.kind != "_GIVES", rest[len(numbers) :]))
    if len(numbers) < LEAST_NUMBERS or any(token.kind == "LBRACE" for token in others):
        return None
    if others and not others[0].spaced:
        return None
    return Row(False, (name.text,), (label, *numbers, joined(others)))


def joined(tokens: Sequence[Token]) -> str:
    """Tokens as they stand on one line."""
    return "".join(f" {token.text}" if token.spaced else token.text for token in tokens).lstrip()

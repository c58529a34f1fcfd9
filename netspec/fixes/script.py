"""A text as lines of tokens with their places: what edits are made of, whether it parses or not."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from netspec.syntax.machine import machine

NUMBERS = frozenset({"INTEGER", "DECIMAL", "WINDOW"})

_OPENING = frozenset({"LBRACE", "LPAR"})
_CLOSING = frozenset({"RBRACE", "RPAR"})
_ENDS_STEP = frozenset({"_ARROW", "_GIVES", "LBRACE", "RBRACE"})
_STATEMENTS = frozenset({"INPUT", "REPEAT", "IF", "ELSE", "FROM", "OUTPUT", "ASSERT", "NET", "BLOCK", "USE"})


class Token(NamedTuple):
    """A token where it stands. `kind` is the grammar's name for it; what is none is ``BAD``."""

    kind: str
    text: str
    start: int
    end: int


class Step(NamedTuple):
    """A layer or block as it is called: its name, and each argument with all its tokens."""

    name: Token
    arguments: tuple[tuple[Token, ...], ...]

    @property
    def start(self) -> int:
        """Where it begins, its label not counted."""
        return self.name.start

    @property
    def end(self) -> int:
        """Where its last argument ends."""
        return self.arguments[-1][-1].end if self.arguments else self.name.end

    @property
    def keywords(self) -> frozenset[str]:
        """The arguments that are given by name."""
        return frozenset(argument[0].text for argument in self.arguments if len(argument) > 1)


@dataclass(frozen=True, eq=False)
class Line:
    """A line with at least one token. `start` is that of the first."""

    number: int
    tokens: tuple[Token, ...]

    @property
    def start(self) -> int:
        """Where the first token begins."""
        return self.tokens[0].start

    @property
    def end(self) -> int:
        """Where the last token ends; a comment may follow."""
        return self.tokens[-1].end

    def has(self, kind: str) -> bool:
        """Whether there is a token of this kind."""
        return any(token.kind == kind for token in self.tokens)

    @property
    def statement(self) -> str:
        """The kind of the word that the line begins with, its label not counted."""
        first = self.tokens[1] if len(self.tokens) > 1 and self.tokens[0].kind == "LABEL" else self.tokens[0]
        return first.kind

    @cached_property
    def before_stated(self) -> int:
        """Where the line ends if what follows ``=>`` is left out."""
        for before, token in zip(self.tokens, self.tokens[1:], strict=False):
            if token.kind == "_GIVES":
                return before.end
        return self.end

    @cached_property
    def balanced(self) -> bool:
        """Whether it closes what it opens, and nothing else."""
        depth = 0
        for token in self.tokens:
            depth += (token.kind in _OPENING) - (token.kind in _CLOSING)
            if depth < 0:
                return False
        return depth == 0

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The layers and blocks that are called in it."""
        if self.statement in ("ASSERT", "INPUT", "FROM", "NET", "BLOCK", "USE"):
            return ()
        found: list[Step] = []
        begun: list[Token] | None = []
        for token in self.tokens:
            if token.kind in _ENDS_STEP or token.kind == "LABEL":
                _finish(begun, found)
                begun = None if token.kind == "_GIVES" else []
            elif token.kind in _STATEMENTS:
                begun = None  # a condition or a count, up to the brace
            elif begun is not None:
                begun.append(token)
        _finish(begun, found)
        return tuple(found)


def _finish(tokens: list[Token] | None, found: list[Step]) -> None:
    if tokens and tokens[0].kind == "NAME":
        found.append(Step(tokens[0], _arguments(tokens[1:])))


def _arguments(tokens: list[Token]) -> tuple[tuple[Token, ...], ...]:
    arguments: list[tuple[Token, ...]] = []
    current: list[Token] = []
    depth = 0
    for token in tokens:
        goes_on = token.kind == "_EQUALS" or (current and current[-1].kind in ("_EQUALS", "MINUS"))
        if depth == 0 and current and not goes_on:
            arguments.append(tuple(current))
            current = []
        depth += (token.kind == "LPAR") - (token.kind == "RPAR")
        current.append(token)
    if current:
        arguments.append(tuple(current))
    return tuple(arguments)


class Script:
    """A text with its tokens, found once."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def tokens(self) -> tuple[Token, ...]:
        """All tokens but line ends."""
        tables = machine().tables
        groups, symbols = tables.groups, tables.symbols
        found: list[Token] = []
        for match in machine().scan(self.text):
            group = match.lastindex
            if group is None:
                break
            text, start = match[group], match.start(group)
            number = groups[group] if group < len(groups) else None
            kind = "BAD" if number is None else symbols[tables.signs[text] if number < 0 else number]
            if kind == "_NEWLINE":
                continue
            if kind == "NAME" and text in tables.keywords and text != "x":
                kind = symbols[tables.keywords[text]]
            if kind == "_ARROW":
                text = "->"
            found.append(Token(kind, text, start, start + len(text)))
        return tuple(found)

    @cached_property
    def _starts(self) -> list[int]:
        starts = [0]
        for line in self.text.splitlines(keepends=True):
            starts.append(starts[-1] + len(line))
        return starts

    def number_at(self, offset: int) -> int:
        """The line that an offset is in, counted from 1."""
        return bisect_right(self._starts, offset)

    def start_of(self, number: int) -> int:
        """Where a line begins."""
        return self._starts[number - 1]

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """The lines that have tokens."""
        by_number: dict[int, list[Token]] = {}
        for token in self.tokens:
            by_number.setdefault(self.number_at(token.start), []).append(token)
        return tuple(Line(number, tuple(tokens)) for number, tokens in by_number.items())

    def indent(self, line: Line) -> str:
        """The space that a line begins with."""
        return self.text[self.start_of(line.number) : line.start]

    @cached_property
    def items(self) -> tuple[tuple[Line, ...], ...]:
        """The lines of each ``net``, ``block`` and ``use``."""
        items: list[list[Line]] = []
        for line in self.lines:
            if not items or line.statement in ("NET", "BLOCK", "USE"):
                items.append([])
            items[-1].append(line)
        return tuple(map(tuple, items))

    def item_of(self, line: Line) -> tuple[Line, ...]:
        """The lines of the item around a line."""
        return next(item for item in self.items if line in item)

    @cached_property
    def bodies(self) -> dict[str, tuple[Line, ...]]:
        """The lines of each block, by its name."""
        found = {}
        for item in self.items:
            first = item[0]
            if first.statement == "BLOCK" and len(first.tokens) > 1:
                found[first.tokens[1].text] = item
        return found

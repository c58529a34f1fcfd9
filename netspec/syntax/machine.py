"""The parser's machine: Lark's tables and the builders of nodes, made ready once for all texts."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from operator import itemgetter
from typing import Any, NamedTuple

from netspec.syntax.builder import BUILDERS
from netspec.syntax.grammar import Rule, Tables, load_tables


class Machine(NamedTuple):
    """The tables, made ready: everything that does not depend on the text."""

    tables: Tables
    scan: Callable[[str], Any]
    actions: tuple[dict[int, int], ...]
    reductions: tuple[_Reduction, ...]
    symbol: dict[str, int]


class _Reduction(NamedTuple):
    """What to do by a rule: `build` a node of the children, make or extend a list, or else pass the one child on.

    `children` takes them from the end of the stack. `plain`: the rule's only symbol is the only child.
    """

    nonterminal: int
    length: int
    build: Callable[..., Any] | None
    makes_list: bool
    extends_list: bool
    plain: bool
    children: Callable[[list[Any]], Sequence[Any]]


@cache
def machine() -> Machine:
    """The machine of the present grammar."""
    tables = load_tables()
    reductions = tuple(map(_reduction, tables.rules))
    # What no token matches is one stretch of bad characters; numbers run together with letters are another. The end
    # of the text is matched too, so that what is ignored before it is not tried again at each of its characters.
    bad = r"[0-9][A-Za-z_0-9.×]*|\"[^\"\n]*|[^\s\w#{}()\"]+|\w+|."
    pattern = re.compile(rf"(?:{tables.ignored})*+(?:{tables.pattern}|({bad})|\Z)", re.DOTALL)
    symbol = {name: i for i, name in enumerate(tables.symbols)}
    return Machine(tables, pattern.finditer, tables.states, reductions, symbol)


def _reduction(rule: Rule) -> _Reduction:
    is_list = rule.builder == "[]"
    extends = is_list and rule.picks[0] == ~0
    picks = rule.picks[1:] if extends else rule.picks
    return _Reduction(
        rule.nonterminal,
        rule.length,
        BUILDERS.get(rule.builder),
        is_list and not extends,
        extends,
        rule.length == 1 and picks == (0,),
        _children(picks, rule.length),
    )


def _children(picks: tuple[int | None, ...], length: int) -> Callable[[list[Any]], Sequence[Any]]:
    """How to take a rule's children from the end of the stack."""
    if len(picks) > 1 and all(pick is None or pick >= 0 for pick in picks):
        # The bottom of the stack is None: it serves for what is absent.
        return itemgetter(*(0 if pick is None else pick - length for pick in picks))

    def children(values: list[Any]) -> list[Any]:
        found: list[Any] = []
        for pick in picks:
            if pick is None:
                found.append(None)
            elif pick >= 0:
                found.append(values[pick - length])
            else:
                found += values[~pick - length]
        return found

    return children

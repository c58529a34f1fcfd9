"""The parser's machine: Lark's tables and the builders of nodes, made ready once for all texts."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from operator import itemgetter
from typing import Any, NamedTuple

from netspec.source import quick_span
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
    """What to do by a rule.

    `make` gives its value, of the values on the stack and of where it starts and ends; without it, the one child is
    passed on as it is.
    """

    nonterminal: int
    length: int
    make: Callable[[list[Any], int, int], Any] | None


@cache
def machine() -> Machine:
    """The machine of the present grammar."""
    tables = load_tables()
    reductions = tuple(_Reduction(rule.nonterminal, rule.length, _maker(rule)) for rule in tables.rules)
    # What no token matches is one stretch of bad characters; numbers run together with letters are another. The end
    # of the text is matched too, so that what is ignored before it is not tried again at each of its characters.
    bad = r"[0-9][A-Za-z_0-9.×]*|\"[^\"\n]*|[^\s\w#{}()\"]+|\w+|."
    pattern = re.compile(rf"(?:{tables.ignored})*+(?:{tables.pattern}|({bad})|\Z)", re.DOTALL)
    symbol = {name: i for i, name in enumerate(tables.symbols)}
    return Machine(tables, pattern.finditer, tables.states, reductions, symbol)


def _maker(rule: Rule) -> Callable[[list[Any], int, int], Any] | None:
    picks, length = rule.picks, rule.length
    build = BUILDERS.get(rule.builder)
    if build is not None:
        children = _children(picks, length)
        return lambda values, start, end: build(quick_span((start, end)), *children(values))
    if rule.builder != "[]":
        (child,) = (pick for pick in picks if pick is not None)
        return (lambda values, start, end: values[child - length]) if length > 1 else None
    if picks[0] != ~0:
        children = _children(picks, length)
        return lambda values, start, end: list(children(values))
    children = _children(picks[1:], length)

    def extended(values: list[Any], start: int, end: int) -> list[Any]:
        begun: list[Any] = values[-length]
        begun += children(values)  # in place, so that a long list takes linear time
        return begun

    return extended


def _children(picks: tuple[int | None, ...], length: int) -> Callable[[list[Any]], Sequence[Any]]:
    """How to take a rule's children from the end of the stack."""
    if all(pick is None or pick >= 0 for pick in picks):
        # The bottom of the stack is None: it serves for what is absent.
        places = [0 if pick is None else pick - length for pick in picks]
        match places:
            case []:
                return lambda values: ()
            case [place]:
                return lambda values: (values[place],)
            case _:
                return itemgetter(*places)

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

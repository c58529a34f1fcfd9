"""The parser's machine: Lark's tables and the builders of nodes, made ready once for all texts."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from operator import itemgetter
from typing import Any, NamedTuple, TypeAlias

from netspec.source import quick_span
from netspec.syntax.builder import BUILDERS
from netspec.syntax.grammar import Rule, Tables, load_tables

State: TypeAlias = dict[int, Any]
"""Where a symbol leads: a terminal to the next state, or to the :class:`Reduction` that comes before it; a nonterminal
to the state after it."""


class Machine(NamedTuple):
    """The tables, made ready: everything that does not depend on the text. The states refer to each other.

    `kept`: the terminals whose text is kept as a :class:`Word`.
    """

    tables: Tables
    kept: frozenset[int]
    scan: Callable[[str], Any]
    states: tuple[State, ...]
    symbol: dict[str, int]


class Reduction(NamedTuple):
    """What to do by a rule.

    `make` gives its value, of the values on the stack and of where it starts and ends; without it, the one child is
    passed on as it is.
    """

    nonterminal: int
    length: int
    make: Callable[[list[Any], int, int], Any] | None


@cache
def machine(*, builds: bool = True) -> Machine:
    """The machine of the present grammar. One that builds nothing takes half the time to find what is wrong."""
    tables = load_tables()
    kept = tables.kept if builds else frozenset[int]()
    reductions = tuple(
        Reduction(rule.nonterminal, rule.length, _maker(rule) if builds else None) for rule in tables.rules
    )
    states: tuple[State, ...] = tuple({} for _ in tables.states)
    for state, actions in zip(states, tables.states, strict=True):
        state.update((kind, states[to] if to >= 0 else reductions[~to]) for kind, to in actions.items())
    # What no token matches is one stretch of bad characters; numbers run together with letters are another. The end
    # of the text is matched too, so that what is ignored before it is not tried again at each of its characters.
    bad = r"[0-9][A-Za-z_0-9.×]*|\"[^\"\n]*|[^\s\w#{}()\"]+|\w+|."
    pattern = re.compile(rf"(?:{tables.ignored})*+(?:{tables.pattern}|({bad})|\Z)", re.DOTALL)
    symbol = {name: i for i, name in enumerate(tables.symbols)}
    return Machine(tables, kept, pattern.finditer, states, symbol)


def _maker(rule: Rule) -> Callable[[list[Any], int, int], Any] | None:
    picks, length = rule.picks, rule.length
    build = BUILDERS.get(rule.builder)
    if build is not None:
        # What has one child or two is most of a spec; it needs no tuple of them.
        match _places(picks, length):
            case [one]:
                return lambda values, start, end: build(quick_span((start, end)), values[one])
            case [one, two]:
                return lambda values, start, end: build(quick_span((start, end)), values[one], values[two])
            case _:
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


def _places(picks: tuple[int | None, ...], length: int) -> list[int] | None:
    """Where a rule's children stand at the end of the stack; None if there are lists among them."""
    if any(pick is not None and pick < 0 for pick in picks):
        return None
    # The bottom of the stack is None: it serves for what is absent.
    return [0 if pick is None else pick - length for pick in picks]


def _children(picks: tuple[int | None, ...], length: int) -> Callable[[list[Any]], Sequence[Any]]:
    """How to take a rule's children from the end of the stack."""

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

    match _places(picks, length):
        case None:
            return children
        case []:
            return lambda values: ()
        case [place]:
            return lambda values: (values[place],)
        case places:
            return itemgetter(*places)

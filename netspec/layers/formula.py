"""Formulas as data: one writing that is evaluated on numbers and symbols, and printed with its values substituted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from typing import NamedTuple, TypeAlias

from netspec.sizes import Size, format_size, minimum


class _Arithmetic:
    """Operators that build terms, so that a formula is written as one would write it on paper."""

    __slots__ = ()

    def __add__(self, other: Term | int) -> Sum:
        return Sum(_term(self), _term(other))

    def __sub__(self, other: Term | int) -> Sum:
        return Sum(_term(self), _term(other), negative=True)

    def __mul__(self, other: Term | int) -> Multiple:
        return Multiple(_term(self), _term(other))

    def __floordiv__(self, other: Term | int) -> Floor:
        return Floor(_term(self), _term(other))


@dataclass(frozen=True, slots=True, eq=False)
class Variable(_Arithmetic):
    """A named value."""

    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Number(_Arithmetic):
    """A constant."""

    value: int


@dataclass(frozen=True, slots=True, eq=False)
class Sum(_Arithmetic):
    """left + right, or left − right."""

    left: Term
    right: Term
    negative: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Multiple(_Arithmetic):
    """left · right."""

    left: Term
    right: Term


@dataclass(frozen=True, slots=True, eq=False)
class Floor(_Arithmetic):
    """⌊left / right⌋."""

    left: Term
    right: Term


@dataclass(frozen=True, slots=True, eq=False)
class Minimum(_Arithmetic):
    """The smaller of two."""

    left: Term
    right: Term


Term: TypeAlias = Variable | Number | Sum | Multiple | Floor | Minimum


class Sizing(NamedTuple):
    """How sizes follow from the input's on each spatial axis: a formula of `in`, and its other values by axis."""

    formula: Term
    arguments: Mapping[str, tuple[int, ...]]

    def values(self, axis: int, size: Size) -> dict[str, Size]:
        """The variables of the formula on one axis, for an input of this size."""
        return {"in": size, **{name: values[axis] for name, values in self.arguments.items()}}


def _term(value: object) -> Term:
    if isinstance(value, int):
        return Number(value)
    if isinstance(value, Term):
        return value
    raise TypeError(f"{value!r} is no term of a formula")


def evaluate(term: Term, values: Mapping[str, Size]) -> Size:
    """The value of a formula. Raises :class:`netspec.sizes.Unrepresentable` where a symbol makes it inexact."""
    return _function(term)(values)


@cache
def _function(term: Term) -> Callable[[Mapping[str, Size]], Size]:
    """A formula as a function. There are few formulas, and each is evaluated for every layer."""
    match term:
        case Variable():
            return itemgetter(term.name)
        case Number():
            return lambda values: term.value
        case Sum():
            return _sum([(sign, _function(part)) for sign, part in _summands(term)])
        case Multiple():
            left, right = _function(term.left), _function(term.right)
            return lambda values: left(values) * right(values)
        case Floor():
            left, right = _function(term.left), _function(term.right)
            return lambda values: left(values) // right(values)
        case Minimum():
            left, right = _function(term.left), _function(term.right)
            return lambda values: minimum(left(values), right(values))


def _summands(term: Term) -> list[tuple[int, Term]]:
    """The terms of a sum, each with its sign."""
    if not isinstance(term, Sum):
        return [(1, term)]
    right = _summands(term.right)
    return _summands(term.left) + ([(-sign, part) for sign, part in right] if term.negative else right)


def _sum(parts: Sequence[tuple[int, Callable[[Mapping[str, Size]], Size]]]) -> Callable[[Mapping[str, Size]], Size]:
    def value(values: Mapping[str, Size]) -> Size:
        number, symbolic = 0, []
        for sign, part in parts:
            size = part(values)
            if isinstance(size, int):
                number += sign * size
            else:
                symbolic.append(size if sign > 0 else -size)
        return sum(symbolic, start=number)  # numbers first: sizes with symbols take a hundred times longer

    return value


def render(term: Term, values: Mapping[str, Size] | None = None) -> str:
    """The formula as text, with values in place of the names where they are given."""
    return _render(term, values or {})[0]


def _render(term: Term, values: Mapping[str, Size]) -> tuple[str, int]:
    """Text, and how tightly it binds: 0 a sum, 1 a product, 2 an atom."""
    match term:
        case Variable():
            if term.name not in values:
                return term.name, 2
            text = format_size(values[term.name])
            return text, 2 if text.isalnum() else 0
        case Number():
            return str(term.value), 2
        case Sum():
            sign = "−" if term.negative else "+"
            return f"{_render(term.left, values)[0]} {sign} {_bound(term.right, values, 1)}", 0
        case Multiple():
            return f"{_bound(term.left, values, 1)}·{_bound(term.right, values, 2)}", 1
        case Floor():
            return f"⌊{_bound(term.left, values, 1)} / {_bound(term.right, values, 2)}⌋", 2
        case Minimum():
            return f"min({_render(term.left, values)[0]}, {_render(term.right, values)[0]})", 2


def _bound(term: Term, values: Mapping[str, Size], tightness: int) -> str:
    text, binding = _render(term, values)
    return text if binding >= tightness else f"({text})"


def render_latex(term: Term, values: Mapping[str, Size] | None = None) -> str:
    """The formula in LaTeX, with values in place of the names where they are given."""
    return _render_latex(term, values or {})[0]


def _render_latex(term: Term, values: Mapping[str, Size]) -> tuple[str, int]:
    """LaTeX, and how tightly it binds: 0 a sum, 1 a product, 2 an atom."""
    match term:
        case Variable():
            if term.name not in values:
                return rf"\text{{{term.name.replace('_', ' ')}}}", 2
            text = format_size(values[term.name])
            latex = text.replace("⌊", r"\lfloor ").replace("⌋", r" \rfloor").replace("·", r" \cdot ")
            return latex, 2 if text.isalnum() else 0
        case Number():
            return str(term.value), 2
        case Sum():
            sign = "-" if term.negative else "+"
            return f"{_render_latex(term.left, values)[0]} {sign} {_bound_latex(term.right, values, 1)}", 0
        case Multiple():
            left, right = _bound_latex(term.left, values, 1), _bound_latex(term.right, values, 2)
            return rf"{left} \cdot {right}", 1
        case Floor():
            over, under = _render_latex(term.left, values)[0], _render_latex(term.right, values)[0]
            return rf"\left\lfloor \frac{{{over}}}{{{under}}} \right\rfloor", 2
        case Minimum():
            left, right = _render_latex(term.left, values)[0], _render_latex(term.right, values)[0]
            return rf"\min\left({left}, {right}\right)", 2


def _bound_latex(term: Term, values: Mapping[str, Size], tightness: int) -> str:
    latex, binding = _render_latex(term, values)
    return latex if binding >= tightness else rf"\left({latex}\right)"

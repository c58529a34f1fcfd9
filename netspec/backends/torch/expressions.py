"""Expressions in the constructors of generated classes: simplified when made, evaluated on each use, printed."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias, TypeGuard

from netspec.backends.python.values import Value, literal

LONGEST = 60
"""Characters; a longer expression is no longer read but deciphered, and a parameter is clearer."""


class Name(NamedTuple):
    """A parameter of the constructor."""

    name: str


class Channels(NamedTuple):
    """In the rule of a layer: the channels of one of its inputs."""

    input: int = 0


class Given(NamedTuple):
    """In the rule of a layer: the argument as the spec gives it."""

    argument: str


class Operation(NamedTuple):
    """An operator and its operands. Made by :func:`operation`."""

    operator: str
    operands: tuple[Expression, ...]


Expression: TypeAlias = Value | Name | Channels | Given | Operation

_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "//": operator.floordiv,
    "%": operator.mod,
    "-": operator.sub,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "and": lambda *operands: all(operands),
    "or": lambda *operands: any(operands),
    "not": operator.not_,
    "negate": operator.neg,
    "min": min,
    "max": max,
    "if": lambda value, condition, otherwise: value if condition else otherwise,
    "+": lambda *operands: sum(operands[1:], operands[0]),
    "*": lambda *operands: _product(operands),
}
_TIGHTNESS = {"if": 0, "or": 1, "and": 2, "not": 3, "+": 5, "-": 5, "*": 6, "//": 6, "%": 6, "negate": 7}
_COMPARISON = 4
_ATOM = 9
_OPPOSITES = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


class Unknown(Exception):
    """An expression has no value: a division by zero, a comparison of unlike things, a name that stands for nothing."""


def _product(operands: tuple[Any, ...]) -> Any:
    result = operands[0]
    for operand in operands[1:]:
        result = result * operand
    return result


def is_constant(expression: Expression) -> TypeGuard[Value]:
    """Whether the expression is a plain value."""
    return not isinstance(expression, (Name, Channels, Given, Operation))


def operation(sign: str, *operands: Expression) -> Expression:
    """An operation, simplified: values worked out, sums and products flat, like terms together."""
    if all(is_constant(operand) for operand in operands):
        return _applied(sign, operands)
    match sign:
        case "+":
            return _sum(operands)
        case "-":
            return _difference(*operands)
        case "*":
            return _flat_product(operands)
        case "//" if operands[1] == 1:
            return operands[0]
        case "and" | "or":
            return _junction(sign, operands)
        case "not":
            return _negation(operands[0])
        case "if" if operands[0] == operands[2] or is_constant(operands[1]):
            return operands[0] if operands[1] else operands[2]
        case _:
            return Operation(sign, operands)


def _applied(sign: str, operands: tuple[Any, ...]) -> Value:
    try:
        result: Value = _FUNCTIONS[sign](*operands)
    except (ArithmeticError, TypeError, ValueError) as error:
        raise Unknown(str(error)) from None
    return result


def _sum(operands: tuple[Expression, ...]) -> Expression:
    counts: dict[Expression, int] = {}
    constant: int | float = 0
    for operand in operands:
        terms = operand.operands if isinstance(operand, Operation) and operand.operator == "+" else (operand,)
        for term in terms:
            if isinstance(term, (int, float)):
                constant += term
                continue
            factor, count = _coefficient(term)
            counts[factor] = counts.get(factor, 0) + count
    terms = tuple(operation("*", count, factor) for factor, count in counts.items() if count)
    if constant or not terms:
        terms = (*terms, constant)
    return terms[0] if len(terms) == 1 else Operation("+", terms)


def _difference(left: Expression, right: Expression) -> Expression:
    """left - right, as a sum where nothing is left to be taken away."""
    difference = _sum((left, operation("*", -1, right)))
    terms = difference.operands if isinstance(difference, Operation) and difference.operator == "+" else (difference,)
    return Operation("-", (left, right)) if any(_coefficient(term)[1] < 0 for term in terms) else difference


def _coefficient(term: Expression) -> tuple[Expression, int]:
    """A term as a factor and how many times it counts."""
    match term:
        case Operation("*", (int(count), factor)) | Operation("*", (factor, int(count))) if not is_constant(factor):
            return factor, count
        case _:
            return term, 1


def _flat_product(operands: tuple[Expression, ...]) -> Expression:
    factors: list[Expression] = []
    place: int | None = None
    constant: int | float = 1
    for operand in operands:
        parts = operand.operands if isinstance(operand, Operation) and operand.operator == "*" else (operand,)
        for part in parts:
            if isinstance(part, (int, float)):
                place = len(factors) if place is None else place
                constant *= part
            else:
                factors.append(part)
    if constant == 0:
        return 0
    if constant != 1 and place is not None:
        factors.insert(place, constant)
    return factors[0] if len(factors) == 1 else Operation("*", tuple(factors))


def _junction(sign: str, operands: tuple[Expression, ...]) -> Expression:
    neutral = sign == "and"
    kept: list[Expression] = []
    for operand in operands:
        if is_constant(operand):
            if bool(operand) is not neutral:
                return not neutral
        elif operand not in kept:
            kept.append(operand)
    return kept[0] if len(kept) == 1 else Operation(sign, tuple(kept))


def _negation(operand: Expression) -> Expression:
    match operand:
        case Operation("not", (inner,)):
            return inner
        case Operation(sign, (left, right)) if sign in _OPPOSITES:
            return Operation(_OPPOSITES[sign], (left, right))
        case _:
            return Operation("not", (operand,))


def names(expression: Expression) -> Iterator[str]:
    """The names in an expression, in order."""
    if isinstance(expression, Name):
        yield expression.name
    elif isinstance(expression, Operation):
        for operand in expression.operands:
            yield from names(operand)


def substitute(expression: Expression, lookup: Callable[[Name | Channels | Given], Expression]) -> Expression:
    """The expression with something else in place of each name; `lookup` may raise :class:`Unknown`."""
    match expression:
        case Name() | Channels() | Given():
            return lookup(expression)
        case Operation():
            return operation(expression.operator, *(substitute(part, lookup) for part in expression.operands))
        case _:
            return expression


def evaluate(expression: Expression, values: Mapping[str, Value]) -> Value:
    """The value of an expression, as Python would find it. Raises :class:`Unknown`."""
    match expression:
        case Name():
            if expression.name not in values:
                raise Unknown(expression.name)
            return values[expression.name]
        case Operation():
            return _applied(expression.operator, tuple(evaluate(part, values) for part in expression.operands))
        case Channels() | Given():
            raise Unknown(str(expression))
        case _:
            return expression


def render(expression: Expression) -> str:
    """The expression as Python writes it."""
    return _render(expression)[0]


def operands_of(expression: Expression) -> tuple[str, ...]:
    """The text of a condition as parts that may stand on lines of their own: ``a``, ``and b``."""
    match expression:
        case Operation("and" | "or" as sign, operands):
            first, *rest = (_bound(operand, _TIGHTNESS[sign] + 1) for operand in operands)
            return (first, *(f"{sign} {text}" for text in rest))
        case _:
            return (render(expression),)


def _render(expression: Expression) -> tuple[str, int]:
    match expression:
        case Name():
            return expression.name, _ATOM
        case Channels() | Given():
            raise Unknown(str(expression))
        case Operation("min" | "max" as function, operands):
            return f"{function}({', '.join(map(render, operands))})", _ATOM
        case Operation("negate", (operand,)):
            return f"-{_bound(operand, _TIGHTNESS['negate'])}", _TIGHTNESS["negate"]
        case Operation("if", (value, condition, otherwise)):
            return f"{_bound(value, 1)} if {_bound(condition, 1)} else {_bound(otherwise, 0)}", _TIGHTNESS["if"]
        case Operation("not", (operand,)):
            return f"not {_bound(operand, _TIGHTNESS['not'])}", _TIGHTNESS["not"]
        case Operation("+", (first, *rest)):
            text = _bound(first, _TIGHTNESS["+"])
            for term in rest:
                negative = isinstance(term, (int, float)) and term < 0
                text += f" - {literal(-term)}" if negative else f" + {_bound(term, _TIGHTNESS['+'] + 1)}"  # type: ignore[operator]
            return text, _TIGHTNESS["+"]
        case Operation(sign, operands):
            tightness = _TIGHTNESS.get(sign, _COMPARISON)
            # Comparisons would chain, and `and`, `or` of one kind are flat: only arithmetic groups from the left.
            first_tightness = tightness if tightness > _COMPARISON else tightness + 1
            first, *rest = operands
            parts = [_bound(first, first_tightness), *(_bound(operand, tightness + 1) for operand in rest)]
            return f" {sign} ".join(parts), tightness
        case float() | int() if not isinstance(expression, bool) and expression < 0:
            return literal(expression), _TIGHTNESS["negate"]
        case _:
            return literal(expression), _ATOM


def _bound(expression: Expression, tightness: int) -> str:
    text, binding = _render(expression)
    return text if binding >= tightness else f"({text})"

"""What expressions mean: names looked up, operators applied, mistakes told at their place."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple, Self, TypeAlias

from netspec.diagnostics import Code
from netspec.layers.arguments import LARGEST, value_text
from netspec.passes.expand.reports import MOST_NUMBERS, Reports, Site
from netspec.quick import quick_tuple
from netspec.sizes import (
    Polynomial,
    QuasiAffine,
    Relation,
    Shape,
    Size,
    Unrepresentable,
    format_shape,
    holds,
    is_symbol,
    minimum,
    symbol,
)
from netspec.source import Span
from netspec.syntax import tree
from netspec.syntax.project import Definition


class Unknown:
    """The value of what could not be worked out because of a mistake that has been told."""


UNKNOWN = Unknown()


class Bare(str):
    """A word that is the name of no parameter: perhaps `same`, or a layer."""

    __slots__ = ()


Known: TypeAlias = bool | int | float | str | QuasiAffine | Polynomial | Shape
Evaluated: TypeAlias = Known | Unknown


class BlockName(Bare):
    """The name of a block, which means the same wherever a parameter takes it."""

    __slots__ = ("definition",)
    definition: Definition

    def __new__(cls, name: str, definition: Definition) -> Self:
        self = super().__new__(cls, name)
        self.definition = definition
        return self


class Value(NamedTuple):
    """A value of the net where it is used: its name, and its shape unless that could not be worked out."""

    name: str
    shape: Shape | None


quick_value = quick_tuple(Value)


class Scope(NamedTuple):
    """What names mean in a body: the parameters of the block or net around it, and the value that entered."""

    parameters: Mapping[str, Evaluated]
    entering: Value
    symbols: frozenset[str] = frozenset()


class _Mistake(Exception):
    """Ends the evaluation of one expression: it cannot be worked out."""

    def __init__(self, code: Code, message: str, span: Span, help: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.code, self.message, self.span, self.help = code, message, span, help


class _Silent(Exception):
    """Ends the evaluation of an expression that depends on what is unknown already."""


Lookup: TypeAlias = Callable[[tree.Path | tree.Word], Evaluated | None]
"""Finds names beyond parameters and `in`: the measures of claims."""


Decision: TypeAlias = Callable[[Size, Relation, Size], bool]
"""Decides a comparison whose outcome depends on the sizes of the input."""


def evaluate(
    expression: tree.Expression,
    scope: Scope,
    site: Site,
    reports: Reports,
    lookup: Lookup | None = None,
    decision: Decision | None = None,
) -> Evaluated:
    """The value of an expression; :data:`UNKNOWN`, after a diagnostic, where it has none.

    A single word that is no parameter is a :class:`Bare`: what it stands for is up to the argument that gets it.
    """
    if type(expression) is tree.Number and -LARGEST <= expression.value <= LARGEST:
        return expression.value  # nearly every argument of a large spec
    evaluator = _Evaluator(scope, reports, lookup, decision)
    try:
        value = evaluator.word(expression, bare=True) if isinstance(expression, tree.Word) else evaluator(expression)
    except _Silent:
        return UNKNOWN
    except _Mistake as mistake:
        reports.add(site, mistake.code, mistake.message, mistake.span, help=mistake.help)
        return UNKNOWN
    return value


class _Evaluator(NamedTuple):
    """Evaluation of one expression. Recursion is bounded by the parser's limit on nesting."""

    scope: Scope
    reports: Reports
    lookup: Lookup | None
    decision: Decision | None

    def __call__(self, expression: tree.Expression) -> Known:
        match expression:
            case tree.Number():
                return self._checked(expression.value, expression.span)
            case tree.Truth():
                return expression.value
            case tree.Window():
                sizes = (symbol(size) if isinstance(size, str) else size for size in expression.sizes)
                return tuple(self._checked_size(size, expression.span) for size in sizes)
            case tree.Spaced():
                return tuple(self._size(part) for part in expression.parts)
            case tree.Word():
                return self.word(expression, bare=False)
            case tree.Path():
                return self._path(expression)
            case tree.Prefix():
                return self._prefix(expression)
            case tree.Infix():
                return self._infix(expression)
            case tree.Choice():
                return self._choice(expression)

    def word(self, word: tree.Word, *, bare: bool) -> Known:
        """What a name stands for."""
        if self.lookup is not None:
            found = self.lookup(word)
            if found is not None:
                return _known(found)
        if word.text in self.scope.parameters:
            return _known(self.scope.parameters[word.text])
        if word.text in self.scope.symbols:
            return symbol(word.text)
        if bare:
            return Bare(word.text)
        near = self.reports.near(word.text, [*self.scope.parameters, *self.scope.symbols])
        help = (f"did you mean `{near}`?",) if near else ()
        raise _Mistake(Code.UNKNOWN_NAME, f"`{word.text}` is no parameter here", word.span, help)

    def _path(self, path: tree.Path) -> Known:
        if path.parts[0] == "in" and len(path.parts) == 2:
            shape = self.scope.entering.shape
            if shape is None:
                raise _Silent
            axis = measured_axis(path.parts[1], len(shape))
            if axis is None:
                known = ", ".join(f"in.{name}" for name in measures(len(shape)))
                message = f"`in` is {format_shape(shape)} here and has no {path.parts[1]}"
                raise _Mistake(Code.UNKNOWN_NAME, message, path.span, (f"it has {known}",))
            return shape[axis]
        found = self.lookup(path) if self.lookup is not None else None
        if found is None:
            text = ".".join(path.parts)
            raise _Mistake(Code.UNKNOWN_NAME, f"`{text}` means nothing here", path.span)
        return _known(found)

    def _size(self, part: tree.Expression) -> Size:
        if isinstance(part, tree.Word) and part.text not in self.scope.parameters and is_symbol(part.text):
            return symbol(part.text)
        value = self(part)
        if isinstance(value, bool) or not isinstance(value, (int, QuasiAffine, Polynomial)):
            message = f"a size is a whole number, not {describe(value)}"
            raise _Mistake(Code.BAD_EXPRESSION, message, part.span)
        return value

    def _checked(self, value: Known, span: Span) -> Known:
        if isinstance(value, float) and not math.isfinite(value):
            raise _Mistake(Code.NUMBER_TOO_LARGE, "this number is too large", span)
        if isinstance(value, int) and abs(value) > LARGEST:
            raise _Mistake(Code.NUMBER_TOO_LARGE, "this number is beyond 2^63", span)
        return value

    def _checked_size(self, size: Size, span: Span) -> Size:
        self._checked(size, span)
        return size

    def _prefix(self, prefix: tree.Prefix) -> Known:
        value = self(prefix.operand)
        if prefix.operator == "not":
            truth = self._truth(value, prefix.operand.span)
            return truth if prefix.times % 2 == 0 else not truth
        number = self._number(value, prefix.operand.span, "-")
        return number if prefix.times % 2 == 0 else -number

    def _infix(self, infix: tree.Infix) -> Known:
        value = self(infix.first)
        first = infix.first.span  # what two operands come to is what the next operator takes: only the first may not be
        for operator, operand in infix.rest:
            sign = operator.text
            if sign in ("and", "or"):
                if self._truth(value, first) == (sign == "or"):
                    return value
                value = self._truth(self(operand), operand.span)
            elif sign in _RELATIONS:
                value = self._compare(value, sign, self(operand), infix.span)
            else:
                left = self._number(value, first, sign)
                right = self._number(self(operand), operand.span, sign)
                value = self._arithmetic(left, sign, right, operand.span)
                if not isinstance(value, int) or abs(value) > LARGEST:
                    self._checked(value, Span(first.start, operand.span.end))
        return value

    def _arithmetic(self, left: int | float | Size, sign: str, right: int | float | Size, span: Span) -> Known:
        symbolic = not isinstance(left, (int, float)) or not isinstance(right, (int, float))
        if sign in ("//", "%") and symbolic and not (isinstance(right, int) and right > 0):
            raise _Mistake(Code.BAD_EXPRESSION, "a size that is not fixed is divided by positive numbers only", span)
        if sign in ("//", "%") and right == 0:
            raise _Mistake(Code.BAD_EXPRESSION, "division by zero", span)
        try:
            return self._carried(ARITHMETIC[sign](left, right), span)
        except Unrepresentable as error:
            message = f"netspec does not carry {error}"
            raise _Mistake(Code.SYMBOLS_TOO_INVOLVED, message, span) from None
        except OverflowError:
            raise _Mistake(Code.NUMBER_TOO_LARGE, "this number is too large", span) from None
        except TypeError:
            message = "a decimal and a size that is not fixed do not go together"
            raise _Mistake(Code.BAD_EXPRESSION, message, span) from None

    def _carried(self, value: Known, span: Span) -> Known:
        """What came of arithmetic, if that is not too much of it."""
        before = self.reports.numbers
        if not isinstance(value, (QuasiAffine, Polynomial)) or self.reports.carries(value):
            return value
        if before > MOST_NUMBERS:
            raise _Silent
        message = f"the sizes have {MOST_NUMBERS:,} numbers by now, and netspec carries no more"
        raise _Mistake(Code.SYMBOLS_TOO_INVOLVED, message, span)

    def _compare(self, left: Known, sign: str, right: Known, span: Span) -> bool:
        if isinstance(left, tuple) != isinstance(right, tuple):
            left, right = _as_vector(left), _as_vector(right)
        if isinstance(left, tuple) or isinstance(right, tuple) or isinstance(left, str) or isinstance(right, str):
            alike = (isinstance(left, tuple), isinstance(left, str)) == (
                isinstance(right, tuple),
                isinstance(right, str),
            )
            if sign not in ("==", "!=") or not alike:
                message = f"{describe(left)} and {describe(right)} cannot be compared by {sign}"
                raise _Mistake(Code.BAD_EXPRESSION, message, span)
            if isinstance(left, str) or isinstance(right, str):
                return (left == right) == (sign == "==")
            return self._equal_shapes(_shape(left), _shape(right), span) == (sign == "==")
        if isinstance(left, (bool, float)) or isinstance(right, (bool, float)):
            if isinstance(left, bool) != isinstance(right, bool) and sign not in ("==", "!="):
                message = f"{describe(left)} and {describe(right)} cannot be compared by {sign}"
                raise _Mistake(Code.BAD_EXPRESSION, message, span)
            if isinstance(left, (int, float)) and isinstance(right, (int, float)):
                return _RELATIONS[sign](left, right)
            raise _Mistake(Code.BAD_EXPRESSION, "a size that is not fixed is compared with whole numbers only", span)
        return self._decided(left, sign, right, span)

    def _decided(self, left: Size, sign: str, right: Size, span: Span) -> bool:
        if isinstance(left, int) and isinstance(right, int):
            return _RELATIONS[sign](left, right)
        relation: Relation = sign  # type: ignore[assignment]  # the keys of _RELATIONS are the relations
        answer = holds(left, relation, right)
        if answer is None and self.decision is not None:
            return self.decision(left, relation, right)
        if answer is None:
            message = f"whether {left} {sign} {right} depends on the input's size"
            raise _Mistake(Code.NOT_FIXED, message, span)
        return answer

    def _equal_shapes(self, left: Shape, right: Shape, span: Span) -> bool:
        return len(left) == len(right) and all(
            self._decided(a, "==", b, span) for a, b in zip(left, right, strict=True)
        )

    def _choice(self, choice: tree.Choice) -> Known:
        numbers = [self._number(self(operand), operand.span, choice.function) for operand in choice.operands]
        least = choice.function == "min"
        best = numbers[0]
        for number in numbers[1:]:
            if isinstance(best, float) or isinstance(number, float):
                if not isinstance(best, (int, float)) or not isinstance(number, (int, float)):
                    message = "a decimal and a size that is not fixed do not go together"
                    raise _Mistake(Code.BAD_EXPRESSION, message, choice.span)
                best = min(best, number) if least else max(best, number)
                continue
            try:
                best = minimum(best, number) if least else -minimum(-best, -number)
                self._carried(best, choice.span)
            except Unrepresentable as error:
                message = f"netspec does not carry {error}"
                raise _Mistake(Code.SYMBOLS_TOO_INVOLVED, message, choice.span) from None
        return best

    def _number(self, value: Known, span: Span, sign: str) -> int | float | QuasiAffine | Polynomial:
        if isinstance(value, (bool, str, tuple)):
            raise _Mistake(Code.BAD_EXPRESSION, f"`{sign}` takes numbers, not {describe(value)}", span)
        return value

    def _truth(self, value: Known, span: Span) -> bool:
        if not isinstance(value, bool):
            raise _Mistake(Code.BAD_EXPRESSION, f"this must be true or false, not {describe(value)}", span)
        return value


def _known(value: Evaluated) -> Known:
    if isinstance(value, Unknown):
        raise _Silent
    return value


def _as_vector(value: Known) -> Known:
    """A number beside a shape is the shape of a vector."""
    return (value,) if isinstance(value, (int, QuasiAffine, Polynomial)) and not isinstance(value, bool) else value


def _shape(value: Known) -> Shape:
    if not isinstance(value, tuple):
        raise TypeError(f"{value!r} is no shape")
    return value


def describe(value: Known) -> str:
    """A value as a message names it."""
    match value:
        case str():
            return f"`{value}`"
        case tuple():
            return format_shape(value)
        case bool() | int() | float():
            return value_text(value)
        case _:
            return str(value)


_RELATIONS: dict[str, Callable[[int | float, int | float], bool]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}

ARITHMETIC: dict[str, Callable[..., Known]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "//": lambda a, b: a // b,
    "%": lambda a, b: a % b,
}

_AXES = {
    1: ("features",),
    2: ("channels", "width"),
    3: ("channels", "height", "width"),
    4: ("channels", "depth", "height", "width"),
}


def measures(dimensions: int) -> tuple[str, ...]:
    """What the sizes of a shape with so many dimensions are called."""
    return _AXES[dimensions]


def measured_axis(name: str, dimensions: int) -> int | None:
    """Which size of a shape a name means: `channels` the first, `width` the last."""
    names = measures(dimensions)
    return names.index(name) if name in names else None

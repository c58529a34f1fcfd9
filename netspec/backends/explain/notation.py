"""The notation of gradient rules as data: expressions that are written as text and as LaTeX, and can be worked out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from netspec.layers.arguments import value_text
from netspec.sizes import QuasiAffine, Shape, Size


class _Arithmetic:
    """Operators that build expressions, so that a rule is written as one would write it on paper."""

    __slots__ = ()

    def __add__(self, other: Operand) -> Sum:
        return Sum(expression(self), expression(other))

    def __sub__(self, other: Operand) -> Sum:
        return Sum(expression(self), expression(other), negative=True)

    def __rsub__(self, other: Operand) -> Sum:
        return Sum(expression(other), expression(self), negative=True)

    def __neg__(self) -> Product:
        return Product(Number(-1), expression(self), "·")

    def __mul__(self, other: Operand) -> Product:
        return Product(expression(self), expression(other), "·")

    def __and__(self, other: Operand) -> Product:
        return Product(expression(self), expression(other), "⊙")

    def __matmul__(self, other: Operand) -> Product:
        return Product(expression(self), expression(other), " ")

    def __truediv__(self, other: Operand) -> Fraction:
        return Fraction(expression(self), expression(other))

    def __pow__(self, other: Operand) -> Power:
        return Power(expression(self), expression(other))

    def __getitem__(self, indices: Operand | tuple[Operand, ...]) -> Indexed:
        given = indices if isinstance(indices, tuple) else (indices,)
        return Indexed(expression(self), tuple(expression(index) for index in given))


@dataclass(frozen=True, slots=True)
class Symbol(_Arithmetic):
    """A named value."""

    text: str
    latex: str


@dataclass(frozen=True, slots=True)
class Number(_Arithmetic):
    """A constant: a number, or a size that is not fixed."""

    value: float | Size


@dataclass(frozen=True, slots=True)
class Sum(_Arithmetic):
    """left + right, or left − right."""

    left: Expression
    right: Expression
    negative: bool = False


@dataclass(frozen=True, slots=True)
class Product(_Arithmetic):
    """One of four: with a number (·), value by value (⊙), of matrices (a space), or a cross-correlation (⋆)."""

    left: Expression
    right: Expression
    sign: Literal["·", "⊙", " ", "⋆"]


@dataclass(frozen=True, slots=True)
class Fraction(_Arithmetic):
    """over / under."""

    over: Expression
    under: Expression


@dataclass(frozen=True, slots=True)
class Power(_Arithmetic):
    """base ^ exponent."""

    base: Expression
    exponent: Expression


@dataclass(frozen=True, slots=True)
class Floor(_Arithmetic):
    """⌊over / under⌋."""

    over: Expression
    under: Expression


@dataclass(frozen=True, slots=True)
class Call(_Arithmetic):
    """A function of one value, with settings that are numbers, or have one for each spatial axis."""

    function: str
    argument: Expression
    settings: tuple[Size | Shape, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """A chain of relations: ``0 < y < 6``."""

    operands: tuple[Expression, ...]
    signs: tuple[Literal["<", "≤"], ...]


@dataclass(frozen=True, slots=True)
class Cases(_Arithmetic):
    """The value of the first condition that is true, else of the last."""

    branches: tuple[tuple[Expression, Comparison], ...]
    otherwise: Expression


@dataclass(frozen=True, slots=True)
class Indexed(_Arithmetic):
    """Some of the values: those at these indices of the first axes."""

    base: Expression
    indices: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Transposed(_Arithmetic):
    """A matrix with rows for columns; of a vector, a row."""

    base: Expression


@dataclass(frozen=True, slots=True)
class Summation(_Arithmetic):
    """The sum over an index, from 0 up to, not including, the count."""

    index: Symbol
    count: int
    body: Expression


Axis: TypeAlias = Literal["batch", "channels", "group", "places"]


@dataclass(frozen=True, slots=True)
class Reduced(_Arithmetic):
    """The sum, the mean or the variance over some of the axes; a group is one of so many, of equally many channels.

    `index` is the name of the places, where the body speaks of them.
    """

    how: Literal["Σ", "mean", "var"]
    body: Expression
    axes: tuple[Axis, ...]
    groups: int = 1
    index: Symbol | None = None


@dataclass(frozen=True, slots=True)
class Stretched(_Arithmetic):
    """On each axis, zeros put between neighbours (↑), or only every so-manieth value kept (↓)."""

    body: Expression
    factors: tuple[int, ...]
    sign: Literal["↑", "↓"]


class Sliding(NamedTuple):
    """The windows of a pooling on one axis of `size` places.

    `margin` is how much of the padding counts in a mean.
    """

    size: Size
    windows: Size
    kernel: int
    stride: int
    padding: int
    dilation: int
    margin: int


class Even(NamedTuple):
    """The windows of adaptive pooling on one axis: from ⌊i·size / windows⌋ up to ⌈(i + 1)·size / windows⌉."""

    size: Size
    windows: int


Windows: TypeAlias = tuple[Sliding | Even, ...]


@dataclass(frozen=True, slots=True)
class Gathered(_Arithmetic):
    """For each place j, the sum over the windows i that hold it, or over those whose maximum lies there."""

    body: Expression
    windows: Windows
    whose: Literal["hold", "have their maximum"]


@dataclass(frozen=True, slots=True)
class Volume(_Arithmetic):
    """How many values count in window i."""

    windows: Windows


Expression: TypeAlias = (
    Symbol
    | Number
    | Sum
    | Product
    | Fraction
    | Power
    | Floor
    | Call
    | Cases
    | Indexed
    | Transposed
    | Summation
    | Reduced
    | Stretched
    | Gathered
    | Volume
)
Operand: TypeAlias = _Arithmetic | float | Size


def expression(value: Operand) -> Expression:
    """A number as an expression; an expression as it is."""
    return value if isinstance(value, Expression) else Number(value)  # type: ignore[arg-type] # a closed union


def correlated(left: Expression, right: Expression) -> Product:
    """left ⋆ right: the right one slides over the left one, as a filter does."""
    return Product(left, right, "⋆")


def between(low: Operand, value: Expression, high: Operand) -> Comparison:
    """low < value < high."""
    return Comparison((expression(low), value, expression(high)), ("<", "<"))


def above(value: Expression, low: Operand) -> Comparison:
    """low < value, written from the value's side."""
    return Comparison((expression(low), value), ("<",))


def setting_text(setting: Size | Shape) -> str:
    """A setting as the language writes it: one number where all axes agree."""
    sizes = setting if isinstance(setting, tuple) else (setting,)
    texts = [number_text(size) for size in sizes]
    if len(set(texts)) == 1:
        return texts[0]
    return "x".join(f"({text})" if " " in text else text for text in texts)


def number_text(value: float | Size) -> str:
    """A number as it is read: 1.5, 1e−5, ⌊(H+1)/2⌋; where it takes but a few values, these: 0 or 1."""
    if isinstance(value, QuasiAffine) and value.slope == 0:
        least, most = min(value.intercepts), max(value.intercepts)
        return f"{signed(str(least))} {'or' if most == least + 1 else 'to'} {signed(str(most))}"
    return signed(value_text(value) if isinstance(value, float) else str(value))


def signed(text: str) -> str:
    """With the true minus sign."""
    return text.replace("-", "−")

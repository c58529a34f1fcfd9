"""The types of layer arguments: what is accepted, and the words that say so.

Each type carries its constraint (pydantic's) and an :class:`Expects`, the end of the sentence "`stride` must be …",
so that a wrong value is explained in the words of the language, never in pydantic's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeAlias, get_args, get_origin

from pydantic import BeforeValidator, Field
from pydantic.fields import FieldInfo

LARGEST = 2**63 - 1
"""Sizes and counts beyond this are refused: PyTorch's index type holds no more."""


@dataclass(frozen=True, slots=True)
class Expects:
    """What a value must be, as the end of a sentence."""

    text: str


class PerAxis:
    """Marks an argument that has one number for each spatial axis."""

    __slots__ = ()


def _as_tuple(value: object) -> object:
    """One number stands for all axes: it is kept as a tuple of one until the number of axes is known."""
    if isinstance(value, list):
        return tuple(value)  # as JSON has it
    return (value,) if isinstance(value, int) and not isinstance(value, bool) else value


_Positive: TypeAlias = Annotated[int, Field(ge=1, le=LARGEST)]
_Natural: TypeAlias = Annotated[int, Field(ge=0, le=LARGEST)]

Count: TypeAlias = Annotated[_Positive, Expects("a whole number from 1 up")]
Natural: TypeAlias = Annotated[_Natural, Expects("a whole number from 0 up")]
Window: TypeAlias = Annotated[
    tuple[_Positive, ...],
    Field(min_length=1),
    BeforeValidator(_as_tuple),
    PerAxis(),
    Expects("a whole number from 1 up, or one for each axis as in 3x3"),
]
Margin: TypeAlias = Annotated[
    tuple[_Natural, ...],
    Field(min_length=1),
    BeforeValidator(_as_tuple),
    PerAxis(),
    Expects("a whole number from 0 up, or one for each axis as in 1x1"),
]
MarginOrSame: TypeAlias = Annotated[
    Annotated[tuple[_Natural, ...], Field(min_length=1), BeforeValidator(_as_tuple)] | Literal["same"],
    PerAxis(),
    Expects("a whole number from 0 up, one for each axis as in 1x1, or `same`"),
]
Sizes: TypeAlias = Annotated[
    tuple[_Positive, ...], Field(min_length=1), BeforeValidator(_as_tuple), Expects("a shape such as 64x7x7")
]
Probability: TypeAlias = Annotated[float, Field(ge=0, le=1), Expects("a number from 0 to 1")]
Positive: TypeAlias = Annotated[float, Field(gt=0, allow_inf_nan=False), Expects("a number above 0")]
NonNegative: TypeAlias = Annotated[float, Field(ge=0, allow_inf_nan=False), Expects("a number from 0 up")]
Real: TypeAlias = Annotated[float, Field(allow_inf_nan=False), Expects("a number")]
Flag: TypeAlias = Annotated[bool, Expects("true or false")]


class SameAs:
    """A default factory: the value of another argument (``stride=kernel``)."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, values: dict[str, Any]) -> Any:
        # Where the other argument is itself wrong it is missing here; one complaint about it is enough.
        return values.get(self.name, (1,))


def same_as(name: str) -> Callable[[dict[str, Any]], Any]:
    """The default that equals the argument of this name."""
    return SameAs(name)


def is_per_axis(field: FieldInfo) -> bool:
    """Whether an argument has one number for each spatial axis."""
    return any(isinstance(item, PerAxis) for item in field.metadata)


def expectation(field: FieldInfo) -> str:
    """What the argument must be, as the end of a sentence."""
    for item in field.metadata:
        if isinstance(item, Expects):
            return item.text
    if get_origin(field.annotation) is Literal:
        *head, last = (f"`{word}`" for word in get_args(field.annotation))
        return f"{', '.join(head)} or {last}" if head else last
    raise TypeError(f"{field.annotation} does not say what it expects")


def default_text(field: FieldInfo) -> str | None:
    """The default as the language writes it, or None where the argument must be given."""
    if field.is_required():
        return None
    if isinstance(field.default_factory, SameAs):
        return field.default_factory.name
    return value_text(field.default)


def value_text(value: object) -> str:
    """An argument's value as the language writes it."""
    match value:
        case bool():
            return "true" if value else "false"
        case float():
            mantissa, _, exponent = repr(value).partition("e")
            return mantissa.removesuffix(".0") + (f"e{int(exponent)}" if exponent else "")
        case tuple():
            return "x".join(str(item) for item in value)
        case _:
            return str(value)

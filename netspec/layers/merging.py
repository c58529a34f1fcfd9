"""Merging: several values become one."""

from abc import abstractmethod
from functools import reduce
from operator import add
from typing import ClassVar, Literal

from netspec.diagnostics.codes import Code
from netspec.layers.base import Family, Layer, Misfit
from netspec.sizes import Shape, Size, format_shape, holds


class Merge(Layer):
    """A layer with two or more inputs. Subclasses say what shapes go together."""

    family: ClassVar[Family] = Family.MERGING

    def output(self, inputs: tuple[Shape, ...]) -> Shape:
        if len(inputs) < 2:
            raise Misfit(Code.BAD_OPERANDS, f"`{self.kind}` needs two operands or more, but has {len(inputs)}")
        return self.output_of(inputs)

    @abstractmethod
    def output_of(self, shapes: tuple[Shape, ...]) -> Shape:
        """The shape of the output for two inputs or more."""


class Add(Merge):
    """The sum of values of the same shape. PyTorch's ``+``."""

    kind: Literal["add"] = "add"

    def output_of(self, shapes: tuple[Shape, ...]) -> Shape:
        for place, shape in enumerate(shapes):
            if not _may_be_equal(shapes[0], shape):
                raise _differ(self, shapes[0], place, shape, "the operands must have the same shape")
        return shapes[0]


class Mul(Merge):
    """The product of values of the same shape; one value for each channel counts at every position. PyTorch's ``*``."""

    kind: Literal["mul"] = "mul"

    def output_of(self, shapes: tuple[Shape, ...]) -> Shape:
        whole = next((shape for shape in shapes if not _is_one_pixel(shape)), shapes[0])
        for place, shape in enumerate(shapes):
            gate = (shape[0], *whole[1:]) if _is_one_pixel(shape) and len(shape) == len(whole) else shape
            if not _may_be_equal(whole, gate):
                rule = "the operands must have the same shape, or one value for each channel"
                raise _differ(self, whole, place, shape, rule)
        return whole


class Concat(Merge):
    """The channels of all operands, one after another. PyTorch's cat over axis 1."""

    kind: Literal["concat"] = "concat"

    def output_of(self, shapes: tuple[Shape, ...]) -> Shape:
        first = shapes[0]
        for place, shape in enumerate(shapes):
            if not _may_be_equal(first[1:], shape[1:]):
                raise _differ(self, first, place, shape, "only the channels of the operands may differ")
        channels: Size = reduce(add, (shape[0] for shape in shapes))
        return (channels, *first[1:])


def _may_be_equal(first: Shape, second: Shape) -> bool:
    """Whether two shapes are equal for some value of the symbols."""
    return len(first) == len(second) and all(holds(a, "==", b) is not False for a, b in zip(first, second, strict=True))


def _is_one_pixel(shape: Shape) -> bool:
    return len(shape) > 1 and all(size == 1 for size in shape[1:])


def _differ(layer: Layer, first: Shape, place: int, shape: Shape, rule: str) -> Misfit:
    return Misfit(
        Code.OPERANDS_DIFFER,
        f"`{layer.kind}` cannot merge {format_shape(first)} and {format_shape(shape)}: {rule}",
        caption=f"operand {place + 1} is {format_shape(shape)}",
        operand=place,
    )

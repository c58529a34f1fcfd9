"""Merging: several values become one."""

from abc import abstractmethod
from collections.abc import Iterator
from typing import ClassVar, Literal, NamedTuple

from netspec.diagnostics.codes import Code
from netspec.layers.base import Family, Layer, Misfit, Need, never
from netspec.sizes import Shape, format_shape, total


class Match(NamedTuple):
    """What an operand's shape must be equal to, as far as that is compared."""

    operand: int
    expected: Shape
    found: Shape

    def needs(self) -> Iterator[Need]:
        """The same for each size, where there are equally many."""
        if self.expected == self.found:
            return iter(())
        return (Need(one, "==", other) for one, other in zip(self.expected, self.found, strict=False))


class Merge(Layer):
    """A layer with two or more inputs. Subclasses say what shapes go together, and what comes out."""

    family: ClassVar[Family] = Family.MERGING
    rule: ClassVar[str]
    """What the shapes of the operands must have in common, in words."""

    @abstractmethod
    def matches(self, shapes: tuple[Shape, ...]) -> Iterator[Match]:
        """What each operand must be like, for two inputs or more."""

    @abstractmethod
    def output_of(self, shapes: tuple[Shape, ...]) -> Shape:
        """The shape of the output for inputs that match."""

    def output(self, inputs: tuple[Shape, ...]) -> Shape:
        if len(inputs) < 2:
            raise Misfit(Code.BAD_OPERANDS, f"`{self.kind}` needs two operands or more, but has {len(inputs)}")
        for match in self.matches(inputs):
            if len(match.expected) != len(match.found) or any(map(never, match.needs())):
                first, shape = self._reference(inputs), inputs[match.operand]
                raise Misfit(
                    Code.OPERANDS_DIFFER,
                    f"`{self.kind}` cannot merge {format_shape(first)} and {format_shape(shape)}: {self.rule}",
                    caption=f"operand {match.operand + 1} is {format_shape(shape)}",
                    operand=match.operand,
                )
        return self.output_of(inputs)

    def needs(self, inputs: tuple[Shape, ...]) -> Iterator[Need]:
        return (need for match in self.matches(inputs) for need in match.needs())

    def _reference(self, shapes: tuple[Shape, ...]) -> Shape:
        """The operand with which the others are compared."""
        return shapes[0]


class Add(Merge):
    """The sum of values of the same shape. PyTorch's ``+``."""

    kind: Literal["add"] = "add"
    rule: ClassVar[str] = "the operands must have the same shape"

    def matches(self, shapes: tuple[Shape, ...]) -> Iterator[Match]:
        return (Match(place, shapes[0], shape) for place, shape in enumerate(shapes))

    def output_of(self, shapes: tuple[Shape, ...]) -> Shape:
        return shapes[0]


class Mul(Merge):
    """The product of values of the same shape; one value for each channel counts at every position. PyTorch's ``*``."""

    kind: Literal["mul"] = "mul"
    rule: ClassVar[str] = "the operands must have the same shape, or one value for each channel"

    def matches(self, shapes: tuple[Shape, ...]) -> Iterator[Match]:
        whole = self._reference(shapes)
        for place, shape in enumerate(shapes):
            broadcast = _is_one_pixel(shape) and len(shape) == len(whole)
            yield Match(place, whole, (shape[0], *whole[1:]) if broadcast else shape)

    def output_of(self, shapes: tuple[Shape, ...]) -> Shape:
        return self._reference(shapes)

    def _reference(self, shapes: tuple[Shape, ...]) -> Shape:
        return next((shape for shape in shapes if not _is_one_pixel(shape)), shapes[0])


class Concat(Merge):
    """The channels of all operands, one after another. PyTorch's cat over axis 1."""

    kind: Literal["concat"] = "concat"
    rule: ClassVar[str] = "only the channels of the operands may differ"

    def matches(self, shapes: tuple[Shape, ...]) -> Iterator[Match]:
        return (Match(place, shapes[0][1:], shape[1:]) for place, shape in enumerate(shapes))

    def output_of(self, shapes: tuple[Shape, ...]) -> Shape:
        return (total(shape[0] for shape in shapes), *shapes[0][1:])


def _is_one_pixel(shape: Shape) -> bool:
    return len(shape) > 1 and all(size == 1 for size in shape[1:])

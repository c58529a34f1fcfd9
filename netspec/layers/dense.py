"""Dense layers, and what turns feature maps into the vectors that they want."""

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field

from netspec.diagnostics.codes import Code
from netspec.layers.arguments import Count, Flag, Sizes
from netspec.layers.base import Family, Misfit, Need, Unary, Weight, channels, never
from netspec.layers.reach import Reach
from netspec.layers.window import whole_map
from netspec.sizes import Shape, Size, format_shape, format_size, product

MOST_AXES = 3


class Fc(Unary):
    """Fully connected layer: each unit sees every feature of a vector. PyTorch's Linear."""

    family: ClassVar[Family] = Family.DENSE
    weighted: ClassVar[bool] = True
    kind: Literal["fc"] = "fc"
    units: Count = Field(description="the number of units, which is the number of output features")
    bias: Flag = Field(True, description="whether each unit adds a learned constant")

    def output_of(self, shape: Shape) -> Shape:
        if len(shape) > 1:
            maps, features = format_shape(shape), format_size(product(*shape))
            raise Misfit(
                Code.NOT_A_VECTOR,
                f"`fc` needs a vector, but its input {maps} is {len(shape) - 1}-D",
                caption=f"input {maps}",
                help=(f"`flatten` turns {maps} into a vector of {features}",),
            )
        return (self.units,)

    def weights_for(self, shape: Shape) -> tuple[Weight, ...]:
        weight = Weight("weight", (self.units, channels(self, shape)))
        return (weight, Weight("bias", (self.units,))) if self.bias else (weight,)

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> Size:
        return product(self.units, *inputs[0])


class Flatten(Unary):
    """Feature maps as one vector: channels first, then rows. PyTorch's Flatten."""

    family: ClassVar[Family] = Family.DENSE
    kind: Literal["flatten"] = "flatten"

    def output_of(self, shape: Shape) -> Shape:
        return (product(*shape),)

    def reaches(self, inputs: tuple[Shape, ...]) -> tuple[Reach, ...]:
        return whole_map(inputs[0])


class Reshape(Unary):
    """The same values, in the same order, in another shape. PyTorch's Tensor.reshape."""

    family: ClassVar[Family] = Family.DENSE
    kind: Literal["reshape"] = "reshape"
    shape: Sizes = Field(description="the shape of the output, channels first")

    def output_of(self, shape: Shape) -> Shape:
        if len(self.shape) > 1 + MOST_AXES:
            raise Misfit(
                Code.WRONG_RANK,
                f"`reshape` makes {len(self.shape) - 1} spatial axes; feature maps have at most {MOST_AXES}",
                caption=f"{len(self.shape)} numbers, the first for the channels",
            )
        for need in filter(never, self.needs((shape,))):
            raise Misfit(
                Code.SIZES_DIFFER,
                f"`reshape` cannot make {format_shape(self.shape)} of {format_shape(shape)}: "
                f"{need.right} values are not {format_size(need.left)}",
                caption=f"{_multiplied(self.shape)} ≠ {_multiplied(shape)}",
            )
        return self.shape

    def needs(self, inputs: tuple[Shape, ...]) -> Iterator[Need]:
        yield Need(product(*inputs[0]), "==", product(*self.shape))

    def reaches(self, inputs: tuple[Shape, ...]) -> tuple[Reach, ...]:
        return whole_map(inputs[0])


def _multiplied(shape: Shape) -> str:
    """``64·7·7 = 3136``."""
    total = format_size(product(*shape))
    return f"{'·'.join(format_size(size) for size in shape)} = {total}" if len(shape) > 1 else total

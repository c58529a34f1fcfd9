"""Normalisation: values are shifted and scaled to mean 0 and variance 1 over some of the axes."""

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field

from netspec.diagnostics.codes import Code
from netspec.layers.arguments import Count, Flag, NonNegative, Positive, Probability, Real
from netspec.layers.base import (
    Family,
    Layer,
    Misfit,
    Need,
    Unary,
    Weight,
    channels,
    never,
    require_groups,
    require_spatial,
)
from netspec.sizes import Shape, format_shape, product


class BatchNorm(Unary):
    """Batch normalisation: over the batch and all positions of a channel. PyTorch's BatchNorm1d, 2d, 3d."""

    family: ClassVar[Family] = Family.NORMALIZATION
    kind: Literal["batchnorm"] = "batchnorm"
    eps: Positive = Field(1e-5, description="added to the variance, so that nothing is divided by 0")
    momentum: Probability = Field(0.1, description="the share of each new batch in the running statistics")
    affine: Flag = Field(True, description="whether each channel has a learned factor and constant")

    def weights_for(self, shape: Shape) -> tuple[Weight, ...]:
        statistics = (channels(self, shape),)
        return (
            *_affine(self, self.affine, shape),
            Weight("running_mean", statistics, trainable=False),
            Weight("running_var", statistics, trainable=False),
            Weight("num_batches_tracked", (), trainable=False),
        )


class LayerNorm(Unary):
    """Layer normalisation: over the channels, at each position by itself. PyTorch's LayerNorm, channels last."""

    family: ClassVar[Family] = Family.NORMALIZATION
    kind: Literal["layernorm"] = "layernorm"
    eps: NonNegative = Field(1e-5, description="added to the variance, so that nothing is divided by 0")
    affine: Flag = Field(True, description="whether each channel has a learned factor and constant")

    def weights_for(self, shape: Shape) -> tuple[Weight, ...]:
        return _affine(self, self.affine, shape)


class GroupNorm(Unary):
    """Group normalisation: over the channels of a group and all positions. PyTorch's GroupNorm."""

    family: ClassVar[Family] = Family.NORMALIZATION
    kind: Literal["groupnorm"] = "groupnorm"
    groups: Count = Field(description="the number of groups; divides the channels")
    eps: NonNegative = Field(1e-5, description="added to the variance, so that nothing is divided by 0")
    affine: Flag = Field(True, description="whether each channel has a learned factor and constant")

    def output_of(self, shape: Shape) -> Shape:
        require_groups(self.groups, {"channels": channels(self, shape)})
        return shape

    def weights_for(self, shape: Shape) -> tuple[Weight, ...]:
        return _affine(self, self.affine, shape)


class InstanceNorm(Unary):
    """Instance normalisation: over all positions of a channel. PyTorch's InstanceNorm1d, 2d, 3d."""

    family: ClassVar[Family] = Family.NORMALIZATION
    kind: Literal["instancenorm"] = "instancenorm"
    eps: NonNegative = Field(1e-5, description="added to the variance, so that nothing is divided by 0")
    affine: Flag = Field(False, description="whether each channel has a learned factor and constant")

    def output_of(self, shape: Shape) -> Shape:
        require_spatial(self, shape)
        if any(map(never, self.needs((shape,)))):
            raise Misfit(
                Code.TOO_FEW_VALUES,
                f"`instancenorm` needs several values in each channel, but its input is {format_shape(shape)}",
                caption="a single value becomes 0",
                help=("`layernorm` and `groupnorm` normalise over channels",),
            )
        return shape

    def needs(self, inputs: tuple[Shape, ...]) -> Iterator[Need]:
        yield Need(product(*inputs[0][1:]), ">=", 2)

    def weights_for(self, shape: Shape) -> tuple[Weight, ...]:
        return _affine(self, self.affine, shape)


class Lrn(Unary):
    """Local response normalisation, over neighbouring channels, as in AlexNet. PyTorch's LocalResponseNorm."""

    family: ClassVar[Family] = Family.NORMALIZATION
    kind: Literal["lrn"] = "lrn"
    size: Count = Field(description="how many neighbouring channels count")
    alpha: Real = Field(1e-4, description="the factor of the mean square")
    beta: Real = Field(0.75, description="the exponent")
    k: Real = Field(1.0, description="the constant added to the mean square")

    def output_of(self, shape: Shape) -> Shape:
        require_spatial(self, shape)
        return shape


def _affine(layer: Layer, affine: bool, shape: Shape) -> tuple[Weight, ...]:
    if not affine:
        return ()
    each_channel = (channels(layer, shape),)
    return (Weight("weight", each_channel), Weight("bias", each_channel))

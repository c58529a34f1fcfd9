"""Convolutions: dense, depthwise and transposed, over one, two or three spatial axes."""

from typing import ClassVar, Literal

from pydantic import Field

from netspec.diagnostics.codes import Code
from netspec.layers.arguments import Count, Flag, Margin, MarginOrSame, Window
from netspec.layers.base import Family, Misfit, Unary, Weight, channels, require_groups, require_spatial
from netspec.layers.formula import Sizing
from netspec.layers.reach import Reach, sliding, spread
from netspec.layers.window import FORWARD, SAME, TRANSPOSED, same_padding, slide, window_reaches
from netspec.sizes import Shape, Size, product


class Conv(Unary):
    """Convolution (cross-correlation, as everywhere in the field). PyTorch's Conv1d, Conv2d, Conv3d."""

    family: ClassVar[Family] = Family.CONVOLUTION
    weighted: ClassVar[bool] = True
    kind: Literal["conv"] = "conv"
    filters: Count = Field(description="the number of filters, which is the number of output channels")
    kernel: Window = Field(description="the size of each filter")
    stride: Window = Field((1,), description="how far the window moves")
    padding: MarginOrSame = Field((0,), description="zeros added on both sides; `same` gives ⌈in / stride⌉ outputs")
    dilation: Window = Field((1,), description="the distance between the kernel's points")
    groups: Count = Field(1, description="independent groups of channels; divides input channels and filters")
    bias: Flag = Field(True, description="whether each filter adds a learned constant")

    def output_of(self, shape: Shape) -> Shape:
        require_spatial(self, shape)
        require_groups(self.groups, {"input channels": channels(self, shape), "filters": self.filters})
        return (self.filters, *slide(self, shape, self.sizing()))

    def sizing(self) -> Sizing:
        return _forward(self)

    def weights_for(self, shape: Shape) -> tuple[Weight, ...]:
        return _weights((self.filters, channels(self, shape) // self.groups, *self.kernel), self.filters, self.bias)

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> Size:
        return product(*output, channels(self, inputs[0]) // self.groups, *self.kernel)

    def reaches(self, inputs: tuple[Shape, ...]) -> tuple[Reach, ...]:
        return _forward_reaches(self, inputs[0])


class Depthwise(Unary):
    """Depthwise convolution: each channel has its own filters. PyTorch's convolution with groups = channels."""

    family: ClassVar[Family] = Family.CONVOLUTION
    weighted: ClassVar[bool] = True
    kind: Literal["depthwise"] = "depthwise"
    kernel: Window = Field(description="the size of each filter")
    stride: Window = Field((1,), description="how far the window moves")
    padding: MarginOrSame = Field((0,), description="zeros added on both sides; `same` gives ⌈in / stride⌉ outputs")
    dilation: Window = Field((1,), description="the distance between the kernel's points")
    multiplier: Count = Field(1, description="filters for each channel")
    bias: Flag = Field(True, description="whether each filter adds a learned constant")

    def output_of(self, shape: Shape) -> Shape:
        require_spatial(self, shape)
        return (channels(self, shape) * self.multiplier, *slide(self, shape, self.sizing()))

    def sizing(self) -> Sizing:
        return _forward(self)

    def weights_for(self, shape: Shape) -> tuple[Weight, ...]:
        filters = channels(self, shape) * self.multiplier
        return _weights((filters, 1, *self.kernel), filters, self.bias)

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> Size:
        return product(*output, *self.kernel)

    def reaches(self, inputs: tuple[Shape, ...]) -> tuple[Reach, ...]:
        return _forward_reaches(self, inputs[0])


class ConvTranspose(Unary):
    """Transposed convolution: the gradient of a convolution as a layer. PyTorch's ConvTranspose1d, 2d, 3d."""

    family: ClassVar[Family] = Family.CONVOLUTION
    weighted: ClassVar[bool] = True
    kind: Literal["convtranspose"] = "convtranspose"
    filters: Count = Field(description="the number of output channels")
    kernel: Window = Field(description="the size of each filter")
    stride: Window = Field((1,), description="how far apart the input's pixels land in the output")
    padding: Margin = Field((0,), description="how much of the output's border is cut away")
    output_padding: Margin = Field((0,), description="extra size on one side; less than stride or dilation")
    dilation: Window = Field((1,), description="the distance between the kernel's points")
    groups: Count = Field(1, description="independent groups of channels; divides input channels and filters")
    bias: Flag = Field(True, description="whether each filter adds a learned constant")

    def output_of(self, shape: Shape) -> Shape:
        require_spatial(self, shape)
        require_groups(self.groups, {"input channels": channels(self, shape), "filters": self.filters})
        for extra, stride, dilation in zip(self.output_padding, self.stride, self.dilation, strict=True):
            if extra >= max(stride, dilation):
                raise Misfit(
                    Code.OUTPUT_PADDING,
                    f"output_padding={extra} must be less than the stride ({stride}) or the dilation ({dilation})",
                    caption=f"{extra} ≥ {max(stride, dilation)}",
                )
        return (self.filters, *slide(self, shape, self.sizing()))

    def sizing(self) -> Sizing:
        return Sizing(
            TRANSPOSED,
            {
                "kernel": self.kernel,
                "stride": self.stride,
                "padding": self.padding,
                "dilation": self.dilation,
                "output_padding": self.output_padding,
            },
        )

    def weights_for(self, shape: Shape) -> tuple[Weight, ...]:
        kernel_shape = (channels(self, shape), self.filters // self.groups, *self.kernel)
        return _weights(kernel_shape, self.filters, self.bias)

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> Size:
        return product(*inputs[0], self.filters // self.groups, *self.kernel)

    def reaches(self, inputs: tuple[Shape, ...]) -> tuple[Reach, ...]:
        axes = zip(self.kernel, self.stride, self.padding, self.dilation, strict=True)
        return tuple(spread(k, s, p, d) for k, s, p, d in axes)


def _forward(layer: Conv | Depthwise) -> Sizing:
    window = {"kernel": layer.kernel, "stride": layer.stride, "dilation": layer.dilation}
    if layer.padding == "same":
        return Sizing(SAME, window)
    return Sizing(FORWARD, {**window, "padding": layer.padding})


def _forward_reaches(layer: Conv | Depthwise, shape: Shape) -> tuple[Reach, ...]:
    if layer.padding != "same":
        return window_reaches(layer.kernel, layer.stride, layer.padding, layer.dilation)
    axes = zip(shape[1:], layer.kernel, layer.stride, layer.dilation, strict=True)
    return tuple(sliding(d * (k - 1) + 1, s, same_padding(size, k, s, d) // 2) for size, k, s, d in axes)


def _weights(kernel: tuple[int, ...], filters: int, bias: bool) -> tuple[Weight, ...]:
    weight = Weight("weight", kernel)
    return (weight, Weight("bias", (filters,))) if bias else (weight,)

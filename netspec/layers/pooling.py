"""Pooling: the maximum or the mean of a window, over one, two or three spatial axes."""

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field

from netspec.diagnostics.codes import Code
from netspec.layers.arguments import Flag, Margin, Window, same_as, value_text
from netspec.layers.base import Family, Misfit, Need, Unary, never, require_spatial
from netspec.layers.formula import Sizing
from netspec.layers.reach import Reach, adaptive
from netspec.layers.window import CEILING, FORWARD, slide, whole_map, window_reaches
from netspec.sizes import Shape, format_shape


class MaxPool(Unary):
    """The maximum of each window. PyTorch's MaxPool1d, MaxPool2d, MaxPool3d."""

    family: ClassVar[Family] = Family.POOLING
    kind: Literal["maxpool"] = "maxpool"
    kernel: Window = Field(description="the size of the window")
    stride: Window = Field(default_factory=same_as("kernel"), description="how far the window moves")
    padding: Margin = Field((0,), description="how far windows reach over both edges; at most half of the kernel")
    dilation: Window = Field((1,), description="the distance between the window's points")
    ceil: Flag = Field(False, description="whether a last window that only partly fits counts")

    def output_of(self, shape: Shape) -> Shape:
        require_spatial(self, shape)
        _check_padding(self.kind, self.kernel, self.padding)
        return (shape[0], *slide(self, shape, self.sizing()))

    def sizing(self) -> Sizing:
        return _pooled(self.kernel, self.stride, self.padding, self.dilation, self.ceil)

    def reaches(self, inputs: tuple[Shape, ...]) -> tuple[Reach, ...]:
        return window_reaches(self.kernel, self.stride, self.padding, self.dilation)


class AvgPool(Unary):
    """The mean of each window. PyTorch's AvgPool1d, AvgPool2d, AvgPool3d."""

    family: ClassVar[Family] = Family.POOLING
    kind: Literal["avgpool"] = "avgpool"
    kernel: Window = Field(description="the size of the window")
    stride: Window = Field(default_factory=same_as("kernel"), description="how far the window moves")
    padding: Margin = Field((0,), description="zeros added on both sides; at most half of the kernel")
    ceil: Flag = Field(False, description="whether a last window that only partly fits counts")
    include_padding: Flag = Field(True, description="whether the zeros of the padding count in the mean")

    def output_of(self, shape: Shape) -> Shape:
        require_spatial(self, shape)
        _check_padding(self.kind, self.kernel, self.padding)
        sizes = slide(self, shape, self.sizing())
        for need in filter(never, self.needs((shape,))):
            raise Misfit(
                Code.WINDOW_TOO_LARGE,
                f"the {value_text(self.kernel)} window of `avgpool` is larger than its input "
                f"{format_shape(shape)}; in 3-D it must fit without padding",
                caption=f"{need.left} < {need.right}",
            )
        return (shape[0], *sizes)

    def sizing(self) -> Sizing:
        return _pooled(self.kernel, self.stride, self.padding, (1,) * len(self.kernel), self.ceil)

    def needs(self, inputs: tuple[Shape, ...]) -> Iterator[Need]:
        # PyTorch's AvgPool3d, alone among the poolings, measures its kernel against the input without the padding.
        if len(inputs[0]) == 4:
            for size, kernel in zip(inputs[0][1:], self.kernel, strict=True):
                yield Need(size, ">=", kernel)

    def reaches(self, inputs: tuple[Shape, ...]) -> tuple[Reach, ...]:
        return window_reaches(self.kernel, self.stride, self.padding, (1,) * len(self.kernel))


def _pooled(
    kernel: tuple[int, ...], stride: tuple[int, ...], padding: tuple[int, ...], dilation: tuple[int, ...], ceil: bool
) -> Sizing:
    window = {"kernel": kernel, "stride": stride, "padding": padding, "dilation": dilation}
    return Sizing(CEILING if ceil else FORWARD, window)


class _Adaptive(Unary):
    """Pooling by as many equal windows as the output has places."""

    family: ClassVar[Family] = Family.POOLING
    size: Window = Field(description="the size of the output")

    def output_of(self, shape: Shape) -> Shape:
        require_spatial(self, shape)
        return (shape[0], *self.size)

    def reaches(self, inputs: tuple[Shape, ...]) -> tuple[Reach, ...]:
        return tuple(adaptive(size, outputs) for size, outputs in zip(inputs[0][1:], self.size, strict=True))


class AdaptiveAvgPool(_Adaptive):
    """The mean of as many equal windows as the output has places. PyTorch's AdaptiveAvgPool1d, 2d, 3d."""

    kind: Literal["adaptiveavgpool"] = "adaptiveavgpool"


class AdaptiveMaxPool(_Adaptive):
    """The maximum of as many equal windows as the output has places. PyTorch's AdaptiveMaxPool1d, 2d, 3d."""

    kind: Literal["adaptivemaxpool"] = "adaptivemaxpool"


class _Global(Unary):
    """Pooling by one window for each channel."""

    family: ClassVar[Family] = Family.POOLING

    def output_of(self, shape: Shape) -> Shape:
        require_spatial(self, shape)
        return (shape[0], *(1 for _ in shape[1:]))

    def reaches(self, inputs: tuple[Shape, ...]) -> tuple[Reach, ...]:
        return whole_map(inputs[0])


class GlobalAvgPool(_Global):
    """The mean of each channel, as a 1x1 map. PyTorch's AdaptiveAvgPool1d(1), AdaptiveAvgPool2d(1), ..."""

    kind: Literal["globalavgpool"] = "globalavgpool"


class GlobalMaxPool(_Global):
    """The maximum of each channel, as a 1x1 map. PyTorch's AdaptiveMaxPool1d(1), AdaptiveMaxPool2d(1), ..."""

    kind: Literal["globalmaxpool"] = "globalmaxpool"


def _check_padding(kind: str, kernel: tuple[int, ...], padding: tuple[int, ...]) -> None:
    # Half of the kernel itself, not of what it spans with dilation. Source: PyTorch, Pool.h, pool2d_shape_check.
    for size, margin in zip(kernel, padding, strict=True):
        if margin > size // 2:
            raise Misfit(
                Code.POOL_PADDING,
                f"padding={margin} of `{kind}` is more than half of its kernel, which is {size}",
                caption=f"{margin} > ⌊{size} / 2⌋",
                help=(f"a kernel of {size} takes a padding of at most {size // 2}",),
            )

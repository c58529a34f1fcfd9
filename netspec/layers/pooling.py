"""Pooling: the maximum or the mean of a window, over one, two or three spatial axes."""

import math
from fractions import Fraction
from typing import ClassVar, Literal

from pydantic import Field

from netspec.diagnostics.codes import Code
from netspec.layers.arguments import Flag, Margin, Window, same_as, value_text
from netspec.layers.base import Family, Misfit, Reach, Unary, require_spatial
from netspec.layers.window import CEILING, FORWARD, slide, whole_map, window_reaches
from netspec.sizes import Shape, Unrepresentable, format_shape, holds


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
        formula = CEILING if self.ceil else FORWARD
        window = {"stride": self.stride, "padding": self.padding, "dilation": self.dilation}
        return (shape[0], *slide(self, shape, formula, self.kernel, **window))

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
        formula = CEILING if self.ceil else FORWARD
        window = {"stride": self.stride, "padding": self.padding, "dilation": (1,) * len(self.kernel)}
        sizes = slide(self, shape, formula, self.kernel, **window)
        self._check_volumes(shape)
        return (shape[0], *sizes)

    def _check_volumes(self, shape: Shape) -> None:
        # PyTorch's AvgPool3d, alone among the poolings, measures its kernel against the input without the padding.
        if len(shape) == 4:
            for size, kernel in zip(shape[1:], self.kernel, strict=True):
                if holds(size, ">=", kernel) is False:
                    raise Misfit(
                        Code.WINDOW_TOO_LARGE,
                        f"the {value_text(self.kernel)} window of `avgpool` is larger than its input "
                        f"{format_shape(shape)}; in 3-D it must fit without padding",
                        caption=f"{size} < {kernel}",
                    )

    def reaches(self, inputs: tuple[Shape, ...]) -> tuple[Reach, ...]:
        return window_reaches(self.kernel, self.stride, self.padding, (1,) * len(self.kernel))


class _Adaptive(Unary):
    """Pooling by as many equal windows as the output has places."""

    family: ClassVar[Family] = Family.POOLING
    size: Window = Field(description="the size of the output")

    def output_of(self, shape: Shape) -> Shape:
        require_spatial(self, shape)
        return (shape[0], *self.size)

    def reaches(self, inputs: tuple[Shape, ...]) -> tuple[Reach, ...]:
        return _adaptive_reaches(self.size, inputs[0])


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


def _adaptive_reaches(size: tuple[int, ...], shape: Shape) -> tuple[Reach, ...]:
    """The widest of the windows, which start at ⌊i·in / out⌋ and end before ⌈(i + 1)·in / out⌉."""
    reaches = []
    for inputs, outputs in zip(shape[1:], size, strict=True):
        if outputs == 1:
            reaches.append(Reach(inputs, 0))
        elif isinstance(inputs, int):
            widest = -(-(inputs + outputs - math.gcd(inputs, outputs)) // outputs)
            reaches.append(Reach(widest, Fraction(inputs, outputs)))
        else:
            raise Unrepresentable(f"{inputs} / {outputs}")
    return tuple(reaches)

"""Rearranging: layers that move, repeat or drop values, or scale each channel."""

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field

from netspec.diagnostics.codes import Code
from netspec.layers.arguments import Count, Flag, Margin, Natural, Real, Window, same_as
from netspec.layers.base import (
    Family,
    Misfit,
    Need,
    Unary,
    Weight,
    channels,
    never,
    require_groups,
    require_spatial,
)
from netspec.layers.reach import Reach, interpolated, repeated, sliding
from netspec.sizes import Shape, format_shape, format_size

RANKS_OF_MODES = {"nearest": (1, 2, 3), "linear": (1,), "bilinear": (2,), "bicubic": (2,), "trilinear": (3,)}
"""The numbers of spatial axes that each mode of upsampling is for."""


class Pad(Unary):
    """Values added around the map. PyTorch's ZeroPad2d, ReflectionPad2d, ReplicationPad2d, CircularPad2d, ..."""

    family: ClassVar[Family] = Family.REARRANGING
    kind: Literal["pad"] = "pad"
    before: Margin = Field(description="how much is added before each axis: above and to the left")
    after: Margin = Field(default_factory=same_as("before"), description="how much is added after each axis")
    mode: Literal["zeros", "reflect", "replicate", "circular"] = Field(
        "zeros", description="what is added: zeros, the mirrored map, its edge, or its other end"
    )

    def needs(self, inputs: tuple[Shape, ...]) -> Iterator[Need]:
        if self.mode in ("reflect", "circular"):
            for size, *margins in zip(inputs[0][1:], self.before, self.after, strict=True):
                yield Need(size - self._spare, ">=", max(margins))

    def output_of(self, shape: Shape) -> Shape:
        require_spatial(self, shape)
        for need in filter(never, self.needs((shape,))):
            raise Misfit(
                Code.OUT_OF_RANGE,
                f"mode={self.mode} of `pad` adds {need.right} to an axis of {format_size(need.left + self._spare)}, "
                f"which gives at most {format_size(need.left)}",
                caption=f"input {format_shape(shape)}",
            )
        sizes = (size + before + after for size, before, after in zip(shape[1:], self.before, self.after, strict=True))
        return (shape[0], *sizes)

    def reaches(self, inputs: tuple[Shape, ...]) -> tuple[Reach, ...]:
        return tuple(sliding(1, padding=before) for before in self.before)

    @property
    def _spare(self) -> int:
        return 1 if self.mode == "reflect" else 0  # a mirror does not repeat the edge itself


class Upsample(Unary):
    """A map made larger by a whole factor. PyTorch's Upsample."""

    family: ClassVar[Family] = Family.REARRANGING
    kind: Literal["upsample"] = "upsample"
    scale: Window = Field(description="how many times larger each axis becomes")
    mode: Literal["nearest", "linear", "bilinear", "bicubic", "trilinear"] = Field(
        "nearest", description="how values are found: linear is for 1-D maps, bilinear and bicubic 2-D, trilinear 3-D"
    )
    align_corners: Flag = Field(False, description="whether the corners keep their values; not for nearest")

    def output_of(self, shape: Shape) -> Shape:
        require_spatial(self, shape)
        rank = len(shape) - 1
        if rank not in RANKS_OF_MODES[self.mode]:
            fitting = [f"mode={mode}" for mode, ranks in RANKS_OF_MODES.items() if rank in ranks]
            raise Misfit(
                Code.WRONG_RANK,
                f"mode={self.mode} of `upsample` is for {RANKS_OF_MODES[self.mode][0]}-D maps, "
                f"but its input {format_shape(shape)} is {rank}-D",
                caption=f"input {format_shape(shape)}",
                help=(f"for {rank}-D maps there is {' or '.join(fitting)}",),
            )
        if self.align_corners and self.mode == "nearest":
            raise Misfit(
                Code.BAD_ARGUMENT,
                "align_corners=true of `upsample` is for the modes that interpolate, but mode=nearest copies",
            )
        return (shape[0], *(size * scale for size, scale in zip(shape[1:], self.scale, strict=True)))

    def reaches(self, inputs: tuple[Shape, ...]) -> tuple[Reach, ...]:
        if self.mode == "nearest":
            return tuple(repeated(scale) for scale in self.scale)
        taps = 2 if self.mode == "bicubic" else 1
        # Aligned corners stretch the stride a little, from 1/scale to (in - 1)/(out - 1), which is not followed.
        return tuple(interpolated(scale, taps, from_corner=self.align_corners) for scale in self.scale)


class PixelShuffle(Unary):
    """Channels laid out in space: C·r² x H x W becomes C x H·r x W·r. PyTorch's PixelShuffle.

    Source: Shi et al., "Real-Time Single Image and Video Super-Resolution", 2016.
    """

    family: ClassVar[Family] = Family.REARRANGING
    kind: Literal["pixelshuffle"] = "pixelshuffle"
    factor: Count = Field(description="how many times larger each axis becomes")

    def output_of(self, shape: Shape) -> Shape:
        require_spatial(self, shape, (2,))
        have, square = channels(self, shape), self.factor**2
        if have % square:
            raise Misfit(
                Code.GROUPS,
                f"`pixelshuffle` with factor={self.factor} needs a multiple of {square} channels, "
                f"but its input {format_shape(shape)} has {have}",
                caption=f"{have} = {have // square}·{square} + {have % square}",
            )
        return (have // square, *(size * self.factor for size in shape[1:]))

    def reaches(self, inputs: tuple[Shape, ...]) -> tuple[Reach, ...]:
        return (repeated(self.factor),) * 2


class Shuffle(Unary):
    """Channels of several groups interleaved, as in ShuffleNet. PyTorch's ChannelShuffle."""

    family: ClassVar[Family] = Family.REARRANGING
    kind: Literal["shuffle"] = "shuffle"
    groups: Count = Field(description="the number of groups; divides the channels")

    def output_of(self, shape: Shape) -> Shape:
        require_spatial(self, shape)
        require_groups(self.groups, {"channels": channels(self, shape)})
        return shape


class Slice(Unary):
    """Some of the channels: from `start` up to, not including, `stop`. PyTorch's ``x[:, start:stop]``."""

    family: ClassVar[Family] = Family.REARRANGING
    kind: Literal["slice"] = "slice"
    start: Natural = Field(description="the first channel that is kept, counted from 0")
    stop: Count = Field(description="the first channel that is no longer kept")

    def output_of(self, shape: Shape) -> Shape:
        have = channels(self, shape)
        if self.start >= self.stop:
            raise Misfit(
                Code.OUT_OF_RANGE,
                f"`slice` from {self.start} to {self.stop} keeps no channel",
                caption=f"{self.start} ≥ {self.stop}",
            )
        if self.stop > have:
            raise Misfit(
                Code.OUT_OF_RANGE,
                f"`slice` ends at channel {self.stop}, but its input {format_shape(shape)} has {have}",
                caption=f"{self.stop} > {have}",
            )
        return (self.stop - self.start, *shape[1:])


class Scale(Unary):
    """Each channel times a learned factor, as ConvNeXt's layer scale. PyTorch's ``x * weight``."""

    family: ClassVar[Family] = Family.REARRANGING
    kind: Literal["scale"] = "scale"
    init: Real = Field(1.0, description="the factor before training")

    def weights_for(self, shape: Shape) -> tuple[Weight, ...]:
        return (Weight("weight", (channels(self, shape),)),)

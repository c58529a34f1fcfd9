"""How the outputs of a layer look at its inputs along one spatial axis, exactly: what receptive fields are made of."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from netspec.sizes import Size, Unrepresentable, holds, minimum

MAX_PERIOD = 1 << 12
"""The longest period that is followed; a net that makes its input 4,096 times larger is beyond it."""


class Window(NamedTuple):
    """The first and the last input that an output sees. Below 0 and beyond the end lies padding."""

    first: Size
    last: Size


class Reach(NamedTuple):
    """What every output along one axis sees.

    Output ``period·q + r``, where the period is the number of windows, sees what ``windows[r]`` says, ``advance·q``
    further on; nothing where that is None. A convolution has one window and advances by its stride; where outputs lie
    between inputs, as after upsampling, there are several windows to a period.
    """

    windows: tuple[Window | None, ...]
    advance: int

    @property
    def extent(self) -> Size:
        """How many neighbouring inputs one output sees, at most. Raises `Unrepresentable`."""
        return -least([window.first - window.last - 1 for window in self.windows if window is not None] or [0])

    @property
    def stride(self) -> Fraction:
        """How far apart in the input neighbouring outputs look; 0 where every output sees the same."""
        return Fraction(self.advance, len(self.windows))

    @property
    def padding(self) -> Size:
        """How far before the input's start the first window begins; below 0 if it begins after it."""
        return next((-window.first for window in self.windows if window is not None), 0)

    def after(self, earlier: Reach) -> Reach:
        """What the outputs see of the inputs of an earlier layer, through it. Raises `Unrepresentable`."""
        if self is POINTWISE:
            return earlier
        period = len(earlier.windows)
        turns = period // math.gcd(period, self.advance) if self.advance else 1
        if turns * len(self.windows) > MAX_PERIOD:
            raise Unrepresentable(f"a period of {turns * len(self.windows)}")
        look = _look_up if _moves_forward(earlier) else _search
        windows = []
        for turn in range(turns):
            for window in self.windows:
                ahead = self.advance * turn
                found = None if window is None else look(earlier, window.first + ahead, window.last + ahead)
                windows.append(found)
        return _reduced(windows, earlier.advance * (self.advance * turns // period))


def sliding(extent: Size, stride: int = 1, padding: Size = 0) -> Reach:
    """A window that slides over the inputs."""
    return Reach((Window(-padding, extent - padding - 1),), stride)


POINTWISE = sliding(1)
"""Each output sees the input at its own place."""


def whole(size: Size) -> Reach:
    """Every output sees the whole axis."""
    return Reach((Window(0, size - 1),), 0)


def spread(kernel: int, stride: int, padding: int = 0, dilation: int = 1) -> Reach:
    """Of a transposed convolution: input i lands at the outputs i·stride − padding + dilation·t, for t < kernel."""
    if stride > MAX_PERIOD:
        raise Unrepresentable(f"a period of {stride}")
    common = math.gcd(dilation, stride)
    step = stride // common  # of the kernel's points that land at one output, every so many
    inverse = pow(dilation // common, -1, step)
    windows: list[Window | None] = []
    for place in range(padding, padding + stride):
        start = place // common * inverse % step
        if place % common or start >= kernel:
            windows.append(None)
            continue
        end = start + (kernel - 1 - start) // step * step
        windows.append(Window((place - dilation * end) // stride, (place - dilation * start) // stride))
    return _reduced(windows, 1)


def adaptive(inputs: Size, outputs: int) -> Reach:
    """Windows from ⌊i·in / out⌋ up to, not including, ⌈(i + 1)·in / out⌉. Source: PyTorch, AdaptiveAveragePooling."""
    if outputs == 1:
        return whole(inputs)
    if not isinstance(inputs, int):
        raise Unrepresentable(f"{inputs} / {outputs}")
    period = outputs // math.gcd(inputs, outputs)
    if period > MAX_PERIOD:
        raise Unrepresentable(f"a period of {period}")
    ends = [Window(i * inputs // outputs, -(-(i + 1) * inputs // outputs) - 1) for i in range(period)]
    return _reduced(ends, inputs * period // outputs)


def repeated(scale: int) -> Reach:
    """Each input stands at `scale` outputs."""
    if scale > MAX_PERIOD:
        raise Unrepresentable(f"a period of {scale}")
    return _reduced([Window(0, 0)] * scale, 1)


def interpolated(scale: int, taps: int, *, from_corner: bool = False) -> Reach:
    """Outputs between inputs, of which each sees `taps` on either side; one that falls on an input sees that alone.

    Output i lies at (i + 1/2) / scale − 1/2, or at i / scale `from_corner`. Source: PyTorch, UpSample.h.
    """
    if scale > MAX_PERIOD:
        raise Unrepresentable(f"a period of {scale}")
    windows = []
    for place in range(scale):
        doubled = 2 * place if from_corner else 2 * place + 1 - scale
        before, rest = divmod(doubled, 2 * scale)
        windows.append(Window(before - taps + 1, before + taps) if rest else Window(before, before))
    return _reduced(windows, 1)


def union(reaches: Sequence[Reach]) -> Reach | None:
    """What is seen by at least one of several outputs at the same place; None if they drift apart."""
    if len({reach.stride for reach in reaches}) != 1:
        return None
    period = math.lcm(*(len(reach.windows) for reach in reaches))
    if period > MAX_PERIOD:
        raise Unrepresentable(f"a period of {period}")
    windows: list[Window | None] = []
    for place in range(period):
        seen = [window for reach in reaches if (window := _at(reach, place)) is not None]
        windows.append(_hull(seen))
    return _reduced(windows, int(reaches[0].stride * period))


def least(sizes: Sequence[Size]) -> Size:
    """The smallest of sizes. Raises `Unrepresentable` where it depends on a symbol which that is."""
    smallest, *rest = sizes
    for size in rest:
        smallest = minimum(smallest, size)
    return smallest


def _hull(windows: Sequence[Window]) -> Window | None:
    """From the first input that any of the windows sees to the last."""
    if not windows:
        return None
    return Window(least([window.first for window in windows]), -least([-window.last for window in windows]))


def _at(reach: Reach, place: Size) -> Window | None:
    """The window of one output."""
    period = len(reach.windows)
    residue = place % period
    if not isinstance(residue, int):
        raise Unrepresentable(f"({place}) mod {period}")
    window = reach.windows[residue]
    ahead = place // period * reach.advance
    return None if window is None else Window(window.first + ahead, window.last + ahead)


def _moves_forward(reach: Reach) -> bool:
    """Whether each window begins and ends no sooner than the one before it, so that the outermost ones tell all."""
    if len(reach.windows) == 1:
        return reach.advance >= 0
    windows = [_at(reach, place) for place in range(len(reach.windows) + 1)]
    return all(
        before is not None
        and after is not None
        and holds(before.first, "<=", after.first) is True
        and holds(before.last, "<=", after.last) is True
        for before, after in pairwise(windows)
    )


def _look_up(reach: Reach, first: Size, last: Size) -> Window | None:
    """What the outputs from `first` to `last` see together, where windows move forward."""
    begin, end = _at(reach, first), _at(reach, last)
    return None if begin is None or end is None else Window(begin.first, end.last)


def _search(reach: Reach, first: Size, last: Size) -> Window | None:
    """What the outputs from `first` to `last` see together. Those further than a period from an end add nothing."""
    if not isinstance(first, int) or not isinstance(last, int):
        raise Unrepresentable(f"outputs {first} to {last}")
    period = len(reach.windows)
    near = {*range(first, min(last + 1, first + period)), *range(max(first, last + 1 - period), last + 1)}
    return _hull([window for place in sorted(near) if (window := _at(reach, place)) is not None])


def _reduced(windows: Sequence[Window | None], advance: int) -> Reach:
    """The reach with its smallest period."""
    period = len(windows)
    for candidate in range(1, period):
        if period % candidate or advance * candidate % period:
            continue
        shorter = Reach(tuple(windows[:candidate]), advance * candidate // period)
        if all(_at(shorter, place) == windows[place] for place in range(candidate, period)):
            return shorter
    return Reach(tuple(windows), advance)

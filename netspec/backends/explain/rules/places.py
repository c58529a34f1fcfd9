"""The places of a map that windows see, and how they are told in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from netspec.passes.expand.values import measures
from netspec.sizes import Size

MOST_WORK = 1 << 20
"""Marks of windows on an axis; where it would take more, the places that none sees are not looked for."""

FEW = 4
"""So many places are told one by one."""

PLACES = {"height": "rows", "width": "columns", "depth": "slices"}


class Axis(NamedTuple):
    """A window on one spatial axis, with the padding before and after it."""

    name: str
    size: Size
    windows: Size
    kernel: int
    stride: int
    dilation: int
    before: Size
    after: Size

    @property
    def extent(self) -> int:
        """How many places a window spans."""
        return self.dilation * (self.kernel - 1) + 1

    @property
    def remainder(self) -> Size:
        """How much of the padded axis lies behind the last window."""
        return self.size + self.before + self.after - self.extent - (self.windows - 1) * self.stride

    @property
    def zeros_before(self) -> Size:
        """The zeros before δ for its full convolution with the kernel; so many are cut away if it is negative."""
        return self.extent - 1 - self.before

    @property
    def zeros_after(self) -> Size:
        """Those after δ, where the windows may have left something over."""
        return self.extent - 1 - self.after + self.remainder

    def untouched(self) -> tuple[int, ...]:
        """The places that no window sees; none are told where the size is not fixed, or too large to look."""
        if not (isinstance(self.size, int) and isinstance(self.windows, int) and isinstance(self.before, int)):
            return ()
        if self.kernel * self.windows > MOST_WORK or self.size > MOST_WORK:
            return ()
        padded = self.windows * self.stride + self.extent
        seen = bytearray(max(padded, self.before + self.size))
        for position in range(self.kernel):
            start = position * self.dilation
            seen[start : start + self.windows * self.stride : self.stride] = b"\1" * self.windows
        return tuple(place for place in range(self.size) if not seen[self.before + place])


def axes_of(
    size: Sequence[Size],
    windows: Sequence[Size],
    kernel: Sequence[int],
    stride: Sequence[int],
    dilation: Sequence[int],
    before: Sequence[Size],
    after: Sequence[Size],
) -> tuple[Axis, ...]:
    """The windows of a layer on each axis."""
    names = measures(len(size) + 1)[1:]
    return tuple(
        Axis(*axis) for axis in zip(names, size, windows, kernel, stride, dilation, before, after, strict=True)
    )


def alike(axes: Sequence[Axis], told: Callable[[Axis], str]) -> list[tuple[str, str]]:
    """What is told of each axis, once for those of which the same is told, with the names of their places.

    There are no names where it is told of all axes; nothing is left out.
    """
    groups: dict[str, list[str]] = {}
    for axis in axes:
        groups.setdefault(told(axis), []).append(PLACES[axis.name])
    return [(" and ".join(names) if len(names) < len(axes) else "", text) for text, names in groups.items() if text]


def untouched_notes(axes: Sequence[Axis]) -> tuple[str, ...]:
    """What is to be said of the places that no window sees."""
    every = "places" if len(axes) == 1 else " and ".join(PLACES[axis.name] for axis in axes)
    notes = []
    for names, places in alike(axes, _untouched):
        several = names or every
        one = " and ".join(name.removesuffix("s") for name in several.split(" and "))
        notes.append(f"No window sees {places.format(several=several, one=one)}: the gradient there is 0.")
    return tuple(notes)


def _untouched(axis: Axis) -> str:
    places = axis.untouched()
    if not places:
        return ""
    if isinstance(axis.size, int) and places == tuple(range(axis.size - len(places), axis.size)):
        return "the last {one} of x" if len(places) == 1 else f"the last {len(places)} {{several}} of x"
    first = ", ".join(map(str, places[:FEW])) + (", …" if len(places) > FEW else "")
    return f"{len(places)} of the {axis.size} {{several}} of x (counted from 0: {first})"

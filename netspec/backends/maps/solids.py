"""Solids: how large each stage is drawn. Maps are stacks of plates, vectors are bars.

Sides grow with the square root of the size, so that 224 and 7 are both seen and still differ; the number of plates
grows with the logarithm of the channels. Coordinates go right and down.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from netspec.backends.maps.stages import Stage

SIDE = 132.0
"""The side of the largest map of a net."""

LEAST = 9.0
"""The shortest side of a plate."""

STEP = 3.4
"""How far each plate of a stack lies right of and below the one behind it."""

THIN = 7.0
"""The width of a map with one spatial axis, and of a bar."""

LONGEST_BAR = 150.0

ALL_SHOWN = 6
"""Up to so many channels each has a plate of its own."""


class Point(NamedTuple):
    """A place in the picture."""

    x: float
    y: float


class Rectangle(NamedTuple):
    """An upright rectangle."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.y + self.height

    def moved(self, dx: float, dy: float) -> Rectangle:
        """The same somewhere else."""
        return Rectangle(self.x + dx, self.y + dy, self.width, self.height)


class Solid(NamedTuple):
    """A stage with its size: `plates` of one face each, or a bar. `depth` is their third axis, drawn obliquely."""

    face: tuple[float, float]
    plates: int
    depth: float = 0.0
    bar: bool = False
    units: int = 0

    @property
    def width(self) -> float:
        """From the left of the plate at the back to the right of the one in front."""
        return self.face[0] + STEP * (self.plates - 1) + self.depth

    @property
    def height(self) -> float:
        """From the top to the bottom of all plates."""
        return self.face[1] + STEP * (self.plates - 1) + self.depth

    def front(self, corner: Point) -> Rectangle:
        """The face of the plate in front, for a solid whose upper left corner is there."""
        shift = STEP * (self.plates - 1)
        return Rectangle(corner.x + shift, corner.y + shift + self.depth, *self.face)


UNKNOWN = Solid((44.0, 44.0), 1)
"""What stands for a stage of which nothing is known."""


def solids(stages: Sequence[Stage]) -> list[Solid]:
    """The solid of each stage, to one scale."""
    largest = max((size for stage in stages for size in (stage.sizes or ())[1:]), default=1)
    return [_solid(stage.sizes, largest) if stage.sizes is not None else UNKNOWN for stage in stages]


def _solid(sizes: tuple[int, ...], largest: int) -> Solid:
    channels, *spatial = sizes
    sides = [max(LEAST, SIDE * math.sqrt(size / max(largest, 1))) for size in spatial]
    plates = plates_for(channels)
    match sides:
        case []:
            return Solid((THIN, bar_length(channels)), 1, bar=True, units=channels)
        case [length]:
            return Solid((THIN, length), plates)
        case [height, width]:
            return Solid((width, height), plates)
        case [depth, height, width]:
            return Solid((width, height), plates, depth=depth * 0.3)
        case _:
            return UNKNOWN


def plates_for(channels: int) -> int:
    """How many plates stand for so many channels."""
    if channels <= ALL_SHOWN:
        return max(channels, 1)
    return ALL_SHOWN + round(1.7 * math.log2(channels / ALL_SHOWN))


def bar_length(features: int) -> float:
    """How long the bar of a vector is."""
    return min(LONGEST_BAR, 14 * math.pow(max(features, 1), 0.23) + 8)

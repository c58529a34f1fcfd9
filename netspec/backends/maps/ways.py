"""Ways: what leads from a stage to the next. A window slides, all units are connected, or there is an arrow."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from netspec.backends.maps.places import Placed
from netspec.backends.maps.solids import Point, Rectangle
from netspec.backends.maps.stages import Stage, main_layer
from netspec.ir import Node
from netspec.layers import (
    AdaptiveAvgPool,
    AdaptiveMaxPool,
    AvgPool,
    Conv,
    ConvTranspose,
    Depthwise,
    Fc,
    GlobalAvgPool,
    GlobalMaxPool,
    MaxPool,
)

_LEAVING, _ENTERING = (0.74, 0.74), (0.3, 0.4)
"""Where on a plate what leaves it and what enters it lies, away from each other and from the labels above."""

_LEAST_WINDOW, _LEAST_PIXEL = 6.0, 3.0

Line: TypeAlias = tuple[Point, Point]


class Way(NamedTuple):
    """What is drawn between two stages: patches of maps, and lines; an arrow where there are neither."""

    patches: tuple[Rectangle, ...] = ()
    lines: tuple[Line, ...] = ()


def way(before: Placed, after: Placed) -> Way:
    """The way from a stage to the next."""
    node = main_layer(after.stage)
    if node is None or before.stage.sizes is None or after.stage.sizes is None:
        return Way()
    if after.solid.bar:
        if not before.solid.bar:
            return Way(lines=_edges(before.front, after.front))
        return Way(lines=_connected(before.front, after.front)) if isinstance(node.layer, Fc) else Way()
    if before.solid.bar:
        return Way()
    one = (1,) * (len(before.stage.sizes) - 1)
    if isinstance(node.layer, ConvTranspose):
        pixel = _patch(before, one, _LEAST_PIXEL, _LEAVING)
        return _joined(pixel, _patch(after, node.layer.kernel, _LEAST_WINDOW, _ENTERING))
    kernel = _window(node, before.stage)
    if kernel is None:
        return Way()
    seen = _patch(before, kernel, _LEAST_WINDOW, _LEAVING)
    return _joined(seen, _patch(after, one, _LEAST_PIXEL, _ENTERING))


def _window(node: Node, before: Stage) -> tuple[int, ...] | None:
    """How much of its input one output of a layer sees on each axis, if that is a window."""
    layer, spatial = node.layer, (before.sizes or ())[1:]
    match layer:
        case Conv() | Depthwise() | MaxPool() | AvgPool():
            return layer.kernel
        case GlobalAvgPool() | GlobalMaxPool():
            return spatial
        case AdaptiveAvgPool() | AdaptiveMaxPool():
            return tuple(-(-size // out) for size, out in zip(spatial, layer.size, strict=True))
        case _:
            return None


def _patch(placed: Placed, extent: tuple[int, ...], least: float, at: tuple[float, float]) -> Rectangle:
    """The part of a stage's front that so many of its pixels take."""
    face, sizes = placed.front, (placed.stage.sizes or ())[1:]
    sides = (face.height, face.width) if len(sizes) > 1 else (face.height,)
    shares = [
        min(side, max(side * pixels / max(size, 1), least))
        for side, pixels, size in zip(sides, extent[-len(sides) :], sizes[-len(sides) :], strict=True)
    ]
    height, width = shares[0], shares[1] if len(shares) > 1 else face.width
    x = face.x + (face.width - width) * at[0]
    y = face.y + (face.height - height) * at[1]
    return Rectangle(x, y, width, height)


def _joined(first: Rectangle, second: Rectangle) -> Way:
    """Two patches, and the lines between their upper and their lower corners."""
    return Way((first, second), _edges(first, second))


def _edges(first: Rectangle, second: Rectangle) -> tuple[Line, ...]:
    """From the right corners of the one to the left corners of the other, above and below."""
    upper = (Point(first.right, first.y), Point(second.x, second.y))
    lower = (Point(first.right, first.bottom), Point(second.x, second.bottom))
    return (upper, lower)


def _connected(first: Rectangle, second: Rectangle) -> tuple[Line, ...]:
    """Every unit with every other: the outermost lines stand for all."""
    return tuple(
        (Point(first.right, start), Point(second.x, end))
        for start in (first.y, first.bottom)
        for end in (second.y, second.bottom)
    )

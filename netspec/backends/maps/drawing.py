"""Drawing the stages: plates and bars, and what leads from each to the next, in the manner of the LeNet-5 paper.

Source: LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition", 1998, figure 2.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from netspec.backends.maps import svg
from netspec.backends.maps.layout import Layout, Placed
from netspec.backends.maps.solids import STEP, Point, Rectangle
from netspec.backends.maps.stages import Stage, main_layer
from netspec.backends.pictures.palette import Colours, Theme
from netspec.backends.pictures.text import plain, shape_text
from netspec.backends.pictures.working import working
from netspec.ir import Node, ShapedNode
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


def draw(placed: Layout, name: str, theme: Theme) -> str:
    """The picture as SVG."""
    parts = [part for row in placed.rows for part in _row(row, theme)]
    parts += [part for before, after in pairwise(placed.rows) for part in _turn(before[-1], after[0], placed, theme)]
    return svg.document(name, parts, placed.width, placed.height, theme)


def _row(row: tuple[Placed, ...], theme: Theme) -> Iterator[str]:
    for stage in row:
        yield svg.group(
            [*_solid(stage, theme), *(svg.text(line, theme) for line in stage.title)],
            _tip(stage.stage),
            _layers(stage.stage),
        )
    for before, after in pairwise(row):
        yield svg.group(list(_way(before, after, theme)), _tip(after.stage), _layers(after.stage))
    for stage in row:
        if stage.operation:
            lines = [svg.text(line, theme) for line in stage.operation]
            yield svg.group(lines, _tip(stage.stage), _layers(stage.stage))


def _layers(stage: Stage) -> tuple[str, ...]:
    return tuple(node.name for node in stage.nodes) or (stage.name,)


def _tip(stage: Stage) -> str:
    """The working of all layers of a stage."""
    texts = ["\n".join(working(node)) if isinstance(node, ShapedNode) else node.name for node in stage.nodes]
    if not texts:
        texts = [f"{stage.name}: {shape_text(stage.shape)}"]
    if stage.mark is not None:
        texts.append(plain(stage.mark.message))
    return "\n\n".join(texts)


def _colours(stage: Stage, theme: Theme) -> Colours:
    if stage.mark is not None:
        return theme.error
    if stage.shape is None:
        return theme.unknown
    layer = main_layer(stage)
    return theme.plain if layer is None else theme.families[layer.layer.family]


# Solids


def _solid(placed: Placed, theme: Theme) -> Iterator[str]:
    colours, solid = _colours(placed.stage, theme), placed.solid
    if solid.bar:
        yield from _bar(placed.front, solid.units, colours)
        return
    for plate in reversed(range(solid.plates)):
        face = placed.front.moved(-STEP * plate, -STEP * plate)
        if solid.depth:
            yield from _block(face, solid.depth, colours)
        else:
            dashed = "4 3" if placed.stage.shape is None else None
            yield svg.rectangle(face, colours.fill, colours.line, stroke_width=0.8, stroke_dasharray=dashed)


def _block(face: Rectangle, depth: float, colours: Colours) -> Iterator[str]:
    """A plate with a third axis: its front, top and right side."""
    back = face.moved(depth, -depth)
    left, right, top, bottom = face.x, face.right, face.y, face.bottom
    outline = [
        Point(left, bottom),
        Point(left, top),
        Point(back.x, back.y),
        Point(back.right, back.y),
        Point(back.right, back.bottom),
        Point(right, bottom),
    ]
    yield svg.polygon(outline, colours.fill, colours.line, stroke_width=0.8)
    yield svg.polyline([Point(left, top), Point(right, top), Point(right, bottom)], colours.line, stroke_width=0.8)
    yield svg.polyline([Point(right, top), Point(back.right, back.y)], colours.line, stroke_width=0.8)


def _bar(bar: Rectangle, units: int, colours: Colours) -> Iterator[str]:
    """A vector: with a mark between units as far as they can be told apart."""
    yield svg.rectangle(bar, colours.fill, colours.line, stroke_width=0.8)
    apart = bar.height / units if bar.height / units >= 2 else 0.0
    for unit in range(1, units) if apart else ():
        y = bar.y + unit * apart
        yield svg.polyline([Point(bar.x, y), Point(bar.right, y)], colours.line, stroke_width=0.5)


# Ways


def _way(before: Placed, after: Placed, theme: Theme) -> Iterator[str]:
    """What leads from a stage to the next: a window, the lines of a full connection, or an arrow."""
    layer = main_layer(after.stage)
    line = theme.error.line if after.stage.mark is not None else theme.edge
    known = before.stage.sizes is not None and after.stage.sizes is not None
    kernel = window(layer, before.stage) if layer is not None and known else None
    if known and isinstance(layer, Node) and isinstance(layer.layer, ConvTranspose):
        yield from _spread(before, after, layer.layer.kernel, line)
    elif kernel is not None and not before.solid.bar and not after.solid.bar:
        yield from _window(before, after, kernel, line)
    elif before.solid.bar and after.solid.bar and isinstance(layer, Node) and isinstance(layer.layer, Fc):
        yield from _connected(before.front, after.front, line)
    elif known and after.solid.bar and not before.solid.bar:
        yield from _gathered(before.front, after.front, line)
    else:
        yield from _arrow(Point(before.outline.right + 5, _middle(before)), after, line)


def window(node: Node, before: Stage) -> tuple[int, ...] | None:
    """How much of its input one output of a layer sees on each axis, if that is a window."""
    layer, spatial = node.layer, (before.sizes or ())[1:]
    match layer:
        case Conv() | Depthwise() | MaxPool() | AvgPool() if len(layer.kernel) == len(spatial):
            return layer.kernel
        case GlobalAvgPool() | GlobalMaxPool():
            return spatial
        case AdaptiveAvgPool() | AdaptiveMaxPool() if len(layer.size) == len(spatial):
            return tuple(-(-size // out) for size, out in zip(spatial, layer.size, strict=True))
        case _:
            return None


def _patch(
    face: Rectangle, sizes: tuple[int, ...], extent: tuple[int, ...], least: float, at: tuple[float, float]
) -> Rectangle:
    """The part of a face that so many of its pixels take."""
    sides = (face.height, face.width)[-len(sizes) :] if len(sizes) > 1 else (face.height,)
    shares = [
        min(side, max(side * pixels / max(size, 1), least))
        for side, pixels, size in zip(sides, extent[-len(sides) :], sizes[-len(sides) :], strict=True)
    ]
    height, width = shares[0], shares[-1] if len(shares) > 1 else face.width
    x = face.x + (face.width - width) * at[0]
    y = face.y + (face.height - height) * at[1]
    return Rectangle(x, y, width, height)


def _window(before: Placed, after: Placed, kernel: tuple[int, ...], line: str) -> Iterator[str]:
    """A window on the one map, and the pixel that it makes on the other."""
    seen = _patch(before.front, (before.stage.sizes or ())[1:], kernel, _LEAST_WINDOW, _LEAVING)
    pixel = _patch(after.front, (after.stage.sizes or ())[1:], (1,) * len(kernel), _LEAST_PIXEL, _ENTERING)
    yield from _joined(seen, pixel, line)


def _spread(before: Placed, after: Placed, kernel: tuple[int, ...], line: str) -> Iterator[str]:
    """A pixel on the one map, and the window that it reaches on the other."""
    pixel = _patch(before.front, (before.stage.sizes or ())[1:], (1,) * len(kernel), _LEAST_PIXEL, _LEAVING)
    reached = _patch(after.front, (after.stage.sizes or ())[1:], kernel, _LEAST_WINDOW, _ENTERING)
    yield from _joined(pixel, reached, line)


def _joined(first: Rectangle, second: Rectangle, line: str) -> Iterator[str]:
    """Two patches, and the lines between their upper and their lower corners."""
    for patch in (first, second):
        yield svg.rectangle(patch, "none", line, stroke_width=0.9)
    yield svg.polyline([Point(first.right, first.y), Point(second.x, second.y)], line, stroke_width=0.6)
    yield svg.polyline([Point(first.right, first.bottom), Point(second.x, second.bottom)], line, stroke_width=0.6)


def _connected(first: Rectangle, second: Rectangle, line: str) -> Iterator[str]:
    """Every unit with every other: the outermost lines stand for all."""
    for start in (first.y, first.bottom):
        for end in (second.y, second.bottom):
            yield svg.polyline([Point(first.right, start), Point(second.x, end)], line, stroke_width=0.6)


def _gathered(face: Rectangle, bar: Rectangle, line: str) -> Iterator[str]:
    """All of a stack of maps goes into a bar."""
    yield svg.polyline([Point(face.right, face.y), Point(bar.x, bar.y)], line, stroke_width=0.6)
    yield svg.polyline([Point(face.right, face.bottom), Point(bar.x, bar.bottom)], line, stroke_width=0.6)


def _middle(placed: Placed) -> float:
    return placed.outline.y + placed.outline.height / 2


def _arrow(start: Point, after: Placed, line: str, *corners: Point) -> Iterator[str]:
    end = Point(after.outline.x - 5, _middle(after))
    yield svg.polyline([start, *corners, Point(end.x - 3, end.y)], line, stroke_width=0.9)
    head = [Point(end.x, end.y), Point(end.x - 7, end.y - 3), Point(end.x - 7, end.y + 3)]
    yield svg.polygon(head, line, "none")


def _turn(before: Placed, after: Placed, placed: Layout, theme: Theme) -> Iterator[str]:
    """The way from the end of a row to the start of the next."""
    start = Point(before.outline.right + 5, _middle(before))
    row = next(row for row in placed.rows if after in row)
    between = min(min(text.box.y for text in part.title) for part in row) - 12
    right, left = placed.width - 14, 10.0
    corners = [
        Point(right, start.y),
        Point(right, between),
        Point(left, between),
        Point(left, _middle(after)),
    ]
    yield from (f"  {part}" for part in _arrow(start, after, theme.edge, *corners))

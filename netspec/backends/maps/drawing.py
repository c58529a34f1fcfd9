"""Drawing the stages: plates and bars, and what leads from each to the next, in the manner of the LeNet-5 paper.

Source: LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition", 1998, figure 2.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from netspec.backends.maps import svg
from netspec.backends.maps.layout import MARGIN, TURN, Layout
from netspec.backends.maps.places import Placed
from netspec.backends.maps.solids import STEP, Point, Rectangle
from netspec.backends.maps.stages import Stage, main_layer
from netspec.backends.maps.ways import way
from netspec.backends.pictures.palette import Colours, Theme
from netspec.backends.pictures.text import plain, shape_text
from netspec.backends.pictures.working import working
from netspec.ir import ShapedNode


def draw(placed: Layout, name: str, theme: Theme) -> str:
    """The picture as SVG."""
    parts = [part for row in placed.rows for part in _row(row, theme)]
    parts += [part for before, after in pairwise(placed.rows) for part in _turn(before[-1], after, placed, theme)]
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
    """What leads from a stage to the next."""
    line = theme.error.line if after.stage.mark is not None else theme.edge
    found = way(before, after)
    for patch in found.patches:
        yield svg.rectangle(patch, "none", line, stroke_width=0.9)
    for ends in found.lines:
        yield svg.polyline(ends, line, stroke_width=0.6)
    if not found.lines:
        yield from _arrow(Point(before.outline.right + 5, _middle(before)), after, line)


def _middle(placed: Placed) -> float:
    return placed.outline.y + placed.outline.height / 2


def _arrow(start: Point, after: Placed, line: str, *corners: Point) -> Iterator[str]:
    end = Point(after.outline.x - 5, _middle(after))
    yield svg.polyline([start, *corners, Point(end.x - 3, end.y)], line, stroke_width=0.9)
    head = [Point(end.x, end.y), Point(end.x - 7, end.y - 3), Point(end.x - 7, end.y + 3)]
    yield svg.polygon(head, line, "none")


def _turn(before: Placed, row: tuple[Placed, ...], placed: Layout, theme: Theme) -> Iterator[str]:
    """The way from the end of a row to the start of the next."""
    start, after = Point(before.outline.right + 5, _middle(before)), row[0]
    between = min(text.box.y for part in row for text in part.title) - TURN
    right, left = placed.width - MARGIN, MARGIN - 6
    corners = [
        Point(right, start.y),
        Point(right, between),
        Point(left, between),
        Point(left, _middle(after)),
    ]
    yield from (f"  {part}" for part in _arrow(start, after, theme.edge, *corners))

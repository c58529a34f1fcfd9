"""Where everything in a picture of maps stands: solids in rows, labels above and below them, none on another."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from netspec.backends.maps.places import Placed, Text
from netspec.backends.maps.solids import Point, Solid
from netspec.backends.maps.stages import Stage, main_layer
from netspec.backends.maps.ways import Line, way
from netspec.backends.pictures.problems import fault_text
from netspec.backends.pictures.text import plain, shape_text, wrapped
from netspec.sketch import Fault

LARGE, SMALL = 11.0, 9.0
"""The sizes of texts."""

LEADING = 1.25
"""The height of a line, in the size of its text."""

GAP = 46.0
"""The least room between two solids, for what lies between them."""

SPACE = 12.0
"""The least room between two labels on one level."""

WIDEST = 1150.0
"""About how wide a row may be."""

MARGIN = 16.0

ROW_GAP, TURN = 34.0, 12.0
"""The room between rows, and how far above the labels of a row the way leads to it."""

CLEAR = 4.0
"""The room between a label and what lies below it."""

_LONGEST, _WORDS, _MESSAGE = 20, 17, 30
"""Characters in a line of a shape, of arguments, and of a message."""


class Label(NamedTuple):
    """Lines that belong together, not yet in their place."""

    lines: tuple[Text, ...]

    @property
    def width(self) -> float:
        """That of the longest line."""
        return max((line.box.width for line in self.lines), default=0.0)

    @property
    def height(self) -> float:
        """From the top of the first line to the bottom of the last."""
        return sum(line.size * LEADING for line in self.lines)

    def placed(self, x: float, top: float) -> tuple[Text, ...]:
        """The lines, centred below a point."""
        placed = []
        for line in self.lines:
            top += line.size * LEADING
            placed.append(line._replace(at=Point(x, top - line.size * 0.32)))
        return tuple(placed)


class Layout(NamedTuple):
    """The rows of the picture, and its size."""

    rows: tuple[tuple[Placed, ...], ...]
    width: float
    height: float


class _Column(NamedTuple):
    """A stage with its labels."""

    stage: Stage
    solid: Solid
    title: Label
    operation: Label


def layout(stages: Sequence[Stage], solids: Sequence[Solid]) -> Layout:
    """Place every stage: in one row if it is short enough, else in rows of about the same width."""
    pairs = zip(stages, solids, strict=True)
    columns = [_Column(stage, solid, _title(stage), _operation(stage)) for stage, solid in pairs]
    rows = _rows(columns)
    placed = []
    top, wide = MARGIN, 0.0
    for number, row in enumerate(rows):
        found = _placed_row(row, top, continued=number > 0)
        placed.append(found)
        wide = max(wide, *(max(part.outline.right, *(text.box.right for text in part.texts)) for part in found))
        top = max(max(part.outline.bottom, *(text.box.bottom for text in part.texts)) for part in found) + ROW_GAP
    turning = ROW_GAP if len(rows) > 1 else 0.0
    return Layout(tuple(placed), wide + turning + MARGIN, top - ROW_GAP + MARGIN)


def _rows(columns: Sequence[_Column]) -> list[Sequence[_Column]]:
    """The rows, as few as can be and of about the same width."""
    centres = _centres(columns, continued=False)
    count = 1 if centres[-1] < WIDEST * 1.15 else math.ceil(centres[-1] / WIDEST)
    size = len(columns)
    # best[end]: the least sum of squared widths of rows that hold the first `end` columns; where the last row starts.
    best: list[tuple[float, int]] = [(0.0, 0), *((math.inf, 0) for _ in columns)]
    starts: list[list[int]] = []
    for _ in range(count):
        found = [(math.inf, 0)]
        for end in range(1, size + 1):
            squares = ((centres[end - 1] - centres[start]) ** 2 for start in range(end))
            found.append(min((best[start][0] + square, start) for start, square in enumerate(squares)))
        best = found
        starts.append([start for _, start in found])
    rows: list[Sequence[_Column]] = []
    end = size
    for begins in reversed(starts):
        rows.append(columns[begins[end] : end])
        end = begins[end]
    return [row for row in reversed(rows) if row]


def _centres(row: Sequence[_Column], *, continued: bool) -> list[float]:
    """Where the middle of each solid is, so that neither solids nor labels come near each other."""
    first = row[0]
    lead = max(first.operation.width + SPACE, GAP) if continued else 0.0
    centres = [MARGIN + lead + max(first.solid.width, first.title.width) / 2]
    middle = MARGIN + lead / 2 if continued else -math.inf
    reach = first.operation.width / 2 if continued else 0.0
    for before, column in pairwise(row):
        right = centres[-1] + before.solid.width / 2
        operation = max(
            middle + reach + column.operation.width / 2 + SPACE,
            MARGIN + column.operation.width / 2,
        )
        apart = max(
            before.solid.width / 2 + column.solid.width / 2 + GAP,
            before.title.width / 2 + column.title.width / 2 + SPACE,
            before.title.width / 2 + column.solid.width / 2 + SPACE,
            before.solid.width / 2 + column.title.width / 2 + SPACE,
            2 * operation - right + column.solid.width / 2 - centres[-1],  # the operation is in the middle of the gap
        )
        centres.append(centres[-1] + apart)
        middle = (right + centres[-1] - column.solid.width / 2) / 2
        reach = column.operation.width / 2
    return centres


def _placed_row(row: Sequence[_Column], top: float, *, continued: bool) -> tuple[Placed, ...]:
    placed: list[Placed] = []
    below = max(column.solid.height / 2 for column in row) + 8
    for column, centre in zip(row, _centres(row, continued=continued), strict=True):
        solid = column.solid
        corner = Point(centre - solid.width / 2, -solid.height / 2)
        start = placed[-1].outline.right if placed else corner.x - max(column.operation.width + SPACE, GAP)
        operation = column.operation.placed((start + corner.x) / 2, below)
        placed.append(Placed(column.stage, solid, corner, (), operation))
    lines = [way(before, after).lines for before, after in pairwise(placed)]
    for place, column in enumerate(row):
        around = [line for found in lines[max(place - 1, 0) : place + 1] for line in found]
        placed[place] = _titled(placed[place], column.title, around)
    highest = min(text.box.y for part in placed for text in part.texts)
    return tuple(part.moved(top - highest) for part in placed)


def _titled(placed: Placed, title: Label, lines: Sequence[Line]) -> Placed:
    """A stage with its title: as near above it as the lines leave room for."""
    centre = placed.corner.x + placed.solid.width / 2
    bottom = placed.corner.y - CLEAR
    left, right = centre - title.width / 2 - CLEAR, centre + title.width / 2 + CLEAR
    for start, end in lines:
        if start.x < right and left < end.x:
            slope = (end.y - start.y) / (end.x - start.x)
            highest = min(start.y + slope * (x - start.x) for x in (max(left, start.x), min(right, end.x)))
            bottom = min(bottom, highest - CLEAR)
    return placed._replace(title=title.placed(centre, bottom - title.height))


def _text(text: str, size: float, *, bold: bool = False, muted: bool = False, error: bool = False) -> Text:
    return Text(text, Point(0, 0), size, bold, muted, error)


def _title(stage: Stage) -> Label:
    """What stands above a stage: its name, and its shape."""
    layer = main_layer(stage)
    name = plain(layer.name if layer is not None else stage.name, 24)
    lines = [_text(line, LARGE, bold=True) for line in wrapped(shape_text(stage.shape), _LONGEST)]
    return Label((_text(name, SMALL, muted=True), *lines))


def _operation(stage: Stage) -> Label:
    """What stands below the way to a stage: the layers that lead to it, and what is wrong with one."""
    lines: list[Text] = []
    for node in stage.nodes:
        if isinstance(node, Fault):
            lines += [_text(line, LARGE - 1, bold=True) for line in wrapped(plain(fault_text(node), 80), _WORDS)]
            continue
        kind, *words = node.layer.call_text().split(" ")
        by_place = [word for word in words if "=" not in word]
        lines.append(_text(" ".join([kind, *by_place]), LARGE - 1))
        by_name = [word for word in words if "=" in word]
        lines += [_text(line, SMALL, muted=True) for line in wrapped(" ".join(by_name), _WORDS)]
    if stage.mark is not None:
        lines += [_text(line, SMALL, error=True) for line in wrapped(plain(stage.mark.message), _MESSAGE)]
    return Label(tuple(lines))

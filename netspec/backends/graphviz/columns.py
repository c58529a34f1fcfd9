"""Columns: a tall picture is broken, as a long text is, where a single value goes on from one part to the next."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from netspec.backends.graphviz.boxes import Box, Diagram, Frame
from netspec.backends.graphviz.labels import SIZE, SMALL, Lines, box_lines
from netspec.backends.graphviz.valleys import turning_point
from netspec.backends.pictures.text import width

LONGEST = 1000.0
"""Points that a picture may have on the way from the input to the output in one piece."""

PAGE = (1100.0, 815.0)
"""The width and height that a broken picture should fit: a page on its side, or a slide."""

CLEAR = 1.04
"""So much larger must one more column make the picture on the page to be worth it."""

GAP_DOWN, GAP_RIGHT = 31.0, 80.0
"""Points between boxes, with room for a shape below or above another."""

HEADER, PAD = 40.0, 16.0
"""Points for the head of a frame, and at the sides of a box and of a column."""

DEEP = 0.05
"""What it costs to break inside a frame, for each level squared: so much of the squared relative error in length."""

MOST_BREAKS = 200
"""The most places to break at that are looked at."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The column of each box, and for each break the value that goes over it.

    `rising`: there are two, and the second goes back up beside the first, to which values go straight across.
    """

    of: dict[str, int]
    crossing: tuple[str, ...] = ()
    rising: bool = False

    @property
    def count(self) -> int:
        """How many there are."""
        return 2 if self.rising else len(self.crossing) + 1


class _Break(NamedTuple):
    """A place to break at: after how many boxes, at how many points, in how many frames, and the value that crosses."""

    boxes: int
    at: float
    level: int
    value: str


def columns(drawn: Diagram, *, down: bool) -> Columns:
    """Columns (or rows, from left to right) of about the same length, which fill a page. One, if it is short enough."""
    boxes = list(drawn.boxes())
    places = {box.key: place for place, (box, _) in enumerate(boxes)}
    sizes = [box_size(box) for box, _ in boxes]
    ends = _ends(drawn, boxes, places, [size[down] for size in sizes], down)
    length = max(ends, default=0.0)
    chosen: Sequence[_Break] = ()
    turn = turning_point(drawn, places, ends)
    if turn is not None:
        return Columns({key: int(place >= turn) for key, place in places.items()}, rising=True)
    if length > LONGEST:
        ways = _ways(_thinned(_breaks(drawn, boxes, places, ends), length), length)
        scale = 0.0
        for way in ways:
            fitting = _scale(way, ends, sizes, length, down)
            if fitting > scale * CLEAR:
                chosen, scale = way, fitting
    of = {key: sum(place >= chosen_break.boxes for chosen_break in chosen) for key, place in places.items()}
    return Columns(of, tuple(chosen_break.value for chosen_break in chosen))


def one_column(drawn: Diagram) -> Columns:
    """Everything in one column."""
    return Columns({box.key: 0 for box, _ in drawn.boxes()})


def _scale(
    way: Sequence[_Break], ends: Sequence[float], sizes: Sequence[tuple[float, float]], length: float, down: bool
) -> float:
    """How large a picture so broken comes out on the page: 1 if it fits as it is."""
    bounds = [0, *(chosen.boxes for chosen in way), len(ends)]
    parts = [slice(start, end) for start, end in pairwise(bounds)]
    breadth = sum(_breadth(ends[part], sizes[part], down) for part in parts)
    stops = [0.0, *(chosen.at for chosen in way), length]
    longest = max(end - start for start, end in pairwise(stops)) + HEADER
    wide, high = (breadth, longest) if down else (longest, breadth)
    return min(1.0, PAGE[0] / wide, PAGE[1] / high)


def box_size(box: Box) -> tuple[float, float]:
    """About how wide and high a box comes out, in points."""
    parts = box_lines(box)
    return max(map(_part_width, parts)), sum(map(_part_height, parts))


def _part_width(lines: Lines) -> float:
    upper = width(lines.title, SIZE, bold=True) + width(f" {lines.rest}  ", SIZE)
    upper += width(f"{lines.aside}  {lines.right}", SMALL)
    lower = max((width(line, SMALL) for line in lines.below), default=0.0) + width(f"  {lines.below_right}", SMALL)
    return max(upper, lower, *(width(line, SMALL) for line in lines.message)) + 12


def _part_height(lines: Lines) -> float:
    return 22.0 + 11.0 * (max(len(lines.below), bool(lines.below_right)) + len(lines.message))


def _ends(
    drawn: Diagram,
    boxes: Sequence[tuple[Box, tuple[Frame, ...]]],
    places: dict[str, int],
    sizes: Sequence[float],
    down: bool,
) -> list[float]:
    """Where each box ends on the way, if each stands as near to the start as it can."""
    before: list[list[int]] = [[] for _ in boxes]
    for edge in drawn.edges:
        before[places[edge.head]].append(places[edge.tail])
    gap, header = (GAP_DOWN, HEADER) if down else (GAP_RIGHT, PAD)
    ends: list[float] = []
    for place, (_, around) in enumerate(boxes):
        start = max((ends[tail] + gap for tail in before[place] if tail < place), default=0.0)
        last = boxes[place - 1][1] if place else ()
        opened = sum(frame not in last for frame in around)
        ends.append(start + header * opened + sizes[place])
    return ends


def _breadth(ends: Sequence[float], sizes: Sequence[tuple[float, float]], down: bool) -> float:
    """About how broad the picture is where it is broadest: boxes beside each other are added."""
    changes = []
    for end, size in zip(ends, sizes, strict=True):
        changes += [(end - size[down], 1, size[not down] + PAD), (end, 0, -size[not down] - PAD)]
    broadest = now = 0.0
    for _, _, change in sorted(changes):
        now += change
        broadest = max(broadest, now)
    return broadest + 2 * PAD


def _breaks(
    drawn: Diagram, boxes: Sequence[tuple[Box, tuple[Frame, ...]]], places: dict[str, int], ends: Sequence[float]
) -> list[_Break]:
    """All places where a single value goes on, outside of frames that stand for several."""
    until: dict[str, tuple[int, int]] = {}
    for edge in drawn.edges:
        start, end = until.get(edge.value, (places[edge.tail], 0))
        until[edge.value] = (start, max(end, places[edge.head]))
    starting: dict[int, list[str]] = {}
    for value, (start, _) in until.items():
        starting.setdefault(start, []).append(value)
    breaks = []
    alive: set[str] = set()
    reached = 0.0
    for place in range(len(boxes) - 1):
        reached = max(reached, ends[place])
        alive.update(starting.get(place, ()))
        alive = {value for value in alive if until[value][1] > place}
        common = _common(boxes[place][1], boxes[place + 1][1])
        if len(alive) == 1 and all(frame.group.times == 1 for frame in common):
            breaks.append(_Break(place + 1, reached, len(common), *alive))
    return breaks


def _common(first: Sequence[Frame], second: Sequence[Frame]) -> list[Frame]:
    """The frames around both of two boxes."""
    return [frame for frame in first if frame in second]


def _thinned(breaks: Sequence[_Break], length: float) -> list[_Break]:
    """Of very many breaks the shallowest in each stretch of the way."""
    if len(breaks) <= MOST_BREAKS:
        return list(breaks)
    kept: dict[int, _Break] = {}
    for found in breaks:
        stretch = int(found.at / length * MOST_BREAKS)
        if stretch not in kept or found.level < kept[stretch].level:
            kept[stretch] = found
    return list(kept.values())


def _ways(breaks: Sequence[_Break], length: float) -> Iterator[list[_Break]]:
    """For 1, 2, 3, ... columns the best places to break at: of equal length, and in as few frames as possible."""
    stops = [_Break(0, 0.0, 0, ""), *breaks, _Break(0, length, 0, "")]
    most = min(len(stops), 2 + int(math.sqrt(length / LONGEST) * 4))
    for count in range(1, most):
        # costs[i]: the least for getting to stop i in so many columns; before[columns][i]: where the last one starts.
        target = length / count
        costs = [0.0, *(math.inf for _ in stops[1:])]
        before: list[list[int]] = []
        for _ in range(count):
            found = [
                min((costs[start] + ((stop.at - stops[start].at) / target - 1) ** 2, start) for start in range(end))
                if end
                else (math.inf, 0)
                for end, stop in enumerate(stops)
            ]
            costs = [cost + DEEP * stop.level**2 for (cost, _), stop in zip(found, stops, strict=True)]
            before.append([start for _, start in found])
        place = len(stops) - 1
        way = []
        for starts in reversed(before[1:]):
            place = starts[place]
            way.append(stops[place])
        yield way[::-1]

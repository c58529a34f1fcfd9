"""Routes: the way of each edge in the picture, over the heads of the frames it enters and from column to column."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from netspec.backends.graphviz.boxes import Box, Diagram, Edge, Frame
from netspec.backends.graphviz.columns import Columns
from netspec.backends.pictures.text import shape_text
from netspec.sizes import Shape


@dataclass(frozen=True, slots=True)
class Line:
    """A part of the way of a value, between two points of the graph. `ends` at a box: it has an arrowhead there.

    `rises`: it goes up in a column that does; `crosses`: it goes over to such a column.
    """

    tail: str
    head: str
    edge: Edge
    labelled: bool
    ends: bool
    straight: bool = False
    rises: bool = False
    crosses: bool = False


class Routes:
    """The lines of a diagram, and the points between columns that they lead over."""

    def __init__(self, drawn: Diagram, columns: Columns, *, heads: bool) -> None:
        self.drawn, self.columns, self.with_heads = drawn, columns, heads
        boxes = list(drawn.boxes())
        self.boxes = {box.key: box for box, _ in boxes}
        self.around = {box.key: frames for box, frames in boxes}
        self.main = _main_edges(drawn, self.around)
        self.parts: dict[Frame, list[int]] = {}
        self.firsts: dict[Frame, str] = {}
        for box, frames in boxes:
            for frame in frames:
                self.firsts.setdefault(frame, box.key)
                reached = self.parts.setdefault(frame, [])
                if columns.of[box.key] not in reached:
                    reached.append(columns.of[box.key])
        self.lines = list(self._lines())
        self.heads = {line.head for line in self.lines if line.head.startswith("in ")}

    def key(self, frame: Frame, column: int) -> str:
        """The name of the part of a frame that lies in a column."""
        module = frame.group.module
        name = module.path if module is not None else f"{self.firsts[frame]} x{frame.group.times}"
        part = self.parts[frame].index(column)
        return f"{name} part {part + 1}" if part else name

    def _lines(self) -> Iterator[Line]:
        """Every line once: several layers that take a value in share the way that is common to them."""
        seen: dict[tuple[str, str, str], Line] = {}
        for edge in self.drawn.edges:
            for line in self._way(edge):
                key = (line.tail, line.head, edge.value)
                if key not in seen or (edge.wrong and not seen[key].edge.wrong):
                    seen[key] = line
        yield from seen.values()

    def _way(self, edge: Edge) -> Iterator[Line]:
        of, rising = self.columns.of, self.columns.rising
        column = of[edge.head]
        across = of[edge.tail] != column
        around = () if across else self.around[edge.tail]
        here = turn(column) if across and not rising else edge.tail
        entered = [
            frame
            for frame in self.around[edge.head]
            if frame not in around and (frame.entry == edge.value or (across and frame in self.around[edge.tail]))
        ]
        labelled, crosses = rising or not across, rising and across
        rises = rising and column == 1
        for frame in entered if self.with_heads else ():
            head = f"in {self.key(frame, column)}"
            yield Line(here, head, edge, labelled, False, True, rises and not crosses, crosses)
            here, labelled, crosses = head, False, False
        straight = edge is self.main[edge.head] and not crosses
        yield Line(here, edge.head, edge, labelled or edge.wrong, True, straight, rises and not crosses, crosses)

    def feet(self) -> Iterator[tuple[str, str]]:
        """For each column but the last, what leads to its foot, and the shape of the value that goes on."""
        shapes: dict[str, Shape | None] = {edge.value: edge.shape for edge in self.drawn.edges}
        makers = {edge.value: edge.tail for edge in self.drawn.edges}
        for column, value in enumerate(self.columns.crossing):
            maker, shape = makers[value], shapes[value]
            tail = maker if self.columns.of[maker] == column else turn(column)
            yield tail, shape_text(shape)

    def last(self, column: int) -> str:
        """The last box of a column."""
        return [key for key, at in self.columns.of.items() if at == column][-1]

    def first(self, column: int) -> str:
        """The first box of a column."""
        return next(key for key, at in self.columns.of.items() if at == column)


def _main_edges(drawn: Diagram, keys: Iterable[str]) -> dict[str, Edge]:
    """Of the edges into each box the one on the longest way from an input, which should be straight."""
    main: dict[str, Edge] = {}
    depths: dict[str, int] = dict.fromkeys(keys, 0)
    places = {key: place for place, key in enumerate(depths)}
    for edge in sorted(drawn.edges, key=lambda edge: places[edge.head]):
        if edge.head not in main or depths[edge.tail] >= depths[edge.head]:
            main[edge.head] = edge
            depths[edge.head] = depths[edge.tail] + 1
    return main


def turn(column: int) -> str:
    """The point over a column from which the value comes that enters it."""
    return f"turn {column}"


def in_column(items: Sequence[Box | Frame], column: int, routes: Routes) -> Iterator[Box | Frame]:
    """Those of the items that have a part in a column."""
    for item in items:
        if column in routes.parts.get(item, ()) if isinstance(item, Frame) else routes.columns.of[item.key] == column:
            yield item

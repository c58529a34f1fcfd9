"""DOT text: a diagram in Graphviz's language.

A picture in columns is one graph all the same: points lead the value that goes on from the foot of a column, up between
the columns, to the head of the next. Invisible edges between these points keep the columns in order.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

import graphviz

from netspec.backends.graphviz.boxes import Diagram, Frame
from netspec.backends.graphviz.columns import columns, one_column
from netspec.backends.graphviz.labels import SIZE, SMALL, box_label, frame_label, frame_tip, note_label
from netspec.backends.graphviz.routes import Line, Routes, in_column, turn
from netspec.backends.pictures.palette import Theme
from netspec.backends.pictures.text import FONT, shape_text

Direction: TypeAlias = Literal["down", "right"]

_HEAVY = "8"
"""The weight of edges that should be straight."""


def dot_text(
    name: str,
    drawn: Diagram,
    notes: Sequence[str],
    theme: Theme,
    direction: Direction,
    *,
    in_columns: bool = True,
    margin: int = 8,
    dpi: int | None = None,
) -> str:
    """The DOT text of a diagram, the same for the same diagram.

    `notes`: what is wrong with no layer in particular. `margin`: points within the sides of frames. `dpi`: dots for an
    inch, where the picture will be made of dots.
    """
    return _Writer(drawn, theme, direction, in_columns, margin).write(name, notes, dpi)


class _Writer:
    def __init__(self, drawn: Diagram, theme: Theme, direction: Direction, in_columns: bool, margin: int) -> None:
        self.drawn, self.theme, self.margin = drawn, theme, margin
        self.down = direction == "down"
        self.columns = columns(drawn, down=self.down) if in_columns else one_column(drawn)
        # From left to right the label of a frame is out of the way of the edges that enter it.
        self.routes = Routes(drawn, self.columns, heads=self.down)

    def write(self, name: str, notes: Sequence[str], dpi: int | None) -> str:
        """The whole text."""
        graph = graphviz.Digraph(name)
        self._defaults(graph, dpi)
        if notes:
            graph.node("problems", note_label(notes, self.theme))
        for column in range(self.columns.count):
            self._items(graph, self.drawn.root, column, 0)
        if self.columns.crossing:
            self._rails(graph)
        for line in self.routes.lines:
            self._line(graph, line)
        text: str = graph.source
        return text

    def _defaults(self, graph: graphviz.Digraph, dpi: int | None) -> None:
        theme = self.theme
        graph.attr(
            "graph",
            rankdir="TB" if self.down else "LR",
            bgcolor=theme.background,
            fontname=FONT,
            fontsize=f"{SIZE:g}",
            fontcolor=theme.text,
            ranksep="0.14" if self.down else "0.25",
            nodesep="0.3" if self.down else "0.27",
            pad="0.2",
            margin="0",
            newrank="true",  # otherwise the feet of columns do not stay beyond what is in frames
            dpi=None if dpi is None else str(dpi),
        )
        graph.attr("node", shape="plain", fontname=FONT, fontsize=f"{SIZE:g}", fontcolor=theme.text)
        graph.attr(
            "edge",
            color=theme.edge,
            fontname=FONT,
            fontsize=f"{SMALL:g}",
            fontcolor=theme.muted,
            arrowhead="normal",  # said in full, since `dot` otherwise loses it on edges within a rank
            arrowsize="0.6",
            penwidth="0.9",
        )

    def _items(self, graph: graphviz.Digraph, frame: Frame, column: int, level: int) -> None:
        for item in in_column(frame.items, column, self.routes):
            if not isinstance(item, Frame):
                graph.node(graphviz.escape(item.key), box_label(item, self.theme))
                continue
            key = self.routes.key(item, column)
            label = frame_label(item, self.theme, continued=column > self.routes.parts[item][0])
            headed = f"in {key}" in self.routes.heads
            with graph.subgraph(name=f"cluster {key}") as inner:
                inner.attr(
                    label="" if headed else label,
                    tooltip=frame_tip(item),
                    labeljust="l",
                    style="rounded,filled",
                    fillcolor=self.theme.frames[level % 2],
                    color=self.theme.frame_line,
                    margin=str(self.margin),
                )
                if headed:
                    inner.node(f"in {key}", label)
                self._items(inner, item, column, level + 1)

    def _line(self, graph: graphviz.Digraph, line: Line) -> None:
        shape = shape_text(line.edge.shape)
        attributes = {"tooltip": f"{line.edge.value}: {shape}"}
        if line.labelled:
            attributes["label"] = f" {shape} "
        if line.edge.wrong:
            attributes |= {"color": self.theme.error.line, "fontcolor": self.theme.error.line, "penwidth": "2"}
        if line.straight:
            attributes["weight"] = _HEAVY
        start, end = ("s", "n") if self.down else ("e", "w")
        if line.rises:
            # In the graph it goes down all the same, from its head to its tail.
            attributes["dir"] = "back" if line.ends else "none"
            graph.edge(self._port(line.head, start), self._port(line.tail, end), **attributes)
            return
        if line.crosses:
            start, end = ("e", "w") if self.down else ("s", "n")
            attributes["minlen"] = "0"
        if not line.ends:
            attributes["arrowhead"] = "none"
        if line.tail not in self.routes.boxes and line.tail not in self.routes.heads:
            attributes["tailclip"] = "false"
        graph.edge(self._port(line.tail, start), self._port(line.head, end), **attributes)

    def _port(self, key: str, side: str) -> str:
        """Where an edge leaves or enters a box: in the middle of a side."""
        return f"{key}:{side}" if key in self.routes.boxes or key in self.routes.heads else key

    def _rails(self, graph: graphviz.Digraph) -> None:
        """The ways from column to column."""
        last = self.columns.count - 1
        start, end = ("s", "n") if self.down else ("e", "w")
        hidden = {"style": "invis"}
        line = {"arrowhead": "none", "headclip": "false"}
        corner = {**line, "tailclip": "false"}
        with graph.subgraph() as top:
            top.attr(rank="same")
            top.attr("node", shape="point", width="0", height="0", style="invis")
            for column in range(last + 1):
                top.node(turn(column))
            for column in range(last):
                top.node(f"up {column}")
            for column in range(last):
                top.edge(turn(column), f"up {column}", **hidden)
                top.edge(f"up {column}", turn(column + 1), **corner)
        with graph.subgraph() as bottom:
            bottom.attr(rank="same")
            bottom.attr("node", shape="point", width="0", height="0", style="invis")
            for column in range(last):
                bottom.edge(f"foot {column}", f"low {column}", **corner)
                bottom.edge(f"low {column}", f"foot {column + 1}", **hidden)
        for column, (tail, shape) in enumerate(self.routes.feet()):
            # Lighter than the others: where a column is shorter than the longest, this is what gets longer.
            graph.edge(self._port(tail, start), f"foot {column}", label=f" {shape} ", weight="2", **line)
            graph.edge(f"up {column}", f"low {column}", weight=_HEAVY, **corner)
        graph.edge(turn(0), self._port(self.routes.first(0), end), weight=_HEAVY, **hidden)
        graph.edge(self._port(self.routes.last(last), start), f"foot {last}", **hidden)

"""The Graphviz backend: a net as a graph, in DOT text and in what `dot` makes of it."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import NamedTuple

from netspec.backends.graphviz.boxes import MOST_LEVELS, Diagrams
from netspec.backends.graphviz.dot import Direction, dot_text
from netspec.backends.graphviz.render import Format, GraphvizFails, NoGraphviz, finished_svg, render
from netspec.backends.pictures.palette import THEMES, ThemeName
from netspec.backends.pictures.problems import Judged, judge
from netspec.diagnostics import Diagnostic
from netspec.sketch import Sketch

__all__ = ["MOST_BOXES", "Graph", "GraphvizFails", "NoGraphviz", "Options", "TooLarge", "graph"]

MOST_BOXES = 1_000
"""A graph of more boxes nobody can read, and `dot` takes minutes to lay it out."""

MOST_IN_TEXT = 100_000
"""A graph of more boxes no program lays out, and its text takes minutes to write."""

MARGINS = (8, 6, 10, 7, 9)
"""Points within the sides of frames. `dot` fails now and then to lead an edge through ("triangulation failed"), by an
accident of coordinates; with another margin it does not."""

PRINT = 192
"""Dots for an inch of a PNG."""


class Options(NamedTuple):
    """How a graph is drawn. `expand`: what is alike one by one; `depth`: so many levels of names at most."""

    expand: bool = False
    depth: int | None = None
    direction: Direction = "down"
    theme: ThemeName = "light"


PLAIN = Options()


class TooLarge(Exception):
    """A graph has more boxes than the `most` that there may be.

    With `depth` levels of names it has `fitting`, which are not too many; no depth, if there always are.
    """

    def __init__(self, boxes: int, most: int, depth: int | None = None, fitting: int = 0) -> None:
        super().__init__(boxes, most, depth, fitting)
        self.boxes, self.most, self.depth, self.fitting = boxes, most, depth, fitting


class Graph:
    """A net as a graph. Its pictures raise :class:`NoGraphviz`, :class:`GraphvizFails`, and all :class:`TooLarge`."""

    def __init__(self, judged: Judged, options: Options) -> None:
        self._judged, self._options = judged, options
        self._diagrams = Diagrams(judged, expand=options.expand)
        self._diagram = self._diagrams.diagram(options.depth)

    @property
    def dot(self) -> str:
        """The graph in Graphviz's language."""
        self._check_size(MOST_IN_TEXT)
        return self._dot()

    def svg(self) -> str:
        """The graph as SVG, with a tooltip on each box."""
        self._check_size(MOST_BOXES)
        return finished_svg(self._rendered("svg"), self._judged.sketch.name, self._diagram.layers())

    def pdf(self) -> bytes:
        """The graph as PDF."""
        self._check_size(MOST_BOXES)
        return self._rendered("pdf")

    def png(self) -> bytes:
        """The graph as PNG, fine enough to be printed."""
        self._check_size(MOST_BOXES)
        return self._rendered("png", PRINT)

    def _rendered(self, format: Format, dpi: int | None = None) -> bytes:
        for margin in MARGINS[:-1]:
            with suppress(GraphvizFails):
                return render(self._dot(margin, dpi), format)
        return render(self._dot(MARGINS[-1], dpi), format)

    def _dot(self, margin: int = MARGINS[0], dpi: int | None = None) -> str:
        return dot_text(
            self._judged.sketch.name,
            self._diagram,
            self._judged.rest,
            THEMES[self._options.theme],
            self._options.direction,
            in_columns=self._diagram.count <= MOST_BOXES,
            margin=margin,
            dpi=dpi,
        )

    def _check_size(self, most: int) -> None:
        if self._diagram.count <= most:
            return
        levels = min(self._diagrams.levels, self._options.depth or MOST_LEVELS)
        for depth in range(levels - 1, 0, -1):
            fewer = self._diagrams.diagram(depth)
            if fewer.count <= most:
                raise TooLarge(self._diagram.count, most, depth, fewer.count)
        raise TooLarge(self._diagram.count, most)


def graph(sketch: Sketch, diagnostics: Iterable[Diagnostic] = (), options: Options = PLAIN) -> Graph:
    """The graph of a net, as far as it is known, with what is wrong in red."""
    return Graph(judge(sketch, diagnostics), options)

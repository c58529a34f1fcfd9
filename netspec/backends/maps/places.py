"""What has a place in the picture: a line of text, a stage with its labels."""

from __future__ import annotations

from typing import NamedTuple

from netspec.backends.maps.solids import Point, Rectangle, Solid
from netspec.backends.maps.stages import Stage
from netspec.backends.pictures.text import width


class Text(NamedTuple):
    """A line of text, centred on a point at its baseline."""

    text: str
    at: Point
    size: float
    bold: bool = False
    muted: bool = False
    error: bool = False

    def moved(self, dy: float) -> Text:
        """The same further down."""
        return self._replace(at=Point(self.at.x, self.at.y + dy))

    @property
    def box(self) -> Rectangle:
        """The room that it takes."""
        wide = width(self.text, self.size, bold=self.bold)
        return Rectangle(self.at.x - wide / 2, self.at.y - self.size * 0.78, wide, self.size)


class Placed(NamedTuple):
    """A stage in its place. `operation` are the texts below the way that leads to it."""

    stage: Stage
    solid: Solid
    corner: Point
    title: tuple[Text, ...]
    operation: tuple[Text, ...]

    @property
    def front(self) -> Rectangle:
        """The face of its plate in front."""
        return self.solid.front(self.corner)

    @property
    def outline(self) -> Rectangle:
        """All the room of the solid."""
        return Rectangle(*self.corner, self.solid.width, self.solid.height)

    @property
    def texts(self) -> tuple[Text, ...]:
        """All of its labels."""
        return (*self.title, *self.operation)

    def moved(self, dy: float) -> Placed:
        """The same further down."""
        title, operation = (tuple(line.moved(dy) for line in lines) for lines in (self.title, self.operation))
        return self._replace(corner=Point(self.corner.x, self.corner.y + dy), title=title, operation=operation)

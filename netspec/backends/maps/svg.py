"""SVG text: the few elements that the maps style needs, written plainly and always in the same way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from netspec.backends.maps.places import Text
from netspec.backends.maps.solids import Point, Rectangle
from netspec.backends.pictures.palette import Theme
from netspec.backends.pictures.text import FONT

Attribute: TypeAlias = str | float


def number(value: float) -> str:
    """A coordinate, to a tenth."""
    return f"{round(value, 1):g}"


def escaped(text: str) -> str:
    """Text inside an element or attribute."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def element(name: str, content: str | None = None, /, **attributes: Attribute | None) -> str:
    """An element; underscores in the names of attributes are hyphens, and those that are None are left out."""
    given = "".join(
        f' {key.strip("_").replace("_", "-")}="{escaped(value) if isinstance(value, str) else number(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{given}/>" if content is None else f"<{name}{given}>{content}</{name}>"


def polygon(points: Iterable[Point], fill: str, stroke: str, **attributes: Attribute | None) -> str:
    """A closed figure."""
    return element("polygon", points=_path(points), fill=fill, stroke=stroke, **attributes)


def polyline(points: Iterable[Point], stroke: str, **attributes: Attribute | None) -> str:
    """Joined lines."""
    return element("polyline", points=_path(points), fill="none", stroke=stroke, **attributes)


def _path(points: Iterable[Point]) -> str:
    return " ".join(f"{number(point.x)},{number(point.y)}" for point in points)


def rectangle(box: Rectangle, fill: str, stroke: str, **attributes: Attribute | None) -> str:
    """An upright rectangle."""
    return element("rect", x=box.x, y=box.y, width=box.width, height=box.height, fill=fill, stroke=stroke, **attributes)


def text(line: Text, theme: Theme) -> str:
    """A line of text."""
    colour = theme.error.line if line.error else theme.muted if line.muted else theme.text
    weight = "bold" if line.bold else None
    return element(
        "text", escaped(line.text), x=line.at.x, y=line.at.y, fill=colour, font_size=line.size, font_weight=weight
    )


def group(parts: Sequence[str], title: str, layers: Sequence[str]) -> str:
    """What belongs to some layers, with a tooltip."""
    lines = [element("title", escaped(title)), *parts]
    body = "".join(f"    {line}\n" for line in lines)
    return f'  <g class="box" data-layers="{escaped(" ".join(layers))}">\n{body}  </g>'


def document(name: str, parts: Iterable[str], width: float, height: float, theme: Theme) -> str:
    """The whole picture."""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{number(width)}" height="{number(height)}" '
        f'viewBox="0 0 {number(width)} {number(height)}" font-family="{FONT}" text-anchor="middle" '
        f'role="img" aria-label="{escaped(name)}">'
    )
    background = rectangle(Rectangle(0, 0, width, height), theme.background, "none")
    lines = [f"  {element('title', escaped(name))}", f"  {background}", *parts]
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n' + head + "\n" + "".join(f"{line}\n" for line in lines) + "</svg>\n"
    )

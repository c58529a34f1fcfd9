"""The page holds the picture and the table, needs nothing else, and takes no text of a spec for markup."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

import netspec
from netspec.backends.html import page
from netspec.backends.maps import maps_svg
from netspec.backends.pictures.palette import DARK, LIGHT
from netspec.backends.summary import of_net
from netspec.sketch import sketch_of
from tests.backends.drawn import ROOT

LENET = netspec.load(ROOT / "specs" / "lenet.net")
PAGE = page(maps_svg(sketch_of(LENET)), of_net(LENET))


class Elements(HTMLParser):
    """The elements of a page that are open, and those that were met."""

    VOID = ("meta", "path", "rect", "polygon", "polyline")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.met: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.met.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.met.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def elements(text: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = Elements()
    parser.feed(text)
    parser.close()
    assert parser.open == []
    return parser.met


def test_every_element_ends() -> None:
    assert [tag for tag, _ in elements(PAGE)].count("svg") == 1


def test_every_layer_has_a_row() -> None:
    rows = [attributes["data-name"] for tag, attributes in elements(PAGE) if tag == "tr" and "data-name" in attributes]
    assert rows == ["input", *(node.name for node in LENET.nodes)]


def test_the_page_names_nothing_outside_of_itself() -> None:
    references = [
        value
        for _, attributes in elements(PAGE)
        for name, value in attributes.items()
        if name in ("src", "href", "action", "xlink:href")
    ]
    assert references == []
    assert re.findall(r"https?://[^\"]*|@import|url\(", PAGE) == ["http://www.w3.org/2000/svg"]


@pytest.mark.parametrize("name", ["</script><b>", "{{script}}", 'a" onload="x', "<!--", "&lt;"])
def test_names_are_text(name: str) -> None:
    summary = of_net(LENET)._replace(name=name)
    met = elements(page(None, summary, [f"problem {name}"]))
    assert {tag for tag, _ in met} <= {tag for tag, _ in elements(PAGE)} | {"li"}
    assert not any("onload" in attributes for _, attributes in met)


def test_problems_stand_above_the_picture() -> None:
    text = page(None, of_net(LENET), ["the shape here is 6x28x28"])
    assert "<li>the shape here is 6x28x28</li>" in text


def test_each_light_colour_becomes_its_dark_one() -> None:
    dark = PAGE[PAGE.index("@media (prefers-color-scheme: dark) {\n  svg") :]
    assert f'svg [fill="{LIGHT.background}"] {{ fill: {DARK.background}; }}' in dark
    assert f'svg [stroke="{LIGHT.edge}"] {{ stroke: {DARK.edge}; }}' in dark

"""The page in a real browser: the table and the picture are linked, and the picture can be moved and enlarged."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import netspec
from netspec.cli import main
from tests.backends.drawn import BROKEN, ROOT
from tests.backends.html import browser
from tests.backends.html.browser import Browser

pytestmark = [
    pytest.mark.skipif(browser.found() is None, reason=f"no browser here: none of {', '.join(browser.NAMES)}"),
    pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz's dot is not installed"),
    pytest.mark.xdist_group("browser"),
]

ACCENT = (0xD9, 0x48, 0x0F)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the pages of some nets."""
    folder = tmp_path_factory.mktemp("pages")
    (folder / "broken.net").write_text(BROKEN, encoding="utf-8")
    for name, arguments in {
        "lenet": [str(ROOT / "specs" / "lenet.net")],
        "maps": [str(ROOT / "specs" / "lenet.net"), "--style", "maps"],
        "resnet18": [str(ROOT / "specs" / "resnet18.net")],
        "depth": [str(ROOT / "specs" / "resnet18.net"), "--depth", "1"],
        "broken": [str(folder / "broken.net")],
    }.items():
        assert main(["draw", *arguments, "-o", str(folder / f"{name}.html")]) == (name == "broken")
    notebook = netspec.load(ROOT / "specs" / "lenet.net")._repr_html_()
    (folder / "notebook.html").write_text(f"<!DOCTYPE html><body>{notebook}</body>", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(tmp_path_factory.mktemp("browser")) as found:
        yield found


def hits(shown: Browser) -> dict[str, list[str]]:
    """What is marked: rows by name, boxes by the first of their layers."""
    found: dict[str, list[str]] = shown.ask(
        "({rows: [...document.querySelectorAll('tr.hit')].map(row => row.dataset.name),"
        " boxes: [...document.querySelectorAll('.box.hit')].map(box => box.dataset.layers.split(' ')[0])})"
    )
    return found


def view(shown: Browser) -> list[float]:
    found: list[float] = shown.ask(
        "(b => [b.x, b.y, b.width, b.height])(document.querySelector('svg').viewBox.baseVal)"
    )
    return found


@pytest.mark.parametrize("name", ["lenet", "maps", "resnet18", "depth", "broken"])
def test_a_page_opens_without_errors_and_asks_for_nothing(name: str, pages: Path, shown: Browser) -> None:
    shown.open(pages / f"{name}.html")
    shown.ask("new Promise(done => setTimeout(done, 50))")
    failures = ("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Network.loadingFailed")
    assert [event for event in shown.events if event["method"] in failures] == []
    asked = [e["params"]["request"]["url"] for e in shown.events if e["method"] == "Network.requestWillBeSent"]
    assert asked == [(pages / f"{name}.html").as_uri()]
    assert shown.ask("document.querySelectorAll('svg .box').length") > 5


@pytest.mark.parametrize("name", ["lenet", "maps"])
def test_pointing_at_a_row_marks_its_box(name: str, pages: Path, shown: Browser) -> None:
    shown.open(pages / f"{name}.html")
    shown.hover("tr[data-name=conv2]")
    found = hits(shown)
    assert found["rows"] == ["conv2"]
    assert set(found["boxes"]) == {"conv2"}
    shown.hover("h1")
    assert hits(shown) == {"rows": [], "boxes": []}


def test_pointing_at_a_box_marks_its_row(pages: Path, shown: Browser) -> None:
    shown.open(pages / "lenet.html")
    shown.hover(".box[data-layers=sigmoid3]")
    assert hits(shown) == {"rows": ["sigmoid3"], "boxes": ["sigmoid3"]}


def test_each_layer_that_a_box_stands_for_is_linked_with_it(pages: Path, shown: Browser) -> None:
    shown.open(pages / "resnet18.html")
    shown.hover("tr[data-name='layer1.1.conv2']")
    assert hits(shown) == {"rows": ["layer1.1.conv2"], "boxes": ["layer1.0.conv2"]}
    shown.hover(".box[data-layers^='layer1.0.conv2']")
    assert hits(shown)["rows"] == ["layer1.0.conv2", "layer1.1.conv2"]


def test_a_group_is_linked_with_all_that_is_in_it(pages: Path, shown: Browser) -> None:
    shown.open(pages / "resnet18.html")
    shown.hover("tr[data-name='layer2.0.downsample']")
    assert hits(shown)["boxes"] == ["layer2.0.downsample.0", "layer2.0.downsample.1"]
    shown.open(pages / "depth.html")
    shown.hover("tr[data-name=layer2]")
    assert len(hits(shown)["boxes"]) == 1


def test_a_row_in_focus_is_marked_and_comes_to_the_middle_on_enter(pages: Path, shown: Browser) -> None:
    shown.open(pages / "resnet18.html")
    before = view(shown)
    shown.ask("document.querySelector('tr[data-name=fc]').focus({preventScroll: true})")
    assert hits(shown) == {"rows": ["fc"], "boxes": ["fc"]}
    shown.press("Enter")
    assert view(shown)[:2] != before[:2]
    assert shown.middle(".box[data-layers=fc]") == pytest.approx(shown.middle("#picture"), abs=1)


def test_the_wheel_enlarges_around_the_pointer(pages: Path, shown: Browser) -> None:
    shown.open(pages / "resnet18.html")
    before, place = view(shown), shown.middle(".box[data-layers=conv1]")
    shown.mouse("mouseWheel", place, deltaX=0, deltaY=-400)
    assert view(shown)[2] == pytest.approx(before[2] * 0.549, rel=0.01)
    assert shown.middle(".box[data-layers=conv1]") == pytest.approx(place, abs=2)


def test_dragging_moves_the_picture_with_the_pointer(pages: Path, shown: Browser) -> None:
    shown.open(pages / "resnet18.html")
    x, y = shown.middle(".box[data-layers=conv1]")
    shown.mouse("mousePressed", (x, y), button="left", clickCount=1)
    for step in (10, 40, 70):
        shown.mouse("mouseMoved", (x + step, y + step / 2), button="left", buttons=1)
    shown.mouse("mouseReleased", (x + 70, y + 35), button="left", clickCount=1)
    moved = shown.middle(".box[data-layers=conv1]")
    assert moved == pytest.approx((x + 70, y + 35), abs=1)
    assert shown.ask("document.querySelector('.moving') === null")


def test_keys_and_buttons_do_the_same(pages: Path, shown: Browser) -> None:
    shown.open(pages / "lenet.html")
    whole = view(shown)
    shown.ask("document.getElementById('picture').focus()")
    shown.press("+")
    assert view(shown)[2] == pytest.approx(whole[2] / 1.25)
    shown.press("ArrowRight")
    assert view(shown)[0] > whole[0]
    shown.press("0")
    assert view(shown) == whole
    for button, width in (("in", 0.8), ("out", 1), ("out", 1.25)):
        x, y = shown.middle(f"[data-zoom={button}]")
        shown.mouse("mousePressed", (x, y), button="left", clickCount=1)
        shown.mouse("mouseReleased", (x, y), button="left", clickCount=1)
        assert view(shown)[2] == pytest.approx(whole[2] * width)


# What it looks like


def pixels(shown: Browser) -> set[Any]:
    """The colours of a picture of the page."""
    image = Image.open(io.BytesIO(shown.screenshot())).convert("RGB")
    return {colour for count, colour in image.getcolors(1 << 24) or () if count > 20}


def rgb(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))


@pytest.mark.parametrize("name", ["lenet", "maps"])
def test_a_screenshot_shows_the_colours_of_the_theme(name: str, pages: Path, shown: Browser) -> None:
    from netspec.backends.pictures.palette import DARK, LIGHT
    from netspec.layers import Family

    families = (Family.CONVOLUTION, Family.POOLING, Family.DENSE)
    shown.open(pages / f"{name}.html")
    assert {rgb(LIGHT.families[family].fill) for family in families} | {rgb(LIGHT.background)} <= pixels(shown)
    shown.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
    assert {rgb(DARK.families[family].fill) for family in families} | {rgb(DARK.background)} <= pixels(shown)


def test_a_screenshot_shows_what_is_marked(pages: Path, shown: Browser) -> None:
    shown.open(pages / "lenet.html")
    assert ACCENT not in pixels(shown)
    shown.hover("tr[data-name=conv2]")
    assert ACCENT in pixels(shown)


def test_texts_stay_within_their_boxes(pages: Path, shown: Browser) -> None:
    for name in ("lenet", "resnet18", "broken"):
        shown.open(pages / f"{name}.html")
        outside = shown.ask(
            "[...document.querySelectorAll('svg .box')].flatMap(box => {"
            " const frame = box.querySelector('polygon').getBBox();"
            " return [...box.querySelectorAll('text')].filter(text => { const b = text.getBBox();"
            " return b.x < frame.x - 1 || b.x + b.width > frame.x + frame.width + 1; })"
            ".map(text => text.textContent); })"
        )
        assert outside == []


def test_a_net_with_mistakes_tells_them(pages: Path, shown: Browser) -> None:
    shown.open(pages / "broken.html")
    assert "there is no layer or block `cnov`" in shown.ask("document.getElementById('problems').innerText")


def test_a_notebook_shows_the_page_in_a_frame_of_its_own(pages: Path, shown: Browser) -> None:
    shown.open(pages / "notebook.html")
    assert shown.ask("document.querySelector('iframe').contentDocument.querySelectorAll('svg .box').length") == 13

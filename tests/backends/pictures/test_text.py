"""Texts in pictures: what may stand in them, their width, their lines."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netspec.backends.maps.svg import element, escaped
from netspec.backends.pictures.text import plain, shape_text, width, wrapped
from netspec.sizes import symbol


@given(st.text())
def test_plain_text_can_stand_in_xml(text: str) -> None:
    shown = plain(text)
    assert ElementTree.fromstring(element("t", escaped(shown))).text in (shown, None)


@given(st.text(), st.integers(6, 80))
def test_plain_text_is_no_longer_than_asked_for(text: str, most: int) -> None:
    assert len(plain(text, most)) <= most


def test_long_names_keep_the_ends_by_which_they_differ() -> None:
    assert plain("layer" + "x" * 100 + ".conv1", 20) == "layerxxxxxxxx…x.conv1"[:13] + "…" + "x.conv1"[-6:]


@pytest.mark.parametrize(
    ("text", "bold", "expected"),
    [("conv", False, 21.12), ("conv", True, 23.34), ("6x28x28", False, 37.8), ("⌊H/2⌋", False, 22.86)],
)
def test_the_width_of_text_is_that_of_helvetica(text: str, bold: bool, expected: float) -> None:
    assert width(text, 10, bold=bold) == pytest.approx(expected)


@given(st.text(st.characters(codec="ascii", categories=["L", "N", "Z"])), st.integers(1, 20))
def test_lines_hold_all_words_and_keep_to_the_width(text: str, most: int) -> None:
    lines = wrapped(text, most)
    assert all(0 < len(line) <= most for line in lines)
    assert "".join(lines).replace(" ", "") == "".join(text.split())


def test_an_endless_formula_is_shortened() -> None:
    size = symbol("H")
    for divisor in (2, 3, 5, 7):
        size = size * 3 // divisor + 1  # type: ignore[assignment]
    assert len(shape_text((3, size, size, size))) <= 64


def test_a_shape_that_is_not_known_is_a_question() -> None:
    assert shape_text(None) == "?"

"""Laws of the formatter, over random texts."""

from __future__ import annotations

import re
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from netspec.source import Source
from netspec.syntax import tree
from netspec.syntax.format import WIDTH, format_text
from netspec.syntax.parser import parse
from netspec.syntax.project import documentation
from tests.language.random_text import Piece, Writer, with_breaks, with_spaces

randoms = st.integers(0, 2**32 - 1).map(Random)
"""A text draws hundreds of choices; Hypothesis draws their seed."""


@st.composite
def lines(draw: st.DrawFn) -> tuple[list[Piece], list[str]]:
    """A random spec with its line breaks, and its comments."""
    random = draw(randoms)
    return with_breaks(Writer(random).file(), random)


def meaning(node: object) -> object:
    """A tree without places."""
    if not isinstance(node, tuple):
        return node
    fields = getattr(node, "_fields", range(len(node)))
    return type(node).__name__, [meaning(value) for field, value in zip(fields, node, strict=True) if field != "span"]


def parsed(text: str) -> tuple[object, list[str]]:
    """What a text means: its tree, and the documentation of its items."""
    source = Source("t.net", text)
    file, problems, _ = parse(source)
    assert problems == ()
    docs = [documentation(source, item.span) for item in file.items if isinstance(item, (tree.Net, tree.Block))]
    return meaning(file), docs


@settings(max_examples=100)
@given(lines(), randoms)
def test_formatting_twice_changes_nothing(given: tuple[list[Piece], list[str]], random: Random) -> None:
    once = format_text(with_spaces(given[0], random))

    assert format_text(once) == once


@settings(max_examples=100)
@given(lines(), randoms)
def test_the_tree_stays_and_so_does_the_documentation(given: tuple[list[Piece], list[str]], random: Random) -> None:
    text = with_spaces(given[0], random)

    assert parsed(format_text(text)) == parsed(text)


@settings(max_examples=100)
@given(lines(), randoms)
def test_each_comment_is_kept_once_and_in_order(given: tuple[list[Piece], list[str]], random: Random) -> None:
    pieces, comments = given

    assert re.findall(r"#.*", format_text(with_spaces(pieces, random))) == comments


@settings(max_examples=100)
@given(lines(), randoms, randoms)
def test_spaces_do_not_count(given: tuple[list[Piece], list[str]], random: Random, other: Random) -> None:
    pieces, _ = given

    assert format_text(with_spaces(pieces, random)) == format_text(with_spaces(pieces, other))


@settings(max_examples=60)
@given(lines(), randoms)
def test_no_line_that_could_be_broken_is_too_long(given: tuple[list[Piece], list[str]], random: Random) -> None:
    for line in format_text(with_spaces(given[0], random)).split("\n"):
        code, _, _ = line.partition("#")
        code, _, _ = code.partition("=>")
        assert len(code.rstrip()) <= WIDTH or "-> " not in code.rstrip()

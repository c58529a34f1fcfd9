"""Source text and places in it."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property
from typing import NamedTuple

from netspec.quick import quick_tuple


class Span(NamedTuple):
    """A place in a text: offsets in characters, the end excluded."""

    start: int
    end: int


quick_span = quick_tuple(Span)


class Position(NamedTuple):
    """A line and a column, both counted from 1, the column in characters."""

    line: int
    column: int


quick_position = quick_tuple(Position)


_NO_TEXT = re.compile(r"[\ud800-\udfff]")
"""How Python has bytes that are not UTF-8 in a name: PEP 383."""


def shown(name: str) -> str:
    """A file's name as any text can hold it: bytes that are not UTF-8 are written as in a URI, ``%FF``."""
    return name if name.isascii() else _NO_TEXT.sub(lambda byte: f"%{ord(byte[0]) & 0xFF:02X}", name)


class Source:
    """A named text. The name is what the user called it by: a path as given, or ``<stdin>``. `shown`: in any text."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.shown = shown(name)
        self.text = text

    @cached_property
    def _starts(self) -> list[int]:
        starts = [0]
        find = self.text.find
        at = find("\n")
        while at >= 0:
            starts.append(at + 1)
            at = find("\n", at + 1)
        return starts

    def position(self, offset: int) -> Position:
        """The line and column of an offset; the end of the text is a valid place."""
        starts = self._starts
        line = bisect_right(starts, offset)
        return quick_position((line, offset - starts[line - 1] + 1))

    def offset(self, position: Position) -> int:
        """The offset of a line and column."""
        return self._starts[position.line - 1] + position.column - 1

    def line(self, number: int) -> str:
        """The text of a line (counted from 1), without its end."""
        start = self._starts[number - 1]
        end = self._starts[number] if number < len(self._starts) else len(self.text)
        return self.text[start:end].rstrip("\r\n")

    def slice(self, span: Span) -> str:
        """The text at a place."""
        return self.text[span.start : span.end]


class Place(NamedTuple):
    """A span in a given source."""

    source: Source
    span: Span

    @property
    def position(self) -> Position:
        """Where it starts."""
        return self.source.position(self.span.start)

"""Texts in pictures: what may stand in them, how wide they are, where they break."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from netspec.diagnostics.text import printable
from netspec.sizes import Shape, format_shape

FONT = "Helvetica,Arial,sans-serif"
"""The font of every picture. Arial and Liberation Sans have Helvetica's widths, so one of them is nearly everywhere."""

ELLIPSIS = "…"

LONGEST_SHAPE = 64
"""Characters of a shape that are shown."""

# Source: Adobe Font Metrics of Helvetica and Helvetica-Bold, for the characters from the space to the tilde.
_REGULAR = """
278 278 355 556 556 889 667 191 333 333 389 584 278 333 278 278 556 556 556 556 556 556 556 556 556 556 278 278 584 584
584 556 1015 667 667 722 722 667 611 778 722 278 500 667 556 833 722 778 667 778 722 667 611 722 667 944 667 667 611 278
278 278 469 556 333 556 556 500 556 556 278 556 556 222 222 500 222 833 556 556 556 556 333 500 278 556 500 722 500 500
500 334 260 334 584
"""
_BOLD = """
278 333 474 556 556 889 722 238 333 333 389 584 278 333 278 278 556 556 556 556 556 556 556 556 556 556 333 333 584 584
584 611 975 722 722 722 722 667 611 778 722 278 556 722 611 833 722 778 667 778 722 667 611 722 667 944 667 667 611 333
278 333 584 556 333 556 611 556 611 556 333 611 611 278 278 556 278 889 611 611 611 611 389 556 333 611 556 778 556 556
500 389 280 389 584
"""
_OTHERS = {"·": 278, "⌊": 365, "⌋": 365, "→": 1000, "…": 1000, "–": 556}
_ANY, _WIDE = 600, 1000


def _table(widths: str) -> dict[str, int]:
    return {chr(32 + place): int(width) for place, width in enumerate(widths.split())} | _OTHERS


_WIDTHS = {False: _table(_REGULAR), True: _table(_BOLD)}


def width(text: str, size: float, *, bold: bool = False) -> float:
    """How wide a text is, in the unit of the font's size."""
    widths = _WIDTHS[bold]
    return sum(widths.get(character) or _other_width(character) for character in text) * size / 1000


def _other_width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return _WIDE if unicodedata.east_asian_width(character) in "WF" else _ANY


def plain(text: str, most: int = 500) -> str:
    """Text as any picture can hold it: one line, without control characters, at most so many characters.

    What is too long keeps its beginning and its end, by which names differ.
    """
    text = "".join(c if _may_stand(c) else "�" for c in printable(" ".join(text.split())))
    if len(text) <= most:
        return text
    tail = most // 3
    return f"{text[: most - tail - 1]}{ELLIPSIS}{text[len(text) - tail :]}"


def _may_stand(character: str) -> bool:
    """Whether XML has the character: surrogates and the last two of each plane are none."""
    return not ("\ud800" <= character <= "\udfff" or ord(character) & 0xFFFE == 0xFFFE)


def shape_text(shape: Shape | None) -> str:
    """A shape as the language writes it; of an endless formula, its beginning and its end."""
    return "?" if shape is None else plain(format_shape(shape), LONGEST_SHAPE)


def wrapped(text: str, most: int) -> list[str]:
    """Lines of at most so many characters, broken between words where that is possible."""
    return list(_lines(text, most))


def _lines(text: str, most: int) -> Iterator[str]:
    line = ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > most:
            yield line
            line = ""
        while len(word) > most:
            yield word[:most]
            word = word[most:]
        line = f"{line} {word}" if line else word
    if line:
        yield line

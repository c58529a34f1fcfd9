"""Diagnostics as text for people: the line, the mark under it, the notes and the help."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from typing import NamedTuple

from netspec.diagnostics.diagnostic import Diagnostic, Label
from netspec.source import Place

TAB = "    "
WIDTH = 140
"""Source lines longer than this are shown around the marked part only."""

_STYLES = {
    "error": "1;31",
    "warning": "1;33",
    "place": "1;34",
    "caption": "31",
    "label": "34",
    "help": "1;32",
    "bold": "1",
    "removed": "31",
    "added": "32",
    "changed": "33",
}

Paint = Callable[[str, str], str]


def plain(_style: str, text: str) -> str:
    """Text without colour."""
    return text


def colour(style: str, text: str) -> str:
    """Text with the ANSI colour of a style, for a terminal."""
    return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if text else text


def render_text(diagnostic: Diagnostic, paint: Paint = plain) -> str:
    """One diagnostic, as several lines that end with a newline."""
    severity = diagnostic.code.severity
    title = f"{paint(severity, f'{severity}[{diagnostic.code}]')}{paint('bold', f': {printable(diagnostic.message)}')}"
    lines = [title]
    gutter = 1
    if diagnostic.place is not None:
        shown = [_Mark(Label(diagnostic.place, diagnostic.caption), "caption", "^")]
        shown += [_Mark(label, "label", "-") for label in diagnostic.labels]
        gutter = max(len(str(mark.label.place.position.line)) for mark in shown)
        lines += _excerpts(shown, gutter, paint)
        if diagnostic.notes or diagnostic.help or diagnostic.fixes:
            lines.append(paint("place", f"{' ' * gutter} |"))
    pad = " " * (gutter + 1)
    lines += _hanging(pad, paint("place", "="), "note", diagnostic.notes, paint)
    lines += _hanging(pad, paint("place", "="), "help", advice(diagnostic), paint)
    return "\n".join(lines) + "\n"


def advice(diagnostic: Diagnostic) -> tuple[str, ...]:
    """What helps: the fixes that were tried, then the facts, but none that a fix repeats."""
    return (*(fix.title for fix in diagnostic.fixes), *diagnostic.help)


class _Mark(NamedTuple):
    """A place to be shown: how its text is painted, and the sign that stands under it."""

    label: Label
    style: str
    sign: str


def _excerpts(marks: list[_Mark], gutter: int, paint: Paint) -> list[str]:
    """The marked lines of each file: the file with the mistake first, the lines in their order."""
    lines = []
    bar = paint("place", f"{' ' * gutter} |")
    arrow = "-->"
    for source in dict.fromkeys(mark.label.place.source for mark in marks):
        own = [mark for mark in marks if mark.label.place.source is source]
        line, column = own[0].label.place.position
        lines.append(f"{paint('place', ' ' * gutter + arrow)} {printable(source.shown)}:{line}:{column}")
        arrow = ":::"
        if not source.text:
            continue  # a file that is empty or could not be read has no lines to show
        lines.append(bar)
        last, shown, end = 0, "", 0
        for mark in sorted(own, key=lambda mark: mark.label.place.span):
            number = mark.label.place.position.line
            text, indent, width = _marked_line(mark.label.place)
            if last and number > last + 1:
                lines.append(paint("place", "..."))
            is_new = (number, text) != (last, shown)
            if is_new:
                lines.append(f"{paint('place', f'{number:>{gutter}} |')} {text}".rstrip())
            # Marks of one line share a row as long as no text is in the way.
            row, end = (f"{bar} ", 0) if is_new or end > indent else (lines.pop(), end)
            caption = f"{mark.sign * width} {printable(mark.label.text)}".rstrip()
            lines.append(f"{row}{' ' * (indent - end)}{paint(mark.style, caption)}")
            last, shown, end = number, text, indent + _columns(caption)
    return lines


def _hanging(pad: str, sign: str, title: str, texts: Sequence[str], paint: Paint) -> list[str]:
    lines = []
    for text in texts:
        first, *rest = text.split("\n")
        lines.append(f"{pad}{sign} {paint('help' if title == 'help' else 'bold', title)}: {printable(first)}")
        lines += [f"{pad}  {' ' * len(title)}  {printable(line)}" for line in rest]
    return lines


def _marked_line(place: Place) -> tuple[str, int, int]:
    """The first line of a place, and the columns of a terminal where the place begins in it and how many it takes."""
    position = place.position
    line = place.source.line(position.line)
    start = position.column - 1
    length = max(1, min(place.span.end - place.span.start, len(line) - start))
    left = max(0, min(start - WIDTH // 3, len(line) - WIDTH))
    shown = line[left : left + WIDTH]
    before = printable(shown[: start - left])
    marked = printable(shown[start - left : start - left + length])
    head = "…" if left else ""
    tail = "…" if left + WIDTH < len(line) else ""
    return f"{head}{printable(shown)}{tail}", _columns(head) + _columns(before), max(1, _columns(marked))


def printable(text: str) -> str:
    """Text that cannot steer a terminal: tabs as spaces, other control characters as ``�``."""
    if text.isprintable():
        return text
    return "".join(TAB if c == "\t" else c if c.isprintable() else "�" for c in text)


def _columns(text: str) -> int:
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    return len(text) + wide - sum(unicodedata.combining(c) > 0 for c in text)

"""Diagnostics as text for people: the line, the mark under it, the notes and the help."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence

from netspec.diagnostics.diagnostic import Diagnostic, Label
from netspec.source import Place

TAB = "    "
WIDTH = 140
"""Source lines longer than this are shown around the marked part only."""

_STYLES = {"error": "1;31", "place": "1;34", "caption": "31", "label": "34", "help": "1;32", "bold": "1"}

Paint = Callable[[str, str], str]


def plain(_style: str, text: str) -> str:
    """Text without colour."""
    return text


def colour(style: str, text: str) -> str:
    """Text with the ANSI colour of a style, for a terminal."""
    return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if text else text


def render_text(diagnostic: Diagnostic, paint: Paint = plain) -> str:
    """One diagnostic, as several lines that end with a newline."""
    title = f"{paint('error', f'error[{diagnostic.code}]')}{paint('bold', f': {printable(diagnostic.message)}')}"
    lines = [title]
    place = diagnostic.place
    gutter = 1
    if place is not None:
        shown = [Label(place, diagnostic.caption), *diagnostic.labels]
        gutter = max(len(str(label.place.position.line)) for label in shown)
        pad = " " * gutter
        bar = paint("place", f"{pad} |")
        for index, label in enumerate(shown):
            source, position = label.place.source, label.place.position
            if index == 0 or source is not shown[index - 1].place.source:
                arrow = paint("place", f"{pad}-->" if index == 0 else f"{pad}:::")
                lines += [f"{arrow} {printable(source.name)}:{position.line}:{position.column}", bar]
            style, mark = ("caption", "^") if index == 0 else ("label", "-")
            text, marks = _marked_line(label.place, mark)
            caption = f"{marks} {printable(label.text)}".rstrip()
            lines += [
                paint("place", f"{position.line:>{gutter}} |") + f" {text}".rstrip(),
                f"{bar} {caption[: len(marks) - len(marks.lstrip())]}{paint(style, caption.lstrip())}",
            ]
        if diagnostic.notes or diagnostic.help:
            lines.append(bar)
    pad = " " * (gutter + 1)
    lines += _hanging(pad, paint("place", "="), "note", diagnostic.notes, paint)
    lines += _hanging(pad, paint("place", "="), "help", diagnostic.help, paint)
    return "\n".join(lines) + "\n"


def _hanging(pad: str, sign: str, title: str, texts: Sequence[str], paint: Paint) -> list[str]:
    lines = []
    for text in texts:
        first, *rest = text.split("\n")
        lines.append(f"{pad}{sign} {paint('help' if title == 'help' else 'bold', title)}: {printable(first)}")
        lines += [f"{pad}  {' ' * len(title)}  {printable(line)}" for line in rest]
    return lines


def _marked_line(place: Place, mark: str) -> tuple[str, str]:
    """The first line of a place, and the marks under it, aligned in columns of a terminal."""
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
    marks = " " * (_columns(head) + _columns(before)) + mark * max(1, _columns(marked))
    return f"{head}{printable(shown)}{tail}", marks


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

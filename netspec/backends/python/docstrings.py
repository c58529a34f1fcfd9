"""Docstrings and comments from those of a spec: whatever they hold, they stay text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from textwrap import dedent

from netspec.backends.python.code import WIDTH, width

_QUOTES = '"""'


def docstring(text: str, indent: int = 0) -> tuple[str, ...]:
    """The lines of a docstring that is indented so far; none for an empty text."""
    first, *rest = [_escaped(line) for line in text.strip().splitlines()] or [""]
    lines = [first, *dedent("\n".join(rest)).split("\n")] if rest else [first]
    if not text.strip():
        return ()
    room = WIDTH - indent
    wrapped: list[str] = []
    for paragraph in _paragraphs(lines):
        spent = 0 if wrapped else len(_QUOTES)
        if any(width(line) > room - spent for line in paragraph):
            wrapped += _wrapped(" ".join(paragraph), room, spent)
        else:
            wrapped += paragraph
    if len(wrapped) == 1:
        wrapped = _wrapped(first, room, 2 * len(_QUOTES))
    if len(wrapped) == 1:
        return (f"{_QUOTES}{_guarded(first)}{_QUOTES}",)
    wrapped[0] = _QUOTES + _guarded(wrapped[0])
    return (*wrapped, _QUOTES)


def _paragraphs(lines: Iterable[str]) -> Iterator[list[str]]:
    """Lines that can be filled anew together; what is indented or empty stays a line of its own."""
    for is_text, run in groupby(lines, lambda line: line != "" and not line.startswith(" ")):
        found = list(run)
        if is_text:
            yield found
        else:
            yield from ([line] for line in found)


def comment(text: str, indent: int = 0) -> tuple[str, ...]:
    """The lines of a comment that is indented so far."""
    room = WIDTH - indent - len("# ")
    wrapped = [part for line in text.strip().splitlines() for part in _wrapped(_visible(line), room)]
    return tuple(f"# {line}".rstrip() for line in wrapped)


def _escaped(line: str) -> str:
    """A line in which nothing ends the string, begins an escape or is invisible."""
    return _visible(line.replace("\\", "\\\\").replace(_QUOTES, '\\"\\"\\"'))


def _visible(line: str) -> str:
    """A line in which nothing is invisible."""
    text = line.rstrip().expandtabs(4)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def _guarded(line: str) -> str:
    """A line whose own quotes at its ends do not run into the docstring's."""
    if line.startswith('"'):
        line = "\\" + line
    if line.endswith('"'):
        backslashes = len(line) - 1 - len(line[:-1].rstrip("\\"))
        if backslashes % 2 == 0:  # the quote is not escaped yet
            line = line[:-1] + '\\"'
    return line


def _wrapped(line: str, room: int, spent: int = 0) -> list[str]:
    """A line broken at spaces into lines of at most so many columns, as far as its words allow.

    `spent` columns of the first are taken.
    """
    if width(line) <= room - spent:
        return [line]
    indent = line[: len(line) - len(line.lstrip())]
    lines: list[str] = []
    present = indent
    for word in line.split():
        if present.strip() and width(present) + 1 + width(word) > room - (0 if lines else spent):
            lines.append(present)
            present = indent + word
        else:
            present = f"{present} {word}" if present.strip() else indent + word
    return [*lines, present]

"""Docstrings from a spec's comments: whatever they hold, they stay text."""

from __future__ import annotations

from textwrap import dedent

from netspec.backends.torch.code import WIDTH, width

_QUOTES = '"""'


def docstring(text: str, indent: int = 0) -> tuple[str, ...]:
    """The lines of a docstring that is indented so far; none for an empty text."""
    first, *rest = [_escaped(line) for line in text.strip().splitlines()] or [""]
    lines = [first, *dedent("\n".join(rest)).split("\n")] if rest else [first]
    if not text.strip():
        return ()
    room = WIDTH - indent
    wrapped = _wrapped(first, room - 2 * len(_QUOTES))
    for line in lines[1:]:
        wrapped += _wrapped(line, room)
    if len(wrapped) == 1:
        return (f"{_QUOTES}{_guarded(first)}{_QUOTES}",)
    wrapped[0] = _QUOTES + _guarded(wrapped[0])
    return (*wrapped, _QUOTES)


def _escaped(line: str) -> str:
    """A line in which nothing ends the string, begins an escape or is invisible."""
    text = line.rstrip().expandtabs(4).replace("\\", "\\\\").replace(_QUOTES, '\\"\\"\\"')
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def _guarded(line: str) -> str:
    """A line whose own quotes at its ends do not run into the docstring's."""
    if line.startswith('"'):
        line = "\\" + line
    if line.endswith('"') and not line.endswith('\\"'):
        line = line[:-1] + '\\"'
    return line


def _wrapped(line: str, room: int) -> list[str]:
    """A line broken at spaces into lines of at most so many columns, as far as its words allow."""
    if width(line) <= room:
        return [line]
    indent = line[: len(line) - len(line.lstrip())]
    lines: list[str] = []
    present = indent
    for word in line.split():
        if present.strip() and width(present) + 1 + width(word) > room:
            lines.append(present)
            present = indent + word
        else:
            present = f"{present} {word}" if present.strip() else indent + word
    return [*lines, present]

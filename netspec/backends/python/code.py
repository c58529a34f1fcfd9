"""Python text as ``ruff format`` lays it out: what fits into 88 columns is one line, the rest is split at brackets."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeAlias

WIDTH = 88
INDENT = "    "


class Brackets(NamedTuple):
    """A call, list or signature: what stands between an opening and a closing bracket.

    What does not fit into one line has its items on a second; if `tall`, each on a line of its own.
    """

    opening: str
    items: tuple[Piece, ...]
    closing: str = ")"
    tall: bool = False


class Chain(NamedTuple):
    """Operands, each but the first with its operator before it: ``a``, ``+ b``. Split, they are put in parentheses."""

    parts: tuple[str, ...]


Piece: TypeAlias = str | Brackets | Chain


class Line(NamedTuple):
    """A statement: a piece with what stands before and after it, and a comment.

    The comment stands beside what is one line, else above it; `inside`: after the bracket that opens the split piece.
    """

    prefix: str
    piece: Piece
    suffix: str = ""
    comment: str = ""
    inside: bool = False


class Suite(NamedTuple):
    """A compound statement: its header and what is indented below it."""

    header: Line
    body: tuple[Statement, ...]


class Text(NamedTuple):
    """Lines as they are, from the margin: docstrings, blank lines."""

    lines: tuple[str, ...]


Statement: TypeAlias = Line | Suite | Text

BLANK = Text(("",))


def call(function: str, *items: Piece, tall: bool = False) -> Brackets:
    """``function(items)``."""
    return Brackets(f"{function}(", items, ")", tall)


def width(text: str) -> int:
    """The columns that a text takes: two for the wide characters of East Asia."""
    return len(text) if text.isascii() else sum(1 + (unicodedata.east_asian_width(c) in "FW") for c in text)


def laid_out(statements: Iterable[Statement], indent: str = "") -> Iterator[str]:
    """The lines of statements."""
    for statement in statements:
        match statement:
            case Text():
                yield from (f"{indent}{line}" if line else "" for line in statement.lines)
            case Suite():
                yield from _lines(statement.header, indent)
                yield from laid_out(statement.body, indent + INDENT)
            case Line():
                yield from _lines(statement, indent)


def _lines(line: Line, indent: str) -> Iterator[str]:
    if line.inside and line.comment:
        lines = list(_split(line.piece, indent, line.prefix, line.suffix, f"  # {line.comment}"))
        if line.comment in lines[0] and width(lines[0]) <= WIDTH:
            yield from lines
            return
    lines = list(_split(line.piece, indent, line.prefix, line.suffix))
    if not line.comment:
        yield from lines
    elif len(lines) == 1 and width(lines[0]) + 4 + width(line.comment) <= WIDTH:
        yield f"{lines[0]}  # {line.comment}"
    else:
        if len(indent) + 2 + width(line.comment) <= WIDTH:
            yield f"{indent}# {line.comment}"
        yield from lines


def flat(piece: Piece) -> str:
    """The piece on one line."""
    match piece:
        case str():
            return piece
        case Chain():
            return " ".join(piece.parts)
        case Brackets():
            return f"{piece.opening}{', '.join(map(flat, piece.items))}{piece.closing}"


def _split(piece: Piece, indent: str, prefix: str, suffix: str, comment: str = "") -> Iterator[str]:
    text = flat(piece)
    if width(indent + prefix + text + suffix + comment) <= WIDTH:
        yield f"{indent}{prefix}{text}{suffix}{comment}"
        return
    inner = indent + INDENT
    match piece:
        case str():
            yield f"{indent}{prefix}{piece}{suffix}"
        case Chain() if len(piece.parts) == 1:
            yield f"{indent}{prefix}{text}{suffix}"
        case Chain():
            yield f"{indent}{prefix}({comment}"
            if width(f"{inner}{text}") <= WIDTH:
                yield f"{inner}{text}"
            else:
                yield from (f"{inner}{part}" for part in piece.parts)
            yield f"{indent}){suffix}"
        case Brackets():
            yield f"{indent}{prefix}{piece.opening}{comment}"
            body = text[len(piece.opening) : len(text) - len(piece.closing)]
            if not piece.tall and width(inner + body) <= WIDTH:
                yield inner + body
            else:
                comma = "," if len(piece.items) > 1 else ""
                for item in piece.items:
                    yield from _split(item, inner, "", comma)
            yield f"{indent}{piece.closing}{suffix}"

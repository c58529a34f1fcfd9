"""Syntax errors put right: a sign missing, one too many, one for another."""

from __future__ import annotations

import re
from collections.abc import Iterator

from netspec.fixes.edit import Edit, Kind
from netspec.fixes.script import Line, Token
from netspec.fixes.search import Case

_AFTER = ("}", ")", "->", "=", ":", "=>", "x")
_BEFORE = ("{", "(")


def repunctuated(case: Case, lines: tuple[Line, ...]) -> Iterator[Edit]:
    """Each sign inserted between two tokens, each token left out, those marked first."""
    marks = [d.place.span.start for d in case.diagnostics if d.place is not None and d.place.source.name == case.name]
    tokens = sorted(
        (token for line in lines for token in line.tokens),
        key=lambda token: min((abs(token.start - mark) for mark in marks), default=0),
    )
    for token in tokens:
        yield from _rewritten(token)
    for token in tokens:
        for sign in _AFTER:
            space = "" if sign in ("=", ":", ")") else " "
            yield Edit(Kind.PUNCTUATION, token.end, token.end, space + sign, f"write `{sign}` after `{token.text}`")
        for sign in _BEFORE:
            space = "" if sign == "(" else " "
            yield Edit(
                Kind.PUNCTUATION, token.start, token.start, sign + space, f"write `{sign}` before `{token.text}`"
            )
        yield Edit(Kind.PUNCTUATION, token.start, token.end, "", f"remove `{token.text}`", 0.5)


def _rewritten(token: Token) -> Iterator[Edit]:
    """What another language writes, as netspec writes it."""
    text = token.text
    for old, new in (("X", "x"), ("*", "x"), ("'", ""), ('"', ""), (";", ""), (",", "")):
        if old in text:
            yield Edit(Kind.PUNCTUATION, token.start, token.end, text.replace(old, new))
    for signs in ("->", "=>", "=", "==", "//", "x"):
        if text != signs and re.fullmatch(r"\W+", text):
            yield Edit(Kind.PUNCTUATION, token.start, token.end, signs)

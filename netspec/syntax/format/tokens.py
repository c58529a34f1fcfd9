"""A text as tokens that know their comments, their line breaks and the space before them.

The tree has none of these, and layout needs nothing else: where a statement ends and which brackets belong together is
plain from the tokens of a text that parses.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from netspec.syntax.machine import machine


class Break(NamedTuple):
    """The end of a line: the comment on it, and the comments between it and the next line with a token.

    In `above` an empty text is a blank line; two of them never stand side by side.
    """

    remark: str
    above: tuple[str, ...]

    @property
    def comments(self) -> tuple[str, ...]:
        """The comments in `above`."""
        return tuple(filter(None, self.above))

    @property
    def has_comment(self) -> bool:
        """Whether there is any comment."""
        return bool(self.remark or self.comments)


class Token(NamedTuple):
    """A token as it is printed. `kind` is the grammar's name for it.

    `spaced`: a space stands before it within a line. `after`: it begins a line of the text, after this break.
    """

    kind: str
    text: str
    spaced: bool
    after: Break | None


class Tokens(NamedTuple):
    """All tokens of a text, and what follows the last."""

    tokens: tuple[Token, ...]
    end: Break


_ENDS_VALUE = frozenset({"NAME", "X", "INTEGER", "DECIMAL", "WINDOW", "PATH", "TRUE", "FALSE", "RPAR", "RBRACE"})
"""A ``-`` after one of these is the operator in an expression; among arguments it is a sign."""

_OPENS_EXPRESSION = frozenset({"IF", "ASSERT", "REPEAT"})

_CLOSES_EXPRESSION = frozenset({"_ARROW", "_GIVES", "LBRACE", "RBRACE"})

_STARTS_VALUE = frozenset({"NAME", "INTEGER", "DECIMAL", "WINDOW", "PATH", "TRUE", "FALSE", "LPAR", "MIN", "MAX"})

_TIGHT_BEFORE = frozenset({"COMMA", "RPAR", "_EQUALS"})

_TIGHT_AFTER = frozenset({"LPAR", "_EQUALS"})

_CALLED = frozenset({"MIN", "MAX"})

_ITEMS = frozenset({"NET", "BLOCK"})


def tokens(text: str) -> Tokens:
    """The tokens of a text without syntax errors."""
    tables = machine().tables
    groups, signs, keywords, symbols = tables.groups, tables.signs, tables.keywords, tables.symbols
    name, newline, arrow = (symbols.index(kind) for kind in ("NAME", "_NEWLINE", "_ARROW"))
    found: list[Token] = []
    spacing = _Spacing()
    end = 0
    breaks = False
    for match in machine().scan(text):
        group = match.lastindex
        if group is None:
            break
        number = groups[group]
        start = match.start(group)
        if number == newline:
            breaks = True
            continue
        own = match[group]
        if number < 0:
            number = signs[own]
        elif number == name:
            number = keywords.get(own, name)
        kind = symbols[number]
        after = _break(text[end:start] if end else f"\n{text[:start]}") if breaks else None
        breaks = False
        spaced = spacing.before(kind, glued=start == end, breaks=after is not None)
        end = start + len(own)
        if number == arrow:
            breaks = "\n" in own
            end = start + len("->")
        found.append(Token(kind, _printed(kind, own), spaced, after))
    return Tokens(tuple(found), _break(text[end:] if found else f"\n{text}"))


def _printed(kind: str, text: str) -> str:
    match kind:
        case "_ARROW":
            return "->"
        case "LABEL":
            return text[:-1].rstrip() + ":"
        case "WINDOW":
            return text.replace("×", "x")
        case _:
            return "x" if text == "×" else text


class _Spacing:
    """Whether a space stands before a token, by the tokens before it."""

    def __init__(self) -> None:
        self.previous = self.before_previous = ""
        self.parentheses = 0
        self.in_expression = False
        self.after_sign = False

    def before(self, kind: str, *, glued: bool, breaks: bool) -> bool:
        """Whether a space stands before the next token. `glued`: none did; `breaks`: it begins a line."""
        previous = self.previous
        is_after_value = previous in _ENDS_VALUE
        spaced = not (
            self.after_sign
            or kind in _TIGHT_BEFORE
            or previous in _TIGHT_AFTER
            or (kind == "RBRACE" and previous == "LBRACE")
            or (kind == "LPAR" and (previous in _CALLED or self.before_previous in _ITEMS))
        )
        self.after_sign = False
        if kind == "LPAR":
            self.parentheses += 1
        elif kind == "RPAR":
            self.parentheses -= 1
        elif kind in _OPENS_EXPRESSION:
            self.in_expression = True
        elif kind in _CLOSES_EXPRESSION or (breaks and not self.parentheses):
            self.in_expression = False
        if is_after_value and previous != "X" and kind in _STARTS_VALUE and not self.parentheses:
            self.in_expression = False  # the argument after `label if condition`
        if kind == "MINUS" and not (is_after_value and (self.parentheses or self.in_expression)):
            self.after_sign = True
            # `width-1` among arguments is a mistake that `check` explains; `width -1` would be two values.
            spaced = spaced and not (glued and is_after_value)
        self.previous, self.before_previous = kind, previous
        return spaced


@lru_cache(maxsize=1 << 8)
def _break(text: str) -> Break:
    """What stands between two tokens, the first line of which is the rest of the line before."""
    remark, *lines = text.split("\n")
    above: list[str] = []
    for line in lines[:-1] if lines else ():
        comment = _comment(line)
        if comment or not above or above[-1]:
            above.append(comment)
    if lines and _comment(lines[-1]):
        above.append(_comment(lines[-1]))  # a comment at the very end of the text
    return Break(_comment(remark), tuple(above))


def _comment(text: str) -> str:
    """A comment, with a space after its sign; nothing if there is none."""
    comment = text.strip()
    if len(comment) > 1 and not comment[1].isspace() and comment[1] not in "#!":
        return f"# {comment[1:]}"
    return comment

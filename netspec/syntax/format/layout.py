"""From tokens to lines: where each line breaks, and how far it is indented."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from netspec.syntax.format.lines import Line, Row, row
from netspec.syntax.format.tokens import Break, Tokens

WIDTH = 120
"""The longest line, in characters, where it can be helped. Comments are left as they are."""

INDENT = 4

SHAPE_GAP = 5
"""At least so many spaces stand before the ``=>`` at the end of a line."""


def lay_out(found: Tokens) -> list[Line]:
    """The lines of a text.

    Its line breaks are kept. Only a line that is too long gets more of them: after ``->``, or else in the bodies that
    stand on it.
    """
    return _Layout(found).run()


class _Piece(NamedTuple):
    """Tokens of a step that stand on one line. `gives` is the place of an ``=>`` among them."""

    start: int
    end: int
    indent: int
    gives: int | None


class _Layout:
    """One run. `parts` is the line being written; recursion follows the nesting of bodies, which the parser bounds.

    `closing` leads from each ``{`` to its ``}``. `broken` are those whose bodies stand on several lines, `split` the
    tokens that begin a line because theirs was too long.
    """

    def __init__(self, found: Tokens) -> None:
        self.tokens, self.end = found
        self.ends = [0]  # where each token would end if all stood on one line
        self.breaks = [0]  # how many tokens up to each begin a line
        self.closing: dict[int, int] = {}
        self.broken: set[int] = set()
        self.split: set[int] = set()
        self._match_braces()
        self.lines: list[Line] = []
        self.item = 0
        self.indent = self.width = 0
        self.parts: list[str] = []
        self.stated = 0  # how many of the parts stand before the statement's `=>`
        self.row: Row | None = None

    def _match_braces(self) -> None:
        opened: list[int] = []
        for place, token in enumerate(self.tokens):
            self.ends.append(self.ends[-1] + len(token.text) + token.spaced)
            self.breaks.append(self.breaks[-1] + (token.after is not None))
            if token.kind == "LBRACE":
                opened.append(place)
            elif token.kind == "RBRACE":
                start = opened.pop()
                self.closing[start] = place
                is_empty = place == start + 1 and not (token.after and token.after.has_comment)
                if not is_empty and self._is_broken(start + 1, place + 1):
                    self.broken.add(start)

    def _is_broken(self, start: int, end: int) -> bool:
        """Whether one of these tokens begins a line of the text."""
        return self.breaks[end] > self.breaks[start]

    def run(self) -> list[Line]:
        """All lines."""
        self._body(0, len(self.tokens), 0)
        self._finish(self.end)
        self._comments(_trimmed(self.end.above, leading=not self.tokens, trailing=True), 0)
        return self.lines

    # Lines

    def _start(self, indent: int) -> None:
        self.indent = self.width = indent

    def _put(self, start: int, end: int) -> None:
        """Write tokens on the present line."""
        for token in self.tokens[start:end]:
            text = f" {token.text}" if token.spaced and self.parts else token.text
            self.parts.append(text)
            self.width += len(text)

    def _finish(self, after: Break | None) -> None:
        """End the present line, if there is one."""
        if not self.parts:
            return
        before = self.stated or len(self.parts)
        code, stated = "".join(self.parts[:before]), "".join(self.parts[before:]).lstrip()
        remark = after.remark if after is not None else ""
        self.lines.append(Line(self.item, self.indent, code, stated, remark, self.row))
        self.parts = []
        self.stated = 0
        self.row = None

    def _comments(self, above: Sequence[str], indent: int) -> None:
        """Write comments on lines of their own, and blank lines."""
        self.lines += [Line(self.item, indent, "", "", comment, None) for comment in above]

    def _go_on(self, place: int, indent: int) -> None:
        """Break the line before a token within a statement."""
        after = self.tokens[place].after
        self._finish(after)
        if after is not None:
            self._comments(after.comments, indent)
        self._start(indent)

    # Bodies and statements

    def _body(self, start: int, end: int, indent: int) -> None:
        """Write statements, or the items of the file: each begins a line."""
        place = start
        while place < end:
            after = self.tokens[place].after
            self._finish(after)
            above = _trimmed(after.above if after is not None else (), leading=place == start, trailing=False)
            if indent == 0 and place > start:
                self.item += 1
                if "" not in above and not (self._uses(place) and self._uses(place - 2)):
                    above = ("", *above)
            self._comments(above, indent)
            self._start(indent)
            following = self._statement_end(place, end)
            finished = len(self.lines)
            self._statement(place, following, indent)
            if len(self.lines) == finished:
                opened = place + (self.tokens[place].kind == "LABEL")
                self.row = row(self.tokens[place:following], self.closing.get(opened, following) - place)
            place = following

    def _uses(self, place: int) -> bool:
        """Whether a `use` begins here."""
        return self.tokens[place].kind == "USE"

    def _statement_end(self, start: int, end: int) -> int:
        """The place after a statement's last token."""
        parentheses = 0
        place = start
        while place < end:
            kind, _, _, after = self.tokens[place]
            if after and place > start and not parentheses and self.tokens[place - 1].kind != "_ARROW":
                return place
            if kind == "LBRACE":
                place = self.closing[place]
            elif kind == "LPAR":
                parentheses += 1
            elif kind == "RPAR":
                parentheses -= 1
            place += 1
        return end

    def _statement(self, start: int, end: int, indent: int) -> None:
        """Write a statement, whose line has been begun.

        Where it is too long, as many steps as fit stand on each line. A step that fits on none has its bodies broken.
        """
        kind = self.tokens[start].kind
        if kind == "IF" and any(place in self.broken for place in self._bodies(start, end)):
            self._break_bodies(start, end)  # `then` and `else` look alike
        line_indent = indent
        for first, last in self._steps(start, end):
            if first > start and self._begins_line(first, last, line_indent, indent + INDENT):
                line_indent = indent + INDENT
                self._go_on(first, line_indent)
            pieces = self._pieces(first, last, line_indent)
            if not self._fits(pieces, self.width + bool(self.parts)):
                self._break_bodies(first, last)
                pieces = self._pieces(first, last, line_indent)
                if kind in ("NET", "BLOCK") and not self._fits(pieces, self.width):
                    self._split_parameters(first)
                    pieces = self._pieces(first, last, line_indent)
            self._step(pieces)

    def _begins_line(self, first: int, last: int, line_indent: int, next_indent: int) -> bool:
        """Whether a later step begins a line: because it does in the text, or because it does not fit on this one."""
        if self.tokens[first].after is not None:
            return True
        column = self.width + 1
        if self._fits(self._pieces(first, last, line_indent), column):
            return False
        if not self._fits(self._pieces(first, last, next_indent), next_indent):
            self._break_bodies(first, last)
        return not self._fits(self._pieces(first, last, line_indent), column)

    def _steps(self, start: int, end: int) -> list[tuple[int, int]]:
        """Where the steps of a statement begin and end, each with its ``->``; other statements are one step."""
        steps = []
        first = place = start
        while place < end:
            kind = self.tokens[place].kind
            if kind == "LBRACE":
                place = self.closing[place]
            elif kind == "_ARROW":
                steps.append((first, place + 1))
                first = place + 1
            place += 1
        return [*steps, (first, end)]

    def _bodies(self, start: int, end: int) -> list[int]:
        """The ``{`` of each body in a step that is not empty, without those within them."""
        bodies = []
        place = start
        while place < end:
            if self.tokens[place].kind == "LBRACE":
                if self.closing[place] > place + 1 or place in self.broken:
                    bodies.append(place)
                place = self.closing[place]
            place += 1
        return bodies

    def _break_bodies(self, start: int, end: int) -> None:
        self.broken.update(self._bodies(start, end))

    def _split_parameters(self, start: int) -> None:
        """Put each parameter of a block or net on a line of its own."""
        parentheses = 0
        place = start
        while self.tokens[place].kind != "LBRACE":
            kind = self.tokens[place].kind
            parentheses += (kind == "LPAR") - (kind == "RPAR")
            if parentheses == 1 and kind in ("LPAR", "COMMA"):
                self.split.add(place + 1)
            elif parentheses == 0 and kind == "RPAR":
                self.split.add(place)
            place += 1

    # Steps

    def _fits(self, pieces: Sequence[_Piece], column: int) -> bool:
        """Whether a step that begins at a column fits."""
        for place, piece in enumerate(pieces):
            width = self.ends[piece.end] - self.ends[piece.start] - self.tokens[piece.start].spaced
            width += piece.indent if place else column
            if piece.gives is not None:
                width += SHAPE_GAP - 1  # one space is there already
            if width > WIDTH:
                return False
        return True

    def _step(self, pieces: Sequence[_Piece]) -> None:
        """Write a step, with the bodies in it that stand on several lines."""
        start = last = pieces[0].start
        for piece in pieces:
            if piece.start > start and last - 1 in self.broken:
                self._body(last, piece.start, piece.indent + INDENT)
                after = self.tokens[piece.start].after
                self._finish(after)
                above = after.above if after is not None else ()
                is_first = last == piece.start
                self._comments(_trimmed(above, leading=is_first, trailing=True), piece.indent + INDENT)
                self._start(piece.indent)
            elif piece.start > start:
                self._go_on(piece.start, piece.indent)
            if piece.gives is None:
                self._put(piece.start, piece.end)
            else:
                self._put(piece.start, piece.gives)
                self.stated = len(self.parts)
                self._put(piece.gives, piece.end)
            last = piece.end

    def _pieces(self, start: int, end: int, indent: int) -> list[_Piece]:
        """What of a step stands on one line each. Between two of them there may be a body that stands on others."""
        pieces = []
        first = place = start
        line_indent = indent
        gives: int | None = None
        parentheses = 0
        while place < end:
            kind, _, _, after = self.tokens[place]
            if place > first and (after is not None or place in self.split):
                pieces.append(_Piece(first, place, line_indent, gives))
                first, gives = place, None
                line_indent = indent + INDENT * (parentheses - (kind == "RPAR"))
            if kind == "LBRACE":
                if place in self.broken:
                    pieces.append(_Piece(first, place + 1, line_indent, gives))
                    first, gives = self.closing[place], None
                    line_indent = indent
                place = self.closing[place]
            elif kind == "LPAR":
                parentheses += 1
            elif kind == "RPAR":
                parentheses -= 1
            elif kind == "_GIVES":
                gives = place
            place += 1
        return [*pieces, _Piece(first, end, line_indent, gives)]


def _trimmed(above: Sequence[str], *, leading: bool, trailing: bool) -> tuple[str, ...]:
    """Comments and blank lines, without a blank line at an end where none belongs."""
    start = 1 if leading and above and not above[0] else 0
    end = len(above) - 1 if trailing and len(above) > start and not above[-1] else len(above)
    return tuple(above[start:end])

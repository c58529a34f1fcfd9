"""Random specs as text: any statement of the grammar, with comments, blank lines, line breaks and spaces anywhere.

What they say makes no sense; that is not what layout depends on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Literal

NAMES = ["a", "b", "conv", "inception", "width", "long_name_of_a_block", "H"]
NUMBERS = ["3", "61_706", "64", "128", "0.5", "1e-5"]


@dataclass(frozen=True)
class Gap:
    """What may stand between two tokens: no space at all, spaces, or a line break."""

    kind: Literal["tight", "space", "glued", "break", "line"]


TIGHT = Gap("tight")
"""Perhaps nothing."""

SPACE = Gap("space")
"""Spaces."""

GLUED = Gap("glued")
"""Nothing: `-1` where it must be a sign."""

BREAK = Gap("break")
"""Perhaps a line break, with comments."""

LINE = Gap("line")
"""A line break, with comments and blank lines."""

Piece = str | Gap


class Writer:
    """A random spec, as tokens and the gaps between them."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.pieces: list[Piece] = []
        self.breakable = 0  # parentheses around the present place: there lines end anywhere

    def put(self, *pieces: Piece) -> None:
        for piece in pieces:
            soft = piece in (TIGHT, SPACE) and self.breakable and self.random.random() < 0.1
            self.pieces.append(BREAK if soft else piece)

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def name(self) -> str:
        return self.random.choice(NAMES)

    # Expressions

    def atom(self, depth: int) -> None:
        kinds = ["number", "window", "name", "path", "truth"] + ["choice", "parentheses"] * (depth > 0)
        match self.random.choice(kinds):
            case "number":
                self.put(self.random.choice(NUMBERS))
            case "window":
                self.put(self.random.choice(["3x3", "1x28x28", "3×3", "3xHxW", "3×H"]))
            case "name":
                self.put(self.name())
            case "path":
                self.put(self.random.choice(["in.channels", "layer1.0.conv1.params"]))
            case "truth":
                self.put(self.random.choice(["true", "false"]))
            case "choice":
                self.put(self.random.choice(["min", "max"]), TIGHT)
                self.parenthesised(lambda: self.listed(lambda: self.expression(depth - 1), self.random.randint(2, 3)))
            case _:
                self.parenthesised(lambda: self.expression(depth - 1))

    def parenthesised(self, inner: Callable[[], None]) -> None:
        self.breakable += 1
        self.put("(", TIGHT)
        inner()
        self.put(TIGHT, ")")
        self.breakable -= 1

    def listed(self, item: Callable[[], None], count: int) -> None:
        for number in range(count):
            if number:
                self.put(TIGHT, ",", TIGHT)
            item()

    def expression(self, depth: int) -> None:
        for number in range(self.random.choice([1, 1, 2, 3])):
            if number:
                self.put(SPACE, self.random.choice(["+", "-", "*", "//", "%", "and", "or"]), SPACE)
            if self.chance(0.15):
                self.put("-", TIGHT)
            self.atom(depth)

    def spaced(self) -> None:
        self.put("3")
        for _ in range(self.random.randint(1, 2)):
            self.put(SPACE, self.random.choice(["x", "×"]), SPACE, self.random.choice(["H", "64", "W"]))

    def value(self) -> None:
        match self.random.choice(["atom", "atom", "spaced", "signed"]):
            case "atom":
                self.atom(2)
            case "spaced":
                self.spaced()
            case _:
                self.put("-", TIGHT, self.random.choice(NUMBERS))

    # Steps and statements

    def body(self, depth: int) -> None:
        self.put("{")
        count = self.random.choice([0, 1, 1, 1, 2, 4]) if depth else 0
        before = self.random.choice([SPACE, LINE]) if count < 2 else LINE
        self.put(before)
        for number in range(count):
            if number:
                self.put(LINE)
            self.statement(depth - 1)
        self.put(LINE if before == LINE else SPACE, "}")

    def step(self, depth: int) -> None:
        if self.chance(0.4):
            self.put(f"{self.name()}{self.random.choice(['', '', ' '])}:", TIGHT)
        if self.chance(0.15):
            self.body(depth)
            return
        self.put(self.name())
        if self.chance(0.15):
            for _ in range(5):
                self.put(SPACE, self.random.choice(["3", "64", "128"]))
        for _ in range(self.random.choice([0, 1, 2, 3])):
            match self.random.choice(["value", "keyword", "body", "label"] if depth else ["value", "keyword"]):
                case "value":
                    self.put(SPACE)
                    self.value()
                case "keyword":
                    self.put(SPACE, self.name(), TIGHT, "=", TIGHT)
                    self.value()
                case "label":
                    self.put(SPACE, "a", SPACE, "if", SPACE)
                    self.condition()
                case _:
                    self.put(SPACE)
                    self.body(depth)
                    if self.chance(0.2):
                        self.put(SPACE, "if", SPACE)
                        self.condition()

    def condition(self) -> None:
        # A name after a condition would be read as the next argument's, so it ends in a number.
        self.put(self.name(), SPACE, self.random.choice(["==", "!=", "<", ">="]), SPACE)
        if self.chance(0.2):
            self.put("-", TIGHT)
        self.put("3")

    def stated(self, probability: float) -> None:
        if self.chance(probability):
            self.put(SPACE, "=>", SPACE)
            self.value()

    def statement(self, depth: int) -> None:
        kinds = ["chain"] * 8 + ["claim", "from"] + ["input", "repeat", "if", "output"] * (depth > 0)
        match self.random.choice(kinds):
            case "chain":
                for number in range(self.random.choice([1, 1, 2, 3, 8])):
                    if number:
                        self.put(SPACE, "->", BREAK)
                    self.step(depth)
                self.stated(0.4)
            case "claim":
                self.put("assert", SPACE)
                self.expression(2)
            case "from":
                self.put("from", SPACE, "layer1.0")
            case "input":
                if self.chance(0.3):
                    self.put("left:", TIGHT)
                self.put("input", SPACE)
                self.value()
            case "repeat":
                self.put("repeat", SPACE)
                self.expression(1)
                self.put(SPACE)
                self.body(depth)
                self.stated(0.3)
            case "output":
                self.put("output", SPACE, "aux:", SPACE)
                self.body(depth)
            case _:
                self.put("if", SPACE)
                self.expression(1)
                self.put(SPACE)
                self.body(depth)
                while self.chance(0.3):
                    self.put(SPACE, "else", SPACE, "if", SPACE)
                    self.expression(1)
                    self.put(SPACE)
                    self.body(depth)
                if self.chance(0.5):
                    self.put(SPACE, "else", SPACE)
                    self.body(depth)

    def file(self) -> list[Piece]:
        for number in range(self.random.choice([0, 1, 1, 2, 3])):
            if number:
                self.put(LINE)
            if self.chance(0.2):
                self.put("use", SPACE, f'"blocks{number}.net"')
                continue
            self.put(self.random.choice(["net", "block"]), SPACE, self.name())
            if self.chance(0.5):
                self.put(TIGHT)
                self.parenthesised(self.parameters)
            self.put(SPACE)
            self.body(3)
        return self.pieces

    def parameters(self) -> None:
        def parameter() -> None:
            self.put(self.name())
            if self.chance(0.5):
                self.put(TIGHT, "=", TIGHT)
                self.expression(1)

        count = self.random.choice([0, 1, 2, 3, 12])
        self.listed(parameter, count)
        if count and self.chance(0.2):
            self.put(TIGHT, ",")


def with_breaks(pieces: list[Piece], random: Random) -> tuple[list[Piece], list[str]]:
    """The pieces with each line break written out, and the comments on the way."""
    found: list[Piece] = []
    comments: list[str] = []

    def comment() -> str:
        comments.append(f"# {len(comments)}{random.choice(['', ' -> { ( => }', ' ×  é'])}")
        return comments[-1]

    def line_end(blanks: float) -> str:
        text = comment() if random.random() < 0.2 else ""
        while random.random() < blanks:
            text += "\n" + (comment() if random.random() < 0.5 else "")
        return f"{text}\n"

    if random.random() < 0.5:
        found.append(line_end(0.5))
    for piece in pieces:
        if piece == LINE:
            found.append(line_end(0.4))
        elif piece == BREAK:
            found.append(line_end(0.2) if random.random() < 0.3 else SPACE)
        else:
            found.append(piece)
    found.append(line_end(0.4))
    return found, comments


def with_spaces(pieces: list[Piece], random: Random) -> str:
    """The text, with random spaces where there may be any."""
    parts: list[str] = []
    for piece in pieces:
        if isinstance(piece, Gap):
            parts.append(
                random.choice([" ", "  ", "\t", "     "]) if piece == SPACE else random.choice(["", " ", "   "])
            )
        elif piece.endswith("\n"):
            lines = piece.split("\n")
            parts.append("\n".join(random.choice(["", "", "    ", "\t "]) + line for line in lines))
        else:
            parts.append(piece)
    return "".join(parts)

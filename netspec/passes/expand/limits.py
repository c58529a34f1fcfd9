"""Limits that stop a runaway spec before it costs time or memory."""

from __future__ import annotations

from typing import NamedTuple

from netspec.layers import LAYERS
from netspec.source import Span
from netspec.syntax import tree
from netspec.syntax.project import SpecFile

MAX_LAYERS = 1_000_000
"""Layers of all nets of a file after expansion."""

FREE_LAYERS, CHARACTERS_A_LAYER = 10_000, 4
"""So many layers any file may have, and a long one as many as it can write out: no layer takes fewer characters."""

FREE_CHARACTERS, TIMES_AS_LONG = 600_000, 6
"""So long any net may be written out, and any file so many times as long as itself."""

MOST_OPEN = 2_048
"""Different layers of all nets of a file whose sizes depend on symbols: each takes as long as several with numbers."""

PART = 8
"""Each statement, call, argument, operand and turn of a repeat counts as so many characters more."""

EVALUATED = 4
"""So many times the characters of an expression count: it takes that much longer."""

MAX_DEPTH = 100
"""Bodies within each other, through calls of blocks too. It bounds every recursion over a net."""


class Amount(NamedTuple):
    """What nets come to when they are written out: layers, and characters of text, names and sizes included.

    A body that is expanded n times counts n times: so every work of an expansion has its limit, whatever is repeated.
    `open`: layers whose sizes depend on symbols, those that are alike once.
    """

    layers: int
    characters: int
    open: int


NOTHING = Amount(0, 0, 0)


def weight(expression: Span) -> int:
    """What an expression counts each time that it is evaluated."""
    return PART + EVALUATED * (expression.end - expression.start)


def limit(file: SpecFile) -> Amount:
    """What the nets of a file may come to: it grows with the text, so that a short one is checked in no time."""
    length = sum(len(known.source.text) for known in _files(file))
    layers = max(FREE_LAYERS, length // CHARACTERS_A_LAYER)
    return Amount(min(layers, MAX_LAYERS), FREE_CHARACTERS + TIMES_AS_LONG * length, MOST_OPEN)


def _files(file: SpecFile) -> set[SpecFile]:
    """A file and those that its blocks come from, and theirs."""
    found: set[SpecFile] = set()
    waiting = [file]
    while waiting:
        present = waiting.pop()
        if present not in found:
            found.add(present)
            waiting += {definition.file for definition in present.blocks.values()}
    return found


class Least:
    """The least number of layers that a body expands to, by its text alone: remembered for each body.

    A spec of a few lines can ask for 2^40 layers by blocks that use each other twice, or by repeats within repeats;
    this tells before the first is made.
    """

    def __init__(self) -> None:
        self.known: dict[int, int] = {}

    def layers(self, body: tree.Body, file: SpecFile) -> int:
        """At least so many, without what conditions and parameters decide; no more than one beyond the limit.

        Bodies are taken from an explicit stack, each after those that it needs: a chain of blocks may be long.
        """
        if id(body) in self.known:
            return self.known[id(body)]
        stack = [(body, file)]
        while stack:
            present, where = stack[-1]
            inner = [need for need in _inner(present, where) if id(need[0]) not in self.known]
            if inner and id(present) not in self.known:
                self.known[id(present)] = 0  # what a block that uses itself adds is told elsewhere
                stack += inner
                continue
            total = sum(self._statement(statement, where) for statement in present.statements)
            self.known[id(present)] = min(total, MAX_LAYERS + 1)
            stack.pop()
        return self.known[id(body)]

    def _statement(self, statement: tree.Statement, file: SpecFile) -> int:
        match statement:
            case tree.Chain():
                return sum(
                    _is_layer(step) + sum(self.known.get(id(body), 0) for body, _ in _called(step, file))
                    for step in statement.steps
                )
            case tree.Repeat(turns=tree.Number(value=int(count))):
                return max(count, 0) * max(self.known.get(id(statement.body), 0), 1)
            case tree.Output():
                return self.known.get(id(statement.body), 0)
            case tree.Input() | tree.Repeat() | tree.Conditional() | tree.GoOn() | tree.Claim() | tree.Broken():
                return 0


def _inner(body: tree.Body, file: SpecFile) -> list[tuple[tree.Body, SpecFile]]:
    """The bodies that a body certainly expands, each with its file."""
    inner: list[tuple[tree.Body, SpecFile]] = []
    for statement in body.statements:
        match statement:
            case tree.Chain():
                for step in statement.steps:
                    inner += _called(step, file)
            case tree.Repeat() | tree.Output():
                inner.append((statement.body, file))
            case tree.Input() | tree.Conditional() | tree.GoOn() | tree.Claim() | tree.Broken():
                pass
    return inner


def _is_layer(step: tree.Step) -> bool:
    return isinstance(step, tree.Call) and step.name.text in LAYERS


def _called(step: tree.Step, file: SpecFile) -> list[tuple[tree.Body, SpecFile]]:
    if isinstance(step, tree.Group):
        return [(step.body, file)]
    bodies = [(part.body, file) for part in step.parts if isinstance(part, tree.Operand) and part.condition is None]
    definition = file.blocks.get(step.name.text) if step.name.text not in LAYERS else None
    if definition is not None:
        bodies.append((definition.block.body, definition.file))
    return bodies

"""Limits that stop a runaway spec before it costs time or memory."""

from __future__ import annotations

from netspec.layers import LAYERS
from netspec.syntax import tree
from netspec.syntax.project import SpecFile

MAX_LAYERS = 1_000_000
"""Layers of one net after expansion."""

MAX_DEPTH = 100
"""Bodies within each other, through calls of blocks too. It bounds every recursion over a net."""


class Least:
    """The least number of layers and groups that a body expands to, by its text alone: remembered for each body.

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
                    1 + sum(self.known.get(id(body), 0) for body, _ in _called(step, file)) for step in statement.steps
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


def _called(step: tree.Step, file: SpecFile) -> list[tuple[tree.Body, SpecFile]]:
    if isinstance(step, tree.Group):
        return [(step.body, file)]
    bodies = [(part.body, file) for part in step.parts if isinstance(part, tree.Operand) and part.condition is None]
    definition = file.blocks.get(step.name.text) if step.name.text not in LAYERS else None
    if definition is not None:
        bodies.append((definition.block.body, definition.file))
    return bodies

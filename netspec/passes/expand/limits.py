"""Limits that stop a runaway spec before it costs time or memory."""

from __future__ import annotations

from netspec.layers import LAYERS
from netspec.syntax import tree
from netspec.syntax.project import SpecFile

MAX_LAYERS = 1_000_000
"""Layers of one net after expansion."""

MAX_DEPTH = 100
"""Groups and calls of blocks within each other. It bounds every recursion over a net."""


class Least:
    """The least number of layers that a body expands to, by its text alone: remembered for each body.

    A spec of a few lines can ask for 2^40 layers by blocks that use each other twice, or by repeats within repeats;
    this tells before the first is made.
    """

    def __init__(self) -> None:
        self.known: dict[int, int] = {}

    def layers(self, body: tree.Body, file: SpecFile) -> int:
        """At least so many layers, without what conditions and parameters decide."""
        key = id(body)
        if key not in self.known:
            self.known[key] = 0  # what a block that uses itself adds is told elsewhere
            self.known[key] = min(sum(self._statement(s, file) for s in body.statements), MAX_LAYERS + 1)
        return self.known[key]

    def _statement(self, statement: tree.Statement, file: SpecFile) -> int:
        match statement:
            case tree.Chain():
                return sum(self._step(step, file) for step in statement.steps)
            case tree.Repeat(count=tree.Number(value=int(count))):
                return max(count, 0) * self.layers(statement.body, file)
            case tree.Output():
                return self.layers(statement.body, file)
            case tree.Input() | tree.Repeat() | tree.Conditional() | tree.GoOn() | tree.Claim() | tree.Broken():
                return 0

    def _step(self, step: tree.Step, file: SpecFile) -> int:
        if isinstance(step, tree.Group):
            return self.layers(step.body, file)
        bodies = [part.body for part in step.parts if isinstance(part, tree.Operand) and part.condition is None]
        least = sum(self.layers(body, file) for body in bodies)
        definition = file.blocks.get(step.name.text)
        if definition is not None:
            return least + self.layers(definition.block.body, definition.file)
        return least + (step.name.text in LAYERS and not step.parts)

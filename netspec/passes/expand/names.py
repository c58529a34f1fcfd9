"""How layers get their names: the path of their labels, or where they stand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from netspec.ir import Turn
from netspec.layers import LAYERS, Merge
from netspec.passes.expand.values import Value
from netspec.syntax import tree

MERGES = frozenset(kind for kind, layer in LAYERS.items() if issubclass(layer, Merge))
"""The layers with several inputs."""


class Labels(NamedTuple):
    """What a body says about names on its own level (not within its groups)."""

    plain: frozenset[str]
    repeated: frozenset[str]
    sequential: bool


_NO_LABELS = Labels(frozenset(), frozenset(), sequential=True)


def labels_of(body: tree.Body) -> Labels:
    """The labels on the level of a body, through operands, repeats and conditions, which add no level.

    Both branches of a condition count, so that names do not change with a parameter.
    """
    if not body.statements:
        return _NO_LABELS
    plain: set[str] = set()
    repeated: set[str] = set()
    straight = True
    pending: list[tuple[tuple[tree.Statement, ...], bool]] = [(body.statements, False)]
    while pending:
        statements, turning = pending.pop()
        for statement in statements:
            match statement:
                case tree.Chain():
                    for step in statement.steps:
                        if step.label is not None:
                            (repeated if turning else plain).add(step.label.text)
                        if isinstance(step, tree.Group):
                            continue
                        if step.name.text in MERGES:
                            straight = False
                        for part in step.parts:
                            if isinstance(part, tree.Operand):
                                straight = False
                                pending.append((part.body.statements, turning))
                case tree.Repeat():
                    pending.append((statement.body.statements, True))
                case tree.Conditional():
                    pending.append((statement.then.statements, turning))
                    if isinstance(statement.otherwise, tree.Conditional):
                        pending.append(((statement.otherwise,), turning))
                    elif statement.otherwise is not None:
                        pending.append((statement.otherwise.statements, turning))
                case tree.Input() | tree.Output():
                    straight = False
                    if statement.label is not None:
                        plain.add(statement.label.text)
                case tree.GoOn():
                    straight = False
                case tree.Claim() | tree.Broken():
                    pass
    return Labels(frozenset(plain), frozenset(repeated), straight and not plain and not repeated)


@dataclass(slots=True)
class Level:
    """A level of names while it is being filled: a net, a group or a call of a block.

    `around` is the level whose labels can be seen from here; a block sees none but its own.
    """

    path: str
    labels: Labels
    sequential: bool
    around: Level | None = None
    values: dict[str, Value] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    counts: dict[str, int] = field(default_factory=dict)

    def name(self, label: str | None, kind: str, turns: tuple[Turn, ...]) -> str:
        """The next full name. A label comes as it is (numbered in a repeat), what has none by place or kind."""
        if label is not None:
            own = numbered(label, turns)
        elif self.sequential:
            own = str(len(self.taken))
        else:
            own = self._counted(kind)
        self.taken.add(own)
        return f"{self.path}.{own}" if self.path else own

    def _counted(self, kind: str) -> str:
        separator = "_" if kind in self.labels.repeated else ""
        while True:
            count = self.counts[kind] = self.counts.get(kind, 0) + 1
            own = f"{kind}{separator}{count}"
            if own not in self.labels.plain and own not in self.taken:
                return own

    def find(self, label: str) -> Value | None:
        """The value that a label stands for, here or further out."""
        level: Level | None = self
        while level is not None:
            if label in level.values:
                return level.values[label]
            level = level.around
        return None

    def known(self) -> list[str]:
        """Every label that can be seen."""
        names: list[str] = []
        level: Level | None = self
        while level is not None:
            names += level.values
            level = level.around
        return names


def numbered(label: str, turns: tuple[Turn, ...]) -> str:
    """A label inside repeats, with the turn of each."""
    return label + "_".join(str(turn.number) for turn in turns) if turns else label

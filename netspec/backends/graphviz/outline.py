"""The outline of a net: its layers within the groups and blocks around them, in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from netspec.ir import Module
from netspec.sketch import Drawn, Sketch


@dataclass(frozen=True, slots=True)
class Leaf:
    """A layer, and its position among all layers of the net."""

    node: Drawn
    position: int


@dataclass(slots=True)
class Group:
    """A group, a call of a block, the net itself (`module` is None), or a run of members that is repeated.

    `times`: it stands for so many that are alike; `last` is then the module of the last of them.
    """

    module: Module | None
    members: list[Member] = field(default_factory=list)
    times: int = 1
    last: Module | None = None


Member: TypeAlias = Leaf | Group


def outline(sketch: Sketch) -> Group:
    """The net as a tree. What lies in no module that is known belongs to the nearest one around it."""
    groups = {"": Group(None)}
    for module in sketch.modules:
        groups[module.path] = Group(module)
    placed = {""}

    def place(path: str) -> Group:
        """The group of a path, put among the members of those around it when it is first met."""
        known = path
        while known not in groups:
            known = known.rpartition(".")[0]
        waiting = []
        while known not in placed:
            waiting.append(known)
            known = known.rpartition(".")[0]
            while known not in groups:
                known = known.rpartition(".")[0]
        for inner in reversed(waiting):
            groups[known].members.append(groups[inner])
            placed.add(inner)
            known = inner
        return groups[known]

    for position, node in enumerate(sketch.nodes):
        place(node.name.rpartition(".")[0]).members.append(Leaf(node, position))
    return groups[""]


def leaves(members: Sequence[Member]) -> Iterator[Leaf]:
    """The layers within members, in order."""
    waiting = list(reversed(members))
    while waiting:
        member = waiting.pop()
        if isinstance(member, Leaf):
            yield member
        else:
            waiting += reversed(member.members)

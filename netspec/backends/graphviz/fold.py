"""Folding: of members that are alike and follow each other, the first stands for all.

Alike are groups of the same block with the same arguments, in which the same layers have the same shapes and are
connected in the same way. A run is folded only if each of them takes nothing but what the one before it gives.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from netspec.backends.graphviz.outline import Group, Leaf, Member, leaves
from netspec.ir import ShapedNode
from netspec.sketch import Sketch

MOST_MEMBERS = 16
"""The longest run of members of which repetitions are sought."""

FEWEST_TURNS = 5
"""Layers outside of groups are folded only if they come round so often: a few are read more easily as they are."""


def fold(outline: Group, sketch: Sketch) -> tuple[Group, dict[str, str]]:
    """An outline with its repetitions folded, and for each layer no longer in it the one that stands for it."""
    return _Folder(sketch).run(outline)


class _Extent(NamedTuple):
    """What is compared of a member: the number of its kind, and the positions of its layers."""

    kind: int
    start: int
    end: int


class _Folder:
    def __init__(self, sketch: Sketch) -> None:
        nodes = sketch.nodes
        self.positions = {value.name: place - len(sketch.inputs) for place, value in enumerate(sketch.inputs)}
        self.positions.update((node.name, position) for position, node in enumerate(nodes))
        self.nodes = nodes
        end = len(nodes)
        self.last_use = [-1] * end  # the last position at which each value is used
        for position, node in enumerate(nodes):
            for name in node.inputs:
                if self.positions.get(name, -1) >= 0:
                    self.last_use[self.positions[name]] = position
        for output in sketch.outputs:
            if self.positions.get(output.value, -1) >= 0:
                self.last_use[self.positions[output.value]] = end
        self.kinds: dict[Hashable, int] = {}
        self.stands: dict[str, str] = {}

    def run(self, outline: Group) -> tuple[Group, dict[str, str]]:
        """Fold the innermost groups first; a group within one that is folded away needs no look."""
        order = [outline]
        for group in order:
            order += [member for member in group.members if isinstance(member, Group)]
        extents: dict[int, _Extent] = {}
        for group in reversed(order):
            parts = [self._leaf(m) if isinstance(m, Leaf) else extents[id(m)] for m in group.members]
            group.members = self._folded(group.members, parts)
            extents[id(group)] = self._group(group, parts)
        return outline, self.stands

    def _kind(self, key: Hashable) -> int:
        return self.kinds.setdefault(key, len(self.kinds))

    def _leaf(self, leaf: Leaf) -> _Extent:
        node, position = leaf.node, leaf.position
        if not isinstance(node, ShapedNode):
            return _Extent(self._kind(position), position, position + 1)
        offsets = tuple(position - self.positions[name] for name in node.inputs)
        return _Extent(self._kind((node.layer, node.input_shapes, offsets)), position, position + 1)

    def _group(self, group: Group, parts: Sequence[_Extent]) -> _Extent:
        module = group.module
        start, end = (parts[0].start, parts[-1].end) if parts else (0, 0)
        whole = all(before.end == after.start for before, after in pairwise(parts))
        block = (module.block, module.arguments) if module is not None else None
        key = (block, tuple(part.kind for part in parts)) if whole else (id(group), start)
        return _Extent(self._kind(key), start, end)

    def _folded(self, members: list[Member], parts: Sequence[_Extent]) -> list[Member]:
        kept: list[Member] = []
        ends: dict[int, int] = {}
        at = 0
        while at < len(members):
            length, turns = self._repetition(members, parts, at, ends)
            if turns > 1:
                kept.append(self._one_for_all(members, at, length, turns))
            else:
                kept.append(members[at])
            at += length * turns
        return kept

    def _repetition(
        self, members: Sequence[Member], parts: Sequence[_Extent], at: int, ends: dict[int, int]
    ) -> tuple[int, int]:
        """How many members from here on come round, and how often; (1, 1) if nothing does.

        `ends` remembers, for each number of members, up to where they are known to come round.
        """
        for length in range(1, min(MOST_MEMBERS, (len(parts) - at) // 2) + 1):
            if parts[at].kind != parts[at + length].kind:
                continue
            end = max(at + length, ends.get(length, 0))
            while end < len(parts) and parts[end].kind == parts[end - length].kind:
                end += 1
            ends[length] = end
            grouped = any(isinstance(member, Group) for member in members[at : at + length])
            turns = (end - at) // length
            if turns >= (2 if grouped else FEWEST_TURNS):
                turns = self._chained(parts, at, length, turns)
                if turns >= (2 if grouped else FEWEST_TURNS):
                    return length, turns
        return 1, 1

    def _chained(self, parts: Sequence[_Extent], at: int, length: int, turns: int) -> int:
        """How many of the turns take only what the one before gives, and give only what leaves the last."""
        bounds = [parts[at + turn * length].start for turn in range(turns)]
        bounds.append(parts[at + turns * length - 1].end)
        if bounds[0] < 0 or any(parts[i].end != parts[i + 1].start for i in range(at, at + turns * length - 1)):
            return 1
        given = None
        for turn in range(turns):
            start, end = bounds[turn], bounds[turn + 1]
            leaving = [place for place in range(start, end) if self.last_use[place] >= end]
            taken = {
                self.positions[name]
                for node in self.nodes[start:end]
                for name in node.inputs
                if not start <= self.positions[name] < end
            }
            if len(leaving) != 1 or (given is not None and taken != {given}):
                return max(turn, 1)
            # A value that is used beyond the next turn belongs to the last of a run.
            if turn + 1 < turns and self.last_use[leaving[0]] >= bounds[turn + 2]:
                return turn + 1
            given = leaving[0]
        return turns

    def _one_for_all(self, members: Sequence[Member], at: int, length: int, turns: int) -> Group:
        segment = list(members[at : at + length])
        first = list(leaves(segment))
        for turn in range(1, turns):
            again = leaves(members[at + turn * length : at + (turn + 1) * length])
            for original, copy in zip(first, again, strict=True):
                self.stands[copy.node.name] = original.node.name
        match segment:
            case [Group(times=1) as group]:
                last = members[at + turns - 1]
                group.times = turns
                group.last = last.module if isinstance(last, Group) else None
                return group
            case _:
                return Group(None, segment, turns)


def stands_for(name: str, stands: Mapping[str, str]) -> str:
    """The layer that is drawn in the place of this one."""
    while name in stands:
        name = stands[name]
    return name

"""What is drawn of an outline: boxes in frames, and the edges between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from netspec.backends.graphviz.fold import fold, stands_for
from netspec.backends.graphviz.outline import Group, Leaf, leaves, outline
from netspec.backends.pictures.problems import Judged, Mark
from netspec.ir import Input, Node, Output, ShapedNode
from netspec.layers import Family
from netspec.sizes import Shape
from netspec.sketch import Drawn

_FOLLOWING = frozenset({Family.NORMALIZATION, Family.ACTIVATION, Family.REGULARIZATION})
"""Layers of these families stand directly under the layer whose values they change, without an edge between."""


MOST_LEVELS = 32
"""Groups within each other that are drawn open, at most."""


@dataclass(frozen=True, slots=True)
class Row:
    """A layer as a box. `names` are all layers that it stands for, itself first."""

    node: Drawn
    names: tuple[str, ...]
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class Stack:
    """Boxes that stand directly on each other: a layer and those that only change its values."""

    rows: tuple[Row, ...]

    @property
    def key(self) -> str:
        """The name of the box in the graph."""
        return self.rows[0].node.name


@dataclass(frozen=True, slots=True)
class Closed:
    """A group that is drawn as one box. `shape` is that of its output, where it is known."""

    group: Group
    names: tuple[str, ...]
    shape: Shape | None
    params: int
    mark: Mark | None = None

    @property
    def key(self) -> str:
        """The name of the box in the graph."""
        return self.group.module.path if self.group.module is not None else ""


@dataclass(frozen=True, slots=True)
class End:
    """An input or an output of the net."""

    value: Input | Output
    shape: Shape | None

    @property
    def key(self) -> str:
        """The name of the box in the graph; an output has the name of a group or layer otherwise."""
        return self.value.name if isinstance(self.value, Input) else f"output {self.value.name}"


@dataclass(slots=True, eq=False)
class Frame:
    """An open group, or the net itself. `entry` is the value that enters it."""

    group: Group
    entry: str | None = None
    items: list[Item] = field(default_factory=list)


Box: TypeAlias = Stack | Closed | End
Item: TypeAlias = Box | Frame


@dataclass(frozen=True, slots=True)
class Edge:
    """A value on its way from one box to another. `wrong`: it is at fault in a problem."""

    tail: str
    head: str
    value: str
    shape: Shape | None
    wrong: bool


@dataclass(frozen=True, slots=True)
class Diagram:
    """All that a picture shows, before it has a place: the boxes in their frames, and the edges."""

    root: Frame
    edges: tuple[Edge, ...]

    @property
    def count(self) -> int:
        """How many boxes there are, each layer of a stack being one."""
        return sum(len(box.rows) if isinstance(box, Stack) else 1 for box, _ in self.boxes())

    def layers(self) -> dict[str, tuple[str, ...]]:
        """For each box, by its identity in the picture, the names of the layers that it stands for."""
        layers: dict[str, tuple[str, ...]] = {}
        for box, _ in self.boxes():
            match box:
                case Stack():
                    layers.update((row.node.name, row.names) for row in box.rows)
                case Closed():
                    layers[box.key] = box.names
                case End():
                    layers[box.key] = (box.value.name if isinstance(box.value, Input) else box.value.value,)
        return layers

    def boxes(self) -> Iterator[tuple[Box, tuple[Frame, ...]]]:
        """Every box in order, with the frames around it from the outermost one in."""
        waiting: list[tuple[Item, tuple[Frame, ...]]] = [(item, ()) for item in reversed(self.root.items)]
        while waiting:
            item, around = waiting.pop()
            if isinstance(item, Frame):
                waiting += [(inner, (*around, item)) for inner in reversed(item.items)]
            else:
                yield item, around


class Diagrams:
    """What can be drawn of a sketch: with repetitions folded or not, and then with so many levels of names."""

    def __init__(self, judged: Judged, *, expand: bool) -> None:
        tree, stands = outline(judged.sketch), dict[str, str]()
        self._judged = judged
        self._tree, self._stands = (tree, stands) if expand else fold(tree, judged.sketch)

    @property
    def levels(self) -> int:
        """How many levels of names there are."""
        deepest, waiting = 1, [(self._tree, 1)]
        while waiting:
            group, level = waiting.pop()
            deepest = max(deepest, level)
            waiting += [(member, level + 1) for member in group.members if isinstance(member, Group)]
        return min(deepest, MOST_LEVELS)

    def diagram(self, depth: int | None = None) -> Diagram:
        """The boxes and edges, with so many levels of names at most."""
        return _Builder(self._judged, self._stands, depth).build(self._tree)


class _Builder:
    def __init__(self, judged: Judged, stands: Mapping[str, str], depth: int | None) -> None:
        self.judged, self.depth = judged, min(depth or MOST_LEVELS, MOST_LEVELS)
        self.stands = {name: stands_for(name, stands) for name in stands}
        self.names: dict[str, list[str]] = {}
        for name, original in self.stands.items():
            self.names.setdefault(original, [original]).append(name)
        self.uses: dict[str, int] = {}
        for node in judged.sketch.nodes:
            if node.name not in self.stands:
                for value in node.inputs:
                    value = self.stands.get(value, value)
                    self.uses[value] = self.uses.get(value, 0) + 1
        for output in judged.sketch.outputs:
            value = self.stands.get(output.value, output.value)
            self.uses[value] = self.uses.get(value, 0) + 1
        self.box_of: dict[str, str] = {}

    def build(self, tree: Group) -> Diagram:
        root = Frame(tree)
        waiting = [(root, 1)]
        while waiting:
            frame, level = waiting.pop()
            self._fill(frame, level, waiting)
        self._add_inputs(root)
        edges = [*self._edges(), *self._add_outputs(root)]
        return Diagram(root, tuple(edges))

    def _add_inputs(self, root: Frame) -> None:
        """Each input just before what first takes it in."""
        first = {name: node.name for node in reversed(self.judged.sketch.nodes) for name in node.inputs}
        holders = self._holders(root)
        for value in reversed(self.judged.sketch.inputs):
            self.box_of[value.name] = value.name
            user = first.get(value.name)
            place = 0 if user is None else root.items.index(holders[self.box_of[user]])
            root.items.insert(place, End(value, value.shape))

    def _add_outputs(self, root: Frame) -> Iterator[Edge]:
        """Where there are several outputs, each just after what makes it."""
        outputs = self.judged.sketch.outputs
        for output in reversed(outputs) if len(outputs) > 1 else ():
            value = self.stands.get(output.value, output.value)
            if value not in self.box_of:
                continue
            end = End(output, self.judged.shapes.get(value))
            box = self.box_of[value]
            root.items.insert(root.items.index(self._holders(root)[box]) + 1, end)
            yield Edge(box, end.key, value, end.shape, wrong=False)

    def _holders(self, root: Frame) -> dict[str, Item]:
        """For each box, what holds it among the items of the net itself."""
        return {box.key: around[0] if around else box for box, around in Diagram(root, ()).boxes()}

    def _fill(self, frame: Frame, level: int, waiting: list[tuple[Frame, int]]) -> None:
        rows: list[Row] = []

        def close_stack() -> None:
            if rows:
                stack = Stack(tuple(rows))
                frame.items.append(stack)
                self.box_of.update((row.node.name, stack.key) for row in rows)
                rows.clear()

        for member in frame.group.members:
            if isinstance(member, Leaf):
                row = self._row(member.node)
                if rows and not self._follows(row, rows[-1]):
                    close_stack()
                rows.append(row)
                continue
            close_stack()
            if level >= self.depth and member.module is not None:
                frame.items.append(self._closed(member))
            else:
                inner = Frame(member, self._entry(member))
                frame.items.append(inner)
                waiting.append((inner, level + (member.module is not None)))
        close_stack()

    def _entry(self, group: Group) -> str | None:
        if group.module is not None:
            return self.stands.get(group.module.entry, group.module.entry)
        inside = {leaf.node.name for leaf in leaves(group.members)}
        taken = (name for leaf in leaves(group.members) for name in leaf.node.inputs if name not in inside)
        return next((self.stands.get(name, name) for name in taken), None)

    def _row(self, node: Drawn) -> Row:
        return Row(node, tuple(self.names.get(node.name, (node.name,))), self.judged.marks.get(node.name))

    def _follows(self, row: Row, before: Row) -> bool:
        """Whether a layer only changes the values of the one before, which nothing else uses."""
        node, maker = row.node, before.node
        return (
            isinstance(node, Node)
            and isinstance(maker, Node)
            and node.layer.family in _FOLLOWING
            and node.inputs == (maker.name,)
            and self.judged.shapes.get(node.name) == self.judged.shapes.get(maker.name)
            and self.uses[maker.name] == 1
            and before.mark is None
        )

    def _closed(self, group: Group) -> Closed:
        inside = [leaf.node for leaf in leaves(group.members)]
        box = group.module.path if group.module is not None else inside[0].name
        self.box_of.update((node.name, box) for node in inside)
        names = tuple(name for node in inside for name in self.names.get(node.name, (node.name,)))
        marks = [self.judged.marks[node.name] for node in inside if node.name in self.judged.marks]
        exit = group.module.exit if group.module is not None else inside[-1].name
        shape = self.judged.shapes.get(self.stands.get(exit, exit))
        params = sum(node.params * self._times(node) for node in inside if isinstance(node, ShapedNode))
        return Closed(group, names, shape, params // group.times, marks[0] if marks else None)

    def _times(self, node: Drawn) -> int:
        return len(self.names.get(node.name, (node.name,)))

    def _edges(self) -> Iterator[Edge]:
        """Every edge between two boxes, once for each value."""
        seen: set[tuple[str, str, str]] = set()
        for node in self.judged.sketch.nodes:
            if node.name in self.stands:
                continue
            mark = self.judged.marks.get(node.name)
            for place, value in enumerate(node.inputs):
                value = self.stands.get(value, value)
                ends = (self.box_of.get(value), self.box_of[node.name])
                if ends[0] is None or ends[0] == ends[1] or (*ends, value) in seen:
                    continue
                seen.add((ends[0], ends[1], value))
                wrong = mark is not None and place in mark.inputs
                yield Edge(ends[0], ends[1], value, self.judged.shapes.get(value), wrong)


def shown_names(names: Sequence[str]) -> str:
    """The names that a box stands for: ``layer1.1``, ``layer1.1 to layer1.5``."""
    return names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"

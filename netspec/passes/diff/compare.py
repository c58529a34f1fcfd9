"""The comparison of two nets: what became of each layer, and what that changes in parameters and MACs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import starmap, zip_longest

from netspec.ir import Input, Output, ShapedNet, ShapedNode
from netspec.passes.diff.alignment import align
from netspec.passes.diff.isomorphism import is_commutative, same_computation
from netspec.passes.diff.reordering import reunited
from netspec.passes.diff.wiring import Sources, is_rewired
from netspec.sizes import Size, Unrepresentable


class Change(StrEnum):
    """What became of a layer.

    `changed`: it is another layer, or has other arguments, or takes its input from elsewhere. `follows`: it is the same
    layer, with another shape, parameters or MACs because of what comes before it. `renamed`: only its name is another.
    """

    REMOVED = "removed"
    ADDED = "added"
    CHANGED = "changed"
    FOLLOWS = "follows"
    RENAMED = "renamed"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class Pair:
    """A layer before and after, or an input. `rewired`: it takes its input from elsewhere."""

    old: ShapedNode | Input | None
    new: ShapedNode | Input | None
    rewired: bool = False

    @property
    def change(self) -> Change:
        """What became of it."""
        if self.new is None:
            return Change.REMOVED
        if self.old is None:
            return Change.ADDED
        if self.rewired or _what(self.old) != _what(self.new):
            return Change.CHANGED
        if _numbers(self.old) != _numbers(self.new):
            return Change.FOLLOWS
        return Change.SAME if self.old.name == self.new.name else Change.RENAMED

    @property
    def params(self) -> int:
        """The change in trainable values."""
        return _params(self.new) - _params(self.old)

    @property
    def macs(self) -> Size | None:
        """The change in MACs; None if it depends on the input's symbols in too involved a way."""
        return difference(_macs(self.new), _macs(self.old))


@dataclass(frozen=True, slots=True)
class Diff:
    """Two nets compared. `outputs` are those that come from elsewhere, or that one net alone has."""

    old: ShapedNet
    new: ShapedNet
    inputs: tuple[Pair, ...]
    layers: tuple[Pair, ...]
    outputs: tuple[tuple[Output | None, Output | None], ...]

    @property
    def is_same(self) -> bool:
        """Whether both are one architecture: the same layers, connected in the same way. Names may differ."""
        kept = (Change.SAME, Change.RENAMED)
        return not self.outputs and all(pair.change in kept for pair in (*self.inputs, *self.layers))

    @property
    def has_same_names(self) -> bool:
        """Whether in addition every name is the same, so that weights of one fit the other."""
        return self.is_same and all(pair.change is Change.SAME for pair in (*self.inputs, *self.layers))

    @property
    def params(self) -> int:
        """The change in trainable values."""
        return self.new.params - self.old.params

    @property
    def macs(self) -> Size | None:
        """The change in MACs, as :attr:`Pair.macs`."""
        return difference(self.new.macs, self.old.macs)


def compare(old: ShapedNet, new: ShapedNet) -> Diff:
    """What differs between two nets. Names tell which layers belong together, but alone they make no difference."""
    found = same_computation(old, new)
    if found is not None:
        inputs = tuple(starmap(Pair, zip(old.inputs, new.inputs, strict=True)))
        nodes = {node.name: node for node in new.nodes}
        return Diff(old, new, inputs, tuple(Pair(node, nodes[found[node.name]]) for node in old.nodes), ())
    shared = {one.name: other.name for one, other in zip(old.inputs, new.inputs, strict=False)}
    aligned = reunited(align(old.nodes, new.nodes), shared)
    inputs = tuple(starmap(Pair, zip_longest(old.inputs, new.inputs)))
    shared |= {one.name: other.name for one, other in aligned if one is not None and other is not None}
    before, after = Sources(old, shared), Sources(new, {name: name for name in shared.values()})
    layers = tuple(Pair(one, other, _is_rewired(one, other, before, after)) for one, other in aligned)
    return Diff(old, new, inputs, layers, _outputs(old, new, before, after))


def _is_rewired(old: ShapedNode | None, new: ShapedNode | None, before: Sources, after: Sources) -> bool:
    if old is None or new is None:
        return False
    ordered = not (is_commutative(old) and is_commutative(new))
    return is_rewired(old.inputs, new.inputs, before, after, ordered=ordered)


def _outputs(
    old: ShapedNet, new: ShapedNet, before: Sources, after: Sources
) -> tuple[tuple[Output | None, Output | None], ...]:
    """The outputs that come from elsewhere, or that one net alone has; the last value of both is always one."""
    olds, news = ({output.name: output for output in net.outputs[1:]} for net in (old, new))
    pairs: list[tuple[Output | None, Output | None]] = [(old.outputs[0], new.outputs[0])]
    pairs += [(output, news.get(name)) for name, output in olds.items()]
    pairs += [(None, output) for name, output in news.items() if name not in olds]
    return tuple(
        (one, other)
        for one, other in pairs
        if one is None or other is None or is_rewired([one.value], [other.value], before, after, ordered=True)
    )


def difference(new: Size, old: Size) -> Size | None:
    """How much more one count is than another; None if it depends on the input's symbols in too involved a way."""
    try:
        return new - old
    except Unrepresentable:
        return None


def _what(part: ShapedNode | Input) -> object:
    """What must be equal for a layer, or an input, not to have changed itself."""
    return part.layer if isinstance(part, ShapedNode) else part.shape


def _numbers(part: ShapedNode | Input) -> object:
    return (part.output, part.weights, part.macs) if isinstance(part, ShapedNode) else None


def _params(part: ShapedNode | Input | None) -> int:
    return part.params if isinstance(part, ShapedNode) else 0


def _macs(part: ShapedNode | Input | None) -> Size:
    return part.macs if isinstance(part, ShapedNode) else 0

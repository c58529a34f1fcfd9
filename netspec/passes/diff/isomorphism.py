"""Whether two nets compute the same, however they are written: the same layers, connected in the same way.

Names, blocks and the order in which branches are written make no difference, nor does the order of the operands of
`add` and `mul`.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from netspec.ir import ShapedNet, ShapedNode
from netspec.layers import Add, Mul


def same_computation(old: ShapedNet, new: ShapedNet) -> dict[str, str] | None:
    """For each value of one net, the one of the other that is computed in the same way; None if the nets differ."""
    if len(old.nodes) != len(new.nodes) or len(old.outputs) != len(new.outputs):
        return None
    kinds: dict[Hashable, int] = {}
    old_kinds, new_kinds = (_kinds(net, kinds) for net in (old, new))
    old_nodes, new_nodes = ({node.name: node for node in net.nodes} for net in (old, new))
    found: dict[str, str] = {}
    taken: set[str] = set()
    # From the outputs back, so that twins (equal layers on equal inputs) are told apart by what uses them.
    pending = [(a.value, b.value) for a, b in zip(old.outputs, new.outputs, strict=True)]
    while pending:
        one, other = pending.pop()
        if old_kinds[one] != new_kinds[other]:
            return None
        if one in found:
            if found[one] != other:
                return None
            continue
        if other in taken:
            return None
        found[one] = other
        taken.add(other)
        if one in old_nodes:
            before, after = _operands(old_nodes[one], old_kinds), _operands(new_nodes[other], new_kinds)
            pending += zip(before, after, strict=True)
    return found if len(found) == len(old_kinds) == len(new_kinds) else None


def is_commutative(node: ShapedNode) -> bool:
    """Whether the order of a layer's operands makes no difference."""
    return isinstance(node.layer, (Add, Mul))


def _operands(node: ShapedNode, kinds: dict[str, int]) -> Sequence[str]:
    return sorted(node.inputs, key=kinds.__getitem__) if is_commutative(node) else node.inputs


def _kinds(net: ShapedNet, known: dict[Hashable, int]) -> dict[str, int]:
    """A number for each value, the same for all that are computed in the same way from the net's inputs."""
    kinds = {}
    for place, given in enumerate(net.inputs):
        kinds[given.name] = known.setdefault((place, given.shape), len(known))
    for node in net.nodes:
        operands = [kinds[name] for name in node.inputs]
        key = (node.layer, *(sorted(operands) if is_commutative(node) else operands))
        kinds[node.name] = known.setdefault(key, len(known))
    return kinds

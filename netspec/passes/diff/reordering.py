"""Layers that only stand elsewhere in the order, as those of two branches that changed places."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from netspec.ir import ShapedNode
from netspec.passes.diff.alignment import Aligned
from netspec.passes.diff.isomorphism import is_commutative


def reunited(aligned: Aligned, inputs: Mapping[str, str]) -> Aligned:
    """The pairs, with those found that the order kept apart; they stand where the new layer does.

    Equal layers on the same inputs belong together, and layers of one kind and name. `inputs` pairs the nets' own.
    """
    shared = {one.name: other.name for one, other in aligned if one is not None and other is not None}
    shared.update(inputs)
    gone = [one for one, other in aligned if one is not None and other is None]
    come = [other for one, other in aligned if one is None and other is not None]
    partners: dict[str, ShapedNode] = {}
    fed = defaultdict(list)
    for node in come:
        fed[_key(node, {name: name for name in node.inputs})].append(node)
    for node in gone:  # in order, so that a chain is found from its start
        if all(name in shared for name in node.inputs):
            found = fed[_key(node, shared)]
            if found:
                partners[node.name] = found.pop(0)
                shared[node.name] = partners[node.name].name
    taken = {node.name for node in partners.values()}
    named = {node.name: node for node in come if node.name not in taken}
    for node in gone:
        namesake = named.get(node.name)
        if node.name not in partners and namesake is not None and namesake.layer.kind == node.layer.kind:
            partners[node.name] = namesake
    origins = {partners[node.name].name: node for node in gone if node.name in partners}
    return [
        (origins[other.name], other) if one is None and other is not None and other.name in origins else (one, other)
        for one, other in aligned
        if other is not None or one is None or one.name not in partners
    ]


def _key(node: ShapedNode, names: Mapping[str, str]) -> tuple[object, ...]:
    inputs = [names[name] for name in node.inputs]
    return (node.layer, *(sorted(inputs) if is_commutative(node) else inputs))

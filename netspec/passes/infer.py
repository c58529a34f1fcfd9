"""Shapes for a net: from plain layers to a shaped net."""

from __future__ import annotations

from netspec.ir import Expression, Net, Node, Origin, ShapedNet, ShapedNode, Turn, Written
from netspec.layers import Facts, facts
from netspec.sizes import Shape


def infer(net: Net) -> ShapedNet:
    """The net with every shape found. Raises :class:`netspec.layers.Misfit` for one that does not fit together.

    Nodes that have their shapes already, as expansion gives them, stay what they are.
    """
    shapes: dict[str, Shape] = {value.name: value.shape for value in net.inputs}
    nodes = []
    for node in net.nodes:
        if not isinstance(node, ShapedNode):
            inputs = tuple(shapes[name] for name in node.inputs)
            node = shaped_node(node, inputs, facts(node.layer, inputs))
        shapes[node.name] = node.output
        nodes.append(node)
    return ShapedNet.model_construct(
        name=net.name,
        doc=net.doc,
        parameters=net.parameters,
        inputs=net.inputs,
        nodes=tuple(nodes),
        modules=net.modules,
        outputs=net.outputs,
    )


def shaped_node(node: Node, shapes: tuple[Shape, ...], found: Facts) -> ShapedNode:
    """A node with what is known of its layer, for inputs of these shapes."""
    return shaped(found, shapes, node.name, node.inputs, node.origin, node.written, node.when, node.turns)


def shaped(
    found: Facts,
    shapes: tuple[Shape, ...],
    name: str,
    inputs: tuple[str, ...],
    origin: Origin,
    written: Written,
    when: tuple[Expression, ...],
    turns: tuple[Turn, ...],
) -> ShapedNode:
    """The node of a layer of which everything is known, for inputs of these shapes."""
    return ShapedNode(
        name,
        found.layer,  # type: ignore[arg-type]  # the layer it was made from, for its number of axes
        inputs,
        origin,
        written,
        when,
        turns,
        input_shapes=shapes,
        output=found.output,
        weights=found.weights,
        macs=found.macs,
    )

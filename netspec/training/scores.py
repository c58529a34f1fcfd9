"""The part of a net that is trained: up to its scores."""

from __future__ import annotations

from dataclasses import replace

from netspec.ir import ShapedNet
from netspec.layers import LogSoftmax, Softmax
from netspec.sizes import format_shape


def number_of_scores(net: ShapedNet) -> int:
    """The length of the vector that a net gives. Raises ValueError for one that gives something else."""
    match net.output:
        case (int(count),):
            return count
        case other:
            raise ValueError(f"{net.name} gives {format_shape(other)}, which is no vector of scores")


def up_to_scores(net: ShapedNet) -> ShapedNet:
    """The net without a softmax at its end, since the cross-entropy is computed, more exactly, from what enters it.

    The weights and their names stay, and so does which class has the largest output.
    """
    (output,) = net.outputs
    last = net.nodes[-1]
    if not isinstance(last.layer, (Softmax, LogSoftmax)) or output.value != last.name:
        return net
    (scores,) = last.inputs
    nodes = net.nodes[:-1]
    held = {module.path for module in net.modules if any(node.name.startswith(f"{module.path}.") for node in nodes)}
    modules = tuple(
        replace(module, exit=scores if module.exit == last.name else module.exit)
        for module in net.modules
        if module.path in held
    )
    return ShapedNet(**{**dict(net), "nodes": nodes, "modules": modules, "outputs": (replace(output, value=scores),)})

"""Which layers become one operation: a convolution, say, with the batchnorm, the sum and the activation after it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from netspec.ir import ShapedNet, ShapedNode
from netspec.layers import (
    Add,
    AnyLayer,
    BatchNorm,
    Conv,
    ConvTranspose,
    Depthwise,
    Fc,
    Gelu,
    HardSigmoid,
    HardSwish,
    LayerNorm,
    LeakyRelu,
    MaxPool,
    Mul,
    Relu,
    Relu6,
    Scale,
    Sigmoid,
    Silu,
    Tanh,
)

WITH_FILTERS = (Conv, Depthwise, ConvTranspose, Fc)
"""Layers into whose weights a batchnorm can be folded."""

WITH_ACTIVATION = (*WITH_FILTERS, BatchNorm, LayerNorm, Scale, Add, Mul)
"""Layers whose kernels end with an activation."""

ACTIVATIONS = (Relu, Relu6, LeakyRelu, Sigmoid, Silu, HardSigmoid, HardSwish, Tanh, Gelu)
"""Activations that are steps of a plan."""

RISING = (Relu, Relu6, Sigmoid, Tanh)
"""Activations that never fall: the maximum of their results is the result of the maximum."""


@dataclass(frozen=True, slots=True)
class Group:
    """Layers that are computed together: a main one and what follows it.

    `plus` is the value that an `add` adds to its result. The value made is that of the last of `nodes`.
    """

    nodes: tuple[ShapedNode, ...]
    batchnorm: ShapedNode | None = None
    plus: str | None = None
    pool: ShapedNode | None = None
    activation: ShapedNode | None = None

    @property
    def main(self) -> ShapedNode:
        """The layer that gives the group its kernel."""
        return self.nodes[0]

    @property
    def value(self) -> str:
        """The name of the value that the group makes."""
        return self.nodes[-1].name

    @property
    def layers(self) -> tuple[str, ...]:
        """The names of all its layers."""
        return tuple(node.name for node in self.nodes)


def grouped(net: ShapedNet) -> tuple[Group, ...]:
    """The layers of a net in groups, in an order in which each comes after what it reads."""
    uses = Counter(name for node in net.nodes for name in node.inputs)
    uses.update(output.value for output in net.outputs)
    readers = {name: node for node in net.nodes for name in node.inputs if uses[name] == 1}
    place = {node.name: number for number, node in enumerate(net.nodes)}
    taken: set[str] = set()
    groups = []
    for node in net.nodes:
        if node.name not in taken:
            group = _group(node, readers, taken)
            taken.update(group.layers)
            groups.append(group)
    return tuple(sorted(groups, key=lambda group: place[group.value]))


def _group(main: ShapedNode, readers: dict[str, ShapedNode], taken: Iterable[str]) -> Group:
    """The longest group that begins with a layer. `readers` knows the values that are read once."""
    nodes = [main]
    batchnorm = plus = pool = activation = None
    following = readers.get(main.name)
    if isinstance(main.layer, WITH_FILTERS) and following is not None and isinstance(following.layer, BatchNorm):
        batchnorm = following
        nodes.append(following)
        following = readers.get(following.name)
    if following is not None and _adds(main.layer, following, taken):
        (plus,) = (name for name in following.inputs if name != nodes[-1].name)
        nodes.append(following)
        following = readers.get(following.name)
    last = following
    if isinstance(main.layer, WITH_ACTIVATION) and last is not None and is_activation(last.layer):
        activation = last
        nodes.append(last)
        last = readers.get(last.name)
    rising = activation is None or isinstance(activation.layer, RISING)
    if isinstance(main.layer, Conv) and plus is None and rising and last is not None and _halves(last):
        pool = last
        nodes.append(last)
        last = readers.get(last.name)
        if activation is None and last is not None and is_activation(last.layer):
            activation = last
            nodes.append(last)
    return Group(tuple(nodes), batchnorm, plus, pool, activation)


def is_activation(layer: AnyLayer) -> bool:
    """Whether a layer is an activation that a kernel can end with."""
    return isinstance(layer, ACTIVATIONS) and not (isinstance(layer, Gelu) and layer.approximate != "none")


def _adds(layer: AnyLayer, following: ShapedNode, taken: Iterable[str]) -> bool:
    """Whether a layer's kernel can add the other operand of the sum that follows."""
    return (
        isinstance(layer, (Conv, Depthwise, Fc))
        and isinstance(following.layer, Add)
        and following.name not in taken
        and len(set(following.inputs)) == 2 == len(following.inputs)
    )


def _halves(node: ShapedNode) -> bool:
    """Whether a layer is a maxpool of 2x2 whose windows lie side by side and inside of the map."""
    layer = node.layer
    return (
        isinstance(layer, MaxPool)
        and layer.kernel == (2, 2) == layer.stride
        and layer.padding == (0, 0)
        and layer.dilation == (1, 1)
        and not layer.ceil
    )

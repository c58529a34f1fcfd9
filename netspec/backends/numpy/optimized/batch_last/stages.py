"""A chain of layers as stages: a convolution with the batchnorm, the pooling and the activation after it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from netspec.ir import ShapedNet, ShapedNode
from netspec.layers import (
    AnyLayer,
    AvgPool,
    BatchNorm,
    Conv,
    Depthwise,
    Elu,
    Fc,
    HardSigmoid,
    LeakyRelu,
    MaxPool,
    Relu,
    Relu6,
    Selu,
    Sigmoid,
    Tanh,
)

WIDEST_WINDOW = 4
"""The most columns that a pooling's window may have for a convolution to compute them at once."""


class Unsuited(Exception):
    """Why a net is not run with the batch last."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Stage:
    """A layer, or a convolution or dense layer with what follows it.

    `pool` is a pooling whose windows lie side by side; the convolution computes each window at once. A maximum comes
    before the activation, wherever it stood: activations never fall, and then have fewer values to do.
    """

    main: ShapedNode
    batchnorm: ShapedNode | None = None
    activation: ShapedNode | None = None
    pool: ShapedNode | None = None
    pool_first: bool = False

    @property
    def window(self) -> tuple[int, ...] | None:
        """The window of the pooling."""
        layer = None if self.pool is None else self.pool.layer
        return layer.kernel if isinstance(layer, (MaxPool, AvgPool)) else None

    @property
    def after(self) -> tuple[ShapedNode, ...]:
        """The pooling and the activation in the order in which they run."""
        pair = (self.pool, self.activation) if self.pool_first else (self.activation, self.pool)
        return tuple(node for node in pair if node is not None)


def stages(net: ShapedNet) -> Iterator[Stage]:
    """The stages of a net that is a chain. Raises :class:`Unsuited` for any other."""
    nodes = _chain(net)
    place = 0
    while place < len(nodes):
        stage = _stage(nodes[place : place + 4])
        place += 1 + sum(node is not None for node in (stage.batchnorm, stage.activation, stage.pool))
        yield stage


def is_activation(layer: AnyLayer) -> bool:
    """Whether a layer is an activation that runs in place: it never falls, and its slope follows from its result."""
    match layer:
        case LeakyRelu():
            return 0 <= layer.slope <= 1
        case Elu():
            return layer.alpha >= 0
        case _:
            return isinstance(layer, (Relu, Relu6, Selu, Sigmoid, HardSigmoid, Tanh))


def _chain(net: ShapedNet) -> tuple[ShapedNode, ...]:
    if len(net.inputs) > 1 or len(net.outputs) > 1:
        raise Unsuited("it has several inputs or outputs")
    value = net.inputs[0].name
    for node in net.nodes:
        if node.inputs != (value,):
            raise Unsuited(f"it is no chain of layers: {node.name} reads {' and '.join(node.inputs)}")
        value = node.name
    if net.outputs[0].value != value:
        raise Unsuited(f"it is no chain of layers: the output is {net.outputs[0].value}")
    return net.nodes


def _stage(nodes: Sequence[ShapedNode]) -> Stage:
    """The stage that begins with the first of some nodes."""
    main, *rest = nodes
    if not isinstance(main.layer, (Conv, Depthwise, Fc)):
        return Stage(main)
    batchnorm = rest.pop(0) if rest and isinstance(rest[0].layer, BatchNorm) else None
    activation = pool = None
    pool_first = False
    for node in rest[:2]:
        if activation is None and is_activation(node.layer):
            activation = node
        elif pool is None and _lies_side_by_side(node):
            pool = node
            pool_first = activation is None or isinstance(node.layer, MaxPool)
        else:
            break
    return Stage(main, batchnorm, activation, pool, pool_first)


def _lies_side_by_side(node: ShapedNode) -> bool:
    """Whether a node is a pooling of small windows that neither overlap nor leave the map."""
    layer = node.layer
    if not isinstance(layer, (MaxPool, AvgPool)) or layer.kernel != layer.stride:
        return False
    if isinstance(layer, MaxPool) and any(step > 1 for step in layer.dilation):
        return False
    axes = zip(node.input_shapes[0][1:], node.output[1:], layer.kernel, strict=True)
    inside = all(isinstance(size, int) and isinstance(out, int) and out * k <= size for size, out, k in axes)
    small = layer.kernel[-1] <= WIDEST_WINDOW and math.prod(layer.kernel) <= WIDEST_WINDOW**2
    return inside and small and not any(layer.padding)

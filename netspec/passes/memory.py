"""Memory: what inference needs at its peak when a buffer is used again as soon as nothing needs its values any more.

The layers run in the order of the net, one at a time. A value is alive from the layer that makes it to the last one
that uses it; outputs of the net stay to the end, inputs until their last use. Two kinds of layers need no buffer of
their own:

- *views* (``flatten``, ``reshape``, ``slice``, and what does nothing at inference: ``identity``, ``dropout``,
  ``droppath``) stand in the buffer of their input, which lives as long as they do;
- layers that work *in place* (activations, ``batchnorm``, ``scale``, ``add``, ``mul``: each value depends on the one at
  the same place alone) write over an input that nothing else needs. The inputs of the net belong to the caller and are
  never written over.

Workspace inside a layer, such as the columns of a convolution, is not counted: it depends on the implementation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum, auto
from typing import NamedTuple

from netspec.ir import Input, ShapedNode
from netspec.layers import (
    AdaptiveAvgPool,
    AdaptiveMaxPool,
    Add,
    AnyLayer,
    AvgPool,
    BatchNorm,
    Concat,
    Conv,
    ConvTranspose,
    Depthwise,
    Dropout,
    DropPath,
    Elu,
    Fc,
    Flatten,
    Gelu,
    GlobalAvgPool,
    GlobalMaxPool,
    GroupNorm,
    HardSigmoid,
    HardSwish,
    Identity,
    InstanceNorm,
    LayerNorm,
    LeakyRelu,
    LogSoftmax,
    Lrn,
    MaxPool,
    Mish,
    Mul,
    Pad,
    PixelShuffle,
    PRelu,
    Relu,
    Relu6,
    Reshape,
    Scale,
    Selu,
    Shuffle,
    Sigmoid,
    Silu,
    Slice,
    Softmax,
    Softplus,
    Tanh,
    Upsample,
)
from netspec.sizes import Polynomial, Size, holds, product


class Place(Enum):
    """Where a layer's output is written."""

    VIEW = auto()
    IN_PLACE = auto()
    ANEW = auto()


def place_of(layer: AnyLayer) -> Place:
    """Where the output of a layer is written at inference."""
    match layer:
        case Flatten() | Reshape() | Slice() | Identity() | Dropout() | DropPath():
            return Place.VIEW
        case (
            Relu()
            | Relu6()
            | LeakyRelu()
            | PRelu()
            | Elu()
            | Selu()
            | Gelu()
            | Silu()
            | Sigmoid()
            | HardSigmoid()
            | HardSwish()
            | Tanh()
            | Softplus()
            | Mish()
            | BatchNorm()
            | Scale()
            | Add()
            | Mul()
        ):
            return Place.IN_PLACE
        case (
            Conv()
            | Depthwise()
            | ConvTranspose()
            | MaxPool()
            | AvgPool()
            | AdaptiveAvgPool()
            | AdaptiveMaxPool()
            | GlobalAvgPool()
            | GlobalMaxPool()
            | Fc()
            | LayerNorm()
            | GroupNorm()
            | InstanceNorm()
            | Lrn()
            | Softmax()
            | LogSoftmax()
            | Concat()
            | Pad()
            | Upsample()
            | PixelShuffle()
            | Shuffle()
        ):
            return Place.ANEW


class Usage(NamedTuple):
    """The values alive while each layer runs, for one example, by the layer's name.

    `peak_at` is the first layer at which there are most; None where it depends on the input's symbols which that is.
    """

    live: Mapping[str, Size]
    peak_at: str | None

    @property
    def peak(self) -> Size | None:
        """The most values that are alive at once."""
        return None if self.peak_at is None else self.live[self.peak_at]


class _Buffer:
    """A piece of memory: its size in values, and the layers from which and to which it is needed, by their numbers."""

    __slots__ = ("end", "own", "size", "start")

    def __init__(self, size: Size, start: int, end: int, *, own: bool) -> None:
        self.size, self.start, self.end, self.own = size, start, end, own


def memory_usage(inputs: Sequence[Input], nodes: Sequence[ShapedNode], outputs: Sequence[str]) -> Usage:
    """How many values are alive while each layer runs. `outputs` names the values that leave the net."""
    buffers = _buffers(inputs, nodes, outputs)
    starting: list[list[_Buffer]] = [[] for _ in range(len(nodes) + 1)]
    for buffer in buffers:
        starting[buffer.start].append(buffer)
    ending: list[Size] = [0] * (len(nodes) + 2)
    alive: Size = 0
    live: dict[str, Size] = {}
    for number in range(len(nodes) + 1):  # layers are numbered from 1; at 0 there are the inputs
        for buffer in starting[number]:
            alive = alive + buffer.size
            ending[buffer.end] = ending[buffer.end] + buffer.size
        if number:
            live[nodes[number - 1].name] = alive
        alive = alive - ending[number]
    return Usage(live, largest(live))


def _buffers(inputs: Sequence[Input], nodes: Sequence[ShapedNode], outputs: Sequence[str]) -> list[_Buffer]:
    last_use = {name: number for number, node in enumerate(nodes, 1) for name in node.inputs}
    last_use.update(dict.fromkeys(outputs, len(nodes) + 1))
    buffers = [_Buffer(product(*value.shape), 0, last_use.get(value.name, 0), own=False) for value in inputs]
    holding = {value.name: buffer for value, buffer in zip(inputs, buffers, strict=True)}
    for number, node in enumerate(nodes, 1):
        end = last_use.get(node.name, number)
        buffer = _given(node, number, holding)
        if buffer is None:
            buffer = _Buffer(product(*node.output), number, end, own=True)
            buffers.append(buffer)
        buffer.end = max(buffer.end, end)
        holding[node.name] = buffer
    return buffers


def _given(node: ShapedNode, number: int, holding: Mapping[str, _Buffer]) -> _Buffer | None:
    """The buffer of an input in which the output of a layer can stand."""
    match place_of(node.layer):
        case Place.VIEW:
            return holding[node.inputs[0]]
        case Place.IN_PLACE:
            for name, shape in zip(node.inputs, node.input_shapes, strict=True):
                buffer = holding[name]
                if buffer.own and buffer.end <= number and shape == node.output:
                    return buffer
        case Place.ANEW:
            pass
    return None


def largest(live: Mapping[str, Size]) -> str | None:
    """The first name with the largest size; None where that depends on a symbol."""
    largest = None
    for name, size in live.items():
        if largest is None or _at_least(live[largest], size) is not True:
            largest = name
    if largest is None or not all(_at_least(live[largest], size) for size in set(live.values())):
        return None
    return largest


def _at_least(size: Size, other: Size) -> bool | None:
    """Whether one size is as large as another for every value of the symbols."""
    difference = size - other
    if isinstance(difference, Polynomial):  # a sum of products of sizes, which are above 0 wherever the net is valid
        return True if all(coefficient >= 0 for coefficient, _ in difference.terms) else None
    return holds(difference, ">=", 0)

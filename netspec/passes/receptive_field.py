"""Receptive fields: how much of the input one value of the output sees.

Source: Araujo, Norris and Sim, "Computing receptive fields of convolutional neural networks", Distill 2019. There a
field is that of the longest path, which is right where all paths are centred alike; here it is followed window by
window, which is right everywhere, after upsampling too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from netspec.ir import Input, ShapedNode
from netspec.layers.reach import POINTWISE, Reach, union, whole
from netspec.sizes import Shape, Size, Unrepresentable

MOST_WINDOWS = 1 << 14
"""So many windows are followed, not counting the first of each layer; what comes after them is not carried."""


class Field(NamedTuple):
    """The receptive field on one spatial axis of the input, in pixels, padding included.

    `extent` is its size; `stride` how far apart the fields of neighbouring outputs are (0 where all see the same);
    `padding` how far the first field begins before the input (below 0: after its start).
    """

    extent: Size
    stride: Fraction
    padding: Size


Fields = tuple[Field, ...] | None
"""One field for each axis of the input; None where it is not carried (symbols too involved, inputs of other sizes)."""

Reaches = tuple[Reach, ...] | None
"""What a value sees of the net's input, along each axis of that; None where it is not carried."""


def receptive_fields(inputs: Iterable[Input], nodes: Iterable[ShapedNode]) -> dict[str, Fields]:
    """The receptive field of every value, by name."""
    found: dict[int, Fields] = {}  # values that see the same share what is made of it
    fields: dict[str, Fields] = {}
    for name, reaches in input_reaches(inputs, nodes).items():
        if id(reaches) not in found:
            found[id(reaches)] = _fields(reaches)
        fields[name] = found[id(reaches)]
    return fields


def input_reaches(inputs: Iterable[Input], nodes: Iterable[ShapedNode]) -> dict[str, Reaches]:
    """What every value sees of the net's input, by name."""
    reaches: dict[str, Reaches] = {value.name: (POINTWISE,) * (len(value.shape) - 1) for value in inputs}
    followed = 0
    for node in nodes:
        reaches[node.name] = seen = _seen(node, reaches) if followed < MOST_WINDOWS else None
        followed += sum(len(reach.windows) - 1 for reach in seen or ())
    return reaches


def _fields(reaches: Reaches) -> Fields:
    try:
        return None if reaches is None else tuple(Field(reach.extent, reach.stride, reach.padding) for reach in reaches)
    except Unrepresentable:
        return None


def _seen(node: ShapedNode, known: Mapping[str, Reaches]) -> Reaches:
    try:
        if len(node.inputs) > 1:
            return _merged([known[name] for name in node.inputs], node.input_shapes, node.output)
        before = known[node.inputs[0]]
        steps = node.layer.reaches(node.input_shapes)
        if before is None or len(steps) != len(before):
            # What is in no place, as a vector, sees what the vector before it saw.
            return before if len(node.input_shapes[0]) == 1 else None
        if all(step is POINTWISE for step in steps):
            return before
        seen: list[Reach] = []
        for axis, (step, reach) in enumerate(zip(steps, before, strict=True)):
            alike = axis and step == steps[axis - 1] and reach == before[axis - 1]  # as in most nets
            seen.append(seen[-1] if alike else step.after(reach))
        return tuple(seen)
    except Unrepresentable:
        return None


def _merged(operands: Sequence[Reaches], shapes: Sequence[Shape], output: Shape) -> Reaches:
    """Of merged values: what at least one of them sees."""
    known = [reaches for reaches in operands if reaches is not None]
    if len(known) < len(operands) or len({len(reaches) for reaches in known}) != 1:
        return None
    if all(reaches == known[0] for reaches in known) and all(shape[1:] == output[1:] for shape in shapes):
        return known[0]
    merged = []
    for axis in range(len(known[0])):
        sizes = [(shape[axis + 1], output[axis + 1]) if len(output) > 1 else (1, 1) for shape in shapes]
        found = _joined([reaches[axis] for reaches in known], sizes)
        if found is None:
            return None
        merged.append(found)
    return tuple(merged)


def _joined(reaches: Sequence[Reach], sizes: Sequence[tuple[Size, Size]]) -> Reach | None:
    """Along one axis, given the size of each operand and of the output."""
    # One value for the whole axis is seen from every place of the output.
    placed = [
        whole(1).after(reach) if size == 1 != out else reach for reach, (size, out) in zip(reaches, sizes, strict=True)
    ]
    if any(reach.advance == 0 for reach in placed):
        # Together with what sees everything, the others count by all that they see.
        (_, out) = sizes[0]
        placed = [reach if reach.advance == 0 else whole(out).after(reach) for reach in placed]
    return union(placed)

"""Receptive fields: how much of the input one value of the output sees.

Source: Araujo, Norris and Sim, "Computing receptive fields of convolutional neural networks", Distill 2019.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import NamedTuple

from netspec.ir import Input, ShapedNode
from netspec.sizes import Size, Unrepresentable, format_shape, holds


class Field(NamedTuple):
    """The receptive field on one spatial axis of the input, in pixels, padding included.

    `extent` is its size, `stride` the distance between the fields of neighbouring outputs, `padding` how far the first
    field begins before the input.
    """

    extent: Size
    stride: Fraction
    padding: Size | Fraction


Fields = tuple[Field, ...] | None
"""One field for each axis of the input; None where it is not carried (symbols in fractions, several inputs)."""


def receptive_fields(inputs: Iterable[Input], nodes: Iterable[ShapedNode]) -> dict[str, Fields]:
    """The receptive field of every value, by name."""
    fields: dict[str, Fields] = {}
    for value in inputs:
        fields[value.name] = (Field(1, Fraction(1), 0),) * (len(value.shape) - 1)
    for node in nodes:
        fields[node.name] = _node_fields(node, fields)
    return fields


def _node_fields(node: ShapedNode, known: Mapping[str, Fields]) -> Fields:
    if len(node.inputs) > 1:
        return _widest([known[name] for name in node.inputs])
    before = known[node.inputs[0]]
    (shape,) = node.input_shapes
    try:
        reaches = node.layer.reaches((shape,))
        if before is None or len(reaches) != len(before):
            return before if len(shape) == 1 else None
        return tuple(
            Field(
                _scaled(reach.extent - 1, field.stride) + field.extent,
                field.stride * Fraction(reach.stride),
                _plus(field.padding, reach.padding, field.stride),
            )
            for field, reach in zip(before, reaches, strict=True)
        )
    except Unrepresentable:
        return None


def _scaled(size: Size, stride: Fraction) -> Size:
    """size · stride, rounded up where upsampling makes it a fraction of a pixel."""
    if isinstance(size, int):
        return -(-size * stride.numerator // stride.denominator)
    if stride.denominator == 1:
        return size * stride.numerator
    raise Unrepresentable(f"({size})·{stride}")


def _plus(padding: Size | Fraction, more: Size, stride: Fraction) -> Size | Fraction:
    if isinstance(padding, (int, Fraction)) and isinstance(more, int):
        total = padding + more * stride
        return int(total) if total == int(total) else total
    if isinstance(padding, Fraction) or stride.denominator != 1:
        raise Unrepresentable("a fraction of a symbol")
    return padding + more * stride.numerator


def _widest(operands: list[Fields]) -> Fields:
    """Of merged values: on each axis the widest field."""
    known = [fields for fields in operands if fields is not None]
    if len(known) < len(operands) or len({len(fields) for fields in known}) != 1:
        return None
    return tuple(_wider(axis) for axis in zip(*known, strict=True))


def _wider(fields: tuple[Field, ...]) -> Field:
    widest = fields[0]
    for field in fields[1:]:
        if holds(field.extent, ">", widest.extent):
            widest = field
    return widest


def format_field(fields: Fields) -> str:
    """A receptive field as text: ``5x5``; a dash where there is none."""
    return format_shape(tuple(field.extent for field in fields)) if fields else "–"

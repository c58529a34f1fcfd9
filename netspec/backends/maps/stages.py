"""Stages: a net without branches as the values that the picture shows, each with the layers that lead to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from netspec.backends.pictures.problems import Judged, Mark
from netspec.ir import Node, ShapedNode
from netspec.layers import Family
from netspec.sizes import Shape, substitute, symbols_of
from netspec.sketch import Drawn

_CHANGING = frozenset({Family.NORMALIZATION, Family.ACTIVATION, Family.REGULARIZATION})
"""Layers of these families change the values of a map and not the map: they belong to the stage that they work on."""

_SIZES = tuple(7 << turns for turns in range(5, 14))
"""What a size that is not fixed counts as in a drawing: the first for which every value of the net has a size."""


class Branches(Exception):
    """The net is no stack of layers; the message says where it branches."""


class Stage(NamedTuple):
    """A value of the net. `sizes` are its shape as it is drawn, with numbers for symbols; None if it is not known.

    `nodes` are the layers from the value before to this one; the input has none.
    """

    name: str
    shape: Shape | None
    sizes: tuple[int, ...] | None
    nodes: tuple[Drawn, ...]
    mark: Mark | None = None


def stages(judged: Judged) -> tuple[Stage, ...]:
    """The stages of a net, in order. Raises :class:`Branches`."""
    sketch = judged.sketch
    if len(sketch.inputs) > 1:
        raise Branches(f"it has {len(sketch.inputs)} inputs")
    if len(sketch.outputs) > 1:
        raise Branches(f"it has {len(sketch.outputs)} outputs")
    current = sketch.inputs[0].name if sketch.inputs else "input"
    found = [Stage(current, judged.shapes.get(current), None, ())]
    for node in sketch.nodes:
        if len(node.inputs) > 1:
            raise Branches(f"`{node.name}` merges {len(node.inputs)} values")
        if node.inputs != (current,):
            raise Branches(f"`{node.name}` does not follow `{current}`")
        current = node.name
        mark = judged.marks.get(node.name)
        last = found[-1]
        if isinstance(node, ShapedNode) and last.nodes and _only_changes(node) and last.mark is None:
            found[-1] = last._replace(nodes=(*last.nodes, node), mark=mark)
            continue
        shape = node.output if isinstance(node, ShapedNode) else None
        found.append(Stage(node.name, shape, None, (node,), mark))
    return tuple(_measured(found))


def _only_changes(node: ShapedNode) -> bool:
    return node.layer.family in _CHANGING and node.output == node.input_shapes[0]


def _measured(found: list[Stage]) -> Iterator[Stage]:
    """The stages with numbers for their sizes."""
    shapes = [stage.shape for stage in found if stage.shape is not None]
    symbols = sorted({name for shape in shapes for size in shape for name in symbols_of(size)})
    for count in _SIZES:
        numbers = [_numbers(shape, dict.fromkeys(symbols, count)) for shape in shapes]
        if all(size >= 1 for sizes in numbers for size in sizes):
            break
    known = iter(numbers)
    for stage in found:
        yield stage._replace(sizes=next(known)) if stage.shape is not None else stage


def _numbers(shape: Shape, values: dict[str, int]) -> tuple[int, ...]:
    return tuple(max(size, 0) if isinstance(size, int) else 0 for size in (substitute(size, values) for size in shape))


def main_layer(stage: Stage) -> Node | None:
    """The layer that makes a stage, if it is one."""
    first = stage.nodes[0] if stage.nodes else None
    return first if isinstance(first, Node) else None

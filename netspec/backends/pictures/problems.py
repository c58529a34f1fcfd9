"""What is wrong with a sketched net, by the layer that it is about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from netspec.diagnostics import Code, Diagnostic
from netspec.ir import Node, ShapedNode
from netspec.layers import Misfit, facts
from netspec.passes.infer import shaped_node
from netspec.sizes import Shape
from netspec.sketch import Drawn, Fault, Sketch
from netspec.source import Place


class Mark(NamedTuple):
    """What is wrong with a layer, and which of its inputs are at fault."""

    message: str
    inputs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """A sketch with all shapes that can be found, and its problems: those of a layer, and those of no layer."""

    sketch: Sketch
    shapes: dict[str, Shape]
    marks: dict[str, Mark] = field(default_factory=dict)
    rest: tuple[str, ...] = ()


def judge(sketch: Sketch, diagnostics: Iterable[Diagnostic] = ()) -> Judged:
    """Find the shapes that can be found, and the layer of each problem."""
    shapes: dict[str, Shape] = {value.name: value.shape for value in sketch.inputs}
    marks: dict[str, Mark] = {}
    nodes: list[Drawn] = []
    told: set[str] = set()
    for node in sketch.nodes:
        if isinstance(node, Node) and not isinstance(node, ShapedNode):
            inputs = tuple(shapes[name] for name in node.inputs if name in shapes)
            if len(inputs) == len(node.inputs):
                try:
                    node = shaped_node(node, inputs, facts(node.layer, inputs))
                except Misfit as misfit:
                    every = tuple(range(len(inputs)))
                    marks[node.name] = Mark(misfit.message, every if misfit.operand is None else (misfit.operand,))
                    told.add(misfit.message)
        if isinstance(node, ShapedNode):
            shapes[node.name] = node.output
        nodes.append(node)
    sketch = sketch._replace(nodes=tuple(nodes))
    rest = [problem for problem in diagnostics if problem.message not in told and not _placed(problem, sketch, marks)]
    return Judged(sketch, shapes, marks, tuple(problem.message for problem in rest))


def _placed(problem: Diagnostic, sketch: Sketch, marks: dict[str, Mark]) -> bool:
    """Whether a problem is that of some layer; then it is marked there."""
    if problem.place is None:
        return False
    names = _names_at(problem.place, problem.code, sketch)
    for name, inputs in names:
        marks.setdefault(name, Mark(problem.message, tuple(range(inputs))))
    return bool(names)


def _names_at(place: Place, code: Code, sketch: Sketch) -> Sequence[tuple[str, int]]:
    """The layers that a problem at a place is about, and how many of their inputs are not to be trusted."""
    if code is Code.STATED_SHAPE:
        return [(name, 0) for stated, name in sketch.stated if stated == place]
    faults = [node for node in sketch.nodes if isinstance(node, Fault) and _lies_in(place, node.place)]
    if faults:
        return [(fault.name, len(fault.inputs)) for fault in faults]
    at = (place.source.shown, *place.position)
    here = [(node.name, 0) for node in sketch.nodes if isinstance(node, Node) and _written_at(node) == at]
    return here if code is Code.UNUSED_VALUE else []


def _lies_in(inner: Place, outer: Place) -> bool:
    """Whether a place begins in another, or where that ends: there something may be missing."""
    return inner.source is outer.source and outer.span.start <= inner.span.start <= outer.span.end


def _written_at(node: Node) -> tuple[str, int, int]:
    return (node.origin.file, node.origin.line, node.origin.column)


def fault_text(fault: Fault) -> str:
    """What is written where a layer should be, without the bodies of its operands."""
    return fault.text.partition("{")[0].strip() or "?"

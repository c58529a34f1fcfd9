"""The working behind a layer's numbers, for tooltips: each formula, and the same with its values."""

from __future__ import annotations

from netspec.backends.explain import workings
from netspec.ir import ShapedNode
from netspec.layers.formula import render
from netspec.sizes import format_shape


def working(node: ShapedNode) -> tuple[str, ...]:
    """The layer, its shapes, and two lines for each number: ``parameters = ...`` and ``= 6·1·5·5 + 6 = 156``."""
    inputs = " and ".join(map(format_shape, node.input_shapes))
    lines = [f"{node.name}: {node.layer.call_text()}", f"{inputs} → {format_shape(node.output)}"]
    for found in workings(node):
        result = f"{found.result:,}" if isinstance(found.result, int) else str(found.result)
        lines += [
            f"{found.quantity} = {render(found.formula)}",
            f"    = {render(found.formula, found.values)} = {result}",
        ]
    return tuple(lines)

"""Explanations as text and as Markdown with LaTeX."""

from __future__ import annotations

from collections.abc import Iterable

from netspec.backends.explain.working import Dense, Explanation, Working
from netspec.layers.formula import render, render_latex
from netspec.sizes import Size, format_shape


def render_text(explanations: Iterable[Explanation]) -> str:
    """Each layer with its workings, a line for the formula and one for the numbers."""
    return "\n".join(_text(explanation) for explanation in explanations)


def render_markdown(explanations: Iterable[Explanation]) -> str:
    """The same for pages that show LaTeX."""
    return "\n".join(_markdown(explanation) for explanation in explanations)


def _text(explanation: Explanation) -> str:
    node, workings = explanation.node, explanation.workings
    lines = [f"{node.name}: {node.layer.call_text()}", f"  {_shapes(explanation)}"]
    width = max((len(working.quantity) for working in workings), default=0)
    for working in workings:
        lines.append(f"  {working.quantity:{width}}  = {render(working.formula)}")
        lines.append(f"  {'':{width}}  = {render(working.formula, working.values)}")
        lines.append(f"  {'':{width}}  = {_number(working.result)}")
    if explanation.dense is not None:
        lines += [f"  {line}" for line in _beside(explanation, explanation.dense)]
    return "\n".join(lines) + "\n"


def _markdown(explanation: Explanation) -> str:
    node = explanation.node
    lines = [f"### `{node.name}`: `{node.layer.call_text()}`", "", f"{_shapes(explanation)}", ""]
    for working in explanation.workings:
        lines += [_latex(working), ""]
    if explanation.dense is not None:
        lines += [" ".join(_beside(explanation, explanation.dense)), ""]
    return "\n".join(lines)


def _latex(working: Working) -> str:
    name = rf"\text{{{working.quantity}}}"
    result = _number(working.result).replace(",", "{,}")
    steps = [render_latex(working.formula), render_latex(working.formula, working.values), result]
    return f"$$\n{name} = " + "\n= ".join(steps) + "\n$$"


def _shapes(explanation: Explanation) -> str:
    node = explanation.node
    return f"{', '.join(map(format_shape, node.input_shapes))} → {format_shape(node.output)}"


def _beside(explanation: Explanation, dense: Dense) -> list[str]:
    """What a dense layer between the same two volumes would cost."""
    params, saved = explanation.node.params, dense.weights - dense.connections
    sizes = f"{dense.inputs:,} × {dense.outputs:,} = {dense.weights:,}"
    return [
        f"A dense layer between the same volumes would have {sizes} weights.",
        f"This layer has {params:,} parameters: each weight is used at {dense.positions:,} positions.",
        f"Of {dense.weights:,} connections it has {dense.connections:,}, and saves {saved:,}.",
    ]


def _number(size: Size) -> str:
    return f"{size:,}" if isinstance(size, int) else str(size)

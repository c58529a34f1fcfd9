"""How gradients pass through layers that drop values at random."""

from __future__ import annotations

from netspec.backends.explain.notation import Number, Symbol, number_text
from netspec.backends.explain.rules.rule import DELTA, Rule, by_input
from netspec.ir import ShapedNode
from netspec.layers import Dropout, DropPath

MASK = Symbol("m", "m")


def dropped(layer: Dropout | DropPath, node: ShapedNode) -> Rule:
    """The gradient of values times a random mask, which is the one of the forward pass."""
    what = "value" if isinstance(layer, Dropout) else "example"
    p = number_text(layer.p)
    if layer.p == 1:
        summary = f"Every {what} is dropped in training: nothing comes back."
        return Rule(summary, by_input(Number(0), node.input_shapes[0]), notes=("In evaluation, ∂L/∂x = δ.",))
    kept = f"1 / (1 − {p}) = {number_text(float(f'{1 / (1 - layer.p):.4g}'))}"
    return Rule(
        "The mask of the forward pass: what was dropped gets nothing back.",
        by_input(MASK & DELTA, node.input_shapes[0]),
        notes=(f"m: 0 for each {what} that was dropped, else {kept}; in evaluation 1.",),
    )

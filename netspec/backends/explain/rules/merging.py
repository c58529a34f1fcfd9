"""How gradients pass through merging: each operand gets its part."""

from __future__ import annotations

from functools import reduce
from operator import and_

from netspec.backends.explain.notation import Expression, Reduced
from netspec.backends.explain.rules.rule import DELTA, C, Gradient, Rule, X, numbered
from netspec.ir import ShapedNode
from netspec.sizes import Size, format_shape


def added(node: ShapedNode) -> Rule:
    """The gradients of a sum."""
    return Rule("A sum passes δ on to each operand as it is.", _each(node, [DELTA] * len(node.inputs)))


def multiplied(node: ShapedNode) -> Rule:
    """The gradients of a product, in which one value for each channel may count at every place."""
    symbols = [numbered(X, place) for place in range(1, len(node.inputs) + 1)]
    formulas: list[Expression] = []
    broadcast = [shape != node.output and all(size == 1 for size in shape[1:]) for shape in node.input_shapes]
    for place, once in enumerate(broadcast):
        others: list[Expression] = [*symbols[:place], *symbols[place + 1 :]]
        formula = reduce(and_, others, DELTA)
        formulas.append(Reduced("Σ", formula, ("places",)) if once else formula)
    note = f"Σ goes over the {format_shape(node.output[1:])} places that one value counted for."
    return Rule("Each operand gets δ times the others.", _each(node, formulas), notes=(note,) if any(broadcast) else ())


def concatenated(node: ShapedNode) -> Rule:
    """The gradients of channels one after another."""
    formulas: list[Expression] = []
    start: Size = 0
    for channels, *_ in node.input_shapes:
        formulas.append(DELTA[C] if start == 0 else DELTA[C + start])
        start = start + channels
    return Rule("δ is split: each operand gets back the channels that it gave.", _each(node, formulas, C))


def _each(node: ShapedNode, formulas: list[Expression], *indices: Expression) -> tuple[Gradient, ...]:
    operands = zip(node.inputs, node.input_shapes, formulas, strict=True)
    return tuple(
        Gradient(numbered(X, place), shape, formula, indices, f"to {name}")
        for place, (name, shape, formula) in enumerate(operands, start=1)
    )

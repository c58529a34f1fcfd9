"""How gradients pass through normalisation: what moves the mean and the variance alone is taken out of them."""

from __future__ import annotations

from netspec.backends.explain.notation import Axis, Call, Expression, Number, Reduced, Symbol
from netspec.backends.explain.rules.rule import DELTA, Definition, Gradient, Rule, X, by_input
from netspec.ir import ShapedNode
from netspec.layers import BatchNorm, GroupNorm, InstanceNorm, LayerNorm, Lrn
from netspec.sizes import format_shape

GAMMA, BETA = Symbol("γ", r"\gamma"), Symbol("β", r"\beta")
NORMAL, DEVIATION, SCALED = Symbol("x̂", r"\hat{x}"), Symbol("s", "s"), Symbol("g", "g")


def standardized(layer: BatchNorm | LayerNorm | GroupNorm | InstanceNorm, node: ShapedNode) -> Rule:
    """The gradients of γ ⊙ (x − mean) / √(variance + eps) + β.

    Source: Ioffe and Szegedy, "Batch Normalization", 2015, section 3.
    """
    axes: tuple[Axis, ...]
    groups = 1
    spatial = len(node.output) > 1
    places = f"the {format_shape(node.output[1:])} places of " if spatial else ""
    notes: tuple[str, ...] = ()
    match layer:
        case BatchNorm():
            axes = ("batch", "places")
            over = f"the whole batch and {places}a channel" if spatial else "the batch"
            evaluation = "γ ⊙ δ" if layer.affine else "δ"
            notes = (
                f"In evaluation the running statistics are constants: ∂L/∂x = {evaluation} / √(running_var + eps).",
            )
        case LayerNorm():
            axes = ("channels",)
            over = "the channels" + (", at each place by itself" if spatial else "")
        case GroupNorm():
            axes, groups = ("group", "places"), layer.groups
            over = f"{places}a group of channels, {layer.groups} groups"
        case InstanceNorm():
            axes = ("places",)
            over = f"{places}a channel"

    def mean(body: Expression) -> Reduced:
        return Reduced("mean", body, axes, groups)

    direction: Expression = SCALED if layer.affine else DELTA
    formula = (direction - mean(direction) - (NORMAL & mean(direction & NORMAL))) / DEVIATION
    definitions = [
        Definition(NORMAL, (X - mean(X)) / DEVIATION),
        Definition(DEVIATION, Call("√", Reduced("var", X, axes, groups) + Number(layer.eps))),
    ]
    weights = []
    if layer.affine:
        definitions.insert(0, Definition(SCALED, GAMMA & DELTA))
        remark = "over all places" if spatial else ""
        bodies: tuple[tuple[Symbol, Expression], ...] = ((GAMMA, DELTA & NORMAL), (BETA, DELTA))
        for symbol, body in bodies:
            weights.append(Gradient(symbol, node.weights[0].shape, Reduced("Σ", body, ("places",)), (), remark))
    return Rule(
        "δ without its mean and without its part along x̂: shifting or scaling x changes nothing.",
        by_input(formula, node.input_shapes[0]),
        tuple(weights),
        tuple(definitions),
        (f"mean and var go over {over}.", *notes),
    )


def local_response(layer: Lrn, node: ShapedNode) -> Rule:
    """The gradient of x / (k + alpha · mean square) ^ beta."""
    before, after = layer.size // 2, (layer.size - 1) // 2
    base = Symbol("d", "d")
    own = DELTA / base ** Number(layer.beta)
    raised = base ** Number(layer.beta + 1)
    shared = Call("near", (DELTA & X) / raised, (after, before))
    factor = Number(2) * Number(layer.alpha) * Number(layer.beta) / layer.size
    square = Call("near", X ** Number(2), (before, after))
    definition = Number(layer.k) + Number(layer.alpha) / layer.size * square
    return Rule(
        "Each value gets its own share, less what it did to its neighbours by their divisor d.",
        by_input(own - (factor * X & shared), node.input_shapes[0]),
        definitions=(Definition(base, definition),),
        notes=("near(v, m, n): for each channel, the sum of v over itself, the m before it and the n after it.",),
    )

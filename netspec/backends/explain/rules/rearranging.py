"""How gradients pass through layers that move, repeat or drop values: back to where each was taken from."""

from __future__ import annotations

from netspec.backends.explain.notation import Call, Cases, Comparison, Number, Reduced, Symbol, Transposed
from netspec.backends.explain.rules.rule import DELTA, C, Gradient, Rule, W, X, by_input
from netspec.ir import ShapedNode
from netspec.layers import Pad, PixelShuffle, Shuffle, Slice, Upsample
from netspec.layers.arguments import value_text

COPIES = Symbol("P", "P")
SHARES = Symbol("U", "U")


def padded(layer: Pad, node: ShapedNode) -> Rule:
    """The gradient of values added around a map."""
    shape = node.input_shapes[0]
    if layer.mode == "zeros":
        margins = (layer.before,) if layer.before == layer.after else (layer.before, layer.after)
        return Rule("What was added is cut away again.", by_input(Call("cut", DELTA, margins), shape))
    taken = {"reflect": "the map mirrored", "replicate": "its edge", "circular": "its other end"}[layer.mode]
    return Rule(
        "Each value goes back to the place that it was copied from; what meets there adds.",
        by_input(Transposed(COPIES) @ DELTA, shape),
        notes=(f"P: the matrix of 0 and 1 that copies x and what was added, {taken}.",),
    )


def upsampled(layer: Upsample, node: ShapedNode) -> Rule:
    """The gradient of a map made larger."""
    shape = node.input_shapes[0]
    if layer.mode == "nearest":
        block = value_text(layer.scale)
        return Rule(
            f"Each value was copied to a block of {block}, and gets the sum of it back.",
            by_input(Call("blocksum", DELTA, (layer.scale,)), shape),
        )
    corners = ", with aligned corners" if layer.align_corners else ""
    return Rule(
        "Each value gets back the shares that it had in the pixels around it.",
        by_input(Transposed(SHARES) @ DELTA, shape),
        notes=(f"U: the matrix of the shares of x in the pixels of y, which are {layer.mode}{corners}: y = U x.",),
    )


def pixels_shuffled(layer: PixelShuffle, node: ShapedNode) -> Rule:
    """The gradient of channels laid out in space."""
    formula = Call("pixelunshuffle", DELTA, (layer.factor,))
    return Rule("Pixels go back to the channels that they came from.", by_input(formula, node.input_shapes[0]))


def channels_shuffled(layer: Shuffle, node: ShapedNode) -> Rule:
    """The gradient of interleaved channels."""
    formula = Call("shuffle", DELTA, (node.output[0] // layer.groups,))
    return Rule(
        "Each channel goes back to its place: a shuffle undoes the shuffle.", by_input(formula, node.input_shapes[0])
    )


def sliced(layer: Slice, node: ShapedNode) -> Rule:
    """The gradient of some of the channels."""
    inside = Comparison((Number(layer.start), C, Number(layer.stop)), ("≤", "<"))
    source = DELTA[C] if layer.start == 0 else DELTA[C - layer.start]
    formula = Cases(((source, inside),), Number(0))
    return Rule(
        "The channels that were kept get δ, the others nothing.",
        by_input(formula, node.input_shapes[0], C),
    )


def scaled(node: ShapedNode) -> Rule:
    """The gradients of each channel times a learned factor."""
    remark = "over all places" if len(node.output) > 1 else ""
    weight = Gradient(W, node.weights[0].shape, Reduced("Σ", DELTA & X, ("places",)), (), remark)
    return Rule("The factor of each channel multiplies δ too.", by_input(W & DELTA, node.input_shapes[0]), (weight,))

"""How gradients pass through activations: each value is multiplied by the slope at its place."""

from __future__ import annotations

from netspec.backends.explain.notation import (
    Call,
    Cases,
    Comparison,
    Expression,
    Number,
    Reduced,
    Symbol,
    above,
    between,
)
from netspec.backends.explain.rules.rule import DELTA, Definition, Gradient, Rule, X, Y, by_input
from netspec.ir import ShapedNode
from netspec.layers import (
    Elu,
    Gelu,
    HardSigmoid,
    HardSwish,
    LeakyRelu,
    LogSoftmax,
    Mish,
    PRelu,
    Relu,
    Relu6,
    Selu,
    Sigmoid,
    Silu,
    Softmax,
    Softplus,
    Tanh,
)

Elementwise = (
    Relu | Relu6 | LeakyRelu | Elu | Selu | Gelu | Silu | Sigmoid | HardSigmoid | HardSwish | Tanh | Softplus | Mish
)
"""The activations that learn nothing and work on each value by itself."""

SLOPE = Symbol("a", "a")
ZERO, ONE = Number(0), Number(1)


def elementwise(layer: Elementwise, node: ShapedNode) -> Rule:
    """The gradient of a function of each value: δ times the derivative, by x or by the output y."""
    formula, definitions = _derivative(layer)
    summary = "δ times the slope of the function, value by value."
    return Rule(summary, by_input(formula, node.input_shapes[0]), definitions=definitions)


def _derivative(layer: Elementwise) -> tuple[Expression, tuple[Definition, ...]]:
    s, t, u = Symbol("s", "s"), Symbol("t", "t"), Symbol("u", "u")
    sigmoid = Definition(s, Call("σ", X))
    match layer:
        case Relu():
            return Cases(((DELTA, above(Y, 0)),), ZERO), ()
        case Relu6():
            return Cases(((DELTA, between(0, Y, 6)),), ZERO), ()
        case LeakyRelu():
            return Cases(((DELTA, above(X, 0)),), Number(layer.slope) * DELTA), ()
        case Elu():
            return Cases(((DELTA, above(X, 0)),), Number(layer.alpha) * DELTA & Call("exp", X)), ()
        case Selu():
            scale, alpha = Symbol("λ", r"\lambda"), Symbol("α", r"\alpha")
            constants = (
                Definition(scale, Number(1.0507009873554805)),
                Definition(alpha, Number(1.6732632423543772)),
            )
            return Cases(((scale * DELTA, above(X, 0)),), scale * alpha * DELTA & Call("exp", X)), constants
        case Gelu(approximate="tanh"):
            root = Call("√", Number(2) / Symbol("π", r"\pi"))
            tanh = Definition(t, Call("tanh", root * (X + Number(0.044715) * X ** Number(3))))
            inner = Definition(u, root * (ONE + Number(0.134145) * X ** Number(2)))
            return (DELTA & (ONE + t + (X & (ONE - t ** Number(2)) & u))) / 2, (tanh, inner)
        case Gelu():
            return DELTA & (Call("Φ", X) + (X & Call("φ", X))), ()
        case Silu():
            return DELTA & s & (ONE + (X & (ONE - s))), (sigmoid,)
        case Sigmoid():
            return DELTA & Y & (ONE - Y), ()
        case HardSigmoid():
            return Cases(((DELTA / 6, between(-3, X, 3)),), ZERO), ()
        case HardSwish():
            middle = DELTA & (X / 3 + Number(1) / 2)
            return Cases(((ZERO, Comparison((X, Number(-3)), ("≤",))), (middle, between(-3, X, 3))), DELTA), ()
        case Tanh():
            return DELTA & (ONE - Y ** Number(2)), ()
        case Softplus():
            sharp = X if layer.beta == 1 else Number(layer.beta) * X
            return Cases(((DELTA, above(sharp, layer.threshold)),), DELTA & Call("σ", sharp)), ()
        case Mish():
            curve = Definition(t, Call("tanh", Call("softplus", X)))
            return DELTA & (t + (X & (ONE - t ** Number(2)) & Call("σ", X))), (curve,)


def learned_slope(layer: PRelu, node: ShapedNode) -> Rule:
    """The gradients of prelu, by its input and its slope."""
    formula = Cases(((DELTA, above(X, 0)),), SLOPE & DELTA)
    slope = Reduced("Σ", DELTA & Call("min", X, (0,)), ("places",) if layer.per_channel else ("channels", "places"))
    remark = "over the places of each channel" if layer.per_channel else "over all values"
    weight = Gradient(SLOPE, node.weights[0].shape, slope, (), remark)
    summary = "δ times the slope of the function, value by value; the slope a learns from negative values."
    return Rule(summary, by_input(formula, node.input_shapes[0]), (weight,))


def softmax(layer: Softmax | LogSoftmax, node: ShapedNode) -> Rule:
    """The gradients of softmax and its logarithm: their Jacobian times δ."""
    match layer:
        case Softmax():
            formula: Expression = Y & (DELTA - Reduced("Σ", DELTA & Y, ("channels",)))
            summary = "The Jacobian diag(y) − y yᵀ times δ: every output depends on every input of its place."
        case LogSoftmax():
            formula = DELTA - (Call("exp", Y) & Reduced("Σ", DELTA, ("channels",)))
            summary = "δ less its sum, shared out by the probabilities exp(y)."
    return Rule(summary, by_input(formula, node.input_shapes[0]), notes=("Σ goes over the channels.",))

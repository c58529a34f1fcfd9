"""How gradients pass through dense layers, and through what gives values another shape."""

from __future__ import annotations

from netspec.backends.explain.notation import Call, Transposed
from netspec.backends.explain.rules.rule import DELTA, B, Gradient, Rule, W, X, by_input
from netspec.ir import ShapedNode


def fully_connected(node: ShapedNode) -> Rule:
    """The gradients of W x + b."""
    kernel, *biases = node.weights
    weights = [Gradient(W, kernel.shape, DELTA @ Transposed(X))]
    weights += [Gradient(B, bias.shape, DELTA) for bias in biases]
    summary = "Each weight's gradient is the δ of its unit times the input that it weighed; Wᵀ carries δ back."
    return Rule(summary, by_input(Transposed(W) @ DELTA, node.input_shapes[0]), tuple(weights))


def reshaped(node: ShapedNode) -> Rule:
    """The gradient of what only changes the shape."""
    shape = node.input_shapes[0]
    return Rule("The same values in the shape of the input.", by_input(Call("reshape", DELTA, (shape,)), shape))

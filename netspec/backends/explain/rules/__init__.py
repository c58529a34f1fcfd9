"""The gradient rule of every layer, with its actual sizes and arguments: a file for each family."""

from __future__ import annotations

from netspec.backends.explain.rules import (
    activation,
    convolution,
    dense,
    merging,
    normalization,
    pooling,
    rearranging,
    regularization,
)
from netspec.backends.explain.rules.rule import DELTA, Definition, Gradient, Rule, by_input
from netspec.ir import ShapedNode
from netspec.layers import (
    AdaptiveAvgPool,
    AdaptiveMaxPool,
    Add,
    AvgPool,
    BatchNorm,
    Concat,
    Conv,
    ConvTranspose,
    Depthwise,
    Dropout,
    DropPath,
    Elu,
    Fc,
    Flatten,
    Gelu,
    GlobalAvgPool,
    GlobalMaxPool,
    GroupNorm,
    HardSigmoid,
    HardSwish,
    Identity,
    InstanceNorm,
    LayerNorm,
    LeakyRelu,
    LogSoftmax,
    Lrn,
    MaxPool,
    Mish,
    Mul,
    Pad,
    PixelShuffle,
    PRelu,
    Relu,
    Relu6,
    Reshape,
    Scale,
    Selu,
    Shuffle,
    Sigmoid,
    Silu,
    Slice,
    Softmax,
    Softplus,
    Tanh,
    Upsample,
)

__all__ = ["Definition", "Gradient", "Rule", "gradient_rule"]


def gradient_rule(node: ShapedNode) -> Rule:
    """How the gradients of a layer follow from δ, the gradient of the loss by its output."""
    layer = node.layer
    match layer:
        case Conv() | Depthwise():
            return convolution.convolution(layer, node)
        case ConvTranspose():
            return convolution.transposed(layer, node)
        case MaxPool() | AvgPool():
            return pooling.sliding(layer, node)
        case AdaptiveAvgPool() | AdaptiveMaxPool():
            return pooling.adaptive(layer, node)
        case GlobalAvgPool():
            return pooling.whole_mean(node)
        case GlobalMaxPool():
            return pooling.whole_maximum(node)
        case Fc():
            return dense.fully_connected(node)
        case Flatten() | Reshape():
            return dense.reshaped(node)
        case BatchNorm() | LayerNorm() | GroupNorm() | InstanceNorm():
            return normalization.standardized(layer, node)
        case Lrn():
            return normalization.local_response(layer, node)
        case (
            Relu()
            | Relu6()
            | LeakyRelu()
            | Elu()
            | Selu()
            | Gelu()
            | Silu()
            | Sigmoid()
            | HardSigmoid()
            | HardSwish()
            | Tanh()
            | Softplus()
            | Mish()
        ):
            return activation.elementwise(layer, node)
        case PRelu():
            return activation.learned_slope(layer, node)
        case Softmax() | LogSoftmax():
            return activation.softmax(layer, node)
        case Identity():
            return Rule("δ passes as it is.", by_input(DELTA, node.input_shapes[0]))
        case Dropout() | DropPath():
            return regularization.dropped(layer, node)
        case Add():
            return merging.added(node)
        case Mul():
            return merging.multiplied(node)
        case Concat():
            return merging.concatenated(node)
        case Pad():
            return rearranging.padded(layer, node)
        case Upsample():
            return rearranging.upsampled(layer, node)
        case PixelShuffle():
            return rearranging.pixels_shuffled(layer, node)
        case Shuffle():
            return rearranging.channels_shuffled(layer, node)
        case Slice():
            return rearranging.sliced(layer, node)
        case Scale():
            return rearranging.scaled(node)

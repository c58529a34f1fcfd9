"""Layers as calls of kernels: forward, backward, and the weights before training."""

from __future__ import annotations

import math
from typing import Literal, NamedTuple, TypeAlias

from netspec.backends.python.code import Brackets, call
from netspec.backends.python.values import collapsed, equal, literal
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
    Weight,
)

Form: TypeAlias = Literal["kernel", "merge", "random", "sum", "same"]
"""How a layer is written: by a kernel of one input or of several, one with a mask, as a sum, as its input."""

SUFFIX = "_backward"
"""What the name of a kernel for gradients ends in."""


class Call(NamedTuple):
    """A layer as a kernel and what it is called with, after the inputs: `arguments`, the weights, `options`.

    The kernel for gradients gets the same after the gradient, but if `reads` is "y" the layer's output in place of its
    input. `weighted`: that kernel returns the gradients of the weights too. `moded`: both are told whether the network
    is in training.
    """

    kernel: str
    arguments: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    form: Form = "kernel"
    reads: Literal["x", "y"] = "x"
    weighted: bool = False
    moded: bool = False

    @property
    def kernels(self) -> tuple[str, ...]:
        """The functions that the calls need, forward and backward."""
        match self.form:
            case "sum" | "same":
                return ()
            case "random":
                return (self.kernel, f"{self.kernel}_mask", self.kernel + SUFFIX)
            case "kernel" | "merge":
                return (self.kernel, self.kernel + SUFFIX)


def call_of(node: ShapedNode) -> Call:
    """How the layer of a node is written."""
    layer = node.layer
    match layer:
        case Conv() | Depthwise():
            groups = layer.groups if isinstance(layer, Conv) else node.input_shapes[0][0]
            return Call(
                "conv",
                options=_options(
                    stride=(layer.stride, 1),
                    padding=(layer.padding, 0),
                    dilation=(layer.dilation, 1),
                    groups=(groups, 1),
                ),
                weighted=True,
            )
        case ConvTranspose():
            options = _options(
                stride=(layer.stride, 1),
                padding=(layer.padding, 0),
                output_padding=(layer.output_padding, 0),
                dilation=(layer.dilation, 1),
                groups=(layer.groups, 1),
            )
            return Call("convtranspose", options=options, weighted=True)
        case MaxPool():
            options = _options(
                stride=(layer.stride, layer.kernel),
                padding=(layer.padding, 0),
                dilation=(layer.dilation, 1),
                ceil=(layer.ceil, False),
            )
            return Call("maxpool", _arguments(layer.kernel), options)
        case AvgPool():
            options = _options(
                stride=(layer.stride, layer.kernel),
                padding=(layer.padding, 0),
                ceil=(layer.ceil, False),
                include_padding=(layer.include_padding, True),
            )
            return Call("avgpool", _arguments(layer.kernel), options)
        case AdaptiveAvgPool() | AdaptiveMaxPool():
            return Call(layer.kind, _arguments(layer.size))
        case Reshape():
            return Call("reshape", (repr(layer.shape),))
        case BatchNorm():
            absent = () if layer.affine else ("None", "None")
            options = _options(eps=(layer.eps, 1e-5), momentum=(layer.momentum, 0.1))
            return Call("batchnorm", absent, options, weighted=True, moded=True)
        case LayerNorm() | InstanceNorm():
            return Call(layer.kind, options=_options(eps=(layer.eps, 1e-5)), weighted=True)
        case GroupNorm():
            return Call("groupnorm", _arguments(layer.groups), _options(eps=(layer.eps, 1e-5)), weighted=True)
        case Lrn():
            options = _options(alpha=(layer.alpha, 1e-4), beta=(layer.beta, 0.75), k=(layer.k, 1.0))
            return Call("lrn", _arguments(layer.size), options)
        case LeakyRelu():
            return Call("leakyrelu", options=_options(slope=(layer.slope, 0.01)))
        case Elu():
            return Call("elu", options=_options(alpha=(layer.alpha, 1.0)))
        case Gelu():
            return Call("gelu", options=_options(approximate=(layer.approximate, "none")))
        case Softplus():
            return Call("softplus", options=_options(beta=(layer.beta, 1.0), threshold=(layer.threshold, 20.0)))
        case Relu() | Relu6() | Sigmoid() | Tanh() | Softmax() | LogSoftmax():
            return Call(layer.kind, reads="y")
        case Fc() | PRelu() | Scale():
            return Call(layer.kind, weighted=True)
        case Flatten() | GlobalAvgPool() | GlobalMaxPool() | Selu() | Silu() | HardSigmoid() | HardSwish() | Mish():
            return Call(layer.kind)
        case Identity():
            return Call("identity", form="same")
        case Dropout() | DropPath():
            return Call(layer.kind, _arguments(layer.p), form="random")
        case Add():
            return Call("add", form="sum")
        case Mul() | Concat():
            return Call(layer.kind, form="merge")
        case Pad():
            options = _options(after=(layer.after, layer.before), mode=(layer.mode, "zeros"))
            return Call("pad", _arguments(layer.before), options)
        case Upsample():
            options = _options(mode=(layer.mode, "nearest"), align_corners=(layer.align_corners, False))
            return Call("upsample", _arguments(layer.scale), options)
        case PixelShuffle():
            return Call("pixelshuffle", _arguments(layer.factor))
        case Shuffle():
            return Call("shuffle", _arguments(layer.groups))
        case Slice():
            return Call("slice_channels", _arguments(layer.start, layer.stop))


def initial_of(node: ShapedNode, weight: Weight) -> Brackets:
    """What a weight of a node is before training, as PyTorch has it."""
    shape = repr(weight.shape)
    match node.layer, weight.name:
        case Conv() | Depthwise() | ConvTranspose() | Fc(), _:
            return call("uniform", shape, f"fan_in={math.prod(node.weights[0].shape[1:])}")
        case PRelu() | Scale(), _:
            return call("constant", shape, literal(node.layer.init))
        case _, "num_batches_tracked":
            return call("counter")
        case _, name:
            return call("constant", shape, "1" if name in ("weight", "running_var") else "0")


def _arguments(*values: object) -> tuple[str, ...]:
    return tuple(literal(collapsed(value)) for value in values)


def _options(**given: tuple[object, object]) -> tuple[str, ...]:
    """Options by name, each with its value and the kernel's default, which is left out."""
    pairs = ((name, collapsed(value), collapsed(default)) for name, (value, default) in given.items())
    return tuple(f"{name}={literal(value)}" for name, value, default in pairs if not equal(value, default))

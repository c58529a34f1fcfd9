"""The layers of the language: one file for each family, and the closed union of them all."""

from typing import TypeAlias, get_args

from netspec.layers.activation import (
    Elu,
    Gelu,
    HardSigmoid,
    HardSwish,
    Identity,
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
from netspec.layers.base import Facts, Family, Layer, Misfit, Need, Unary, Weight, arguments, facts, signature
from netspec.layers.convolution import Conv, ConvTranspose, Depthwise
from netspec.layers.dense import Fc, Flatten, Reshape
from netspec.layers.merging import Add, Concat, Merge, Mul
from netspec.layers.normalization import BatchNorm, GroupNorm, InstanceNorm, LayerNorm, Lrn
from netspec.layers.pooling import AdaptiveAvgPool, AdaptiveMaxPool, AvgPool, GlobalAvgPool, GlobalMaxPool, MaxPool
from netspec.layers.reach import Reach
from netspec.layers.rearranging import Pad, PixelShuffle, Scale, Shuffle, Slice, Upsample
from netspec.layers.regularization import Dropout, DropPath

AnyLayer: TypeAlias = (
    # convolution
    Conv
    | Depthwise
    | ConvTranspose
    # pooling
    | MaxPool
    | AvgPool
    | AdaptiveAvgPool
    | AdaptiveMaxPool
    | GlobalAvgPool
    | GlobalMaxPool
    # dense
    | Fc
    | Flatten
    | Reshape
    # normalisation
    | BatchNorm
    | LayerNorm
    | GroupNorm
    | InstanceNorm
    | Lrn
    # activation
    | Relu
    | Relu6
    | LeakyRelu
    | PRelu
    | Elu
    | Selu
    | Gelu
    | Silu
    | Sigmoid
    | HardSigmoid
    | HardSwish
    | Tanh
    | Softplus
    | Mish
    | Softmax
    | LogSoftmax
    | Identity
    # regularisation
    | Dropout
    | DropPath
    # merging
    | Add
    | Mul
    | Concat
    # rearranging
    | Pad
    | Upsample
    | PixelShuffle
    | Shuffle
    | Slice
    | Scale
)
"""The closed union: a ``match`` over it without ``case _`` is checked to name every layer."""

LAYERS: dict[str, type[AnyLayer]] = {layer.model_fields["kind"].default: layer for layer in get_args(AnyLayer)}
"""Every layer by its name in the language, family by family."""

__all__ = [
    "LAYERS",
    "AdaptiveAvgPool",
    "AdaptiveMaxPool",
    "Add",
    "AnyLayer",
    "AvgPool",
    "BatchNorm",
    "Concat",
    "Conv",
    "ConvTranspose",
    "Depthwise",
    "DropPath",
    "Dropout",
    "Elu",
    "Facts",
    "Family",
    "Fc",
    "Flatten",
    "Gelu",
    "GlobalAvgPool",
    "GlobalMaxPool",
    "GroupNorm",
    "HardSigmoid",
    "HardSwish",
    "Identity",
    "InstanceNorm",
    "Layer",
    "LayerNorm",
    "LeakyRelu",
    "LogSoftmax",
    "Lrn",
    "MaxPool",
    "Merge",
    "Misfit",
    "Mish",
    "Mul",
    "Need",
    "PRelu",
    "Pad",
    "PixelShuffle",
    "Reach",
    "Relu",
    "Relu6",
    "Reshape",
    "Scale",
    "Selu",
    "Shuffle",
    "Sigmoid",
    "Silu",
    "Slice",
    "Softmax",
    "Softplus",
    "Tanh",
    "Unary",
    "Upsample",
    "Weight",
    "arguments",
    "facts",
    "signature",
]

"""The torch module that each layer of the language stands for, written by hand and independent of the backends."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from netspec.layers import (
    AdaptiveAvgPool,
    AdaptiveMaxPool,
    Add,
    AnyLayer,
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

Dimensions = tuple[int, ...]

OneForEachRank = tuple[Callable[..., nn.Module], ...]

CONVOLUTIONS: OneForEachRank = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
TRANSPOSED: OneForEachRank = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)
MAX_POOLS: OneForEachRank = (nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d)
AVG_POOLS: OneForEachRank = (nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d)
ADAPTIVE_AVG_POOLS: OneForEachRank = (nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d, nn.AdaptiveAvgPool3d)
ADAPTIVE_MAX_POOLS: OneForEachRank = (nn.AdaptiveMaxPool1d, nn.AdaptiveMaxPool2d, nn.AdaptiveMaxPool3d)
BATCH_NORMS: OneForEachRank = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)
INSTANCE_NORMS: OneForEachRank = (nn.InstanceNorm1d, nn.InstanceNorm2d, nn.InstanceNorm3d)
PADS: dict[str, OneForEachRank] = {
    "zeros": (nn.ZeroPad1d, nn.ZeroPad2d, nn.ZeroPad3d),
    "reflect": (nn.ReflectionPad1d, nn.ReflectionPad2d, nn.ReflectionPad3d),
    "replicate": (nn.ReplicationPad1d, nn.ReplicationPad2d, nn.ReplicationPad3d),
    "circular": (nn.CircularPad1d, nn.CircularPad2d, nn.CircularPad3d),
}


class RefusedByDesign(Exception):
    """The language refuses what torch takes to mean something else, or has no module for."""


class Apply(nn.Module):
    """A function as a module without weights."""

    def __init__(self, function: Callable[..., Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, *inputs: Tensor) -> Tensor:
        return self.function(*inputs)


class ChannelLayerNorm(nn.LayerNorm):
    """torch's layer normalisation of the channels of channels-first maps."""

    def forward(self, input: Tensor) -> Tensor:
        return super().forward(input.movedim(1, -1)).movedim(-1, 1)


class ChannelScale(nn.Module):
    """A learned factor for each channel."""

    def __init__(self, channels: int, init: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.full((channels,), init))

    def forward(self, input: Tensor) -> Tensor:
        return input * self.weight.view(-1, *(1,) * (input.dim() - 2))


def torch_module(layer: AnyLayer, shapes: tuple[Dimensions, ...]) -> nn.Module:
    """The module, which takes a batch of each input. Raises what torch raises, or :class:`RefusedByDesign`."""
    shape = shapes[0]
    channels, rank = shape[0], len(shape) - 1
    match layer:
        case Conv():
            return _convolution(layer, shape, layer.filters, layer.groups)
        case Depthwise():
            return _convolution(layer, shape, channels * layer.multiplier, channels)
        case ConvTranspose():
            return TRANSPOSED[_axes(rank)](
                channels,
                layer.filters,
                _spread(layer.kernel, rank),
                stride=_spread(layer.stride, rank),
                padding=_spread(layer.padding, rank),
                output_padding=_spread(layer.output_padding, rank),
                groups=layer.groups,
                bias=layer.bias,
                dilation=_spread(layer.dilation, rank),
            )
        case MaxPool():
            return MAX_POOLS[_axes(rank)](
                _spread(layer.kernel, rank),
                _spread(layer.stride, rank),
                _spread(layer.padding, rank),
                _spread(layer.dilation, rank),
                ceil_mode=layer.ceil,
            )
        case AvgPool():
            window = _spread(layer.kernel, rank), _spread(layer.stride, rank), _spread(layer.padding, rank)
            return AVG_POOLS[_axes(rank)](*window, ceil_mode=layer.ceil, count_include_pad=layer.include_padding)
        case AdaptiveAvgPool():
            return ADAPTIVE_AVG_POOLS[_axes(rank)](_spread(layer.size, rank))
        case AdaptiveMaxPool():
            return ADAPTIVE_MAX_POOLS[_axes(rank)](_spread(layer.size, rank))
        case GlobalAvgPool():
            return ADAPTIVE_AVG_POOLS[_axes(rank)](1)
        case GlobalMaxPool():
            return ADAPTIVE_MAX_POOLS[_axes(rank)](1)
        case Fc():
            if rank:
                raise RefusedByDesign("Linear would act on the last axis alone")
            return nn.Linear(channels, layer.units, bias=layer.bias)
        case Flatten():
            return nn.Flatten()
        case Reshape():
            if len(layer.shape) > 4:
                raise RefusedByDesign("feature maps have at most three axes")
            return Apply(lambda x: x.reshape(x.shape[0], *layer.shape))
        case BatchNorm():
            return BATCH_NORMS[max(rank, 1) - 1](channels, layer.eps, layer.momentum, layer.affine)
        case LayerNorm():
            return ChannelLayerNorm(channels, layer.eps, layer.affine)
        case GroupNorm():
            return nn.GroupNorm(layer.groups, channels, layer.eps, layer.affine)
        case InstanceNorm():
            return INSTANCE_NORMS[_axes(rank)](channels, layer.eps, affine=layer.affine)
        case Lrn():
            return nn.LocalResponseNorm(layer.size, layer.alpha, layer.beta, layer.k)
        case Relu():
            return nn.ReLU()
        case Relu6():
            return nn.ReLU6()
        case LeakyRelu():
            return nn.LeakyReLU(layer.slope)
        case PRelu():
            return nn.PReLU(channels if layer.per_channel else 1, layer.init)
        case Elu():
            return nn.ELU(layer.alpha)
        case Selu():
            return nn.SELU()
        case Gelu():
            return nn.GELU(layer.approximate)
        case Silu():
            return nn.SiLU()
        case Sigmoid():
            return nn.Sigmoid()
        case HardSigmoid():
            return nn.Hardsigmoid()
        case HardSwish():
            return nn.Hardswish()
        case Tanh():
            return nn.Tanh()
        case Softplus():
            return nn.Softplus(layer.beta, layer.threshold)
        case Mish():
            return nn.Mish()
        case Softmax():
            return nn.Softmax(dim=1)
        case LogSoftmax():
            return nn.LogSoftmax(dim=1)
        case Identity():
            return nn.Identity()
        case Dropout():
            return nn.Dropout(layer.p)
        case DropPath():
            survival = 1 - layer.p
            keep = torch.bernoulli(torch.full((2, *(1,) * len(shape)), survival))
            return Apply(lambda x: x * (keep / survival if survival else keep))
        case Add():
            return Apply(_strictly_add)
        case Mul():
            return Apply(_strictly_multiply)
        case Concat():
            return Apply(lambda *inputs: torch.cat(inputs, dim=1))
        case Pad():
            before, after = _spread(layer.before, rank), _spread(layer.after, rank)
            if not len(before) == len(after) == rank:
                raise RefusedByDesign("torch would pad the channels too, or not every axis")
            return PADS[layer.mode][_axes(rank)](_margins(before, after))
        case Upsample():
            aligned = layer.align_corners if layer.mode != "nearest" or layer.align_corners else None
            factors = tuple(float(scale) for scale in _spread(layer.scale, rank))
            return nn.Upsample(scale_factor=factors, mode=layer.mode, align_corners=aligned)
        case PixelShuffle():
            if rank != 2:
                raise RefusedByDesign("PixelShuffle always takes the last three axes for channels, rows and columns")
            return nn.PixelShuffle(layer.factor)
        case Shuffle():
            return nn.ChannelShuffle(layer.groups)
        case Slice():
            return Apply(lambda x: x.narrow(1, layer.start, layer.stop - layer.start))
        case Scale():
            return ChannelScale(channels, layer.init)


def _convolution(layer: Conv | Depthwise, shape: Dimensions, filters: int, groups: int) -> nn.Module:
    rank = len(shape) - 1
    kernel, stride, dilation = (_spread(value, rank) for value in (layer.kernel, layer.stride, layer.dilation))
    module = CONVOLUTIONS[_axes(rank)](
        shape[0],
        filters,
        kernel,
        stride=stride,
        padding=0 if layer.padding == "same" else _spread(layer.padding, rank),
        dilation=dilation,
        groups=groups,
        bias=layer.bias,
    )
    if layer.padding == "same":
        # TensorFlow's rule, which torch has for stride 1 alone. Source: TensorFlow, tf.nn, notes on padding.
        before, after = [], []
        for size, k, s, d in zip(shape[1:], kernel, stride, dilation, strict=True):
            span = (k - 1) * d + 1
            total = max(span - (size % s or s), 0)
            before.append(total // 2)
            after.append(total - total // 2)
        margins = _margins(tuple(before), tuple(after))
        module.register_forward_pre_hook(lambda _, inputs: (F.pad(inputs[0], margins),))
    return module


def _axes(rank: int) -> int:
    """The place of a module in the tables above, which begin with one spatial axis."""
    if rank == 0:
        raise RefusedByDesign("spatial layers refuse vectors, which torch would take for a map without a batch")
    return rank - 1


def _spread(value: Dimensions, rank: int) -> Dimensions:
    """One number for each axis; a tuple of the wrong length is left for torch to refuse."""
    return value * rank if len(value) == 1 else value


def _margins(before: Dimensions, after: Dimensions) -> Dimensions:
    """Paddings in torch's order: the last axis first."""
    axes = reversed(list(zip(before, after, strict=True)))
    return tuple(margin for pair in axes for margin in pair)


def _strictly_add(first: Tensor, *others: Tensor) -> Tensor:
    for other in others:
        if other.shape != first.shape:
            raise RefusedByDesign("torch would broadcast")
        first = first + other
    return first


def _strictly_multiply(*inputs: Tensor) -> Tensor:
    whole = max(inputs, key=lambda x: x.numel())
    result = torch.ones_like(whole)
    for factor in inputs:
        if factor.shape not in (whole.shape, (*whole.shape[:2], *(1,) * (whole.dim() - 2))):
            raise RefusedByDesign("torch would broadcast")
        result = result * factor
    return result

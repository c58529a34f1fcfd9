"""Layers as PyTorch writes them: the module and its arguments, and where each argument comes from."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

from netspec.backends.python.values import Value, collapsed, equal
from netspec.backends.torch.expressions import Channels, Expression, Given, operation
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
from netspec.sizes import Shape, product

IN = Channels()

Form: TypeAlias = Literal["module", "add", "mul", "concat", "flatten", "reshape", "slice"]
"""What a layer is in ``forward``: the call of a module, or an expression of its own."""


class Slot(NamedTuple):
    """An argument of a module's constructor.

    `rule` tells where the value comes from: the channels of the input, an argument of the spec, or (None) this layer
    alone. `positional` ones are written without the name. `omitted`: PyTorch's default says the same.
    """

    name: str
    value: Value
    rule: Expression = None
    positional: bool = False
    omitted: bool = False


class TorchLayer(NamedTuple):
    """A layer in PyTorch: ``nn.Conv2d`` and its arguments, or one of :data:`helpers.HELPERS`.

    `channels` is the rule for the channels of its output.
    """

    form: Form
    target: str
    slots: tuple[Slot, ...] = ()
    channels: Expression = IN


_SQUASHED = {
    "relu": "ReLU",
    "relu6": "ReLU6",
    "selu": "SELU",
    "silu": "SiLU",
    "sigmoid": "Sigmoid",
    "hardsigmoid": "Hardsigmoid",
    "hardswish": "Hardswish",
    "tanh": "Tanh",
    "mish": "Mish",
    "identity": "Identity",
}


def torch_layer(node: ShapedNode) -> TorchLayer:
    """The layer of a node in PyTorch."""
    layer = node.layer
    shape = node.input_shapes[0]
    rank = len(shape) - 1
    channels = shape[0] if isinstance(shape[0], int) else None
    match layer:
        case Conv():
            return _convolution(layer, rank, channels, layer.filters, Given("filters"), layer.groups, Given("groups"))
        case Depthwise():
            filters = operation("*", IN, Given("multiplier"))
            return _convolution(layer, rank, channels, layer.multiplier * (channels or 1), filters, channels, IN)
        case ConvTranspose():
            return _module(
                f"nn.ConvTranspose{rank}d",
                _positional("in_channels", channels, IN),
                _positional("out_channels", layer.filters, Given("filters")),
                _given("kernel_size", layer.kernel, "kernel"),
                _given("stride", layer.stride, "stride", default=1),
                _given("padding", layer.padding, "padding", default=0),
                _given("output_padding", layer.output_padding, "output_padding", default=0),
                _given("groups", layer.groups, "groups", default=1),
                _given("bias", layer.bias, "bias", default=True),
                _given("dilation", layer.dilation, "dilation", default=1),
                channels=Given("filters"),
            )
        case MaxPool():
            return _module(
                f"nn.MaxPool{rank}d",
                *_window(layer),
                _given("dilation", layer.dilation, "dilation", default=1),
                _given("ceil_mode", layer.ceil, "ceil", default=False),
            )
        case AvgPool():
            return _module(
                f"nn.AvgPool{rank}d",
                *_window(layer),
                _given("ceil_mode", layer.ceil, "ceil", default=False),
                _given("count_include_pad", layer.include_padding, "include_padding", default=True),
            )
        case AdaptiveAvgPool():
            return TorchLayer("module", f"nn.AdaptiveAvgPool{rank}d", (_size(layer.size),))
        case AdaptiveMaxPool():
            return TorchLayer("module", f"nn.AdaptiveMaxPool{rank}d", (_size(layer.size),))
        case GlobalAvgPool():
            return TorchLayer("module", f"nn.AdaptiveAvgPool{rank}d", (_positional("output_size", 1),))
        case GlobalMaxPool():
            return TorchLayer("module", f"nn.AdaptiveMaxPool{rank}d", (_positional("output_size", 1),))
        case Fc():
            return _module(
                "nn.Linear",
                _positional("in_features", channels, IN),
                _positional("out_features", layer.units, Given("units")),
                _given("bias", layer.bias, "bias", default=True),
                channels=Given("units"),
            )
        case Flatten():
            positions = product(*shape[1:])
            factor = positions if isinstance(positions, int) else None
            return TorchLayer("flatten", "nn.Flatten", channels=None if factor is None else operation("*", IN, factor))
        case Reshape():
            return _reshape(layer, shape)
        case BatchNorm():
            return _module(
                f"nn.BatchNorm{max(rank, 1)}d",
                _positional("num_features", channels, IN),
                _given("eps", layer.eps, "eps", default=1e-5),
                _given("momentum", layer.momentum, "momentum", default=0.1),
                _given("affine", layer.affine, "affine", default=True),
            )
        case LayerNorm():
            eps = _given("eps", layer.eps, "eps", default=1e-5)
            if channels is None:
                return TorchLayer("module", "FeatureNorm", (eps,))
            return _module(
                "ChannelLayerNorm" if rank else "nn.LayerNorm",
                _positional("normalized_shape", channels, IN),
                eps,
                _given("elementwise_affine", layer.affine, "affine", default=True),
            )
        case GroupNorm():
            return _module(
                "nn.GroupNorm",
                _positional("num_groups", layer.groups, Given("groups")),
                _positional("num_channels", channels, IN),
                _given("eps", layer.eps, "eps", default=1e-5),
                _given("affine", layer.affine, "affine", default=True),
            )
        case InstanceNorm():
            return _module(
                f"nn.InstanceNorm{rank}d",
                _positional("num_features", channels, IN),
                _given("eps", layer.eps, "eps", default=1e-5),
                _given("affine", layer.affine, "affine", default=False),
            )
        case Lrn():
            return _module(
                "nn.LocalResponseNorm",
                _given("size", layer.size, "size"),
                _given("alpha", layer.alpha, "alpha", default=1e-4),
                _given("beta", layer.beta, "beta", default=0.75),
                _given("k", layer.k, "k", default=1.0),
            )
        case LeakyRelu():
            return TorchLayer("module", "nn.LeakyReLU", (_given("negative_slope", layer.slope, "slope", default=0.01),))
        case PRelu():
            parameters = _slot("num_parameters", channels, IN) if layer.per_channel else None
            init = _given("init", layer.init, "init", default=0.25)
            return TorchLayer("module", "nn.PReLU", (parameters, init) if parameters else (init,))
        case Elu():
            return TorchLayer("module", "nn.ELU", (_given("alpha", layer.alpha, "alpha", default=1.0),))
        case Gelu():
            return TorchLayer(
                "module", "nn.GELU", (_given("approximate", layer.approximate, "approximate", default="none"),)
            )
        case Softplus():
            return _module(
                "nn.Softplus",
                _given("beta", layer.beta, "beta", default=1.0),
                _given("threshold", layer.threshold, "threshold", default=20.0),
            )
        case Softmax():
            return TorchLayer("module", "nn.Softmax", (_slot("dim", 1),))
        case LogSoftmax():
            return TorchLayer("module", "nn.LogSoftmax", (_slot("dim", 1),))
        case (
            Relu() | Relu6() | Selu() | Silu() | Sigmoid() | HardSigmoid() | HardSwish() | Tanh() | Mish() | Identity()
        ):
            return TorchLayer("module", f"nn.{_SQUASHED[layer.kind]}")
        case Dropout():
            return TorchLayer("module", "nn.Dropout", (_given("p", layer.p, "p", default=0.5),))
        case DropPath():
            return TorchLayer("module", "DropPath", (_given("p", layer.p, "p"),))
        case Add():
            return TorchLayer("add", "")
        case Mul():
            return TorchLayer("mul", "")
        case Concat():
            inputs = tuple(Channels(place) for place in range(len(node.inputs)))
            return TorchLayer("concat", "", channels=operation("+", *inputs))
        case Pad():
            return _padding(layer, rank)
        case Upsample():
            return _module(
                "nn.Upsample",
                _given("scale_factor", layer.scale, "scale"),
                _given("mode", layer.mode, "mode", default="nearest"),
                _given("align_corners", layer.align_corners, "align_corners", default=False),
            )
        case PixelShuffle():
            factor_squared = operation("*", Given("factor"), Given("factor"))
            return _module(
                "nn.PixelShuffle",
                *(_given("upscale_factor", layer.factor, "factor"),),
                channels=operation("//", IN, factor_squared),
            )
        case Shuffle():
            return TorchLayer("module", "nn.ChannelShuffle", (_given("groups", layer.groups, "groups"),))
        case Slice():
            slots = (
                _positional("start", layer.start, Given("start")),
                _positional("stop", layer.stop, Given("stop")),
            )
            return TorchLayer("slice", "Slice", slots, operation("-", Given("stop"), Given("start")))
        case Scale():
            return _module(
                "Scale", *(_positional("channels", channels, IN), _given("init", layer.init, "init", default=1.0))
            )


def _slot(name: str, value: object, rule: Expression = None, default: Value = None) -> Slot:
    single = collapsed(value)
    return Slot(name, single, rule, omitted=default is not None and equal(single, default))


def _given(name: str, value: object, argument: str, default: Value = None) -> Slot:
    """An argument that PyTorch calls `name`, and the language `argument`."""
    return _slot(name, value, Given(argument), default)


def _positional(name: str, value: Value, rule: Expression = None) -> Slot:
    return Slot(name, value, rule, positional=True)


def _size(size: tuple[int, ...]) -> Slot:
    return Slot("output_size", collapsed(size), Given("size"), positional=True)


def _convolution(
    layer: Conv | Depthwise,
    rank: int,
    channels: int | None,
    filters: int,
    filters_rule: Expression,
    groups: int | None,
    groups_rule: Expression,
) -> TorchLayer:
    same = layer.padding == "same"
    strided = same and set(layer.stride) != {1}
    slots = [
        _positional("in_channels", channels, IN),
        _positional("out_channels", filters, filters_rule),
        _given("kernel_size", layer.kernel, "kernel"),
        _given("stride", layer.stride, "stride", default=1),
        _given("padding", layer.padding, "padding", default=0),
        _given("dilation", layer.dilation, "dilation", default=1),
        _slot("groups", groups, groups_rule, default=1),
        _given("bias", layer.bias, "bias", default=True),
    ]
    if strided:
        slots = [slot for slot in slots if slot.name != "padding"]
    return TorchLayer("module", f"Conv{rank}dSame" if strided else f"nn.Conv{rank}d", tuple(slots), filters_rule)


def _window(layer: MaxPool | AvgPool) -> tuple[Slot, ...]:
    kernel = _given("kernel_size", layer.kernel, "kernel")
    stride = _given("stride", layer.stride, "stride", default=kernel.value)
    return kernel, stride, _given("padding", layer.padding, "padding", default=0)


def _reshape(layer: Reshape, shape: Shape) -> TorchLayer:
    if len(shape) == 1 and len(layer.shape) > 1:
        unflattened = (_positional("dim", 1), _positional("unflattened_size", layer.shape))
        return TorchLayer("reshape", "nn.Unflatten", unflattened, layer.shape[0])
    sizes = tuple(_positional(f"size{axis}", size) for axis, size in enumerate(layer.shape))
    return TorchLayer("reshape", "Reshape", sizes, layer.shape[0])


_PADDINGS = {"zeros": "ZeroPad", "reflect": "ReflectionPad", "replicate": "ReplicationPad", "circular": "CircularPad"}


def _padding(layer: Pad, rank: int) -> TorchLayer:
    # PyTorch lists both ends of the last axis first.
    ends = [end for pair in zip(reversed(layer.before), reversed(layer.after), strict=True) for end in pair]
    symmetric = len(set(ends)) == 1
    rule = Given("before") if symmetric else None
    return TorchLayer(
        "module", f"nn.{_PADDINGS[layer.mode]}{rank}d", (Slot("padding", collapsed(tuple(ends)), rule, True),)
    )


def _module(target: str, *slots: Slot, channels: Expression = IN) -> TorchLayer:
    return TorchLayer("module", target, slots, channels)

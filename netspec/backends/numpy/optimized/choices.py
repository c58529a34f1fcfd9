"""How each group of layers is computed, and why: one `match` over the closed union of layers."""

from __future__ import annotations

from netspec.backends.numpy.calls import call_of
from netspec.backends.numpy.optimized.endings import (
    activation_code,
    activation_kernel,
    computed,
    differing,
    filters_code,
)
from netspec.backends.numpy.optimized.grouping import Group, is_activation
from netspec.backends.numpy.optimized.program import Code
from netspec.backends.numpy.optimized.sliding import FILTERS, convolution, transposed
from netspec.backends.numpy.optimized.tasks import Compute, Join, Place, Readable, Reading, Same, Task, Together
from netspec.backends.python.values import collapsed
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
from netspec.layers.arguments import value_text


def chosen(group: Group) -> Task:
    """The task that computes a group."""
    node = group.main
    layer, shape, first = node.layer, node.input_shapes[0], node.inputs[0]
    moved = (Reading(first), Place.OUTPUT)
    match layer:
        case Conv() | Depthwise():
            return convolution(group, layer)
        case ConvTranspose():
            return transposed(group, layer)
        case Fc():
            reason = f"{shape[0]} features times {node.output[0]} units"
            if group.batchnorm is None:
                reason += ", the weights as they are"
            return computed(group, "linear", "product", reason, *moved, filters_code(group), needs=FILTERS)
        case MaxPool():
            window = (collapsed(layer.kernel), collapsed(layer.stride))
            options = differing(padding=(layer.padding, 0), dilation=(layer.dilation, 1))
            reason = _slices(layer.kernel, "compared")
            return computed(group, "sliced_maxpool", "slices", reason, *moved, *window, options=options)
        case AvgPool():
            window = (collapsed(layer.kernel), collapsed(layer.stride))
            options = differing(padding=(layer.padding, 0), include_padding=(layer.include_padding, True))
            reason = _slices(layer.kernel, "added")
            return computed(group, "sliced_avgpool", "slices", reason, *moved, *window, options=options)
        case AdaptiveAvgPool() | AdaptiveMaxPool():
            return _adaptive(group, layer)
        case GlobalAvgPool() | GlobalMaxPool():
            maximum = isinstance(layer, GlobalMaxPool)
            return computed(group, "global_pool", "reduction", "the whole map at once", *moved, maximum)
        case Flatten():
            if len(shape) == 1:
                return _same(group, "a vector already")
            return computed(group, "flatten_into", "copy", "channels first, as a dense layer's weights are", *moved)
        case BatchNorm():
            reason = "a factor and a constant for each channel; no convolution before it to take them"
            return computed(group, "normalize_batch", "by pieces", reason, *moved, node.name, layer.eps, over=first)
        case LayerNorm():
            weights = [Code(f'p.weights["{node.name}.{name}"]') for name in ("weight", "bias")]
            arguments = (*(weights if layer.affine else (None, None)), layer.eps)
            reason = "the channels of a place, which lie side by side"
            return computed(group, "normalize_channels", "by pieces", reason, *moved, *arguments, over=first)
        case Scale():
            weight = Code(f'p.weights["{node.name}.weight"]')
            return computed(
                group, "scale_channels", "by pieces", "a factor for each channel", *moved, weight, over=first
            )
        case Add() | Mul():
            return _merge(group, Code("np.add" if isinstance(layer, Add) else "np.multiply"))
        case Concat():
            return Join(group.layers, group.value, node.inputs)
        case Relu() | Relu6() | LeakyRelu() | Sigmoid() | Silu() | HardSigmoid() | HardSwish() | Tanh():
            return _activation(group)
        case Gelu() if is_activation(layer):
            return _activation(group)
        case Identity():
            return _same(group, "the value itself")
        case Dropout() | DropPath():
            return _same(group, "drops nothing outside training")
        case Slice():
            reason = "a view of its channels"
            return Same(group.layers, group.value, first, channels=(layer.start, layer.stop), reason=reason)
        case Pad() if layer.mode == "zeros":
            reason = "zeros that are there already, around what it reads"
            return Same(group.layers, group.value, first, layer.before, layer.after, reason=reason)
        case Upsample() if layer.mode == "nearest":
            reason = f"each value {value_text(layer.scale)} times"
            return computed(group, "repeat_nearest", "copy", reason, *moved, collapsed(layer.scale))
        case PixelShuffle():
            return computed(group, "spread_channels", "copy", "channels laid out in space", *moved, layer.factor)
        case Shuffle():
            return computed(group, "interleave_channels", "copy", "channels in another order", *moved, layer.groups)
        case (
            GroupNorm()
            | InstanceNorm()
            | Lrn()
            | PRelu()
            | Elu()
            | Selu()
            | Gelu()
            | Softplus()
            | Mish()
            | Softmax()
            | LogSoftmax()
            | Reshape()
            | Pad()
            | Upsample()
        ):
            return _readable(group)


def _activation(group: Group) -> Compute:
    node = group.main
    return computed(
        group,
        "activate",
        "by pieces",
        "nothing before it that could end with it",
        Reading(node.inputs[0]),
        Place.OUTPUT,
        activation_code(node),
        over=node.inputs[0],
        needs=frozenset({activation_kernel(node)}),
    )


def _slices(kernel: tuple[int, ...], verb: str) -> str:
    return f"{value_text(kernel)}: a slice for each position in the window, {verb}"


def _same(group: Group, reason: str) -> Same:
    return Same(group.layers, group.value, group.main.inputs[0], reason=reason)


def _adaptive(group: Group, layer: AdaptiveAvgPool | AdaptiveMaxPool) -> Task:
    """Windows of one size where the output's divides the input's."""
    sizes = group.main.input_shapes[0][1:]
    whole = [size for size in sizes if isinstance(size, int)]
    if len(whole) < len(sizes) or any(size % out for size, out in zip(whole, layer.size, strict=True)):
        return _readable(group)
    kernel = tuple(size // out for size, out in zip(whole, layer.size, strict=True))
    if set(kernel) == {1}:
        return _same(group, "as large as its input already")
    window = collapsed(kernel)
    name, verb = ("maxpool", "compared") if isinstance(layer, AdaptiveMaxPool) else ("avgpool", "added")
    operands = (Reading(group.main.inputs[0]), Place.OUTPUT, window, window)
    return computed(group, f"sliced_{name}", "slices", _slices(kernel, verb), *operands)


def _merge(group: Group, operation: Code) -> Compute:
    """A sum or product, in place of an operand if possible."""
    node = group.main
    whole = [name for name, shape in zip(node.inputs, node.input_shapes, strict=True) if shape == node.output]
    values = Together(tuple(Reading(name) for name in node.inputs))
    over = next(iter(whole), None)
    return computed(
        group, "merge", "by pieces", f"{len(node.inputs)} values", values, Place.OUTPUT, operation, over=over
    )


def _readable(group: Group) -> Compute:
    """The readable form's kernel, which sees values channels first."""
    node = group.main
    call = call_of(node)
    weights = (f'*p.of_layer("{node.name}")',) if node.weights else ()
    values = tuple(Reading(name) for name in node.inputs)
    kernel = Readable(call.kernel, values, (*call.arguments, *weights, *call.options))
    needs = frozenset({call.kernel, "channels_first"})
    reason = "the same function, on values seen channels first"
    return computed(group, "readable", "readable form", reason, Place.OUTPUT, kernel, needs=needs)

"""How each layer runs with the batch last: the kernel, its arguments, the reason."""

from __future__ import annotations

import math
from typing import TypeAlias

from netspec.backends.numpy.optimized.batch_last.products import groups, macs, numbers, pair, products
from netspec.backends.numpy.optimized.batch_last.stages import Stage, Unsuited, is_activation
from netspec.backends.numpy.optimized.program import Argument, Code, Operation
from netspec.ir import ShapedNode
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

MOST_PLACES = 64
"""The most places of a window that overlaps others: each takes a step."""

X = Code("x")
"""The value that flows through the chain."""

Options: TypeAlias = tuple[tuple[str, Argument], ...]


def operations(stage: Stage) -> tuple[Operation, ...]:
    """The steps of a stage. Raises :class:`Unsuited`."""
    node, layer = stage.main, stage.main.layer
    match layer:
        case Conv() | Depthwise():
            return (_convolution(stage), *(_following(after, stage) for after in stage.after))
        case Fc():
            return (_dense(stage), *(_following(after, stage) for after in stage.after))
        case MaxPool() | AvgPool():
            return (_pooling(node, layer),)
        case GlobalAvgPool() | AdaptiveAvgPool():
            if any(size != 1 for size in node.output[1:]):
                raise Unsuited(f"the windows of {node.name} may differ in size")
            return (_step(node, "batch_last_globalavgpool", lowering="sums over both axes"),)
        case Flatten():
            if len(node.input_shapes[0]) == 1:
                return (_nothing(node),)
            reason = "channels first, as a dense layer's weights are"
            return (_step(node, "batch_last_flatten", lowering="copy", reason=reason),)
        case Relu() | Relu6() | LeakyRelu() | Elu() | Selu() | Sigmoid() | HardSigmoid() | Tanh():
            return (_activation(node, layer),)
        case Softmax() | LogSoftmax():
            if len(node.output) > 1:
                raise Unsuited(f"{node.name} is taken at each position of maps")
            return (_step(node, f"batch_last_{layer.kind}", lowering="in place"),)
        case Dropout():
            return (
                _step(node, "batch_last_dropout", layer.p, lowering="nothing", reason="drops nothing outside training"),
            )
        case Identity():
            return (_nothing(node),)
        case (
            ConvTranspose()
            | AdaptiveMaxPool()
            | GlobalMaxPool()
            | Reshape()
            | BatchNorm()
            | LayerNorm()
            | GroupNorm()
            | InstanceNorm()
            | Lrn()
            | PRelu()
            | Gelu()
            | Silu()
            | HardSwish()
            | Softplus()
            | Mish()
            | DropPath()
            | Add()
            | Mul()
            | Concat()
            | Pad()
            | Upsample()
            | PixelShuffle()
            | Shuffle()
            | Slice()
            | Scale()
        ):
            raise Unsuited(f"{node.name} has no kernel with the batch last")


def _convolution(stage: Stage) -> Operation:
    made = products(stage)
    options = (
        *_given("margin", made.margin, (0, 0)),
        *_given("stride", made.stride, (1, 1)),
        *_given("dilation", made.dilation, (1, 1)),
        *_given("groups", groups(stage.main), 1),
        *_given("window", made.window, None),
    )
    high, wide = made.kernel
    lowering = f"{made.rows} products" + (f", {made.tile} columns at once" if made.tile > 1 else "")
    channels = f"{made.channels} channel{'s' if made.channels > 1 else ''}"
    reason = (
        f"{high}x{wide} over {channels}: {made.copies:.3g} copies of the input, not "
        f"{high * wide / math.prod(made.stride):.3g}, for {made.rows * made.each / macs(stage.main):.2f} times the MACs"
    )
    return _with_weights(stage, "batch_last_conv", ((made.rows, made.tiles * made.tile),), options, lowering, reason)


def _dense(stage: Stage) -> Operation:
    units, (features,) = stage.main.output[0], stage.main.input_shapes[0]
    return _with_weights(stage, "batch_last_fc", (), (), "product", f"{features} features times {units} units")


def _with_weights(
    stage: Stage, kernel: str, arguments: tuple[Argument, ...], options: Options, lowering: str, reason: str
) -> Operation:
    """The step of a layer with weights, into which what is around it is folded."""
    layers: tuple[str, ...] = (stage.main.name,)
    if stage.batchnorm is not None and isinstance(stage.batchnorm.layer, BatchNorm):
        layers += (stage.batchnorm.name,)
        options += (("norm", stage.batchnorm.name), ("eps", stage.batchnorm.layer.eps))
    options += _given("divisor", _divisor(stage), 1.0)
    return Operation(layers, kernel, (X, stage.main.name, *arguments), options, "x", lowering=lowering, reason=reason)


def _divisor(stage: Stage) -> float:
    """By what the results are divided, so that the activation finds them as it wants them."""
    if stage.activation is None or isinstance(stage.activation.layer, (Relu, LeakyRelu)):
        return 1.0
    halves = 2.0 if isinstance(stage.activation.layer, Sigmoid) else 1.0
    summed = stage.pool is not None and stage.pool_first and isinstance(stage.pool.layer, AvgPool)
    return halves * math.prod(stage.window or ()) if summed else halves


def _following(node: ShapedNode, stage: Stage) -> Operation:
    """The step of a layer that follows one with weights in its stage."""
    layer = node.layer
    if isinstance(layer, AvgPool):
        reason = "the division is left to the next weights"
        return _step(node, "batch_last_avgpool_windows", lowering="products with ones", reason=reason)
    if isinstance(layer, MaxPool):
        fewer = f"{stage.activation.name} then has fewer values" if stage.activation is not None else ""
        return _step(node, "batch_last_maxpool_windows", lowering="maxima of neighbours", reason=fewer)
    return _activation(node, layer)


def _activation(node: ShapedNode, layer: AnyLayer) -> Operation:
    if not is_activation(layer):
        raise Unsuited(f"{node.name} has no kernel with the batch last for its arguments")
    arguments: tuple[Argument, ...] = ()
    reason = ""
    if isinstance(layer, LeakyRelu):
        arguments = (layer.slope,)
    elif isinstance(layer, Elu):
        arguments = (layer.alpha,)
    elif isinstance(layer, Sigmoid):
        reason = "(1 + tanh(x / 2)) / 2, the halves folded into the weights around it"
    return _step(node, f"batch_last_{layer.kind}", *arguments, lowering="in place", reason=reason)


def _pooling(node: ShapedNode, layer: MaxPool | AvgPool) -> Operation:
    places = math.prod(layer.kernel)
    if places > MOST_PLACES or len(layer.kernel) > 2:
        raise Unsuited(f"the windows of {node.name} have {places} places")
    one = 1
    size = pair(numbers(node.output)[1:], one)
    options: Options = _given("margin", pair(layer.padding, 0), (0, 0))
    if isinstance(layer, MaxPool):
        options += _given("dilation", pair(layer.dilation, one), (1, 1))
    else:
        options += _given("include_padding", layer.include_padding, True)
    arguments = size, pair(layer.kernel, one), pair(layer.stride, one)
    lowering = f"{places} passes over slices"
    return _step(node, f"batch_last_{layer.kind}", *arguments, options=options, lowering=lowering)


def _step(
    node: ShapedNode, kernel: str, *arguments: Argument, options: Options = (), lowering: str, reason: str = ""
) -> Operation:
    return Operation((node.name,), kernel, (X, *arguments), options, "x", lowering=lowering, reason=reason)


def _nothing(node: ShapedNode) -> Operation:
    return Operation((node.name,), lowering="nothing")


def _given(name: str, value: Argument, default: Argument) -> Options:
    """An option, unless it has its default."""
    return () if value == default else ((name, value),)

"""Lints about layers: what the shaped net shows."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from typing import TypeAlias

from netspec.diagnostics import Label
from netspec.layers import (
    LAYERS,
    AvgPool,
    BatchNorm,
    Conv,
    ConvTranspose,
    Depthwise,
    Dropout,
    Family,
    Fc,
    Identity,
    LogSoftmax,
    MaxPool,
    Softmax,
)
from netspec.layers.arguments import value_text
from netspec.passes.lints.finding import Finding, Subject
from netspec.passes.measure import DTYPES
from netspec.sizes import fixed, format_shape

_Filter: TypeAlias = Conv | Depthwise
_Window: TypeAlias = _Filter | MaxPool | AvgPool

FILTERS: Collection[type[_Filter]] = (Conv, Depthwise)
WINDOWS: Collection[type[_Window]] = (Conv, Depthwise, MaxPool, AvgPool)
ACTIVATIONS = frozenset(layer for layer in LAYERS.values() if layer.family is Family.ACTIVATION) - {
    Identity,
    Softmax,
    LogSoftmax,
}


def bias_before_batchnorm(subject: Subject) -> Iterator[Finding]:
    """The mean is taken away, and the constant with it: parameters that do nothing."""
    for node, _ in subject.layers((BatchNorm,)):
        before = subject.before(node)
        if before is not None and isinstance(before.layer, (Conv, Depthwise, ConvTranspose, Fc)) and before.layer.bias:
            biases = next(weight.size for weight in before.weights if weight.name == "bias")
            yield Finding(
                f"the bias of `{before.name}` does nothing: `{node.name}` takes it away with the mean",
                subject.place(before),
                f"{biases:,} parameters for nothing",
                (Label(subject.place(node), "the mean of each channel becomes 0 here"),),
                ("`bias=false`",),
            )


def skipped_pixels(subject: Subject) -> Iterator[Finding]:
    """Windows further apart than they are wide. A 1x1 window with a stride thins out on purpose, as projections do."""
    for node, layer in subject.layers(WINDOWS):
        if max(layer.stride) == 1:
            continue
        extents = _extents(layer)
        axes = [s - e for s, e, size in zip(layer.stride, extents, node.input_shapes[0][1:], strict=True) if size != 1]
        if max(layer.kernel) > 1 and any(gap > 0 for gap in axes):
            yield Finding(
                f"`{node.name}` moves by {_one(layer.stride)}, and its window is {_one(extents)} wide",
                subject.place(node),
                f"{max(axes)} of every {max(layer.stride)} rows and columns go unseen",
            )


def dropped_edge(subject: Subject) -> Iterator[Finding]:
    """Rows or columns at the end that no window reaches, since ⌊⌋ drops what does not fill one."""
    for node, layer in subject.layers(WINDOWS):
        if max(layer.stride) == 1 or layer.padding == "same":
            continue  # what moves by one pixel misses none
        if isinstance(layer, (MaxPool, AvgPool)) and layer.ceil:
            continue
        lost = []
        for axis, (size, extent) in enumerate(zip(node.input_shapes[0][1:], _extents(layer), strict=True)):
            out = node.output[1 + axis]
            if isinstance(size, int) and isinstance(out, int):
                reach = (out - 1) * layer.stride[axis] + extent
                lost.append(max(0, size + layer.padding[axis] - reach))
        if any(lost):
            shape = format_shape(node.input_shapes[0])
            yield Finding(
                f"the windows of `{node.name}` do not reach the end of its input {shape}",
                subject.place(node),
                f"{_one(tuple(lost))} at the end of each axis go unseen",
            )


def empty_windows(subject: Subject) -> Iterator[Finding]:
    """Padding as wide as the window or wider: the outermost windows see nothing but zeros."""
    for node, layer in subject.layers(FILTERS):
        if layer.padding == "same" or not any(layer.padding):
            continue
        extents = _extents(layer)
        if any(p >= e for p, e in zip(layer.padding, extents, strict=True)):
            yield Finding(
                f"the padding of `{node.name}` is {_one(layer.padding)}, and its window only {_one(extents)} wide",
                subject.place(node),
                "the outermost windows see nothing but zeros",
            )


def two_activations(subject: Subject) -> Iterator[Finding]:
    """An activation of an activation."""
    for node, _ in subject.layers(ACTIVATIONS):
        before = subject.before(node)
        if before is None or type(before.layer) not in ACTIVATIONS:
            continue
        yield Finding(
            f"`{node.name}` comes right after `{before.name}`: two activations in a row",
            subject.place(node),
            labels=(Label(subject.place(before), "the first of them"),),
        )


def softmax_at_end(subject: Subject) -> Iterator[Finding]:
    """The usual losses for classes take the values before the softmax, and have their own."""
    for output in subject.net.outputs:
        node = subject.made_by.get(output.value)
        if node is not None and isinstance(node.layer, (Softmax, LogSoftmax)):
            yield Finding(
                f"the net ends with `{node.layer.kind}`, but cross-entropy applies its own",
                subject.place(node),
                help=("train without it, and apply it to predictions afterwards",),
            )


def dropout_before_batchnorm(subject: Subject) -> Iterator[Finding]:
    """Dropout makes the variance in training another than in use, and batchnorm relies on it.

    Source: Li et al., "Understanding the Disharmony between Dropout and Batch Normalization by Variance Shift", 2019.
    """
    for node, _ in subject.layers((BatchNorm,)):
        before = subject.before(node)
        if before is not None and before.layer.weighted:
            before = subject.before(before)
        if before is not None and isinstance(before.layer, Dropout) and before.layer.p > 0:
            yield Finding(
                f"`{before.name}` changes the variance that `{node.name}` learns: in use it is another one",
                subject.place(before),
                labels=(Label(subject.place(node), "learns the variance here"),),
                help=("dropout goes after the last batchnorm",),
            )


def large_outputs(subject: Subject, limit: int) -> Iterator[Finding]:
    """Layers whose output takes more bytes than a limit, for one example in float32."""
    for node in subject.net.nodes:
        shape = fixed(node.output)
        taken = math.prod(shape) * DTYPES["float32"] if shape is not None else 0
        if taken > limit:
            yield Finding(
                f"the output of `{node.name}` is {format_shape(node.output)}, which takes {taken:,} bytes",
                subject.place(node),
                f"more than {limit:,}",
            )


def _extents(layer: _Window) -> tuple[int, ...]:
    """How many pixels a window spans on each axis, those between the kernel's points included."""
    dilation = (1,) * len(layer.kernel) if isinstance(layer, AvgPool) else layer.dilation
    return tuple(d * (k - 1) + 1 for k, d in zip(layer.kernel, dilation, strict=True))


def _one(values: tuple[int, ...]) -> str:
    """Equal numbers as one."""
    return str(values[0]) if len(set(values)) == 1 else value_text(values)

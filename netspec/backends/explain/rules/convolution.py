"""How gradients pass through convolutions: by the full convolution with the flipped kernel, and back again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from netspec.backends.explain.notation import (
    Call,
    Expression,
    Floor,
    Number,
    Reduced,
    Stretched,
    Summation,
    Symbol,
    correlated,
    number_text,
)
from netspec.backends.explain.rules.places import Axis, alike, axes_of, untouched_notes
from netspec.backends.explain.rules.rule import DELTA, B, C, Definition, F, Gradient, I, Rule, W, X, primed
from netspec.ir import ShapedNode
from netspec.layers import Conv, ConvTranspose, Depthwise
from netspec.layers.formula import render
from netspec.layers.window import DILATION, KERNEL, PADDING, same_padding
from netspec.sizes import Size

FULL_PADDING = DILATION * (KERNEL - 1) - PADDING
"""The zeros around δ in the backward pass of a convolution. Source: Dumoulin and Visin, 2016, section 4."""

FULL = "The full convolution of δ with the kernel flipped by 180°; ∂L/∂W correlates x with δ."
POINTWISE = "A kernel of one point is a dense layer at every place: its transpose carries δ back."


class Grouping(NamedTuple):
    """Groups of channels and filters, so many in each, that see nothing of each other."""

    groups: int
    channels: int
    filters: int

    def filter_of(self, channel: Expression, number: Symbol) -> Expression:
        """The filter of this number in a channel's group."""
        if self.groups == 1:
            return number
        first: Expression = channel if self.channels == 1 else Floor(channel, Number(self.channels))
        return first if self.filters == 1 else Number(self.filters) * first + number

    def channel_of(self, filter: Expression, number: Expression) -> Expression:
        """The channel of this number in a filter's group."""
        if self.groups == 1:
            return number
        first: Expression = filter if self.filters == 1 else Floor(filter, Number(self.filters))
        return first if self.channels == 1 else Number(self.channels) * first + number

    def number_of(self, channel: Expression) -> Expression:
        """The number that a channel has in its group."""
        if self.groups == 1:
            return channel
        return Number(0) if self.channels == 1 else Call("mod", channel, (self.channels,))

    def over_filters(self, body: Expression) -> Expression:
        """The sum over the filters of a group."""
        return body if self.filters == 1 and self.groups > 1 else Summation(F, self.filters, body)

    def notes(self) -> tuple[str, ...]:
        """What is to be said of the groups."""
        if self.groups == 1:
            return ()
        filters = f"{self.filters} filter{'s' if self.filters > 1 else ''}"
        if self.channels == 1:
            return (f"Each channel meets its own {filters} alone.",)
        return (f"{self.groups} groups: each {self.channels} channels meet the {filters} of their group alone.",)


def convolution(layer: Conv | Depthwise, node: ShapedNode) -> Rule:
    """The gradients of a convolution.

    Source: Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", 2016, section 4.
    """
    channels, *sizes = node.input_shapes[0]
    filters, *windows = node.output
    groups, in_group = _groups(layer, node), node.weights[0].shape[1]
    grouping = Grouping(groups, in_group, node.weights[0].shape[0] // groups)
    before, after = _margins(layer, sizes)
    axes = axes_of(sizes, windows, layer.kernel, layer.stride, layer.dilation, before, after)

    spread = _stretched(DELTA, layer.stride)
    delta = _defined(
        DELTA,
        spread,
        [axis.zeros_before for axis in axes],
        [axis.zeros_after for axis in axes],
        [filters, *(axis.size + axis.extent - 1 for axis in axes)],
    )
    x = _defined(
        X,
        X,
        before,
        [axis.after - axis.remainder for axis in axes],
        [channels, *((axis.windows - 1) * axis.stride + axis.extent for axis in axes)],
    )

    filter = grouping.filter_of(C, F)
    kernel = W[filter, grouping.number_of(C)]
    pointwise = max(layer.kernel) == 1
    flipped = kernel if pointwise else Call("rot180", kernel)
    x_grad = grouping.over_filters(correlated(delta.symbol[filter], _stretched(flipped, layer.dilation)))
    number: Expression = Number(0) if grouping.groups > 1 and in_group == 1 else C
    slid = correlated(x.symbol[grouping.channel_of(F, number)], _stretched(DELTA[F], layer.stride))
    return Rule(
        POINTWISE if pointwise else FULL,
        (Gradient(X, node.input_shapes[0], x_grad, (C,)),),
        tuple(_weights(node, _kept(slid, layer.dilation), (F, number))),
        tuple(given for given in (delta, x) if given.symbol is not given.formula),
        (*_padding_notes(axes), *grouping.notes(), *untouched_notes(axes)),
        tuple(axis.untouched() for axis in axes),
    )


def transposed(layer: ConvTranspose, node: ShapedNode) -> Rule:
    """The gradients of a transposed convolution: it is the gradient of a convolution, so its own is a convolution."""
    filters, *places = node.output
    channels, in_group = node.weights[0].shape[:2]
    grouping = Grouping(layer.groups, channels // layer.groups, in_group)
    after = [margin - extra for margin, extra in zip(layer.padding, layer.output_padding, strict=True)]
    sizes = [size + p + q for size, p, q in zip(places, layer.padding, after, strict=True)]
    delta = _defined(DELTA, DELTA, layer.padding, after, [filters, *sizes])

    seen = delta.symbol[grouping.filter_of(C, F)]
    number: Expression = Number(0) if grouping.groups > 1 and in_group == 1 else F
    x_grad = grouping.over_filters(_kept(correlated(seen, _stretched(W[C, number], layer.dilation)), layer.stride))
    w_grad = _kept(correlated(seen, _stretched(X[C], layer.stride)), layer.dilation)
    cut = any(layer.output_padding)
    return Rule(
        "An ordinary convolution of δ with the same kernel; ∂L/∂W correlates δ with x.",
        (Gradient(X, node.input_shapes[0], x_grad, (C,)),),
        tuple(_weights(node, w_grad, (C, number))),
        (delta,) if delta.symbol is not delta.formula else (),
        (
            *(("What the output padding made longer at the end is cut away again, or padded less.",) if cut else ()),
            *grouping.notes(),
        ),
    )


def _groups(layer: Conv | Depthwise, node: ShapedNode) -> int:
    if isinstance(layer, Conv):
        return layer.groups
    return node.weights[0].shape[0] // layer.multiplier


def _margins(layer: Conv | Depthwise, sizes: Sequence[Size]) -> tuple[list[Size], list[Size]]:
    """The padding before and after each axis; an odd one of ``padding=same`` is after."""
    if layer.padding != "same":
        return list(layer.padding), list(layer.padding)
    window = zip(sizes, layer.kernel, layer.stride, layer.dilation, strict=True)
    totals = [same_padding(*axis) for axis in window]
    before = [total // 2 for total in totals]
    return before, [total - half for total, half in zip(totals, before, strict=True)]


def _stretched(body: Expression, factors: tuple[int, ...]) -> Expression:
    return Stretched(body, factors, "↑") if max(factors) > 1 else body


def _kept(body: Expression, factors: tuple[int, ...]) -> Expression:
    return Stretched(body, factors, "↓") if max(factors) > 1 else body


def _defined(
    symbol: Symbol, body: Expression, before: Sequence[Size], after: Sequence[Size], shape: Sequence[Size]
) -> Definition:
    """What is made of a value by padding, as a primed symbol; nothing is made of it where it is as it was."""
    if any(margin != 0 for margin in (*before, *after)):
        margins = (tuple(before),) if list(before) == list(after) else (tuple(before), tuple(after))
        body = Call("pad", body, margins)
    return Definition(symbol if body is symbol else primed(symbol), body, tuple(shape))


def _weights(node: ShapedNode, formula: Expression, indices: tuple[Expression, ...]) -> Iterator[Gradient]:
    kernel, *bias = node.weights
    yield Gradient(W, kernel.shape, formula, indices)
    for weight in bias:
        yield Gradient(B, weight.shape, Reduced("Σ", DELTA[F, I], ("places",), index=I), (F,))


def _padding_notes(axes: Sequence[Axis]) -> Iterator[str]:
    """How the zeros in and around δ come about."""
    for names, zeros in alike(axes, _zeros):
        yield f"δ′ has zeros{f' along the {names}' if names else ''}: {zeros}."


def _zeros(axis: Axis) -> str:
    """What is put between the values of δ on an axis, before it and after it; nothing where it stays as it is."""
    before, after = axis.zeros_before, axis.zeros_after
    if axis.stride == 1 and before == 0 and after == 0:
        return ""
    values = {"dilation": axis.dilation, "kernel": axis.kernel, "padding": axis.before}
    working = f"{render(FULL_PADDING)} = {render(FULL_PADDING, values)} = {number_text(before)}"
    parts = [f"{axis.stride - 1} between neighbours (stride − 1)"] if axis.stride > 1 else []
    if before == after:
        return ", ".join([*parts, f"{number_text(before)} on both sides ({working})"])
    left_over = f": the windows leave {number_text(axis.remainder)} over" if axis.remainder != 0 else ""
    return ", ".join([*parts, f"{number_text(before)} before ({working})", f"{number_text(after)} after{left_over}"])

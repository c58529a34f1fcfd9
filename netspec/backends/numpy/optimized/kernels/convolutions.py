"""Convolutions and dense layers as matrix products, and depthwise convolutions."""

import math

import numpy as np

from netspec.backends.numpy.optimized.kernels.activations import InPlace, no_activation
from netspec.backends.numpy.optimized.kernels.blocks import (
    blocks,
    contiguous,
)
from netspec.backends.numpy.optimized.kernels.filters import Filters
from netspec.backends.numpy.optimized.kernels.plan import Plan, Widths
from netspec.backends.numpy.optimized.kernels.products import (
    as_matrix,
    filter_blocks,
    multiply,
)
from netspec.backends.numpy.optimized.kernels.windows import window_view

MOST_COLUMNS = 1 << 17
"""The values of a matrix of windows, which then stays in cache."""


def im2col_conv(
    p: Plan,
    x: np.ndarray,
    out: np.ndarray,
    filters: Filters,
    stride: Widths = 1,
    dilation: Widths = 1,
    groups: int = 1,
    activation: InPlace = no_activation,
    plus: np.ndarray | None = None,
    pool: bool = False,
) -> None:
    """A convolution as the product of a matrix whose rows are the windows and filters.

    A last column of ones adds the bias. `plus` is added before the activation; with
    `pool`, a maxpool of 2x2 comes first.

    Shapes: x (n, *in, channels) with its padding, out and plus (n, *out, filters).
    """
    weight = p.prepared(
        ("im2col", filters.name), lambda: im2col_weights(p, filters, groups)
    )
    kernel = filters.weight.shape[2:]
    windows = window_view(x, kernel, stride, dilation, groups)
    multiply_windows(p, windows, weight, out, activation, plus, pool)


def multiply_windows(
    p: Plan,
    windows: np.ndarray,
    weight: np.ndarray,
    out: np.ndarray,
    activation: InPlace,
    plus: np.ndarray | None = None,
    pool: bool = False,
) -> None:
    """Windows times filters, piece by piece, with what follows.

    Shapes: windows (groups, n, *out, *kernel, channels / groups), with twice as many on
    each axis if there is a pool; weight (groups, blocks, values of a window and 1 for a
    bias, width); out (n, *out, filters).
    """
    groups, n, *sizes = windows.shape
    (lines, *others), count = out.shape[1:-1], out.shape[-1]
    values, inputs = math.prod(sizes[out.ndim - 2 :]), weight.shape[-2]
    corners = [windows]
    if pool:
        corners = [windows[:, :, i::2, j::2] for i in (0, 1) for j in (0, 1)]
    line = math.prod(others) * groups * inputs * len(corners)
    pieces = list(blocks(n, lines, line, MOST_COLUMNS))
    most = max(out[piece].size for piece in pieces)
    columns, products, terms = p.scratch(
        (groups, len(corners) * most // count, inputs),
        (len(corners) * most,),
        (most if plus is not None else 0,),
    )
    if values < inputs:
        p.do(columns[..., values:].fill, 1)
    for some, part in pieces:
        target = out[some, part]
        size = target.size // count
        rows = columns[:, : len(corners) * size]
        for place, corner in enumerate(corners):
            seen = corner[:, some, part, *map(slice, others)]
            copied = rows[:, place * size : (place + 1) * size, :values]
            p.do(np.copyto, copied.reshape(seen.shape), seen)
        results = products[: len(corners) * target.size]
        if target.flags.c_contiguous and not pool:
            results = target
        by_group = results.reshape(len(corners) * size, groups, count // groups)
        multiply(p, rows, weight, by_group.swapaxes(0, 1))
        y, *rest = results.reshape(len(corners), *target.shape)
        for corner in rest:
            p.do(np.maximum, y, corner, out=y)
        if plus is not None:
            term = terms[: y.size].reshape(y.shape)
            p.do(np.add, y, contiguous(p, plus[some, part], term), out=y)
        finish(p, y, target, activation)


def finish(p: Plan, y: np.ndarray, target: np.ndarray, activation: InPlace) -> None:
    """The activation, and a copy to where the result belongs, if it is not there."""
    activation(p, y)
    if not np.may_share_memory(y, target):
        p.do(np.copyto, target, y)


def im2col_weights(p: Plan, filters: Filters, groups: int) -> np.ndarray:
    """The filters as the columns of a matrix for each group, the bias as its last row.

    Shapes: result (groups, blocks, values of a window and 1 for a bias, width).
    """
    count, channels, *kernel = filters.weight.shape
    weight = filters.weight.reshape(groups, count // groups, channels, *kernel)
    weight = np.moveaxis(weight, (1, 2), (-1, -2))
    weight = filters.scaled(weight, groups).reshape(groups, -1, count // groups)
    bias = filters.total_bias()
    if bias is not None:
        weight = np.concatenate([weight, bias.reshape(groups, 1, -1)], 1)
    return filter_blocks(weight.astype(p.dtype))


def pointwise_conv(
    p: Plan,
    x: np.ndarray,
    out: np.ndarray,
    filters: Filters,
    activation: InPlace = no_activation,
    plus: np.ndarray | None = None,
) -> None:
    """A convolution of 1x1: at each place, the product of the channels and the filters.

    Shapes: x (n, *sizes, channels), out and plus (n, *sizes, filters).
    """
    count, channels = filters.weight.shape[:2]
    weight, bias = p.prepared(
        ("pointwise", filters.name), lambda: pointwise_weights(p, filters)
    )
    n, lines, *others = x.shape[:-1]
    pieces = list(
        blocks(n, lines, math.prod(others) * (channels + count), MOST_COLUMNS)
    )
    most = max(out[piece].size for piece in pieces) // count
    copies, products, biases, terms = p.scratch(
        (most, channels),
        (most, count),
        (most if bias is not None else 0, count),
        (most * count if plus is not None else 0,),
    )
    if bias is not None:
        p.do(np.copyto, biases, bias)
    for some, part in pieces:
        source, target = x[some, part], out[some, part]
        size = target.size // count
        rows = as_matrix(source)
        if rows is None:
            rows = copies[:size]
            p.do(np.copyto, rows.reshape(source.shape), source)
        y = target.reshape(-1, count) if target.flags.c_contiguous else products[:size]
        multiply(p, rows, weight, y)
        if bias is not None:
            p.do(np.add, y, biases[:size], out=y)
        y = y.reshape(target.shape)
        if plus is not None:
            term = terms[: y.size].reshape(y.shape)
            p.do(np.add, y, contiguous(p, plus[some, part], term), out=y)
        finish(p, y, target, activation)


def pointwise_weights(
    p: Plan, filters: Filters
) -> tuple[np.ndarray, np.ndarray | None]:
    """The filters as blocks of columns, and the bias.

    Shapes: weights (blocks, channels, width), bias (filters,).
    """
    count, channels = filters.weight.shape[:2]
    weight = filters.scaled(filters.weight.reshape(1, count, channels).swapaxes(1, 2))
    bias = filters.total_bias()
    return (
        filter_blocks(weight[0].astype(p.dtype)),
        None if bias is None else bias.astype(p.dtype),
    )


def linear(
    p: Plan,
    x: np.ndarray,
    out: np.ndarray,
    filters: Filters,
    activation: InPlace = no_activation,
    plus: np.ndarray | None = None,
) -> None:
    """A dense layer: a matrix product with the weights as they are.

    Shapes: x (n, features), out and plus (n, units).
    """
    weight, bias = filters.weight.T, filters.bias
    if filters.factor is not None:
        weight, bias = p.prepared(
            ("linear", filters.name), lambda: linear_weights(p, filters)
        )
    products, term = p.scratch(out.shape, out.shape)
    y = out if out.flags.c_contiguous else products
    p.do(np.matmul, x, weight, out=y)
    for added in (bias, plus):
        if added is not None:
            same = np.broadcast_to(added, y.shape)
            p.do(np.add, y, contiguous(p, same, term), out=y)
    finish(p, y, out, activation)


def linear_weights(p: Plan, filters: Filters) -> tuple[np.ndarray, np.ndarray | None]:
    """The weights as (features, units) times the factors after them, and the bias."""
    weight = filters.scaled(filters.weight.T[np.newaxis])[0].astype(p.dtype)
    bias = filters.total_bias()
    return weight, None if bias is None else bias.astype(p.dtype)

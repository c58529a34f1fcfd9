"""Depthwise convolutions: each channel by itself, as products of slices."""

import math
from collections.abc import Iterator

import numpy as np

from netspec.backends.numpy.optimized.kernels.activations import InPlace, no_activation
from netspec.backends.numpy.optimized.kernels.blocks import blocks, contiguous, size_of
from netspec.backends.numpy.optimized.kernels.filters import Filters
from netspec.backends.numpy.optimized.kernels.plan import Plan, Widths, on_each_axis
from netspec.backends.numpy.optimized.kernels.windows import taps

MOST_FACTORS = 1 << 17
"""The values of the factors of all positions, for one piece, which stay in cache."""


def depthwise_conv(
    p: Plan,
    x: np.ndarray,
    out: np.ndarray,
    filters: Filters,
    stride: Widths = 1,
    dilation: Widths = 1,
    activation: InPlace = no_activation,
    plus: np.ndarray | None = None,
) -> None:
    """A convolution of each channel by itself: slices times their factors, added up.

    With stride 1 the slices are not copied: a piece is computed as one run of values,
    in which rows are as long as the padded ones.

    Shapes: x (n, *in, channels) with its padding, out and plus (n, *out, filters), with
    one filter for each channel, or several, one after another.
    """
    channels, kernel = x.shape[-1], filters.weight.shape[2:]
    weight, bias = p.prepared(
        ("depthwise", filters.name), lambda: depthwise_weights(p, filters, channels)
    )
    several, positions, _ = weight.shape
    strides, dilations = (on_each_axis(w, len(kernel)) for w in (stride, dilation))
    in_runs = x.flags.c_contiguous and {*strides} == {1}
    n, lines, *others = out.shape[:-1]
    room = x.shape[2:-1] if in_runs else tuple(others)
    line = math.prod(room) * channels
    pieces = []
    for some, part in blocks(n, lines, line, MOST_FACTORS // positions):
        rows = x.shape[1] if in_runs and size_of(some) > 1 else size_of(part)
        pieces.append((some, part, (size_of(some), rows, *room, channels)))
    most = max(math.prod(shape) for _, _, shape in pieces)
    factors, biases, sums, terms, packed = p.scratch(
        (positions, most), (most,), (most,), (most,), (most,)
    )
    for turn in range(several):
        by_place = factors.reshape(positions, -1, channels)
        p.do(np.copyto, by_place, weight[turn, :, np.newaxis])
        if bias is not None:
            p.do(np.copyto, biases.reshape(-1, channels), bias[turn])
        for some, part, shape in pieces:
            target = out[some, part, ..., turn::several]
            seen = x[some, part.start * strides[0] :]
            if in_runs:
                slices = runs(seen, kernel, dilations, target.shape, shape)
            else:
                slices = copies(
                    p, seen, kernel, strides, dilations, target.shape, terms
                )
            y = sum_slices(p, slices, factors, sums, terms)
            if bias is not None:
                p.do(np.add, y, biases[: y.size], out=y)
            found = sums[: math.prod(shape)].reshape(shape)
            found = found[:, *map(slice, target.shape[1:-1])]
            y = contiguous(p, found, packed[: found.size].reshape(found.shape))
            if plus is not None:
                added = plus[some, part, ..., turn::several]
                term = terms[: y.size].reshape(y.shape)
                p.do(np.add, y, contiguous(p, added, term), out=y)
            activation(p, y)
            p.do(np.copyto, target, y)


def sum_slices(
    p: Plan,
    slices: Iterator[np.ndarray],
    factors: np.ndarray,
    sums: np.ndarray,
    terms: np.ndarray,
) -> np.ndarray:
    """The sum of slices times their factors, at the beginning of `sums`."""
    for place, values in enumerate(slices):
        y, term = sums[: values.size], terms[: values.size]
        p.do(
            np.multiply, values, factors[place, : values.size], out=term if place else y
        )
        if place:
            p.do(np.add, y, term, out=y)
    return y


def runs(
    x: np.ndarray,
    kernel: tuple[int, ...],
    dilations: tuple[int, ...],
    wanted: tuple[int, ...],
    shape: tuple[int, ...],
) -> Iterator[np.ndarray]:
    """For each position in the kernel, what windows see there, as one run of values.

    Shapes: x (n, *in, channels), contiguous. A run is the beginning of an array of
    `shape`, in whose corner of the shape `wanted` is what the windows see.
    """
    last = np.ravel_multi_index([size - 1 for size in wanted], shape)
    flat = x.reshape(-1)
    for position in np.ndindex(*kernel):
        offsets = (d * k for d, k in zip(dilations, position, strict=True))
        start = np.ravel_multi_index((0, *offsets, 0), x.shape)
        yield flat[start : start + last + 1]


def copies(
    p: Plan,
    x: np.ndarray,
    kernel: tuple[int, ...],
    strides: tuple[int, ...],
    dilations: tuple[int, ...],
    wanted: tuple[int, ...],
    room: np.ndarray,
) -> Iterator[np.ndarray]:
    """For each position in the kernel, a copy of what the windows see there, in `room`.

    Shapes: x (n, *in, channels); each copy flat, of an array of the shape `wanted`.
    """
    copy = room[: math.prod(wanted)]
    for values in taps(x, kernel, strides, dilations, wanted[1:-1]):
        p.do(np.copyto, copy.reshape(wanted), values)
        yield copy


def depthwise_weights(
    p: Plan, filters: Filters, channels: int
) -> tuple[np.ndarray, np.ndarray | None]:
    """The filters by their positions, and the bias.

    Shapes: weights (filters of a channel, positions, channels), bias (filters of a
    channel, channels).
    """
    count = len(filters.weight)
    weight = filters.scaled(filters.weight.reshape(1, count, -1).swapaxes(1, 2))
    weight = weight.reshape(-1, channels, count // channels).transpose(2, 0, 1)
    bias = filters.total_bias()
    return (
        np.ascontiguousarray(weight, p.dtype),
        None if bias is None else bias.reshape(channels, -1).T.astype(p.dtype),
    )

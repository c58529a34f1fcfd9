"""Pooling as operations on slices, one for each position in the window."""

import math
from itertools import product

import numpy as np

from netspec.backends.numpy.optimized.kernels.blocks import areas
from netspec.backends.numpy.optimized.kernels.plan import Plan, Widths, on_each_axis


def sliced_maxpool(
    p: Plan,
    x: np.ndarray,
    out: np.ndarray,
    kernel: Widths,
    stride: Widths,
    padding: Widths = 0,
    dilation: Widths = 1,
) -> None:
    """The maximum of each window; what lies outside of the map does not count.

    Shapes: x (n, *in, channels) without padding, out (n, *out, channels).
    """
    window = (kernel, stride, padding, dilation)
    combine_windows(p, np.maximum, -math.inf, None, x, out, *window)


def sliced_avgpool(
    p: Plan,
    x: np.ndarray,
    out: np.ndarray,
    kernel: Widths,
    stride: Widths,
    padding: Widths = 0,
    include_padding: bool = True,
) -> None:
    """The mean of each window, the zeros of the padding included or not.

    Shapes: x (n, *in, channels) without padding, out (n, *out, channels).
    """
    shares = np.ones(1)
    window = (on_each_axis(widths, x.ndim - 2) for widths in (kernel, stride, padding))
    sizes = zip(x.shape[1:-1], out.shape[1:-1], *window, strict=True)
    for inside, outputs, k, s, margin in sizes:
        starts = np.arange(outputs) * s - margin
        low, high = (-margin, inside + margin) if include_padding else (0, inside)
        counts = np.minimum(starts + k, high) - np.maximum(starts, low)
        shares = shares[..., np.newaxis] / counts
    share = shares[0].astype(p.dtype)[..., np.newaxis]
    combine_windows(p, np.add, 0, share, x, out, kernel, stride, padding, 1)


def combine_windows(
    p: Plan,
    operation: np.ufunc,
    neutral: float,
    share: np.ndarray | None,
    x: np.ndarray,
    out: np.ndarray,
    kernel: Widths,
    stride: Widths,
    padding: Widths,
    dilation: Widths,
) -> None:
    """The values of each window that are inside of the map, combined by an operation.

    `neutral` stands for those outside. The result is multiplied by `share`, if given.

    Shapes: x (n, *in, channels), out (n, *out, channels), share (*out, 1).
    """
    rank = x.ndim - 2
    window = [on_each_axis(w, rank) for w in (kernel, stride, padding, dilation)]
    pieces = areas(out.shape)
    most = max(out[piece].size for piece in pieces)
    results, terms = p.scratch((most,), (most,))
    for some, lines in pieces:
        target = out[some, lines]
        y = target
        if not y.flags.c_contiguous:
            y = results[: target.size].reshape(target.shape)
        term = terms[: target.size].reshape(target.shape)
        spans = (lines, *(slice(0, size) for size in out.shape[2:-1]))
        axes = zip(x.shape[1:-1], spans, *window, strict=True)
        positions = list(product(*(overlaps(*axis) for axis in axes)))
        if not positions:  # dilated windows may see nothing but padding
            p.do(y.fill, neutral)
        for place, position in enumerate(positions):
            values = term if place else y
            inside = values[:, *(outputs for outputs, _ in position)]
            if inside.size < values.size:
                p.do(values.fill, neutral)
            p.do(np.copyto, inside, x[some, *(inputs for _, inputs in position)])
            if place:
                p.do(operation, y, term, out=y)
        if share is not None:
            if np.all(share == share.flat[0]):
                p.do(np.multiply, y, share.flat[0], out=y)
            else:
                p.do(np.copyto, term, share[lines])
                p.do(np.multiply, y, term, out=y)
        if y is not target:
            p.do(np.copyto, target, y)


def overlaps(
    inputs: int, outputs: slice, kernel: int, stride: int, padding: int, dilation: int
) -> list[tuple[slice, slice]]:
    """For each position in a window, on one axis: for which outputs it is inside of the
    map, counted from the first of `outputs`, and what they see there.
    """
    found = []
    for position in range(kernel):
        offset = dilation * position - padding
        first = max(outputs.start, -(offset // stride))
        last = min(outputs.stop - 1, (inputs - 1 - offset) // stride)
        if first <= last:
            seen = slice(first * stride + offset, last * stride + offset + 1, stride)
            found.append((slice(first - outputs.start, last + 1 - outputs.start), seen))
    return found


def global_pool(p: Plan, x: np.ndarray, out: np.ndarray, maximum: bool) -> None:
    """The maximum, or the mean, of each channel.

    Shapes: x (n, *in, channels), out (n, 1, ..., channels).
    """
    operation = np.maximum if maximum else np.add
    axes = tuple(range(1, x.ndim - 1))
    p.do(operation.reduce, x, axes, out=out, keepdims=True)
    if not maximum:
        p.do(np.multiply, out, p.dtype.type(1 / math.prod(x.shape[1:-1])), out=out)

"""Windows that slide over feature maps, for convolutions and pooling."""

import math
from collections.abc import Iterator
from types import EllipsisType

import numpy as np


def each_axis(value: int | tuple[int, ...], rank: int) -> tuple[int, ...]:
    """One number for each of `rank` spatial axes.

    Raises ValueError for a tuple of another length.
    """
    values = (value,) * rank if isinstance(value, int) else tuple(value)
    if len(values) != rank:
        raise ValueError(f"{values} has {len(values)} numbers for {rank} spatial axes")
    return values


def count_windows(
    sizes: tuple[int, ...],
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    dilation: tuple[int, ...],
    margins: list[tuple[int, int]],
) -> tuple[int, ...]:
    """How many windows there are on each axis.

        out = ⌊(in + margins − dilation·(kernel − 1) − 1) / stride⌋ + 1

    Raises ValueError where none fits.
    Source: Dumoulin and Visin, "A guide to convolution arithmetic", 2016.
    """
    counts = tuple(
        (size + sum(margin) - d * (k - 1) - 1) // s + 1
        for size, k, s, d, margin in zip(
            sizes, kernel, stride, dilation, margins, strict=True
        )
    )
    if min(counts) < 1:
        raise ValueError(
            f"a window of {kernel} with dilation {dilation} does not fit into {sizes} "
            f"with margins of {margins}"
        )
    return counts


def window_slices(
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    dilation: tuple[int, ...],
    out: tuple[int, ...],
) -> Iterator[tuple[EllipsisType | slice, ...]]:
    """For each position in the kernel, row by row: what all windows have there.

    It is a slice of the map, which says where the windows' values at this position lie.
    """
    for position in np.ndindex(*kernel):
        starts = (d * k for k, d in zip(position, dilation, strict=True))
        yield (
            ...,
            *(
                slice(start, start + s * (count - 1) + 1, s)
                for start, s, count in zip(starts, stride, out, strict=True)
            ),
        )


def add_margins(
    x: np.ndarray, margins: list[tuple[int, int]], value: float = 0
) -> np.ndarray:
    """Feature maps with so much before and after each spatial axis."""
    if not any(before or after for before, after in margins):
        return x
    return np.pad(x, [(0, 0), (0, 0), *margins], constant_values=value)


def cut_margins(x: np.ndarray, margins: list[tuple[int, int]]) -> np.ndarray:
    """Feature maps without so much before and after each spatial axis."""
    inner = tuple(
        slice(before, size - after)
        for size, (before, after) in zip(x.shape[2:], margins, strict=True)
    )
    return x[:, :, *inner]


def unfold(
    x: np.ndarray,
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    dilation: tuple[int, ...],
    out: tuple[int, ...],
) -> np.ndarray:
    """The values of each window as a column of a matrix, also called im2col.

    Shapes: x (n, channels, *spatial);
    result (channels, positions in the kernel, n, *out).
    """
    n, channels = x.shape[:2]
    columns = np.empty((channels, math.prod(kernel), n, *out), x.dtype)
    for place, window in enumerate(window_slices(kernel, stride, dilation, out)):
        columns[:, place] = x[window].swapaxes(0, 1)
    return columns


def fold(
    columns: np.ndarray,
    sizes: tuple[int, ...],
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    dilation: tuple[int, ...],
) -> np.ndarray:
    """The columns of `unfold` added up where they came from, also called col2im.

    Shapes: columns (channels, positions in the kernel, n, *out);
    result (n, channels, *sizes).
    """
    channels, _, n, *out = columns.shape
    x = np.zeros((n, channels, *sizes), columns.dtype)
    for place, window in enumerate(window_slices(kernel, stride, dilation, tuple(out))):
        x[window] += columns[:, place].swapaxes(0, 1)
    return x

"""Pooling: the maximum or the mean of windows that slide, or divide the map evenly."""

import math
from collections.abc import Iterator
from types import EllipsisType

import numpy as np

from netspec.backends.numpy.kernels.shapes import (
    check_gradient,
    check_maps,
    spatial_axes,
)
from netspec.backends.numpy.kernels.windows import (
    add_margins,
    count_windows,
    cut_margins,
    each_axis,
    window_slices,
)


def maxpool(
    x: np.ndarray,
    kernel: int | tuple[int, ...],
    stride: int | tuple[int, ...] | None = None,
    padding: int | tuple[int, ...] = 0,
    dilation: int | tuple[int, ...] = 1,
    ceil: bool = False,
) -> np.ndarray:
    """The maximum of each window; around the map there is −∞.

    The stride is the kernel's size if None; with `ceil`, a last window that only partly
    fits counts too.

    Shapes: x (n, channels, *in); result (n, channels, *out).
    """
    check_maps("maxpool", x)
    kernel, stride = pool_window(x, kernel, stride)
    dilation = each_axis(dilation, x.ndim - 2)
    margins = pool_margins(x.shape[2:], kernel, stride, padding, dilation, ceil)
    out = count_windows(x.shape[2:], kernel, stride, dilation, margins)

    padded = add_margins(x, margins, -np.inf)
    y = np.full((*x.shape[:2], *out), -np.inf, x.dtype)
    for window in window_slices(kernel, stride, dilation, out):
        y = np.maximum(y, padded[window])
    return y


def maxpool_backward(
    grad: np.ndarray,
    x: np.ndarray,
    kernel: int | tuple[int, ...],
    stride: int | tuple[int, ...] | None = None,
    padding: int | tuple[int, ...] = 0,
    dilation: int | tuple[int, ...] = 1,
    ceil: bool = False,
) -> np.ndarray:
    """The gradient of maxpool by its input: it goes to each window's maximum.

    Of several equal ones, it goes to the first.
    """
    y = maxpool(x, kernel, stride, padding, dilation, ceil)
    check_gradient(grad, y.shape)
    kernel, stride = pool_window(x, kernel, stride)
    dilation = each_axis(dilation, x.ndim - 2)
    margins = pool_margins(x.shape[2:], kernel, stride, padding, dilation, ceil)

    padded = add_margins(x, margins, -np.inf)
    padded_grad = np.zeros(padded.shape, grad.dtype)
    missing = np.ones(grad.shape, bool)  # the windows whose maximum is yet to come
    for window in window_slices(kernel, stride, dilation, y.shape[2:]):
        values = padded[window]
        found = missing & ((values == y) | np.isnan(values))
        padded_grad[window] += np.where(found, grad, 0)
        missing &= ~found
    return cut_margins(padded_grad, margins)


def avgpool(
    x: np.ndarray,
    kernel: int | tuple[int, ...],
    stride: int | tuple[int, ...] | None = None,
    padding: int | tuple[int, ...] = 0,
    ceil: bool = False,
    include_padding: bool = True,
) -> np.ndarray:
    """The mean of each window, in which the zeros of the padding may count or not.

    The stride is the kernel's size if None; with `ceil`, a last window that only partly
    fits counts too.

    Shapes: x (n, channels, *in); result (n, channels, *out).
    """
    check_maps("avgpool", x)
    kernel, stride = pool_window(x, kernel, stride)
    dilation = (1,) * len(kernel)
    margins = pool_margins(x.shape[2:], kernel, stride, padding, dilation, ceil)
    out = count_windows(x.shape[2:], kernel, stride, dilation, margins)

    padded = add_margins(x, margins)
    total = np.zeros((*x.shape[:2], *out), x.dtype)
    for window in window_slices(kernel, stride, dilation, out):
        total += padded[window]
    return total / pool_volumes(x, kernel, stride, padding, out, include_padding)


def avgpool_backward(
    grad: np.ndarray,
    x: np.ndarray,
    kernel: int | tuple[int, ...],
    stride: int | tuple[int, ...] | None = None,
    padding: int | tuple[int, ...] = 0,
    ceil: bool = False,
    include_padding: bool = True,
) -> np.ndarray:
    """The gradient of avgpool by its input: each window's values share it equally."""
    kernel, stride = pool_window(x, kernel, stride)
    dilation = (1,) * len(kernel)
    margins = pool_margins(x.shape[2:], kernel, stride, padding, dilation, ceil)
    out = count_windows(x.shape[2:], kernel, stride, dilation, margins)
    check_gradient(grad, (*x.shape[:2], *out))

    share = grad / pool_volumes(x, kernel, stride, padding, out, include_padding)
    padded_grad = np.zeros(add_margins(x, margins).shape, grad.dtype)
    for window in window_slices(kernel, stride, dilation, out):
        padded_grad[window] += share
    return cut_margins(padded_grad, margins)


def adaptiveavgpool(x: np.ndarray, size: int | tuple[int, ...]) -> np.ndarray:
    """The means of as many equal windows as the output has places.

    Shapes: x (n, channels, *in); result (n, channels, *size).
    """
    check_maps("adaptiveavgpool", x)
    y = np.empty((*x.shape[:2], *each_axis(size, x.ndim - 2)), x.dtype)
    for place, window in equal_windows(x.shape[2:], y.shape[2:]):
        y[place] = x[window].mean(axis=spatial_axes(x))
    return y


def adaptiveavgpool_backward(
    grad: np.ndarray, x: np.ndarray, size: int | tuple[int, ...]
) -> np.ndarray:
    """The gradient of adaptiveavgpool by its input: each window's values share it."""
    check_gradient(grad, (*x.shape[:2], *each_axis(size, x.ndim - 2)))
    x_grad = np.zeros(x.shape, grad.dtype)
    for place, window in equal_windows(x.shape[2:], grad.shape[2:]):
        volume = math.prod(x[window].shape[2:])
        x_grad[window] += np.expand_dims(grad[place] / volume, spatial_axes(x))
    return x_grad


def adaptivemaxpool(x: np.ndarray, size: int | tuple[int, ...]) -> np.ndarray:
    """The maxima of as many equal windows as the output has places.

    Shapes: x (n, channels, *in); result (n, channels, *size).
    """
    check_maps("adaptivemaxpool", x)
    y = np.empty((*x.shape[:2], *each_axis(size, x.ndim - 2)), x.dtype)
    for place, window in equal_windows(x.shape[2:], y.shape[2:]):
        y[place] = x[window].max(axis=spatial_axes(x))
    return y


def adaptivemaxpool_backward(
    grad: np.ndarray, x: np.ndarray, size: int | tuple[int, ...]
) -> np.ndarray:
    """The gradient of adaptivemaxpool by its input: it goes to each window's maximum.

    Of several equal ones, it goes to the first.
    """
    check_gradient(grad, (*x.shape[:2], *each_axis(size, x.ndim - 2)))
    x_grad = np.zeros(x.shape, grad.dtype)
    for place, window in equal_windows(x.shape[2:], grad.shape[2:]):
        values = x[window]
        volume = math.prod(values.shape[2:])
        largest = values.reshape(*x.shape[:2], volume).argmax(axis=2, keepdims=True)
        chosen = (np.arange(volume) == largest).reshape(values.shape)
        x_grad[window] += chosen * np.expand_dims(grad[place], spatial_axes(x))
    return x_grad


def globalavgpool(x: np.ndarray) -> np.ndarray:
    """The mean of each channel.

    Shapes: x (n, channels, *in); result (n, channels, 1, ...).
    """
    check_maps("globalavgpool", x)
    return x.mean(axis=spatial_axes(x), keepdims=True)


def globalavgpool_backward(grad: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The gradient of globalavgpool by its input: each channel's values share it."""
    return adaptiveavgpool_backward(grad, x, 1)


def globalmaxpool(x: np.ndarray) -> np.ndarray:
    """The maximum of each channel.

    Shapes: x (n, channels, *in); result (n, channels, 1, ...).
    """
    check_maps("globalmaxpool", x)
    return x.max(axis=spatial_axes(x), keepdims=True)


def globalmaxpool_backward(grad: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The gradient of globalmaxpool by its input: it goes to each channel's maximum."""
    return adaptivemaxpool_backward(grad, x, 1)


def pool_window(
    x: np.ndarray, kernel: int | tuple[int, ...], stride: int | tuple[int, ...] | None
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Kernel and stride with one number for each axis."""
    kernel = each_axis(kernel, x.ndim - 2)
    return kernel, kernel if stride is None else each_axis(stride, x.ndim - 2)


def pool_margins(
    sizes: tuple[int, ...],
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    padding: int | tuple[int, ...],
    dilation: tuple[int, ...],
    ceil: bool,
) -> list[tuple[int, int]]:
    """The padding before and after each axis, and what a partly fitting window needs.

    Raises ValueError for a padding of more than half of the kernel.
    Source: PyTorch, Pool.h.
    """
    margins = []
    for size, k, s, p, d in zip(
        sizes, kernel, stride, each_axis(padding, len(sizes)), dilation, strict=True
    ):
        if p > k // 2:
            raise ValueError(f"padding {p} is more than half of the kernel, {k}")
        last_start = size + 2 * p - d * (k - 1) - 1
        missing = -last_start % s
        # A window that would start behind the map sees none of it, and does not count.
        partly_fits = ceil and last_start + missing < size + p
        margins.append((p, p + missing if partly_fits else p))
    return margins


def pool_volumes(
    x: np.ndarray,
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    padding: int | tuple[int, ...],
    out: tuple[int, ...],
    include_padding: bool,
) -> np.ndarray:
    """How many values count in each window: those in the map and maybe in its padding.

    What lies beyond the padding, under a window that only partly fits, never counts.
    """
    volumes = np.ones((), x.dtype)
    for size, k, s, p, count in zip(
        x.shape[2:], kernel, stride, each_axis(padding, len(out)), out, strict=True
    ):
        margin = p if include_padding else 0
        start = np.arange(count) * s - p
        length = np.minimum(start + k, size + margin) - np.maximum(start, -margin)
        volumes = np.multiply.outer(volumes, length.astype(x.dtype))
    return volumes


def equal_windows(
    sizes: tuple[int, ...], out: tuple[int, ...]
) -> Iterator[tuple[tuple[EllipsisType | int, ...], tuple[EllipsisType | slice, ...]]]:
    """Each place of the output, and its window: ⌊i·in / out⌋ to ⌈(i + 1)·in / out⌉."""
    for place in np.ndindex(*out):
        window = (
            slice(i * size // count, -(-(i + 1) * size // count))
            for i, size, count in zip(place, sizes, out, strict=True)
        )
        yield (..., *place), (..., *window)

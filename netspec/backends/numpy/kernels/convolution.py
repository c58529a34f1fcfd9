"""Convolutions, dense, grouped and depthwise, and transposed: matrix products."""

import math

import numpy as np

from netspec.backends.numpy.kernels.shapes import (
    along_channels,
    check_bias,
    check_gradient,
    sum_to_channels,
)
from netspec.backends.numpy.kernels.windows import (
    add_margins,
    count_windows,
    cut_margins,
    each_axis,
    fold,
    unfold,
)


def conv(
    x: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray | None = None,
    *,
    stride: int | tuple[int, ...] = 1,
    padding: int | tuple[int, ...] | str = 0,
    dilation: int | tuple[int, ...] = 1,
    groups: int = 1,
) -> np.ndarray:
    """Convolution (cross-correlation): each window's values, weighted by each filter.

        y[f, i] = bias[f] + Σ weight[f, c, k] · x[c, stride·i + dilation·k − padding]

    The sum is over channels c and positions k in the kernel. With groups, each group of
    filters sees its own group of channels. padding "same" gives ⌈in / stride⌉ outputs.

    Shapes: x (n, channels, *in), weight (filters, channels / groups, *kernel), bias
    (filters,); result (n, filters, *out) with
    out = ⌊(in + 2·padding − dilation·(kernel − 1) − 1) / stride⌋ + 1.
    """
    check_conv(x, weight, bias, groups)
    n, filters, kernel = len(x), len(weight), weight.shape[2:]
    stride, dilation = each_axis(stride, x.ndim - 2), each_axis(dilation, x.ndim - 2)
    margins = conv_margins(x.shape[2:], kernel, stride, padding, dilation)
    out = count_windows(x.shape[2:], kernel, stride, dilation, margins)

    columns = unfold(add_margins(x, margins), kernel, stride, dilation, out)
    windows = columns.reshape(groups, math.prod(weight.shape[1:]), n * math.prod(out))
    y = weight.reshape(groups, filters // groups, -1) @ windows
    y = y.reshape(filters, n, *out).swapaxes(0, 1)
    return y if bias is None else y + along_channels(bias, y)


def conv_backward(
    grad: np.ndarray,
    x: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray | None = None,
    *,
    stride: int | tuple[int, ...] = 1,
    padding: int | tuple[int, ...] | str = 0,
    dilation: int | tuple[int, ...] = 1,
    groups: int = 1,
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """The gradients of a convolution by its input, weight and bias, if it has one."""
    check_conv(x, weight, bias, groups)
    n, filters, kernel = len(x), len(weight), weight.shape[2:]
    stride, dilation = each_axis(stride, x.ndim - 2), each_axis(dilation, x.ndim - 2)
    margins = conv_margins(x.shape[2:], kernel, stride, padding, dilation)
    out = count_windows(x.shape[2:], kernel, stride, dilation, margins)
    check_gradient(grad, (n, filters, *out))

    padded = add_margins(x, margins)
    columns = unfold(padded, kernel, stride, dilation, out)
    windows = columns.reshape(groups, math.prod(weight.shape[1:]), n * math.prod(out))
    filtered = weight.reshape(groups, filters // groups, -1)
    y_grad = grad.swapaxes(0, 1).reshape(groups, filters // groups, n * math.prod(out))
    # Of y = filtered @ windows, each factor's gradient is that of y times the other.
    filtered_grad = y_grad @ windows.swapaxes(1, 2)
    windows_grad = filtered.swapaxes(1, 2) @ y_grad
    columns_grad = windows_grad.reshape(columns.shape)
    padded_grad = fold(columns_grad, padded.shape[2:], kernel, stride, dilation)
    return (
        cut_margins(padded_grad, margins),
        filtered_grad.reshape(weight.shape),
        None if bias is None else sum_to_channels(grad),
    )


def convtranspose(
    x: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray | None = None,
    *,
    stride: int | tuple[int, ...] = 1,
    padding: int | tuple[int, ...] = 0,
    output_padding: int | tuple[int, ...] = 0,
    dilation: int | tuple[int, ...] = 1,
    groups: int = 1,
) -> np.ndarray:
    """Transposed convolution: each pixel adds the filters, times its values, to y.

        y[f, stride·i + dilation·k − padding] = bias[f] + Σ weight[c, f, k] · x[c, i]

    The sum is over all channels c, and pixels i and positions k that meet there: the
    gradient of a convolution as a layer. output_padding makes y longer at its end.

    Shapes: x (n, channels, *in), weight (channels, filters / groups, *kernel), bias
    (filters,); result (n, filters, *out) with
    out = (in − 1)·stride − 2·padding + dilation·(kernel − 1) + output_padding + 1.
    """
    check_convtranspose(x, weight, bias, groups)
    n, channels, pixels = len(x), len(weight), x.shape[2:]
    filters, kernel = weight.shape[1] * groups, weight.shape[2:]
    stride, dilation = each_axis(stride, x.ndim - 2), each_axis(dilation, x.ndim - 2)
    margins = [(p, p) for p in each_axis(padding, x.ndim - 2)]
    sizes = spread_sizes(pixels, kernel, stride, output_padding, dilation, margins)

    filtered = weight.reshape(groups, channels // groups, -1)
    values = x.swapaxes(0, 1).reshape(groups, channels // groups, n * math.prod(pixels))
    windows = filtered.swapaxes(1, 2) @ values
    columns = windows.reshape(filters, math.prod(kernel), n, *pixels)
    y = cut_margins(fold(columns, sizes, kernel, stride, dilation), margins)
    return y if bias is None else y + along_channels(bias, y)


def convtranspose_backward(
    grad: np.ndarray,
    x: np.ndarray,
    weight: np.ndarray,
    bias: np.ndarray | None = None,
    *,
    stride: int | tuple[int, ...] = 1,
    padding: int | tuple[int, ...] = 0,
    output_padding: int | tuple[int, ...] = 0,
    dilation: int | tuple[int, ...] = 1,
    groups: int = 1,
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """The gradients of a transposed convolution by its input, weight and bias."""
    check_convtranspose(x, weight, bias, groups)
    n, channels, pixels = len(x), len(weight), x.shape[2:]
    filters, kernel = weight.shape[1] * groups, weight.shape[2:]
    stride, dilation = each_axis(stride, x.ndim - 2), each_axis(dilation, x.ndim - 2)
    margins = [(p, p) for p in each_axis(padding, x.ndim - 2)]
    sizes = spread_sizes(pixels, kernel, stride, output_padding, dilation, margins)
    out = (size - sum(margin) for size, margin in zip(sizes, margins, strict=True))
    check_gradient(grad, (n, filters, *out))

    filtered = weight.reshape(groups, channels // groups, -1)
    values = x.swapaxes(0, 1).reshape(groups, channels // groups, n * math.prod(pixels))
    columns = unfold(add_margins(grad, margins), kernel, stride, dilation, pixels)
    windows_grad = columns.reshape(
        groups, math.prod(weight.shape[1:]), n * math.prod(pixels)
    )
    # Of windows = filteredᵀ @ values: see `conv_backward`.
    values_grad = filtered @ windows_grad
    filtered_grad = values @ windows_grad.swapaxes(1, 2)
    return (
        values_grad.reshape(channels, n, *pixels).swapaxes(0, 1),
        filtered_grad.reshape(weight.shape),
        None if bias is None else sum_to_channels(grad),
    )


def conv_margins(
    sizes: tuple[int, ...],
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    padding: int | tuple[int, ...] | str,
    dilation: tuple[int, ...],
) -> list[tuple[int, int]]:
    """The zeros before and after each axis.

    Raises ValueError for a word other than "same".
    Source: TensorFlow, tf.nn, notes on padding: "same" puts an odd zero at the end.
    """
    if not isinstance(padding, str):
        return [(p, p) for p in each_axis(padding, len(sizes))]
    if padding != "same":
        raise ValueError(
            f'padding is a number, one an axis, or "same", not {padding!r}'
        )
    margins = []
    for size, k, s, d in zip(sizes, kernel, stride, dilation, strict=True):
        missing = max((-(-size // s) - 1) * s + d * (k - 1) + 1 - size, 0)
        margins.append((missing // 2, missing - missing // 2))
    return margins


def spread_sizes(
    pixels: tuple[int, ...],
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    output_padding: int | tuple[int, ...],
    dilation: tuple[int, ...],
    margins: list[tuple[int, int]],
) -> tuple[int, ...]:
    """The sizes of a transposed convolution's output before its margins are cut away.

    Raises ValueError where nothing would be left.
    """
    extra = each_axis(output_padding, len(pixels))
    sizes = tuple(
        (count - 1) * s + d * (k - 1) + 1 + e
        for count, k, s, d, e in zip(
            pixels, kernel, stride, dilation, extra, strict=True
        )
    )
    for size, margin in zip(sizes, margins, strict=True):
        if size <= sum(margin):
            raise ValueError(f"margins of {margins} leave nothing of an output {sizes}")
    return sizes


def check_conv(
    x: np.ndarray, weight: np.ndarray, bias: np.ndarray | None, groups: int
) -> None:
    """Raise ValueError unless the arrays of a convolution fit together."""
    if x.ndim < 3 or x.ndim != weight.ndim:
        raise ValueError(
            "conv takes x (n, channels, *spatial) and weight (filters, channels, "
            f"*kernel), not {x.shape} and {weight.shape}"
        )
    if x.shape[1] != weight.shape[1] * groups or len(weight) % groups:
        raise ValueError(
            f"weight {weight.shape} in {groups} groups does not fit x {x.shape}"
        )
    check_bias(bias, len(weight))


def check_convtranspose(
    x: np.ndarray, weight: np.ndarray, bias: np.ndarray | None, groups: int
) -> None:
    """Raise ValueError unless the arrays of a transposed convolution fit together."""
    if x.ndim < 3 or x.ndim != weight.ndim:
        raise ValueError(
            "convtranspose takes x (n, channels, *spatial) and weight (channels, "
            f"filters, *kernel), not {x.shape} and {weight.shape}"
        )
    if x.shape[1] != len(weight) or len(weight) % groups:
        raise ValueError(
            f"weight {weight.shape} in {groups} groups does not fit x {x.shape}"
        )
    check_bias(bias, weight.shape[1] * groups)

"""The textbook's convolutions: of a bare signal or map, of one with channels, of a batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from netspec.backends.numpy.kernels import convolution, windows
from netspec.functional.arrays import (
    Gradients,
    Window,
    gradient,
    numbers,
    numbers_if_given,
    whole,
    with_axes,
    without_axes,
)

Padding: TypeAlias = int | Sequence[int] | Literal["valid", "same", "full"]
"""How many zeros there are on both sides of x, or a word for it."""


def output_size(size: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    """The number of windows on an axis: ⌊(size + 2·padding − dilation·(kernel − 1) − 1) / stride⌋ + 1.

    >>> output_size(227, kernel=11, stride=4)
    55
    """
    (margin,) = whole("padding", padding, 1, least=0)
    window = (whole("kernel", kernel, 1), whole("stride", stride, 1), whole("dilation", dilation, 1))
    return windows.count_windows(whole("size", size, 1, least=0), *window, [(margin, margin)])[0]


def conv(
    x: ArrayLike,
    w: ArrayLike,
    bias: ArrayLike | None = None,
    stride: Window = 1,
    padding: Padding = 0,
    dilation: Window = 1,
    flip: bool = False,
) -> np.ndarray:
    """Convolution: the values of each window times those of the kernel, summed.

    As everywhere in deep learning, the kernel lies on the window as it is (cross-correlation). With `flip` it is turned
    round first: the convolution of mathematics and signal processing.

    A `w` of one or two axes is a bare kernel, and x a bare signal or map. Any other `w` is (filters, channels,
    *kernel), and x is (channels, *spatial), or (n, channels, *spatial) for a batch. The bias is a number for a bare
    kernel, and otherwise one for each filter.

    The padding is a number of zeros on both sides, or a word: "valid" is none; "same" gives ⌈in / stride⌉ outputs,
    where an odd zero goes to the end, but with `flip` to the start, as in NumPy and SciPy; "full" lets each value of x
    meet each of the kernel.

    >>> conv([1, 2, 3], [0, 1, 0.5], padding="full", flip=True)
    array([0. , 1. , 2.5, 4. , 1.5])
    """
    arrays = _arrays(x, w, bias)
    strides, dilations, margins = _geometry(arrays, stride, padding, dilation, flip)
    padded = windows.add_margins(arrays.x, margins)
    kernel = _turned(arrays.w) if flip else arrays.w
    y = convolution.conv(padded, kernel, arrays.bias, stride=strides, dilation=dilations)
    return without_axes(y, arrays.added)


def conv_backward(
    grad: ArrayLike,
    x: ArrayLike,
    w: ArrayLike,
    bias: ArrayLike | None = None,
    stride: Window = 1,
    padding: Padding = 0,
    dilation: Window = 1,
    flip: bool = False,
) -> Gradients:
    """The gradients of `conv` by x, w and bias.

    >>> x_grad, w_grad, _ = conv_backward([[1, 0], [0, 0]], [[0, 1, 2], [3, 4, 5], [6, 7, 8]], [[0, 1], [2, 3]])
    >>> w_grad  # the only window that counts
    array([[0., 1.],
           [3., 4.]])
    >>> x_grad  # the kernel, in the place of that window
    array([[0., 1., 0.],
           [2., 3., 0.],
           [0., 0., 0.]])
    """
    arrays = _arrays(x, w, bias)
    strides, dilations, margins = _geometry(arrays, stride, padding, dilation, flip)
    padded = windows.add_margins(arrays.x, margins)
    kernel = _turned(arrays.w) if flip else arrays.w
    out = windows.count_windows(arrays.x.shape[2:], arrays.w.shape[2:], strides, dilations, margins)
    y_grad = arrays.gradient(grad, len(arrays.w), out)
    padded_grad, kernel_grad, bias_grad = convolution.conv_backward(
        y_grad, padded, kernel, arrays.bias, stride=strides, dilation=dilations
    )
    w_grad = _turned(kernel_grad) if flip else kernel_grad
    return arrays.gradients(windows.cut_margins(padded_grad, margins), w_grad, bias_grad)


def convtranspose(
    x: ArrayLike,
    w: ArrayLike,
    bias: ArrayLike | None = None,
    stride: Window = 1,
    padding: Window = 0,
    dilation: Window = 1,
) -> np.ndarray:
    """Transposed convolution: the kernel times each value of x, laid down one stride apart and added up.

    A `w` of one or two axes is a bare kernel, and x a bare signal or map. Any other `w` is (channels, filters,
    *kernel), and x is (channels, *spatial), or (n, channels, *spatial) for a batch. The padding is cut away on both
    sides.

    >>> convtranspose([[0, 1], [2, 3]], [[0, 1], [2, 3]])
    array([[ 0.,  0.,  1.],
           [ 0.,  4.,  6.],
           [ 4., 12.,  9.]])
    """
    arrays = _arrays(x, w, bias)
    strides, cut, dilations = _transposed_geometry(arrays, stride, padding, dilation)
    y = convolution.convtranspose(*arrays[:3], stride=strides, padding=cut, dilation=dilations)
    return without_axes(y, arrays.added)


def convtranspose_backward(
    grad: ArrayLike,
    x: ArrayLike,
    w: ArrayLike,
    bias: ArrayLike | None = None,
    stride: Window = 1,
    padding: Window = 0,
    dilation: Window = 1,
) -> Gradients:
    """The gradients of `convtranspose` by x, w and bias."""
    arrays = _arrays(x, w, bias)
    strides, cut, dilations = _transposed_geometry(arrays, stride, padding, dilation)
    margins = [(p, p) for p in cut]
    whole_sizes = convolution.spread_sizes(arrays.x.shape[2:], arrays.w.shape[2:], strides, 0, dilations, margins)
    out = tuple(size - 2 * p for size, p in zip(whole_sizes, cut, strict=True))
    y_grad = arrays.gradient(grad, arrays.w.shape[1], out)
    gradients = convolution.convtranspose_backward(y_grad, *arrays[:3], stride=strides, padding=cut, dilation=dilations)
    return arrays.gradients(*gradients)


class _Arrays(NamedTuple):
    """The arrays of a convolution as its kernel takes them: with channels, as a batch."""

    x: np.ndarray
    w: np.ndarray
    bias: np.ndarray | None
    added: int
    """The number of axes that x did not have: 2 with a bare kernel."""

    def gradient(self, grad: ArrayLike, filters: int, out: tuple[int, ...]) -> np.ndarray:
        """The gradient of an output with so many channels of these sizes, as a batch."""
        shape = (len(self.x), filters, *out)
        return gradient(grad, shape[self.added :]).reshape(shape)

    def gradients(self, x: np.ndarray, w: np.ndarray, bias: np.ndarray | None) -> Gradients:
        """The gradients in the shapes that the arrays had."""
        if self.added < 2:
            return without_axes(x, self.added), w, bias
        return without_axes(x, 2), without_axes(w, 2), None if bias is None else bias[0]


def _arrays(x: ArrayLike, w: ArrayLike, bias: ArrayLike | None) -> _Arrays:
    values, weight = numbers("x", x), numbers("w", w)
    constant = numbers_if_given("bias", bias)
    if weight.ndim > 2:
        if values.ndim not in (weight.ndim - 1, weight.ndim):
            raise ValueError(f"w {weight.shape} has filters, so x must have channels, but x is {values.shape}")
        added = weight.ndim - values.ndim
        return _Arrays(with_axes(values, added), weight, constant, added)
    if not 1 <= weight.ndim == values.ndim:
        raise ValueError(f"w {weight.shape} is a bare kernel, so x must have as many axes, but x is {values.shape}")
    if constant is not None and constant.ndim:
        raise ValueError(f"w {weight.shape} is a bare kernel, so the bias must be a number, not {constant.shape}")
    constant = None if constant is None else with_axes(constant, 1)
    return _Arrays(with_axes(values, 2), with_axes(weight, 2), constant, 2)


def _geometry(
    arrays: _Arrays, stride: Window, padding: Padding, dilation: Window, flip: bool = False
) -> tuple[tuple[int, ...], tuple[int, ...], list[tuple[int, int]]]:
    """Stride, dilation and the zeros before and after, each for every axis."""
    sizes, kernel = arrays.x.shape[2:], arrays.w.shape[2:]
    strides, dilations = whole("stride", stride, len(sizes)), whole("dilation", dilation, len(sizes))
    if not isinstance(padding, str):
        return strides, dilations, [(p, p) for p in whole("padding", padding, len(sizes), least=0)]
    if padding == "valid":
        return strides, dilations, [(0, 0) for _ in sizes]
    if padding == "full":
        reach = (d * (k - 1) for k, d in zip(kernel, dilations, strict=True))
        return strides, dilations, [(r, r) for r in reach]
    if padding == "same":
        margins = convolution.conv_margins(sizes, kernel, strides, padding, dilations)
        return strides, dilations, [(after, before) if flip else (before, after) for before, after in margins]
    raise ValueError(f'padding is a number, one for each axis, "valid", "same" or "full", not {padding!r}')


def _transposed_geometry(
    arrays: _Arrays, stride: Window, padding: Window, dilation: Window
) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """Stride, what is cut away on both sides, and dilation, each for every axis."""
    strides, dilations, _ = _geometry(arrays, stride, 0, dilation)
    return strides, whole("padding", padding, len(strides), least=0), dilations


def _turned(w: np.ndarray) -> np.ndarray:
    """The kernels turned round, on all their axes."""
    return np.flip(w, tuple(range(2, w.ndim)))

"""The textbook's pooling, over the last axes of an array."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from netspec.backends.numpy.kernels import pooling, windows
from netspec.functional.arrays import Window, gradient, numbers, whole


def maxpool(
    x: ArrayLike,
    kernel: Window,
    stride: Window | None = None,
    padding: Window = 0,
    dilation: Window = 1,
    ceil: bool = False,
) -> np.ndarray:
    """The maximum of each window, over the last axes of x.

    A kernel of several numbers has one for each of so many last axes. A single number is for the last two, or for the
    one there is. The stride is the kernel's size if None. With `ceil`, a last window that only partly fits counts too.

    >>> maxpool([[0, 1, 2], [3, 4, 5], [6, 7, 8]], 2, stride=1)
    array([[4., 5.],
           [7., 8.]])
    """
    call = _call(x, kernel, stride, padding)
    dilations = whole("dilation", dilation, len(call.kernel))
    return call.unbatched(pooling.maxpool(*call[:4], dilations, ceil))


def maxpool_backward(
    grad: ArrayLike,
    x: ArrayLike,
    kernel: Window,
    stride: Window | None = None,
    padding: Window = 0,
    dilation: Window = 1,
    ceil: bool = False,
) -> np.ndarray:
    """The gradient of `maxpool` by x: that of a window goes to its maximum, the first if there are several.

    >>> maxpool_backward([[1, 2]], [[0, 5, 1, 1], [3, 4, 0, 0]], 2)
    array([[0., 1., 2., 0.],
           [0., 0., 0., 0.]])
    """
    call = _call(x, kernel, stride, padding)
    dilations = whole("dilation", dilation, len(call.kernel))
    y_grad = call.gradient(grad, dilations, ceil)
    return call.unbatched(pooling.maxpool_backward(y_grad, *call[:4], dilations, ceil))


def avgpool(
    x: ArrayLike,
    kernel: Window,
    stride: Window | None = None,
    padding: Window = 0,
    ceil: bool = False,
    include_padding: bool = True,
) -> np.ndarray:
    """The mean of each window, over the last axes of x as `maxpool`. The zeros of the padding may count or not.

    >>> avgpool([[0, 1, 2], [3, 4, 5], [6, 7, 8]], 2, stride=1)
    array([[2., 3.],
           [5., 6.]])
    """
    call = _call(x, kernel, stride, padding)
    return call.unbatched(pooling.avgpool(*call[:4], ceil, include_padding))


def avgpool_backward(
    grad: ArrayLike,
    x: ArrayLike,
    kernel: Window,
    stride: Window | None = None,
    padding: Window = 0,
    ceil: bool = False,
    include_padding: bool = True,
) -> np.ndarray:
    """The gradient of `avgpool` by x: the values of a window share its gradient."""
    call = _call(x, kernel, stride, padding)
    y_grad = call.gradient(grad, (1,) * len(call.kernel), ceil)
    return call.unbatched(pooling.avgpool_backward(y_grad, *call[:4], ceil, include_padding))


class _Call(NamedTuple):
    """A pooling as its kernel takes it: all maps as a batch, and a number for each of their axes."""

    maps: np.ndarray
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    before: tuple[int, ...]
    """The axes that x has before those of its maps."""

    def gradient(self, grad: ArrayLike, dilation: tuple[int, ...], ceil: bool) -> np.ndarray:
        """The gradient of the output, as a batch too."""
        window = (self.kernel, self.stride)
        margins = pooling.pool_margins(self.maps.shape[2:], *window, self.padding, dilation, ceil)
        out = windows.count_windows(self.maps.shape[2:], *window, dilation, margins)
        return gradient(grad, (*self.before, *out)).reshape(len(self.maps), 1, *out)

    def unbatched(self, maps: np.ndarray) -> np.ndarray:
        """The maps with the axes before theirs that x has."""
        return maps.reshape(*self.before, *maps.shape[2:])


def _call(x: ArrayLike, kernel: Window, stride: Window | None, padding: Window) -> _Call:
    values = numbers("x", x)
    rank = len(kernel) if isinstance(kernel, Sequence) else min(values.ndim, 2)
    if not 1 <= rank <= values.ndim:
        raise ValueError(f"the kernel {kernel} needs {max(rank, 1)} axes, but x is {values.shape}")
    before = values.shape[:-rank]
    sizes = whole("kernel", kernel, rank)
    return _Call(
        values.reshape(math.prod(before), 1, *values.shape[-rank:]),
        sizes,
        sizes if stride is None else whole("stride", stride, rank),
        whole("padding", padding, rank, least=0),
        before,
    )

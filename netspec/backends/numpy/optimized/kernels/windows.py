"""Views of feature maps, channels last: the windows that slide over them."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.lib.stride_tricks import as_strided

from netspec.backends.numpy.optimized.kernels.plan import Widths, on_each_axis


def window_view(
    x: np.ndarray,
    kernel: Sequence[int],
    stride: Widths,
    dilation: Widths,
    groups: int = 1,
) -> np.ndarray:
    """What each window sees, without copying.

    Shapes: x (n, *in, channels); result (groups, n, *out, *kernel, channels / groups).
    """
    n, *sizes, channels = x.shape
    first, *steps, last = x.strides
    few = channels // groups
    strides = on_each_axis(stride, len(kernel))
    dilations = on_each_axis(dilation, len(kernel))
    out = (
        (size - d * (k - 1) - 1) // s + 1
        for size, k, s, d in zip(sizes, kernel, strides, dilations, strict=True)
    )
    apart = (s * step for s, step in zip(strides, steps, strict=True))
    within = (d * step for d, step in zip(dilations, steps, strict=True))
    shape = (groups, n, *out, *kernel, few)
    return as_strided(x, shape, (few * last, first, *apart, *within, last))


def taps(
    x: np.ndarray,
    kernel: Sequence[int],
    stride: Widths,
    dilation: Widths,
    out: Sequence[int],
) -> Iterator[np.ndarray]:
    """For each position in the kernel, what the first `out` windows see there.

    Shapes: x (n, *in, channels), each (n, *out, channels).
    """
    strides = on_each_axis(stride, len(kernel))
    dilations = on_each_axis(dilation, len(kernel))
    for position in np.ndindex(*kernel):
        yield x[
            :,
            *(
                slice(d * k, d * k + s * (count - 1) + 1, s)
                for k, s, d, count in zip(
                    position, strides, dilations, out, strict=True
                )
            ),
        ]

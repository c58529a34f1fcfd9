"""Rearranging: layers that move, repeat or drop values, or scale each channel."""

import numpy as np

from netspec.backends.numpy.kernels.merging import add
from netspec.backends.numpy.kernels.shapes import (
    along_channels,
    check_gradient,
    check_maps,
    sum_to_channels,
)
from netspec.backends.numpy.kernels.windows import add_margins, cut_margins, each_axis


def pad(
    x: np.ndarray,
    before: int | tuple[int, ...],
    after: int | tuple[int, ...] | None = None,
    mode: str = "zeros",
) -> np.ndarray:
    """Values added before and after each axis: `after` as many as `before` if None.

    They are zeros, the map mirrored (reflect), its edge (replicate) or its other end
    (circular).

    Shapes: x (n, channels, *in); result (n, channels, *out), out = in + before + after.
    """
    check_maps("pad", x)
    margins = pad_margins(x, before, after)
    if mode == "zeros":
        return add_margins(x, margins)
    for axis, margin in enumerate(margins, start=2):
        x = x.take(pad_sources(x.shape[axis], margin, mode), axis)
    return x


def pad_backward(
    grad: np.ndarray,
    x: np.ndarray,
    before: int | tuple[int, ...],
    after: int | tuple[int, ...] | None = None,
    mode: str = "zeros",
) -> np.ndarray:
    """The gradient of pad by its input: it goes to where each value was taken from."""
    margins = pad_margins(x, before, after)
    sizes = (size + sum(m) for size, m in zip(x.shape[2:], margins, strict=True))
    check_gradient(grad, (*x.shape[:2], *sizes))
    if mode == "zeros":
        return cut_margins(grad, margins)
    for axis, margin in enumerate(margins, start=2):
        size = x.shape[axis]
        grad = take_backward(grad, pad_sources(size, margin, mode), size, axis)
    return grad


def upsample(
    x: np.ndarray,
    scale: int | tuple[int, ...],
    mode: str = "nearest",
    align_corners: bool = False,
) -> np.ndarray:
    """A map made larger by a whole factor, axis by axis.

    The mode is nearest, linear, also called bilinear and trilinear, or bicubic. With
    `align_corners` it is the centres of the corner pixels that stay in the corners, not
    their outer edges.

    Shapes: x (n, channels, *in); result (n, channels, *out), out = scale · in.
    """
    check_maps("upsample", x)
    for axis, factor in enumerate(each_axis(scale, x.ndim - 2), start=2):
        parts = interpolation(x.shape[axis], factor, mode, align_corners)
        pixels = [
            x.take(sources, axis) * along_axis(shares, x, axis)
            for sources, shares in parts
        ]
        x = add(*pixels)
    return x


def upsample_backward(
    grad: np.ndarray,
    x: np.ndarray,
    scale: int | tuple[int, ...],
    mode: str = "nearest",
    align_corners: bool = False,
) -> np.ndarray:
    """The gradient of upsample by its input: it goes to those a pixel is made of."""
    factors = each_axis(scale, x.ndim - 2)
    sizes = (size * factor for size, factor in zip(x.shape[2:], factors, strict=True))
    check_gradient(grad, (*x.shape[:2], *sizes))
    for axis, factor in enumerate(factors, start=2):
        size = x.shape[axis]
        parts = interpolation(size, factor, mode, align_corners)
        pixels = [
            take_backward(grad * along_axis(shares, grad, axis), sources, size, axis)
            for sources, shares in parts
        ]
        grad = add(*pixels)
    return grad


def pixelshuffle(x: np.ndarray, factor: int) -> np.ndarray:
    """Channels laid out in space, in blocks of factor by factor.

    Shapes: x (n, channels · factor², height, width);
    result (n, channels, height · factor, width · factor).
    Source: Shi et al., "Real-Time Single Image and Video Super-Resolution", 2016.
    """
    if x.ndim != 4 or x.shape[1] % factor**2:
        raise ValueError(
            f"pixelshuffle takes x (n, channels, height, width) with a multiple of "
            f"{factor**2} channels, not {x.shape}"
        )
    n, channels, height, width = x.shape
    channels //= factor**2
    blocks = x.reshape(n, channels, factor, factor, height, width)
    rows = blocks.transpose(0, 1, 4, 2, 5, 3)
    return rows.reshape(n, channels, height * factor, width * factor)


def pixelshuffle_backward(grad: np.ndarray, x: np.ndarray, factor: int) -> np.ndarray:
    """The gradient of pixelshuffle by its input: values go back to their channels."""
    n, channels, height, width = x.shape
    rows = grad.reshape(n, channels // factor**2, height, factor, width, factor)
    return rows.transpose(0, 1, 3, 5, 2, 4).reshape(x.shape)


def shuffle(x: np.ndarray, groups: int) -> np.ndarray:
    """Channels of several groups interleaved: the first of each, the second of each.

    Shapes: x (n, channels, *spatial), also the result's.
    Source: Zhang et al., "ShuffleNet", 2018.
    """
    if x.shape[1] % groups:
        raise ValueError(f"{groups} groups do not divide the channels of x {x.shape}")
    grouped = x.reshape(len(x), groups, x.shape[1] // groups, *x.shape[2:])
    return grouped.swapaxes(1, 2).reshape(x.shape)


def shuffle_backward(grad: np.ndarray, x: np.ndarray, groups: int) -> np.ndarray:
    """The gradient of shuffle by its input: each channel goes back to its group."""
    return shuffle(grad, x.shape[1] // groups)


def slice_channels(x: np.ndarray, start: int, stop: int) -> np.ndarray:
    """Some of the channels: from `start` up to, not including, `stop`."""
    return x[:, start:stop]


def slice_channels_backward(
    grad: np.ndarray, x: np.ndarray, start: int, stop: int
) -> np.ndarray:
    """The gradient of slice_channels by its input: 0 for channels that are not kept."""
    x_grad = np.zeros(x.shape, grad.dtype)
    x_grad[:, start:stop] = grad
    return x_grad


def scale(x: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Each channel times a learned factor.

    Shapes: x (n, channels, *spatial) or (n, channels), weight (channels,).
    """
    return x * along_channels(weight, x)


def scale_backward(
    grad: np.ndarray, x: np.ndarray, weight: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The gradients of scale by its input and weight."""
    return grad * along_channels(weight, x), sum_to_channels(grad * x)


def pad_margins(
    x: np.ndarray, before: int | tuple[int, ...], after: int | tuple[int, ...] | None
) -> list[tuple[int, int]]:
    """How much is added before and after each axis."""
    befores = each_axis(before, x.ndim - 2)
    afters = befores if after is None else each_axis(after, x.ndim - 2)
    return list(zip(befores, afters, strict=True))


def pad_sources(size: int, margin: tuple[int, int], mode: str) -> np.ndarray:
    """For each place on a padded axis, the place that its value is taken from.

    Raises ValueError for another mode, or where the axis has not so much to give.
    """
    before, after = margin
    places = np.arange(-before, size + after)
    if mode == "replicate":
        return places.clip(0, size - 1)
    if mode == "circular" and max(margin) <= size:
        return places % size
    if mode == "reflect" and max(margin) < size:
        return size - 1 - np.abs(size - 1 - np.abs(places))
    raise ValueError(f"mode {mode!r} cannot add {margin} to an axis of {size}")


def interpolation(
    size: int, factor: int, mode: str, align_corners: bool
) -> list[tuple[np.ndarray, np.ndarray]]:
    """What the pixels of an enlarged axis are made of: places, each with its share.

    Raises ValueError for another mode.
    Source: Keys, "Cubic Convolution Interpolation", 1981, with a = −0.75.
    """
    pixels = np.arange(size * factor)
    if mode == "nearest" or factor == 1:
        return [(pixels // factor, np.ones(len(pixels)))]
    # Where a pixel lies among the old ones is above / below, exactly.
    if align_corners:
        above, below = pixels * (size - 1), max(len(pixels) - 1, 1)
    else:
        above, below = 2 * pixels + 1 - factor, 2 * factor
    if mode in ("linear", "bilinear", "trilinear"):
        above = np.maximum(above, 0)
        t = above % below / below
        parts = [(0, 1 - t), (1, t)]
    elif mode == "bicubic":
        t = above % below / below
        parts = [(-1, cubic_far(1 + t)), (0, cubic_near(t))]
        parts += [(1, cubic_near(1 - t)), (2, cubic_far(2 - t))]
    else:
        raise ValueError(
            f"no mode {mode!r}: nearest, linear, bilinear, trilinear, bicubic"
        )
    left = above // below
    return [((left + offset).clip(0, size - 1), shares) for offset, shares in parts]


def along_axis(values: np.ndarray, x: np.ndarray, axis: int) -> np.ndarray:
    """One value for each place on an axis, shaped to meet x and of its type."""
    return values.astype(x.dtype).reshape(-1, *[1] * (x.ndim - 1 - axis))


def cubic_near(distance: np.ndarray) -> np.ndarray:
    """The share of a pixel no more than 1 away, in cubic interpolation."""
    return (1.25 * distance - 2.25) * distance**2 + 1


def cubic_far(distance: np.ndarray) -> np.ndarray:
    """The share of a pixel from 1 to 2 away, in cubic interpolation."""
    return -0.75 * (((distance - 5) * distance + 8) * distance - 4)


def take_backward(
    grad: np.ndarray, sources: np.ndarray, size: int, axis: int
) -> np.ndarray:
    """The gradient of `x.take(sources, axis)` by x, which has `size` places there."""
    rows = np.moveaxis(grad, axis, 0)
    x_grad = np.zeros((size, *rows.shape[1:]), grad.dtype)
    for source, row in zip(sources, rows, strict=True):
        x_grad[source] += row
    return np.moveaxis(x_grad, 0, axis)

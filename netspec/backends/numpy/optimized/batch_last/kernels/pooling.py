"""Pooling with the batch last: of windows that a convolution laid out, or of others."""

import itertools
from collections.abc import Iterator

import numpy as np

from netspec.backends.numpy.optimized.batch_last.kernels.training import TrainingPlan
from netspec.backends.numpy.optimized.batch_last.kernels.values import (
    BatchLast,
    batch_last_exact,
    new_place,
    own_mask,
    place_of_gradient,
    way_back,
)
from netspec.backends.numpy.optimized.kernels.plan import Plan


def batch_last_avgpool_windows(p: Plan, x: BatchLast) -> BatchLast:
    """The mean of each window that a convolution has laid out.

    The sum is a product with ones; the division is left to the next layer's weights.
    """
    rows, window, *maps = x.array.shape
    y = new_place(p, x, (rows, *maps))
    sums = y.array.reshape(rows, 1, -1)
    ones = p.constant(1.0, (1, window))
    p.do(np.matmul, ones, x.array.reshape(rows, window, -1), out=sums)

    def backward(p: TrainingPlan, grad: np.ndarray) -> np.ndarray:
        return np.broadcast_to(grad[:, np.newaxis], x.array.shape)

    return way_back(p, y._replace(scale=x.scale / window), backward)


def batch_last_maxpool_windows(p: Plan, x: BatchLast) -> BatchLast:
    """The maximum of each window that a convolution has laid out.

    Its gradient goes to the first of the largest values.
    """
    rows, window, *maps = x.array.shape
    y = new_place(p, x, (rows, *maps))
    p.do(np.maximum.reduce, x.array, axis=1, out=y.array)
    if not (x.trained and isinstance(p, TrainingPlan)):
        return y

    chosen, found = own_mask(x.array.shape), own_mask(y.array.shape)
    p.do(np.equal, x.array, y.array[:, np.newaxis], out=chosen)
    p.do(found.fill, False)
    for place in range(window):
        only_first(p, chosen[:, place], found)

    def backward(p: TrainingPlan, grad: np.ndarray) -> np.ndarray:
        x_grad = place_of_gradient(p, x)
        p.do(np.multiply, grad[:, np.newaxis], chosen, out=x_grad)
        return x_grad

    return way_back(p, y, backward)


def only_first(p: Plan, chosen: np.ndarray, found: np.ndarray) -> None:
    """Choose only where nothing has been found so far, and note what is found now."""
    p.do(np.greater, chosen, found, out=chosen)
    p.do(np.logical_or, chosen, found, out=found)


def batch_last_avgpool(
    p: Plan,
    x: BatchLast,
    size: tuple[int, int],
    kernel: tuple[int, int],
    stride: tuple[int, int],
    margin: tuple[int, int] = (0, 0),
    include_padding: bool = True,
) -> BatchLast:
    """The mean of each window, of `size` rows and columns of them.

    margin: the zeros above and left, and as many below and right.
    """
    height, channels, width, n = x.array.shape
    places = list(window_places((height, width), size, kernel, stride, margin))
    inside = np.zeros((size[0], 1, size[1], 1))
    for at, _ in places:
        inside[at] += 1
    volumes = inside
    if include_padding:
        axes = zip((height, width), size, kernel, stride, margin, strict=True)
        volumes = np.multiply.outer(*(padded_lengths(*axis) for axis in axes))
        volumes = volumes[:, np.newaxis, :, np.newaxis]
        if (volumes > inside).any():
            x = batch_last_exact(p, x, scale=False)  # the zeros must be zeros
    even = bool((volumes == volumes.flat[0]).all())
    shares = np.broadcast_to(1 / volumes, (size[0], channels, size[1], n))
    shares = shares.astype(p.dtype)

    y = new_place(p, x, shares.shape)
    p.do(y.array.fill, 0)
    for at, seen in places:
        p.do(np.add, y.array[at], x.array[seen], out=y.array[at])
    if not even:
        p.do(np.multiply, y.array, shares, out=y.array)

    def backward(p: TrainingPlan, grad: np.ndarray) -> np.ndarray:
        if not even:
            p.do(np.multiply, grad, shares, out=y.array)
            grad = y.array
        x_grad = p.buffer(0, x.array.shape)
        p.do(x_grad.fill, 0)
        for at, seen in places:
            p.do(np.add, x_grad[seen], grad[at], out=x_grad[seen])
        return x_grad

    scale = x.scale / float(volumes.flat[0]) if even else x.scale
    return way_back(p, y._replace(scale=scale), backward)


def batch_last_maxpool(
    p: Plan,
    x: BatchLast,
    size: tuple[int, int],
    kernel: tuple[int, int],
    stride: tuple[int, int],
    margin: tuple[int, int] = (0, 0),
    dilation: tuple[int, int] = (1, 1),
) -> BatchLast:
    """The maximum of each window, of `size` rows and columns of them.

    Its gradient goes to the first of the largest values. margin: what is above and left
    of the map, where there is −∞.
    """
    height, channels, width, n = x.array.shape
    places = list(
        window_places((height, width), size, kernel, stride, margin, dilation)
    )
    y = new_place(p, x, (size[0], channels, size[1], n))
    p.do(y.array.fill, -np.inf)
    for at, seen in places:
        p.do(np.maximum, y.array[at], x.array[seen], out=y.array[at])
    if not (x.trained and isinstance(p, TrainingPlan)):
        return y

    chosen, found = own_mask((len(places), *y.array.shape)), own_mask(y.array.shape)
    p.do(found.fill, False)
    for place, (at, seen) in zip(chosen, places, strict=True):
        p.do(np.equal, x.array[seen], y.array[at], out=place[at])
        only_first(p, place[at], found[at])

    def backward(p: TrainingPlan, grad: np.ndarray) -> np.ndarray:
        x_grad = p.buffer(0, x.array.shape)
        (part,) = p.scratch(y.array.shape)
        p.do(x_grad.fill, 0)
        for place, (at, seen) in zip(chosen, places, strict=True):
            p.do(np.multiply, grad[at], place[at], out=part[at])
            p.do(np.add, x_grad[seen], part[at], out=x_grad[seen])
        return x_grad

    return way_back(p, y, backward)


def batch_last_globalavgpool(p: Plan, x: BatchLast) -> BatchLast:
    """The mean of each channel."""
    height, channels, width, n = x.array.shape
    y = new_place(p, x, (1, channels, 1, n))
    p.do(np.add.reduce, x.array, axis=(0, 2), keepdims=True, out=y.array)

    def backward(p: TrainingPlan, grad: np.ndarray) -> np.ndarray:
        return np.broadcast_to(grad, x.array.shape)

    return way_back(p, y._replace(scale=x.scale / (height * width)), backward)


def window_places(
    sizes: tuple[int, int],
    out: tuple[int, int],
    kernel: tuple[int, int],
    stride: tuple[int, int],
    margin: tuple[int, int],
    dilation: tuple[int, int] = (1, 1),
) -> Iterator[tuple[tuple[slice, ...], tuple[slice, ...]]]:
    """Each place in the windows, by row: which outputs see the map, and what they see.

    Both are indices of arrays (height, channels, width, n).
    """
    everything = slice(None)
    each_axis = zip(sizes, out, kernel, stride, margin, dilation, strict=True)
    for rows, columns in itertools.product(*(axis_places(*axis) for axis in each_axis)):
        yield (
            (rows[0], everything, columns[0]),
            (rows[1], everything, columns[1]),
        )


def axis_places(
    size: int, out: int, kernel: int, stride: int, margin: int, dilation: int
) -> Iterator[tuple[slice, slice]]:
    """The same on one axis."""
    for k in range(kernel):
        offset = k * dilation - margin
        start = max(0, -(offset // stride))
        stop = min(out, (size - 1 - offset) // stride + 1)
        if start < stop:
            first, last = start * stride + offset, (stop - 1) * stride + offset
            yield slice(start, stop), slice(first, last + 1, stride)


def padded_lengths(
    size: int, out: int, kernel: int, stride: int, margin: int
) -> np.ndarray:
    """How much of each window lies in the map and its margins, on one axis."""
    start = np.arange(out) * stride - margin
    return np.minimum(start + kernel, size + margin) - np.maximum(start, -margin)

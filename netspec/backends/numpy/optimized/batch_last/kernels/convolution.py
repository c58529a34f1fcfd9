"""Convolution with the batch last, and its way back."""

from collections.abc import Mapping

import numpy as np
from numpy.lib.stride_tricks import as_strided

from netspec.backends.numpy.optimized.batch_last.kernels.tiling import (
    Tiling,
    overlapping_rows,
)
from netspec.backends.numpy.optimized.batch_last.kernels.training import TrainingPlan
from netspec.backends.numpy.optimized.batch_last.kernels.values import (
    BatchLast,
    new_place,
    own_array,
    way_back,
)
from netspec.backends.numpy.optimized.batch_last.kernels.weights import (
    Folding,
    filled,
    layer_weights,
)
from netspec.backends.numpy.optimized.kernels.plan import Plan


def batch_last_conv(
    p: Plan,
    x: BatchLast,
    name: str,
    size: tuple[int, int],
    margin: tuple[int, int] = (0, 0),
    stride: tuple[int, int] = (1, 1),
    dilation: tuple[int, int] = (1, 1),
    groups: int = 1,
    window: tuple[int, int] | None = None,
    divisor: float = 1.0,
    norm: str = "",
    eps: float = 0.0,
) -> BatchLast:
    """A convolution's first `size` outputs (rows, columns), kept as outputs / divisor.

    margin: how far the windows reach over the edges, above and left. window: that of a
    pooling that comes next, if its windows do not overlap: they are laid out for it.
    norm: a batchnorm to fold in.
    """
    channels, n = x.array.shape[1], p.n
    shape = p.weights[f"{name}.weight"].shape
    filters, _, *kernel = shape
    high, wide = window or (1, 1)
    rows, tiles = size[0], size[1] // wide
    tiling = Tiling(
        channels=channels,
        filters=filters,
        kernel=((1, *kernel)[-2], kernel[-1]),
        size=(rows, tiles),
        tile=wide,
        stride=stride,
        dilation=dilation,
        groups=groups,
        margin=margin,
    )
    folding = Folding(x.scale, x.shift, divisor)
    windows = overlapping_rows(gather(p, x, tiling), rows, tiling.span, stride[0])

    weights, biases = tiling.places()

    def fill(matrix: np.ndarray) -> None:
        weight, bias = layer_weights(p, name, norm, eps)
        matrix.put(weights, weight * folding.factor)
        matrix.put(biases, folding.constant(weight, bias))

    matrix = filled(p, (name, "matrix"), tiling.matrix_shape, fill)
    inner = tiling.products, tiles * n
    # The way back to x sees rows of zeros around those of the outputs.
    around = -(-tiling.span // stride[0]) - 1
    if isinstance(p, TrainingPlan) and x.trained:
        padded = own_array(p, (rows + 2 * around, *inner), 0.0)
    else:
        padded, around = new_place(p, x, (rows, *inner)).array, 0
    products = padded[around : around + rows]
    p.do(np.matmul, matrix, windows, out=products)

    maps = products.reshape(
        (rows // high, high * wide, filters, tiles, n)
        if window
        else (rows, filters, tiles, n)
    )

    def backward(p: TrainingPlan, grad: np.ndarray) -> np.ndarray | None:
        if not np.may_share_memory(grad, products):
            p.do(np.copyto, maps, grad)
        total = add_up(p, name, products, windows)

        def gradients() -> Mapping[str, np.ndarray]:
            weight_grad = total.take(weights).sum(axis=0).reshape(shape)
            return folding.unfolded(name, weight_grad, total.take(biases).sum(axis=0))

        p.state.gradients[name] = gradients
        return back_to_input(p, x, name, tiling, matrix, padded) if x.trained else None

    y = BatchLast(maps, divisor, slot=1 - x.slot, trained=True)
    return way_back(p, y, backward)


def gather(p: Plan, x: BatchLast, tiling: Tiling) -> np.ndarray:
    """The slabs of an input. Its margin stands for zeros, and is written only once."""
    tiles, channels, n = tiling.size[1], tiling.channels, p.n
    shape = tiling.seen, tiling.slab, tiles, n
    slabs = own_array(p, shape, 0.0 - x.shift / x.scale)
    slabs[:, -1] = 1
    seen = slabs[:, :-1].reshape(tiling.seen, -1, channels, tiles, n)
    height, _, width, _ = x.array.shape
    rows, inputs = tiling.rows(height)
    row, channel, column, example = x.array.strides
    for places, some, first, step in tiling.columns(width):
        target = seen[rows, places, :, some]
        source = as_strided(
            x.array[inputs, :, first:],
            target.shape,
            (row, column, channel, step * column, example),
        )
        p.do(np.copyto, target, source)
    return slabs


def add_up(
    p: TrainingPlan, name: str, grads: np.ndarray, windows: np.ndarray
) -> np.ndarray:
    """The sum over all blocks of the gradients by the matrix of a layer.

    Shapes: grads (rows, products, positions), windows (rows, inputs, positions).
    """
    shape = grads.shape[1], windows.shape[1]
    each, together = p.scratch((len(grads), *shape), shape)
    total = p.sum((name, "matrix"), shape)
    p.do(np.matmul, grads, windows.swapaxes(1, 2), out=each)
    p.do(np.add.reduce, each, axis=0, out=together)
    p.do(np.add, total, together, out=total)
    return total


def back_to_input(
    p: TrainingPlan,
    x: BatchLast,
    name: str,
    tiling: Tiling,
    matrix: np.ndarray,
    grads: np.ndarray,
) -> np.ndarray:
    """The gradient by the input of a convolution, from that by its products.

    A row of inputs is seen by neighbouring rows of outputs: its slab's gradient is one
    product, too. The slabs' columns are then added where they come from.

    Shapes: grads (rows with those of zeros, products, positions).
    """
    height, channels, width, n = x.array.shape
    step, slab, tiles = tiling.stride[0], tiling.slab - 1, tiling.size[1]
    around = (len(grads) - tiling.size[0]) // 2
    rows, inputs = tiling.rows(height)
    slabs = own_array(p, (rows.stop - rows.start, slab, tiles * n), 0.0)
    for first in range(min(step, tiling.span)):
        # These rows of the kernel are met by the input's rows first, first + step, ...
        kernel_rows = len(range(first, tiling.span, step))
        start = rows.start + (first - rows.start) % step
        count = len(range(start, rows.stop, step))
        if not count:
            continue

        def turn(turned: np.ndarray, first: int = first) -> None:
            by_row = matrix.reshape(tiling.products, tiling.span, slab + 1)[:, :, :-1]
            by_place = turned.reshape(slab, -1, tiling.products)
            by_place[:, ::-1] = by_row[:, first::step].transpose(2, 1, 0)

        shape = slab, kernel_rows * tiling.products
        turned = filled(p, (name, "turned", first), shape, turn)
        top = (start - first) // step + around - (kernel_rows - 1)
        windows = overlapping_rows(grads[top:], count, kernel_rows, 1)
        p.do(np.matmul, turned, windows, out=slabs[start - rows.start :: step])

    x_grad = p.buffer(0, x.array.shape)
    p.do(x_grad.fill, 0)
    seen = slabs.reshape(len(slabs), -1, channels, tiles, n)
    for places, some, first, stride in tiling.columns(width):
        count = some.stop - some.start
        for column, place in enumerate(range(places.start, places.stop), first):
            end = column + (count - 1) * stride + 1
            target = x_grad[inputs, :, column:end:stride]
            p.do(np.add, target, seen[:, place, :, some], out=target)
    return x_grad

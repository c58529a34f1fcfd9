"""Convolution with the batch last, and its way back."""

import itertools
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
    products = new_place(p, x, (rows, tiling.products, tiles * n)).array
    p.do(np.matmul, matrix, windows, out=products)

    maps = products.reshape(
        (rows // high, high * wide, filters, tiles, n)
        if window
        else (rows, filters, tiles, n)
    )

    def backward(p: TrainingPlan, grad: np.ndarray) -> np.ndarray | None:
        if not np.may_share_memory(grad, products):
            p.do(np.copyto, maps, grad)
        total = add_up(p, name, products, windows).T

        def gradients() -> Mapping[str, np.ndarray]:
            weight_grad = total.take(weights).sum(axis=0).reshape(shape)
            return folding.unfolded(name, weight_grad, total.take(biases).sum(axis=0))

        p.state.gradients[name] = gradients
        return (
            back_to_input(p, x, name, tiling, matrix, products) if x.trained else None
        )

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
    """The sum over all blocks of the gradients by the matrix of a layer, transposed.

    OpenBLAS is up to twice as fast in this order.

    Shapes: grads (rows, products, positions), windows (rows, inputs, positions), result
    (inputs, products).
    """
    shape = windows.shape[1], grads.shape[1]
    each, together = p.scratch((len(grads), *shape), shape)
    total = p.sum((name, "matrix"), shape)
    p.do(np.matmul, windows, grads.swapaxes(1, 2), out=each)
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

    A row of inputs is seen by neighbouring rows of outputs: the gradient of its slab is
    one product, too. The slabs' columns are then added where they come from.

    Shapes: grads (rows, products, positions).
    """
    height, channels, width, n = x.array.shape
    step, slab, tiles = tiling.stride[0], tiling.slab - 1, tiling.size[1]
    rows, inputs = tiling.rows(height)
    slabs = own_array(p, (rows.stop - rows.start, slab, tiles * n), 0.0)

    def kernel_rows(row: int) -> tuple[int, int]:
        first, last = tiling.seen_by(row)
        return row // step - first, row // step - last

    for start in range(min(step, tiling.span)):
        # These rows of inputs meet rows start, start + step, ... of the kernel.
        count = len(range(start, tiling.span, step))

        def turn(turned: np.ndarray, start: int = start) -> None:
            by_row = matrix.reshape(tiling.products, tiling.span, slab + 1)[:, :, :-1]
            by_place = turned.reshape(slab, -1, tiling.products)
            by_place[:, ::-1] = by_row[:, start::step].transpose(2, 1, 0)

        shape = slab, count, tiling.products
        turned = filled(p, (name, "turned", start), shape, turn)
        met = range(rows.start + (start - rows.start) % step, rows.stop, step)
        for (most, least), group in itertools.groupby(met, kernel_rows):
            alike = list(group)
            part = turned[:, count - 1 - most : count - least].reshape(slab, -1)
            top, _ = tiling.seen_by(alike[0])
            windows = overlapping_rows(grads[top:], len(alike), most - least + 1, 1)
            out = slice(alike[0] - rows.start, alike[-1] - rows.start + 1, step)
            p.do(np.matmul, part, windows, out=slabs[out])

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

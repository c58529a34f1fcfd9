"""Values whose last axis is the batch: how a plan gets them, and gives them back."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from netspec.backends.numpy.optimized.batch_last.kernels.training import (
    TrainingPlan,
    batch_first,
)
from netspec.backends.numpy.optimized.kernels.plan import Plan


class BatchLast(NamedTuple):
    """A planned value, the batch last: it stands for scale · array + shift.

    A factor or a constant that the next layer's weights can take is never computed.
    Maps are (height, channels, width, n), with a height of 1 for maps of one axis;
    vectors are (features, n). A convolution before a pooling lays out the pooling's
    windows: (rows, positions in the window, channels, columns, n).

    `slot` is where the array lies, so that the next takes the other one. `trained`:
    layers up to here have weights, so the gradient by the array is wanted. `kept`: the
    layer that made the array needs it on the way back, so that it stays as it is.
    """

    array: np.ndarray
    scale: float = 1.0
    shift: float = 0.0
    slot: int = 0
    trained: bool = False
    kept: bool = False


def batch_last_input(p: Plan, name: str, shape: tuple[int, ...]) -> BatchLast:
    """An input: maps of this shape, channels first and without the batch."""
    channels, *spatial = shape
    height, width = (1, *spatial)[-2:]
    array = p.buffer(0, (height, channels, width, p.n))
    p.entry(name, batch_first(array, len(shape)))
    return BatchLast(array)


def batch_last_output(p: Plan, x: BatchLast, name: str, rank: int) -> None:
    """An output of the net, of so many axes without the batch."""
    x = batch_last_exact(p, x)
    p.exit(name, batch_first(x.array, rank))
    if isinstance(p, TrainingPlan):
        p.output = x.array


def batch_last_exact(p: Plan, x: BatchLast, scale: bool = True) -> BatchLast:
    """The same value with no shift and, unless `scale` is false, with no scale."""
    if x.shift == 0 and (x.scale == 1 or not scale):
        return x
    y = place_of_result(p, x)
    p.do(np.multiply, x.array, p.dtype.type(x.scale), out=y.array)
    if x.shift != 0:
        p.do(np.add, y.array, p.dtype.type(x.shift), out=y.array)

    def backward(p: TrainingPlan, grad: np.ndarray) -> np.ndarray:
        p.do(np.multiply, grad, p.dtype.type(x.scale), out=y.array)
        return y.array

    return way_back(p, y._replace(scale=1.0, shift=0.0), backward)


def new_place(p: Plan, x: BatchLast, shape: Sequence[int]) -> BatchLast:
    """Another array for a value that is made of x."""
    slot = 1 - x.slot
    return x._replace(array=p.buffer(slot, shape), slot=slot, kept=False)


def place_of_result(p: Plan, x: BatchLast) -> BatchLast:
    """Where to write what is computed of each value: over x, unless that is kept."""
    if x.kept and isinstance(p, TrainingPlan):
        return new_place(p, x, x.array.shape)
    return x


def place_of_gradient(p: TrainingPlan, x: BatchLast) -> np.ndarray:
    """Where to write the gradient by x's array: over the array, unless it is kept."""
    return p.buffer(0, x.array.shape) if x.kept else x.array


def way_back(
    p: Plan,
    y: BatchLast,
    backward: Callable[[TrainingPlan, np.ndarray], np.ndarray | None],
) -> BatchLast:
    """y, after a plan of training has noted how to come back from it.

    `backward` plans the steps from the gradient by y's array to that by the array y is
    made of, and returns that; or None where no layer further back is trained. It leaves
    the gradient that it gets alone, and may overwrite both arrays, but for one that is
    kept. It may return an array that must not be written to.
    """
    if y.trained and isinstance(p, TrainingPlan):
        p.way_back.append(backward)
    return y


def own_array(p: Plan, shape: Sequence[int], value: float) -> np.ndarray:
    """An array in a slot of its own, `value` throughout before the plan runs."""
    array = p.buffer(2 + len(p.sizes), shape)  # the chain's values have slots 0 and 1
    array.fill(value)
    return array


def own_mask(shape: Sequence[int]) -> np.ndarray:
    """Truth values."""
    return np.empty(shape, np.bool_)

"""Plans of a training step, and what they share: forward, loss and back, in blocks."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from netspec.backends.numpy.optimized.kernels.plan import Plan

TARGET = "(target)"  # the name of what comes in beside the input; no input is called so


class TrainingState:
    """What the plans of a training step share, for blocks of any size.

    Before a step, `fills` bring the weights into the form that the kernels take. `sums`
    grow from block to block; after the last, `gradients` make the gradients of them.
    `share` is the part of one value in the mean that the loss is. `output` is the shape
    of the network's output for one example.
    """

    def __init__(
        self, weights: Mapping[str, np.ndarray], dtype: Any, rng: np.random.Generator
    ) -> None:
        self.weights = dict(weights)
        self.dtype = np.dtype(dtype)
        self.rng = rng
        self.prepared: dict[Any, Any] = {}
        self.fills: dict[tuple[object, ...], Callable[[], None]] = {}
        self.sums: dict[tuple[object, ...], np.ndarray] = {}
        self.gradients: dict[str, Callable[[], Mapping[str, np.ndarray]]] = {}
        self.plans: dict[tuple[str, int], TrainingPlan] = {}
        self.output: tuple[int, ...] = ()
        self.share = np.zeros((), self.dtype)
        self.loss = np.zeros((), np.float64)

    def begin(self, count: int) -> None:
        """Make ready for a step whose loss is a mean of `count` values."""
        for fill in self.fills.values():
            fill()
        for array in self.sums.values():
            array.fill(0)
        self.share.fill(1 / count)
        self.loss.fill(0)

    def found(self) -> dict[str, np.ndarray]:
        """The gradients after the last block, by name, in new arrays."""
        found: dict[str, np.ndarray] = {}
        for gradients in self.gradients.values():
            found.update(gradients())
        return found


class TrainingPlan(Plan):
    """A plan of forward steps that notes how to come back from each of them.

    Every value keeps an array of its own, since the way back needs it.
    """

    output: np.ndarray  # the array of the last value

    def __init__(
        self,
        shapes: Mapping[str, tuple[int, ...]],
        state: TrainingState,
        sizes: Mapping[int, int] | None = None,
    ) -> None:
        super().__init__(shapes, state.weights, state.dtype, state.prepared, sizes)
        self.state = state
        self.way_back: list[
            Callable[[TrainingPlan, np.ndarray], np.ndarray | None]
        ] = []

    def buffer(self, slot: int, shape: Sequence[int]) -> np.ndarray:
        """An array: in a slot for scratch, its own otherwise."""
        return super().buffer(slot if slot < 0 else 2 + len(self.sizes), shape)

    def sum(self, key: tuple[object, ...], shape: Sequence[int]) -> np.ndarray:
        """An array that the steps of all blocks add to."""
        return self.state.sums.setdefault(key, np.zeros(shape, self.dtype))

    def add_to_loss(self, values: np.ndarray) -> None:
        """Add the sum of all values to the loss."""
        total = np.zeros((), self.dtype)
        self.do(np.add.reduce, values, axis=None, out=total)
        self.do(np.add, self.state.loss, total, out=self.state.loss)

    def come_back(self, grad: np.ndarray) -> None:
        """Plan the steps back, from the gradient by the output's array."""
        for backward in reversed(self.way_back):
            before = backward(self, grad)
            if before is None:
                break
            grad = before


def plan_cross_entropy(p: TrainingPlan) -> np.ndarray:
    """Plan the loss −log softmax(output) at the labels, and the gradient by the output.

    Shapes: labels, which are the target, (n,); output and gradient (classes, n).
    """
    logits = p.output
    classes, n = logits.shape
    labels, right = np.zeros(n, np.intp), np.empty(logits.shape, np.bool_)
    p.entry(TARGET, labels)
    grad, chosen = p.buffer(0, logits.shape), p.buffer(0, logits.shape)
    total, best = p.buffer(0, (1, n)), p.buffer(0, (1, n))
    p.do(np.equal, labels, np.arange(classes)[:, np.newaxis], out=right)

    p.do(np.maximum.reduce, logits, axis=0, keepdims=True, out=best)
    p.do(np.subtract, logits, best, out=grad)
    p.do(np.multiply, grad, right, out=chosen)
    p.do(np.add.reduce, chosen, axis=0, keepdims=True, out=best)
    p.do(np.exp, grad, out=grad)
    p.do(np.add.reduce, grad, axis=0, keepdims=True, out=total)
    p.do(np.divide, grad, total, out=grad)
    p.do(np.subtract, grad, right, out=grad)
    p.do(np.multiply, grad, p.state.share, out=grad)

    p.do(np.log, total, out=total)
    p.do(np.subtract, total, best, out=total)
    p.add_to_loss(total)
    return grad


def plan_mean_squared_error(p: TrainingPlan, rank: int) -> np.ndarray:
    """Plan (output − target)² and the gradient: 2 · (output − target).

    Target and output have so many axes without the batch.
    """
    target, grad = p.buffer(0, p.output.shape), p.buffer(0, p.output.shape)
    p.entry(TARGET, batch_first(target, rank))
    p.do(np.subtract, p.output, target, out=grad)
    p.do(np.multiply, grad, grad, out=target)
    p.add_to_loss(target)
    p.do(np.multiply, grad, p.state.share, out=grad)
    p.do(np.add, grad, grad, out=grad)
    return grad


def batch_first(array: np.ndarray, rank: int) -> np.ndarray:
    """An array with the batch last seen as (n, channels, ...), of rank axes after n."""
    if rank == 1:
        return array.T
    maps = array.transpose(3, 1, 0, 2)
    return maps if rank == 3 else maps[:, :, 0]

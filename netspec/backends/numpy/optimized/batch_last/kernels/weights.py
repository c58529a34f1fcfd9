"""Weights as batch-last kernels take them, with what is around them folded in."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from netspec.backends.numpy.optimized.batch_last.kernels.training import TrainingPlan
from netspec.backends.numpy.optimized.kernels.filters import filters
from netspec.backends.numpy.optimized.kernels.plan import Plan


def filled(
    p: Plan,
    key: tuple[object, ...],
    shape: Sequence[int],
    fill: Callable[[np.ndarray], None],
) -> np.ndarray:
    """An array that `fill` makes of the weights; in training anew before each step."""

    def make() -> np.ndarray:
        array = np.zeros(shape, p.dtype)
        fill(array)
        return array

    array: np.ndarray = p.prepared(key, make)
    if isinstance(p, TrainingPlan):
        p.state.fills.setdefault(key, partial(fill, array))
    return array


class Folding(NamedTuple):
    """How a layer's weights take the scales of the values around them.

    With x = scale · u + shift, the layer's (W x + b) / divisor is factor · W u +
    (b + shift · ΣW) / divisor, where factor = scale / divisor.
    """

    scale: float
    shift: float
    divisor: float

    @property
    def factor(self) -> float:
        return self.scale / self.divisor

    def constant(self, weight: np.ndarray, bias: np.ndarray | None) -> np.ndarray:
        """What each filter adds."""
        inputs = tuple(range(1, weight.ndim))
        constant: np.ndarray = weight.sum(axis=inputs) * self.shift
        if bias is not None:
            constant += bias
        constant /= self.divisor
        return constant

    def unfolded(
        self, name: str, weight_grad: np.ndarray, bias_grad: np.ndarray
    ) -> dict[str, np.ndarray]:
        """The gradients by W and b, from those by factor · W and by the constant."""
        bias_grad /= self.divisor
        weight_grad *= self.factor
        if self.shift != 0:
            weight_grad += along_filters(bias_grad, weight_grad) * self.shift
        return {f"{name}.weight": weight_grad, f"{name}.bias": bias_grad}


def along_filters(values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """One value for each filter, seen as of the weight's rank."""
    return values.reshape(-1, *[1] * (weight.ndim - 1))


def layer_weights(
    p: Plan, name: str, norm: str, eps: float
) -> tuple[np.ndarray, np.ndarray | None]:
    """The weight and bias of a layer, with the batchnorm `norm` after it folded in."""
    layer = filters(p, name, norm, eps)
    weight, bias = layer.weight, layer.total_bias()
    if layer.factor is not None:
        weight = weight * along_filters(layer.factor, weight)
    return weight, bias

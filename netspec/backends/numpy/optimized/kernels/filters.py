"""The weights of convolutions and dense layers, as plan kernels take them."""

from typing import NamedTuple

import numpy as np

from netspec.backends.numpy.optimized.kernels.plan import Plan


class Filters(NamedTuple):
    """The weights of a layer, and what a normalisation after it makes of its results.

    Each filter's result, with its bias, is multiplied by `factor`, and `constant` is
    added; both become part of the weights, computed in float64. `name` tells prepared
    weights apart.
    """

    name: str
    weight: np.ndarray
    bias: np.ndarray | None = None
    factor: np.ndarray | None = None
    constant: np.ndarray | None = None

    def scaled(self, weight: np.ndarray, groups: int = 1) -> np.ndarray:
        """Rearranged weights times the factors.

        Shapes: weight and result (groups, ..., filters / groups).
        """
        if self.factor is None:
            return weight
        factor = self.factor.reshape(groups, *(1,) * (weight.ndim - 2), -1)
        return np.asarray(weight * factor)

    def total_bias(self) -> np.ndarray | None:
        """The bias after the normalisation, in float64, or None if there is none."""
        if self.factor is None or self.constant is None:
            return self.bias
        bias = self.constant
        return bias if self.bias is None else self.bias * self.factor + bias


def filters(p: Plan, layer: str, batchnorm: str = "", eps: float = 1e-5) -> Filters:
    """The weights of a layer, with those of the batchnorm after it."""
    weight, bias = p.weights[f"{layer}.weight"], p.weights.get(f"{layer}.bias")
    if not batchnorm:
        return Filters(layer, weight, bias)
    factor, constant = normalization(p, batchnorm, eps)
    return Filters(f"{layer}+{batchnorm}", weight, bias, factor, constant)


def normalization(p: Plan, batchnorm: str, eps: float) -> tuple[np.ndarray, np.ndarray]:
    """The factor and the constant of each channel in a batchnorm, in float64."""
    mean = p.weights[f"{batchnorm}.running_mean"].astype(np.float64)
    factor = 1 / np.sqrt(p.weights[f"{batchnorm}.running_var"].astype(np.float64) + eps)
    weight, bias = (
        p.weights.get(f"{batchnorm}.weight"),
        p.weights.get(f"{batchnorm}.bias"),
    )
    if weight is not None:
        factor = factor * weight
    constant = -mean * factor
    return factor, constant if bias is None else constant + bias

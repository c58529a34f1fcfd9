"""The textbook's fully connected layer."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from netspec.backends.numpy.kernels import dense
from netspec.functional.arrays import Gradients, gradient, numbers, numbers_if_given, with_axes, without_axes


def fc(x: ArrayLike, w: ArrayLike, bias: ArrayLike | None = None) -> np.ndarray:
    """Fully connected layer, x Wᵀ + b: x is (features,), or (n, features) for a batch, and w (units, features).

    >>> fc([1, 2], [[3, 4], [5, 6]], [0.5, 0])
    array([11.5, 17. ])
    """
    rows, weight, constant, added = _arrays(x, w, bias)
    return without_axes(dense.fc(rows, weight, constant), added)


def fc_backward(grad: ArrayLike, x: ArrayLike, w: ArrayLike, bias: ArrayLike | None = None) -> Gradients:
    """The gradients of `fc` by x, w and bias."""
    rows, weight, constant, added = _arrays(x, w, bias)
    dense.check_fc(rows, weight, constant)
    shape = (len(rows), len(weight))
    y_grad = gradient(grad, shape[added:]).reshape(shape)
    x_grad, w_grad, bias_grad = dense.fc_backward(y_grad, rows, weight, constant)
    return without_axes(x_grad, added), w_grad, bias_grad


def _arrays(
    x: ArrayLike, w: ArrayLike, bias: ArrayLike | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None, int]:
    """The arrays as the kernel takes them, and the number of axes that x did not have."""
    values = numbers("x", x)
    added = 1 if values.ndim == 1 else 0
    return with_axes(values, added), numbers("w", w), numbers_if_given("bias", bias), added

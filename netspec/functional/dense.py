"""The textbook's fully connected layer."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from netspec.backends.numpy.kernels import dense
from netspec.functional.arrays import Gradients, gradient, numbers, with_axes, without_axes


def fc(x: ArrayLike, w: ArrayLike, bias: ArrayLike | None = None) -> np.ndarray:
    """Fully connected layer, x Wᵀ + b: x is (features,), or (n, features) for a batch, and w (units, features).

    >>> fc([1, 2], [[3, 4], [5, 6]], [0.5, 0])
    array([11.5, 17. ])
    """
    values = numbers("x", x)
    added = 1 if values.ndim == 1 else 0
    constant = None if bias is None else numbers("bias", bias)
    return without_axes(dense.fc(with_axes(values, added), numbers("w", w), constant), added)


def fc_backward(grad: ArrayLike, x: ArrayLike, w: ArrayLike, bias: ArrayLike | None = None) -> Gradients:
    """The gradients of `fc` by x, w and bias."""
    values = numbers("x", x)
    added = 1 if values.ndim == 1 else 0
    constant = None if bias is None else numbers("bias", bias)
    rows, weight = with_axes(values, added), numbers("w", w)
    dense.check_fc(rows, weight, constant)
    shape = (len(rows), len(weight))
    y_grad = gradient(grad, shape[added:]).reshape(shape)
    x_grad, w_grad, bias_grad = dense.fc_backward(y_grad, rows, weight, constant)
    return without_axes(x_grad, added), w_grad, bias_grad

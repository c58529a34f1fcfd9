"""The textbook's activations, on arrays of any shape."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from netspec.backends.numpy.kernels import activation
from netspec.functional.arrays import alike, numbers


def relu(x: ArrayLike) -> np.ndarray:
    """max(0, x)."""
    return activation.relu(numbers("x", x))


def relu_backward(grad: ArrayLike, x: ArrayLike) -> np.ndarray:
    """The gradient of `relu` by x: that of y, but 0 where x ≤ 0."""
    y_grad, values = alike(grad, x)
    return activation.relu_backward(y_grad, values)


def sigmoid(x: ArrayLike) -> np.ndarray:
    """1 / (1 + e⁻ˣ)."""
    return activation.sigmoid(numbers("x", x))


def sigmoid_backward(grad: ArrayLike, x: ArrayLike) -> np.ndarray:
    """The gradient of `sigmoid` by x: that of y times y·(1 − y)."""
    y_grad, values = alike(grad, x)
    return activation.sigmoid_backward(y_grad, activation.sigmoid(values))


def tanh(x: ArrayLike) -> np.ndarray:
    """The hyperbolic tangent."""
    return activation.tanh(numbers("x", x))


def tanh_backward(grad: ArrayLike, x: ArrayLike) -> np.ndarray:
    """The gradient of `tanh` by x: that of y times 1 − y²."""
    y_grad, values = alike(grad, x)
    return activation.tanh_backward(y_grad, activation.tanh(values))


def softmax(x: ArrayLike, axis: int = -1) -> np.ndarray:
    """eˣ / Σ eˣ along an axis: positive values that sum to 1.

    >>> softmax([1, 1, 1, 1])
    array([0.25, 0.25, 0.25, 0.25])
    """
    last = np.moveaxis(numbers("x", x), axis, -1)
    y = activation.softmax(last.reshape(math.prod(last.shape[:-1]), last.shape[-1]))
    return np.moveaxis(y.reshape(last.shape), -1, axis)


def softmax_backward(grad: ArrayLike, x: ArrayLike, axis: int = -1) -> np.ndarray:
    """The gradient of `softmax` by x: y·(g − Σ g·y), where g is the gradient of y."""
    y_grad, values = alike(grad, x)
    y = softmax(values, axis)
    return y * (y_grad - (y_grad * y).sum(axis=axis, keepdims=True))

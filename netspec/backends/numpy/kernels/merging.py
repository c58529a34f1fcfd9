"""Merging: several values become one."""

import numpy as np

from netspec.backends.numpy.kernels.shapes import spatial_axes


def add(*inputs: np.ndarray) -> np.ndarray:
    """The sum of values of the same shape."""
    total = inputs[0]
    for x in inputs[1:]:
        total = total + x
    return total


def mul(*inputs: np.ndarray) -> np.ndarray:
    """The product of values of the same shape.

    One value for each channel counts at every position.
    """
    product = inputs[0]
    for x in inputs[1:]:
        product = product * x
    return product


def mul_backward(grad: np.ndarray, *inputs: np.ndarray) -> tuple[np.ndarray, ...]:
    """The gradients of mul by each input: the gradient times all the others."""
    grads = []
    for place, x in enumerate(inputs):
        x_grad = mul(grad, *inputs[:place], *inputs[place + 1 :])
        if x.shape != grad.shape:  # one value for each channel
            x_grad = x_grad.sum(axis=spatial_axes(x), keepdims=True)
        grads.append(x_grad)
    return tuple(grads)


def concat(*inputs: np.ndarray) -> np.ndarray:
    """The channels of all inputs, one after another."""
    return np.concatenate(inputs, axis=1)


def concat_backward(grad: np.ndarray, *inputs: np.ndarray) -> tuple[np.ndarray, ...]:
    """The gradients of concat by each input: its channels."""
    ends = np.cumsum([x.shape[1] for x in inputs])
    return tuple(np.split(grad, ends[:-1], axis=1))

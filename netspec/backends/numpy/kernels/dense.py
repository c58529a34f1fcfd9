"""Dense layers, and what turns feature maps into the vectors that they want."""

import math

import numpy as np

from netspec.backends.numpy.kernels.shapes import check_bias, check_gradient


def fc(x: np.ndarray, weight: np.ndarray, bias: np.ndarray | None = None) -> np.ndarray:
    """Fully connected layer: y = x Wᵀ + b.

    Shapes: x (n, features), weight (units, features), bias (units,); result (n, units).
    """
    check_fc(x, weight, bias)
    y = x @ weight.T
    return y if bias is None else y + bias


def fc_backward(
    grad: np.ndarray, x: np.ndarray, weight: np.ndarray, bias: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """The gradients of a fully connected layer by its input, weight and bias."""
    check_fc(x, weight, bias)
    check_gradient(grad, (len(x), len(weight)))
    return grad @ weight, grad.T @ x, None if bias is None else grad.sum(axis=0)


def flatten(x: np.ndarray) -> np.ndarray:
    """Feature maps as one vector: channels first, then rows.

    Shapes: x (n, channels, *spatial); result (n, channels · positions).
    """
    return x.reshape(len(x), math.prod(x.shape[1:]))


def flatten_backward(grad: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The gradient of flatten by its input: the same values in the input's shape."""
    return grad.reshape(x.shape)


def reshape(x: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The same values, in the same order, in another shape.

    Shapes: x (n, ...); result (n, *shape).
    """
    return x.reshape(len(x), *shape)


def reshape_backward(
    grad: np.ndarray, x: np.ndarray, shape: tuple[int, ...]
) -> np.ndarray:
    """The gradient of reshape by its input: the same values in the input's shape."""
    return grad.reshape(x.shape)


def check_fc(x: np.ndarray, weight: np.ndarray, bias: np.ndarray | None) -> None:
    """Raise ValueError unless the arrays of a fully connected layer fit together."""
    if x.ndim != 2 or weight.ndim != 2 or x.shape[1] != weight.shape[1]:
        raise ValueError(
            "fc takes x (n, features) and weight (units, features), "
            f"not {x.shape} and {weight.shape}"
        )
    check_bias(bias, len(weight))

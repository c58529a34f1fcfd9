"""The textbook's losses, each with its gradient."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from netspec.backends.numpy.kernels import losses
from netspec.functional.arrays import numbers, with_axes, without_axes


def cross_entropy(logits: ArrayLike, labels: ArrayLike) -> tuple[float, np.ndarray]:
    """The mean of −log softmax(logits) at the labels, and its gradient by the logits.

    Logits are (classes,) for a single label, or (n, classes) for (n,) of them, which are whole numbers from 0 up.

    >>> loss, gradient = cross_entropy([0, 0], 1)
    >>> round(loss, 4)  # log 2
    0.6931
    >>> gradient
    array([ 0.5, -0.5])
    """
    values = numbers("logits", logits)
    added = 1 if values.ndim == 1 else 0
    loss, gradient = losses.cross_entropy(with_axes(values, added), with_axes(np.asarray(labels), added))
    return loss, without_axes(gradient, added)


def mean_squared_error(output: ArrayLike, target: ArrayLike) -> tuple[float, np.ndarray]:
    """The mean of (output − target)², and its gradient by the output.

    >>> mean_squared_error([1, 2], [1, 4])
    (2.0, array([ 0., -2.]))
    """
    return losses.mean_squared_error(numbers("output", output), numbers("target", target))

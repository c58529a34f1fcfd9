"""Losses, each with its gradient by the network's output."""

import math

import numpy as np

from netspec.backends.numpy.kernels.activation import logsoftmax


def cross_entropy(logits: np.ndarray, labels: np.ndarray) -> tuple[float, np.ndarray]:
    """The mean of −log softmax(logits) at the labels, and its gradient by the logits.

        gradient = (softmax(logits) − one-hot labels) / count

    Shapes: logits (n, classes, *spatial); labels (n, *spatial), whole numbers from 0 to
    classes − 1. Raises ValueError for others. The mean of no labels is not a number.
    """
    if logits.ndim < 2 or labels.shape != (len(logits), *logits.shape[2:]):
        raise ValueError(
            "cross_entropy takes logits (n, classes, *spatial) and labels "
            f"(n, *spatial), not {logits.shape} and {labels.shape}"
        )
    if not np.issubdtype(labels.dtype, np.integer):
        raise ValueError(f"labels are whole numbers, not {labels.dtype}")
    last = logits.shape[1] - 1
    if labels.size and not 0 <= labels.min() <= labels.max() <= last:
        raise ValueError(
            f"labels go from 0 to {last}, not from {labels.min()} to {labels.max()}"
        )
    log_probabilities = logsoftmax(logits)
    at_labels = np.expand_dims(labels, 1)
    log_likelihood = np.take_along_axis(log_probabilities, at_labels, 1)
    gradient = np.exp(log_probabilities)
    np.put_along_axis(gradient, at_labels, np.expm1(log_likelihood), 1)
    if not labels.size:
        return math.nan, gradient
    return float(-log_likelihood.mean()), gradient / labels.size


def mean_squared_error(
    output: np.ndarray, target: np.ndarray
) -> tuple[float, np.ndarray]:
    """The mean of (output − target)², and its gradient by the output.

        gradient = 2 · (output − target) / count

    Shapes: both the same, or it raises ValueError. The mean of none is not a number.
    """
    if output.shape != target.shape:
        raise ValueError(
            "mean_squared_error takes two arrays of the same shape, "
            f"not {output.shape} and {target.shape}"
        )
    difference = output - target
    if not difference.size:
        return math.nan, difference
    return float((difference**2).mean()), 2 * difference / difference.size

"""Activations with the batch last, in place. Each way back needs the output alone."""

import numpy as np

from netspec.backends.numpy.optimized.batch_last.kernels.training import TrainingPlan
from netspec.backends.numpy.optimized.batch_last.kernels.values import (
    BatchLast,
    batch_last_exact,
    own_mask,
    place_of_result,
    way_back,
)
from netspec.backends.numpy.optimized.kernels.plan import Plan


def batch_last_relu(p: Plan, x: BatchLast) -> BatchLast:
    """max(0, x)."""
    x = batch_last_exact(p, x, scale=False)
    y = place_of_result(p, x)
    # Several times faster with an array of zeros than with one zero.
    p.do(np.maximum, x.array, p.constant(0.0, x.array.shape[1:]), out=y.array)

    def backward(p: TrainingPlan, grad: np.ndarray) -> np.ndarray:
        passed = own_mask(y.array.shape)
        p.do(np.less_equal, y.array, 0, out=passed)
        p.do(np.logical_not, passed, out=passed)
        p.do(np.multiply, grad, passed, out=y.array)
        return y.array

    return way_back(p, y._replace(kept=True), backward)


def batch_last_leakyrelu(p: Plan, x: BatchLast, slope: float) -> BatchLast:
    """x where x > 0, slope·x elsewhere, for a slope from 0 to 1."""
    x = batch_last_exact(p, x, scale=False)
    y = place_of_result(p, x)
    (small,) = p.scratch(x.array.shape)
    p.do(np.multiply, x.array, p.dtype.type(slope), out=small)
    p.do(np.maximum, x.array, small, out=y.array)

    def backward(p: TrainingPlan, grad: np.ndarray) -> np.ndarray:
        positive = own_mask(y.array.shape)
        p.do(np.greater, y.array, 0, out=positive)
        p.do(np.multiply, positive, p.dtype.type(1 - slope), out=y.array)
        p.do(np.add, y.array, p.dtype.type(slope), out=y.array)
        p.do(np.multiply, y.array, grad, out=y.array)
        return y.array

    return way_back(p, y._replace(kept=True), backward)


def batch_last_relu6(p: Plan, x: BatchLast) -> BatchLast:
    """min(max(0, x), 6)."""
    return clipped(p, batch_last_exact(p, x))


def batch_last_hardsigmoid(p: Plan, x: BatchLast) -> BatchLast:
    """min(max(0, x + 3), 6) / 6."""
    y = clipped(p, batch_last_exact(p, x._replace(shift=x.shift + 3)))
    return y._replace(scale=1 / 6)


def clipped(p: Plan, x: BatchLast) -> BatchLast:
    """x between 0 and 6."""
    y, shape = place_of_result(p, x), x.array.shape[1:]
    p.do(np.maximum, x.array, p.constant(0.0, shape), out=y.array)
    p.do(np.minimum, y.array, p.constant(6.0, shape), out=y.array)

    def backward(p: TrainingPlan, grad: np.ndarray) -> np.ndarray:
        stopped, above = own_mask(y.array.shape), own_mask(y.array.shape)
        p.do(np.less_equal, y.array, 0, out=stopped)
        p.do(np.greater_equal, y.array, 6, out=above)
        p.do(np.logical_or, stopped, above, out=stopped)
        p.do(np.logical_not, stopped, out=stopped)
        p.do(np.multiply, grad, stopped, out=y.array)
        return y.array

    return way_back(p, y._replace(kept=True), backward)


def batch_last_elu(p: Plan, x: BatchLast, alpha: float = 1.0) -> BatchLast:
    """x where x > 0, alpha·(eˣ − 1) elsewhere, for an alpha of 0 or more."""
    x = batch_last_exact(p, x)
    y, zeros = place_of_result(p, x), p.constant(0.0, x.array.shape[1:])
    (small,) = p.scratch(x.array.shape)
    p.do(np.minimum, x.array, zeros, out=small)
    p.do(np.expm1, small, out=small)
    p.do(np.multiply, small, p.dtype.type(alpha), out=small)
    p.do(np.maximum, x.array, zeros, out=y.array)
    p.do(np.add, y.array, small, out=y.array)

    def backward(p: TrainingPlan, grad: np.ndarray) -> np.ndarray:
        # The slope is y + alpha where y ≤ 0, and 1 elsewhere.
        positive = own_mask(y.array.shape)
        p.do(np.greater, y.array, 0, out=positive)
        p.do(np.minimum, y.array, zeros, out=y.array)
        p.do(np.add, y.array, p.dtype.type(alpha), out=y.array)
        if alpha != 1:
            (more,) = p.scratch(y.array.shape)
            p.do(np.multiply, positive, p.dtype.type(1 - alpha), out=more)
            p.do(np.add, y.array, more, out=y.array)
        p.do(np.multiply, y.array, grad, out=y.array)
        return y.array

    return way_back(p, y._replace(kept=True), backward)


def batch_last_selu(p: Plan, x: BatchLast) -> BatchLast:
    """ELU with the two constants that keep mean 0 and variance 1 through layers."""
    return batch_last_elu(p, x, 1.6732632423543772)._replace(scale=1.0507009873554805)


def batch_last_sigmoid(p: Plan, x: BatchLast) -> BatchLast:
    """1 / (1 + e⁻ˣ) = (1 + tanh(x / 2)) / 2, kept as the tanh.

    It takes one step if the layer before has halved x.
    """
    x = batch_last_exact(p, x._replace(scale=x.scale / 2, shift=x.shift / 2))
    y = batch_last_tanh(p, x)
    return y._replace(scale=0.5, shift=0.5)


def batch_last_tanh(p: Plan, x: BatchLast) -> BatchLast:
    """The hyperbolic tangent."""
    x = batch_last_exact(p, x)
    y = place_of_result(p, x)
    p.do(np.tanh, x.array, out=y.array)

    def backward(p: TrainingPlan, grad: np.ndarray) -> np.ndarray:
        p.do(np.multiply, y.array, y.array, out=y.array)
        p.do(np.subtract, p.dtype.type(1), y.array, out=y.array)
        p.do(np.multiply, y.array, grad, out=y.array)
        return y.array

    return way_back(p, y._replace(kept=True), backward)


def batch_last_softmax(p: Plan, x: BatchLast) -> BatchLast:
    """eˣ / Σ eˣ over the features."""
    x = batch_last_exact(p, x)
    y, total = place_of_result(p, x), p.scratch((1, p.n))[0]
    p.do(np.maximum.reduce, x.array, axis=0, keepdims=True, out=total)
    p.do(np.subtract, x.array, total, out=y.array)
    p.do(np.exp, y.array, out=y.array)
    p.do(np.add.reduce, y.array, axis=0, keepdims=True, out=total)
    p.do(np.divide, y.array, total, out=y.array)

    def backward(p: TrainingPlan, grad: np.ndarray) -> np.ndarray:
        weighted, total = p.scratch(y.array.shape, (1, p.n))
        p.do(np.multiply, grad, y.array, out=weighted)
        p.do(np.add.reduce, weighted, axis=0, keepdims=True, out=total)
        p.do(np.subtract, grad, total, out=weighted)
        p.do(np.multiply, y.array, weighted, out=y.array)
        return y.array

    return way_back(p, y._replace(kept=True), backward)


def batch_last_logsoftmax(p: Plan, x: BatchLast) -> BatchLast:
    """x − log Σ eˣ over the features."""
    x = batch_last_exact(p, x)
    y = place_of_result(p, x)
    powers, total = p.scratch(x.array.shape, (1, p.n))
    p.do(np.maximum.reduce, x.array, axis=0, keepdims=True, out=total)
    p.do(np.subtract, x.array, total, out=y.array)
    p.do(np.exp, y.array, out=powers)
    p.do(np.add.reduce, powers, axis=0, keepdims=True, out=total)
    p.do(np.log, total, out=total)
    p.do(np.subtract, y.array, total, out=y.array)

    def backward(p: TrainingPlan, grad: np.ndarray) -> np.ndarray:
        (total,) = p.scratch((1, p.n))
        p.do(np.add.reduce, grad, axis=0, keepdims=True, out=total)
        p.do(np.exp, y.array, out=y.array)
        p.do(np.multiply, y.array, total, out=y.array)
        p.do(np.subtract, grad, y.array, out=y.array)
        return y.array

    return way_back(p, y._replace(kept=True), backward)

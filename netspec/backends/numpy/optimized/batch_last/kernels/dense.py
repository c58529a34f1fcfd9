"""Dense layers with the batch last."""

from collections.abc import Mapping

import numpy as np

from netspec.backends.numpy.optimized.batch_last.kernels.training import TrainingPlan
from netspec.backends.numpy.optimized.batch_last.kernels.values import (
    BatchLast,
    new_place,
    way_back,
)
from netspec.backends.numpy.optimized.batch_last.kernels.weights import (
    Folding,
    filled,
    layer_weights,
)
from netspec.backends.numpy.optimized.kernels.plan import Plan


def batch_last_flatten(p: Plan, x: BatchLast) -> BatchLast:
    """Maps as one vector: channels first, then rows."""
    height, channels, width, n = x.array.shape
    y = new_place(p, x, (channels * height * width, n))
    maps = y.array.reshape(channels, height, width, n)
    p.do(np.copyto, maps, x.array.transpose(1, 0, 2, 3))

    def backward(p: TrainingPlan, grad: np.ndarray) -> np.ndarray:
        return grad.reshape(channels, height, width, n).transpose(1, 0, 2, 3)

    return way_back(p, y, backward)


def batch_last_fc(
    p: Plan,
    x: BatchLast,
    name: str,
    divisor: float = 1.0,
    norm: str = "",
    eps: float = 0.0,
) -> BatchLast:
    """A dense layer, kept as outputs / divisor. norm: a batchnorm that is folded in."""
    shape = p.weights[f"{name}.weight"].shape
    folding = Folding(x.scale, x.shift, divisor)

    def fill_matrix(matrix: np.ndarray) -> None:
        weight, _ = layer_weights(p, name, norm, eps)
        np.multiply(weight, folding.factor, out=matrix)

    def fill_constant(constant: np.ndarray) -> None:
        constant[:, 0] = folding.constant(*layer_weights(p, name, norm, eps))

    matrix = filled(p, (name, "matrix"), shape, fill_matrix)
    constant = filled(p, (name, "constant"), (shape[0], 1), fill_constant)
    y = new_place(p, x, (shape[0], p.n))
    p.do(np.dot, matrix, x.array, y.array)
    p.do(np.add, y.array, constant, out=y.array)

    def backward(p: TrainingPlan, grad: np.ndarray) -> np.ndarray | None:
        (weight_step,), bias_step = p.scratch(shape), p.buffer(0, shape[:1])
        total = p.sum((name, "matrix"), shape)
        bias_total = p.sum((name, "constant"), shape[:1])
        p.do(np.dot, grad, x.array.T, weight_step)
        p.do(np.add, total, weight_step, out=total)
        p.do(np.add.reduce, grad, axis=1, out=bias_step)
        p.do(np.add, bias_total, bias_step, out=bias_total)

        def gradients() -> Mapping[str, np.ndarray]:
            return folding.unfolded(name, total.copy(), bias_total.copy())

        p.state.gradients[name] = gradients
        if not x.trained:
            return None
        x_grad = p.buffer(0, x.array.shape)
        p.do(np.dot, matrix.T, grad, x_grad)
        return x_grad

    y = y._replace(scale=divisor, shift=0.0, trained=True, kept=False)
    return way_back(p, y, backward)

"""Regularisation with the batch last."""

from functools import partial

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


def batch_last_dropout(p: Plan, x: BatchLast, probability: float) -> BatchLast:
    """In training some values become 0 at random, and the others are scaled up."""
    if not isinstance(p, TrainingPlan) or probability == 0:
        return x
    x = batch_last_exact(p, x, scale=False)
    y, rest = place_of_result(p, x), own_mask(x.array.shape)
    (drawn,) = p.scratch(x.array.shape)
    p.steps.append(partial(p.state.rng.random, dtype=p.dtype, out=drawn))
    p.do(np.greater_equal, drawn, probability, out=rest)
    p.do(np.multiply, x.array, rest, out=y.array)

    def backward(p: TrainingPlan, grad: np.ndarray) -> np.ndarray:
        p.do(np.multiply, grad, rest, out=y.array)
        return y.array

    scale = x.scale / (1 - probability) if probability < 1 else x.scale
    return way_back(p, y._replace(scale=scale), backward)

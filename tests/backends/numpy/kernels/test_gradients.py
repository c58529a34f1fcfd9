"""The gradients of every kernel equal finite differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from netspec.backends.numpy.kernels.losses import cross_entropy, mean_squared_error
from netspec.backends.numpy.kernels.regularization import dropout_mask, droppath_mask
from netspec.layers import Lrn
from tests.backends.numpy.kernels.calls import KINDS, Arrays, forward, layers_with_arrays, run

STEP = 1e-6
"""Smaller than the distance of any value from the next, and from the places where some activations bend."""


def chance(kind: str, arrays: Arrays) -> dict[str, Any]:
    """What the kernel needs in training: the mask, or the word."""
    rng = np.random.default_rng(0)
    if kind == "dropout":
        return {"mask": dropout_mask(rng, arrays.inputs[0], 0.5)}
    if kind == "droppath":
        return {"mask": droppath_mask(rng, arrays.inputs[0], 0.5)}
    return {"training": True} if kind == "batchnorm" else {}


def moved(arrays: Arrays, direction: Arrays, step: float) -> Arrays:
    """All inputs and weights, moved some way at once."""
    inputs = tuple(x + step * d for x, d in zip(arrays.inputs, direction.inputs, strict=True))
    return arrays._replace(
        inputs=inputs, weights={name: w + step * direction.weights.get(name, 0) for name, w in arrays.weights.items()}
    )


@pytest.mark.parametrize("kind", KINDS)
@settings(
    max_examples=12,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)
@given(data=st.data())
def test_gradients_equal_finite_differences(kind: str, data: st.DataObject) -> None:
    arrays = data.draw(layers_with_arrays(kind, batches=(2, 3)))
    assume(not isinstance(arrays.layer, Lrn) or arrays.layer.k > 0)
    rng = np.random.default_rng(1)
    direction = Arrays(
        arrays.layer,
        tuple(rng.uniform(-1, 1, x.shape) for x in arrays.inputs),
        {name: rng.uniform(-1, 1, arrays.weights[name].shape) for name in ("weight", "bias") if name in arrays.weights},
        arrays.grad,
    )
    more = chance(kind, arrays)
    with np.errstate(invalid="ignore"):  # without eps, a layernorm of one channel divides 0 by 0
        found = run(arrays, **more)
    assume(np.isfinite(found.output).all())
    slope = sum(float((g * d).sum()) for g, d in zip(found.inputs, direction.inputs, strict=True))
    slope += sum(float((found.weights[name] * d).sum()) for name, d in direction.weights.items())

    ahead, behind = (forward(moved(arrays, direction, step), **more) for step in (STEP, -STEP))
    terms = arrays.grad * (ahead - behind) / (2 * STEP)
    assert slope == pytest.approx(terms.sum(), rel=1e-5, abs=1e-5 * max(1, np.abs(terms).sum()))


@pytest.mark.parametrize("spatial", [(), (4,), (2, 3)])
def test_the_gradient_of_cross_entropy_equals_finite_differences(spatial: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    logits, labels = rng.standard_normal((3, 5, *spatial)), rng.integers(0, 5, (3, *spatial))
    direction = rng.standard_normal(logits.shape)
    _, gradient = cross_entropy(logits, labels)
    ahead, behind = (cross_entropy(logits + step * direction, labels)[0] for step in (STEP, -STEP))
    assert (gradient * direction).sum() == pytest.approx((ahead - behind) / (2 * STEP), rel=1e-7)


def test_the_gradient_of_mean_squared_error_equals_finite_differences() -> None:
    rng = np.random.default_rng(0)
    output, target, direction = rng.standard_normal((3, 4, 5, 6))
    _, gradient = mean_squared_error(output, target)
    ahead, behind = (mean_squared_error(output + step * direction, target)[0] for step in (STEP, -STEP))
    assert (gradient * direction).sum() == pytest.approx((ahead - behind) / (2 * STEP), rel=1e-7)

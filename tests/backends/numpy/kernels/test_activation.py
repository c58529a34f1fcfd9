"""Activations at their extremes, and the normal distribution that NumPy does not have."""

from __future__ import annotations

import math

import numpy as np
import pytest

from netspec.backends.numpy.kernels.activation import normal_cdf
from netspec.layers import LAYERS, Family
from tests.backends.numpy.kernels.calls import KINDS, Arrays, assert_close, run, run_in_torch

PLAIN = [kind for kind in KINDS if LAYERS[kind].family is Family.ACTIVATION and kind != "prelu"]


def test_the_normal_distribution_is_exact_to_rounding() -> None:
    x = np.linspace(-12, 12, 48_001)
    expected = np.array([math.erfc(-value / math.sqrt(2)) / 2 for value in x])
    np.testing.assert_allclose(normal_cdf(x), expected, rtol=0, atol=1e-15)
    above = x > -5.6  # the range for which the polynomials of the tail were made
    np.testing.assert_allclose(normal_cdf(x)[above], expected[above], rtol=1e-13)
    np.testing.assert_allclose(normal_cdf(x.astype(np.float32)), expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("kind", PLAIN)
def test_large_values_neither_overflow_nor_warn(kind: str, dtype: type) -> None:
    x: np.ndarray = np.array([[-1e4, -1000, -100, -50, -20, -10, 10, 20, 50, 100, 1000, 1e4]], dtype).T
    arrays = Arrays(LAYERS[kind].model_validate({}), (x,), {}, np.ones_like(x))
    assert_close(run(arrays), run_in_torch(arrays), 1e-6)

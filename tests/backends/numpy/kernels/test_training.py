"""What layers do in training alone: running statistics, and values dropped at random."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from netspec.backends.numpy.kernels.normalization import batchnorm
from netspec.backends.numpy.kernels.regularization import (
    dropout,
    dropout_backward,
    dropout_mask,
    droppath,
    droppath_backward,
    droppath_mask,
)
from tests.backends.numpy.kernels.calls import assert_close, forward, layers_with_arrays, run, run_in_torch

BUFFERS = ("running_mean", "running_var", "num_batches_tracked")


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@settings(max_examples=25, suppress_health_check=[HealthCheck.filter_too_much])
@given(data=st.data())
def test_batchnorm_trains_as_in_torch(dtype: type, data: st.DataObject) -> None:
    arrays = data.draw(layers_with_arrays("batchnorm")).astype(dtype)
    channels = arrays.inputs[0].shape[1]
    assume(arrays.inputs[0].size > channels)
    tolerance = 1e-9 if dtype is np.float64 else 1e-3
    ours, theirs = (
        arrays._replace(weights={name: weight.copy() for name, weight in arrays.weights.items()}) for _ in range(2)
    )
    for _ in range(2):  # the second time on statistics that have moved
        expected = run_in_torch(theirs, training=True)
        output = forward(ours, training=True)
        assert output.dtype == dtype
        for name in BUFFERS:
            np.testing.assert_allclose(ours.weights[name], theirs.weights[name], rtol=tolerance, atol=tolerance)
    assert_close(run(ours, training=True), expected, tolerance)


def test_batchnorm_changes_its_statistics_in_training_alone() -> None:
    x = np.random.default_rng(0).standard_normal((4, 2, 3, 3))
    mean, variance, count = np.zeros(2), np.ones(2), np.array(0)
    batchnorm(x, None, None, mean, variance, count)
    assert (mean.tolist(), variance.tolist(), int(count)) == ([0, 0], [1, 1], 0)
    batchnorm(x, None, None, mean, variance, count, momentum=1.0, training=True)
    np.testing.assert_allclose(mean, x.mean(axis=(0, 2, 3)))
    np.testing.assert_allclose(variance, x.var(axis=(0, 2, 3), ddof=1))
    assert int(count) == 1


def test_batchnorm_of_an_empty_batch_in_training_keeps_its_statistics() -> None:
    mean, variance = np.zeros(2), np.ones(2)
    y = batchnorm(np.zeros((0, 2, 3)), None, None, mean, variance, training=True)
    assert y.shape == (0, 2, 3)
    assert (mean.tolist(), variance.tolist()) == ([0, 0], [1, 1])


def test_batchnorm_refuses_to_train_on_a_single_value() -> None:
    with pytest.raises(ValueError, match=r"one value a channel: x \(1, 2, 1, 1\)"):
        batchnorm(np.zeros((1, 2, 1, 1)), None, None, np.zeros(2), np.ones(2), training=True)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_dropout_drops_a_share_and_keeps_the_mean(p: float, dtype: type) -> None:
    x: np.ndarray = np.ones((100, 10, 10, 10), dtype)
    mask = dropout_mask(np.random.default_rng(0), x, p)
    y = dropout(x, mask)
    assert y.dtype == dtype
    assert set(np.unique(y)) == {0, dtype(1) / dtype(1 - p)}
    assert (y == 0).mean() == pytest.approx(p, abs=0.01)
    assert y.mean() == pytest.approx(1, abs=0.03)


def test_droppath_drops_whole_examples_and_keeps_the_mean() -> None:
    x = np.ones((10_000, 2, 3))
    y = droppath(x, droppath_mask(np.random.default_rng(0), x, 0.25))
    assert (y == y[:, :1, :1]).all()
    assert (y[:, 0, 0] == 0).mean() == pytest.approx(0.25, abs=0.01)
    assert y.mean() == pytest.approx(1, abs=0.02)


def test_the_gradient_is_dropped_as_the_value_was() -> None:
    rng = np.random.default_rng(0)
    x = np.ones((4, 5))
    for make, forward_of, backward_of in (
        (dropout_mask, dropout, dropout_backward),
        (droppath_mask, droppath, droppath_backward),
    ):
        mask = make(rng, x, 0.5)
        np.testing.assert_array_equal(backward_of(x, mask), forward_of(x, mask))


@pytest.mark.parametrize("make", [dropout_mask, droppath_mask])
def test_nothing_is_dropped_outside_training_or_with_p_0_and_all_with_p_1(make: type) -> None:
    rng = np.random.default_rng(0)
    x = np.linspace(1, 2, 12).reshape(3, 4)
    assert make(rng, x, 0.5, False) is None
    assert dropout(x, None) is x
    assert droppath_backward(x, None) is x
    np.testing.assert_array_equal(dropout(x, make(rng, x, 0.0)), x)
    np.testing.assert_array_equal(dropout(x, make(rng, x, 1.0)), np.zeros((3, 4)))


def test_the_same_seed_drops_the_same_values() -> None:
    x = np.ones((8, 8))
    first, second = (dropout_mask(np.random.default_rng(3), x) for _ in range(2))
    np.testing.assert_array_equal(first, second)

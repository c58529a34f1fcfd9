"""The losses equal torch's, and refuse what does not fit."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from netspec.backends.numpy.kernels.losses import cross_entropy, mean_squared_error

DTYPES = pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-12), (np.float32, 1e-5)])


@DTYPES
@pytest.mark.parametrize("spatial", [(), (3,), (2, 3)])
@pytest.mark.parametrize("scale", [1, 1000])
def test_cross_entropy_equals_torch(dtype: type, tolerance: float, spatial: tuple[int, ...], scale: int) -> None:
    rng = np.random.default_rng(0)
    logits: np.ndarray = (scale * rng.standard_normal((4, 5, *spatial))).astype(dtype)
    labels = rng.integers(0, 5, (4, *spatial))
    loss, gradient = cross_entropy(logits, labels)

    x = torch.from_numpy(logits).requires_grad_()
    expected = F.cross_entropy(x, torch.from_numpy(labels))
    expected.backward()  # type: ignore[no-untyped-call]
    assert x.grad is not None
    assert loss == pytest.approx(float(expected.detach()), rel=tolerance)
    np.testing.assert_allclose(gradient, x.grad.numpy(), rtol=tolerance, atol=tolerance)
    assert gradient.dtype == dtype


@DTYPES
@pytest.mark.parametrize("shape", [(4, 5), (2, 3, 4, 4)])
def test_mean_squared_error_equals_torch(dtype: type, tolerance: float, shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    output, target = rng.standard_normal((2, *shape)).astype(dtype)
    loss, gradient = mean_squared_error(output, target)

    x = torch.from_numpy(output).requires_grad_()
    expected = F.mse_loss(x, torch.from_numpy(target))
    expected.backward()  # type: ignore[no-untyped-call]
    assert x.grad is not None
    assert loss == pytest.approx(float(expected.detach()), rel=tolerance)
    np.testing.assert_allclose(gradient, x.grad.numpy(), rtol=tolerance, atol=tolerance)
    assert gradient.dtype == dtype


def test_a_sure_and_right_answer_costs_nothing_and_has_no_gradient() -> None:
    loss, gradient = cross_entropy(np.array([[1000.0, 0.0]]), np.array([0]))
    assert loss == 0
    np.testing.assert_array_equal(gradient, [[0, 0]])


def test_the_mean_over_nothing_is_not_a_number_and_its_gradient_empty() -> None:
    loss, gradient = cross_entropy(np.zeros((0, 3)), np.zeros(0, int))
    assert math.isnan(loss)
    assert gradient.shape == (0, 3)
    loss, gradient = mean_squared_error(np.zeros((0, 3)), np.zeros((0, 3)))
    assert math.isnan(loss)
    assert gradient.shape == (0, 3)


@pytest.mark.parametrize(
    ("logits", "labels", "message"),
    [
        (np.zeros((2, 3)), np.zeros(3, int), r"not \(2, 3\) and \(3,\)"),
        (np.zeros(3), np.zeros(3, int), r"not \(3,\) and \(3,\)"),
        (np.zeros((2, 3, 4)), np.zeros((2, 3), int), r"not \(2, 3, 4\) and \(2, 3\)"),
        (np.zeros((2, 3)), np.zeros((2, 3)), r"not \(2, 3\) and \(2, 3\)"),
        (np.zeros((2, 3)), np.zeros(2), r"whole numbers, not float64"),
        (np.zeros((2, 3)), np.array([1, 3]), r"from 0 to 2, not from 1 to 3"),
        (np.zeros((2, 3)), np.array([-1, 2]), r"from 0 to 2, not from -1 to 2"),
    ],
)
def test_cross_entropy_refuses_labels_that_do_not_fit(logits: np.ndarray, labels: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        cross_entropy(logits, labels)


def test_mean_squared_error_does_not_stretch_its_target() -> None:
    with pytest.raises(ValueError, match=r"not \(2, 3\) and \(2, 1\)"):
        mean_squared_error(np.zeros((2, 3)), np.zeros((2, 1)))

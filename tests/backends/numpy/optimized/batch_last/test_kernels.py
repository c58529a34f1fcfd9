"""Random chains of layers with the batch last: values and gradients are those of torch."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netspec import ShapedNet
from netspec.backends.numpy.optimized.batch_last import lowering
from tests.backends.numpy.optimized.batch_last.chains import chains
from tests.backends.numpy.optimized.batch_last.running import Interpreted, gradients_in_torch, in_torch

pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")

quickly = settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])


@pytest.fixture(autouse=True, scope="module")
def _whatever_it_costs() -> Iterator[None]:
    """Small kernels with groups and dilation take more products than is worth it, but are right."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lowering, "MOST_MULTIPLICATIONS", float("inf"))
        yield


def examples(net: ShapedNet, n: int, seed: int, dtype: type = np.float64) -> np.ndarray:
    """Random examples for a net."""
    shape = n, *(size for size in net.inputs[0].shape if isinstance(size, int))
    return (3 * np.random.default_rng(seed).standard_normal(shape)).astype(dtype)


def target_for(net: ShapedNet, n: int, seed: int, loss: str, dtype: type = np.float64) -> np.ndarray:
    """A random target for the output of a net."""
    rng = np.random.default_rng(seed)
    shape = tuple(size for size in net.output if isinstance(size, int))
    return rng.integers(0, shape[0], n) if loss == "cross_entropy" else rng.standard_normal((n, *shape)).astype(dtype)


def values_in_torch(net: ShapedNet, network: Interpreted, x: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        result: np.ndarray = in_torch(net, network.weights).eval()(torch.from_numpy(x)).numpy()
    return result


@quickly
@given(chains(), st.integers(1, 5), st.integers(0, 99))
def test_values_are_those_of_torch(net: ShapedNet, n: int, seed: int) -> None:
    network, x = Interpreted(net, np.float64, seed), examples(net, n, seed)
    np.testing.assert_allclose(network(x), values_in_torch(net, network, x), rtol=1e-9, atol=1e-9)
    assert not network.readable_calls


@quickly
@given(chains(), st.integers(1, 5), st.integers(0, 99))
def test_values_in_float32_are_those_of_torch(net: ShapedNet, n: int, seed: int) -> None:
    network, x = Interpreted(net, np.float32, seed), examples(net, n, seed, np.float32)
    found, expected = network(x), values_in_torch(net, network, x)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5 * max(1, abs(expected).max(initial=0)))


@quickly
@given(chains(), st.integers(1, 5), st.integers(0, 99), st.sampled_from(["cross_entropy", "mean_squared_error"]))
def test_gradients_are_those_of_torch(net: ShapedNet, n: int, seed: int, loss: str) -> None:
    assert_gradients_equal(net, n, seed, loss)


@quickly
@given(chains(exact=True), st.integers(1, 5), st.integers(0, 99))
def test_equal_values_in_a_window_share_no_gradient(net: ShapedNet, n: int, seed: int) -> None:
    """Whole weights and inputs make many equal values; the first one gets all."""
    network = Interpreted(net, np.float64, seed)
    for array in network.weights.values():
        np.round(2 * array, out=array)
    assert_gradients_equal(net, n, seed, "mean_squared_error", network, np.round(examples(net, n, seed)))


def assert_gradients_equal(
    net: ShapedNet, n: int, seed: int, loss: str, network: Interpreted | None = None, x: np.ndarray | None = None
) -> None:
    if len(net.output) > 1:
        loss = "mean_squared_error"
    network = network or Interpreted(net, np.float64, seed)
    x = examples(net, n, seed) if x is None else x
    target = target_for(net, n, seed, loss)
    value, found = network.gradients(x, target, loss)
    assert not network.readable_calls
    expected_value, expected = gradients_in_torch(net, network.weights, x, target, loss)
    assert value == pytest.approx(expected_value, rel=1e-9, abs=1e-9)
    assert list(found) == list(expected)
    for name, array in expected.items():
        # torch's hardsigmoid has a sixth in float32 even for float64.
        np.testing.assert_allclose(found[name], array, rtol=1e-6, atol=1e-7, err_msg=name)

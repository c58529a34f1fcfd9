"""Generated modules that run with the batch last do what the readable ones do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import netspec
from netspec import ShapedNet
from netspec.backends.numpy import build
from tests.backends.numpy.optimized.batch_last.chains import chains
from tests.backends.numpy.optimized.batch_last.test_training import SPECS

NETS = {
    "lenet": "1x28x28",
    "digits": "3x32x32",
    "simple_convnet": "3x39x39",
    "mlp": "1x6x6",  # no convolution: it is trained by the readable form
}


def assert_same(net: ShapedNet, n: int, dtype: Any, precision: float) -> None:
    """Values, loss and gradients are those of the readable form."""
    readable, optimized = build(net, dtype=dtype, seed=0), build(net, optimize=True, dtype=dtype)
    optimized.load_weights(readable.weights)
    rng = np.random.default_rng(0)
    x = rng.standard_normal((n, *(size for size in net.inputs[0].shape if isinstance(size, int)))).astype(dtype)
    expected = readable(x)
    target, loss = rng.standard_normal(expected.shape).astype(dtype), "mean_squared_error"
    if expected.ndim == 2:
        target, loss = rng.integers(0, expected.shape[1], n), "cross_entropy"
    value, expected_grads = readable.gradients(x, target, loss)
    found_value, found_grads = optimized.gradients(x, target, loss)
    assert found_value == pytest.approx(value, rel=precision)
    pairs = [(optimized(x), expected), *((found_grads[name], grad) for name, grad in expected_grads.items())]
    assert list(found_grads) == list(expected_grads)
    for found, wanted in pairs:
        assert found.dtype == wanted.dtype == dtype
        np.testing.assert_allclose(found, wanted, rtol=0, atol=precision * abs(wanted).max() + 1e-30)


@pytest.mark.parametrize(("dtype", "precision"), [(np.float32, 2e-5), (np.float64, 1e-11)])
@pytest.mark.parametrize("name", NETS)
def test_training_and_inference_are_those_of_the_readable_form(name: str, dtype: type, precision: float) -> None:
    assert_same(netspec.load(SPECS / f"{name}.net", input=NETS[name]), 37, dtype, precision)


@settings(max_examples=15)
@given(chains(), st.integers(1, 40))
def test_random_nets_do_what_their_readable_forms_do(net: ShapedNet, n: int) -> None:
    assert_same(net, n, np.float64, 1e-9)


@pytest.mark.parametrize(
    ("channels", "methods"), [(8, ["plan_batch_last"]), (12, ["plan_batch_last", "plan_channels_last"])]
)
def test_small_batches_of_more_channels_run_otherwise(channels: int, methods: list[str]) -> None:
    net = netspec.loads(f"net T {{ input {channels}x9x9 \n conv 4 3x3 -> relu -> flatten -> fc 3 }}")
    network: Any = build(net, optimize=True)
    assert [program.method for program in network.programs] == methods
    assert network.training_program.method == "plan_batch_last"
    for n in (1, 20):
        assert_same(net, n, np.float32, 2e-5)


def test_what_is_only_trained_with_the_batch_last_runs_otherwise() -> None:
    net = netspec.loads("net T { input 40x9x9 \n conv 40 3x3 -> relu -> flatten -> fc 3 }")
    network: Any = build(net, optimize=True)
    assert [program.method for program in network.programs] == ["plan_channels_last"]
    assert network.training_program.method == "plan_batch_last"
    assert_same(net, 20, np.float64, 1e-11)

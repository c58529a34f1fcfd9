"""Inference with the batch last: every batch size, nothing allocated but the results."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

import netspec
from tests.backends.numpy.optimized.batch_last.running import Interpreted
from tests.backends.numpy.optimized.batch_last.test_training import NAMES, SMALL, batch, load


@pytest.mark.parametrize("name", NAMES)
def test_results_are_the_readable_ones(name: str) -> None:
    net = load(name)
    network = Interpreted(net)
    x, _ = batch(net, 2 * network.program.chunk + 3, dtype=np.float32)
    found, expected = network(x), network.readable(x)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=0, atol=2e-6 * abs(expected).max())


def test_batches_of_any_size_may_follow_each_other() -> None:
    network = Interpreted(SMALL, np.float64)
    for n in (3, 0, 1, 100, 7, 64, 65, 2, 3):
        x, _ = batch(SMALL, n, n)
        np.testing.assert_allclose(network(x), network.readable(x), rtol=1e-12, atol=1e-12)


def test_a_batchnorm_is_folded_into_the_layer_before_it() -> None:
    net = netspec.loads(
        "net Normed { input 1x8x8 \n conv 3 3x3 bias=false -> batchnorm -> relu -> maxpool 2x2 \n"
        "conv 4 2x2 -> batchnorm affine=false -> sigmoid \n flatten -> fc 5 -> batchnorm eps=0.1 -> tanh }"
    )
    network = Interpreted(net, np.float64)
    rng = np.random.default_rng(0)
    for name, array in network.weights.items():
        if "bn" in name or "batchnorm" in name:
            array[...] = rng.uniform(0.5, 1.5, array.shape)
    network.readable.load_weights(network.weights)
    x, _ = batch(net, 5)
    np.testing.assert_allclose(network(x), network.readable(x), rtol=1e-12, atol=1e-12)


def test_a_repeated_call_allocates_its_result_alone() -> None:
    net = load("digits")
    network = Interpreted(net)
    x, _ = batch(net, 64, dtype=np.float32)
    network(x)
    tracemalloc.start()
    network(x)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 40_000


def test_weights_that_are_no_numbers_make_results_that_are_none() -> None:
    network = Interpreted(SMALL, np.float64)
    network.weights["conv1.weight"][0, 0, 0, 0] = np.nan
    assert np.isnan(network(batch(SMALL, 3)[0])).all()

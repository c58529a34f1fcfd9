"""The planned training step: the readable one's loss and gradients, for every batch, again and again."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest

import netspec
from netspec import ShapedNet
from netspec.backends.numpy import build
from tests.backends.numpy.optimized.batch_last.running import Interpreted

SPECS = Path(__file__).parents[5] / "specs"
NAMES = ("lenet", "digits", "simple_convnet")
SMALL = netspec.loads(
    "net Small { input 2x9x9 \n conv 4 3x3 -> tanh -> avgpool 2x2 \n flatten -> fc 6 -> sigmoid -> fc 3 }"
)


def load(name: str) -> ShapedNet:
    return netspec.load(SPECS / f"{name}.net")


def batch(net: ShapedNet, n: int, seed: int = 0, dtype: type = np.float64) -> tuple[np.ndarray, np.ndarray]:
    """Examples, and labels for the features of the output."""
    rng = np.random.default_rng(seed)
    (features,) = net.output
    assert isinstance(features, int)
    shape = n, *(size for size in net.inputs[0].shape if isinstance(size, int))
    return rng.standard_normal(shape).astype(dtype), rng.integers(0, features, n)


X, LABELS = batch(SMALL, 3)


def assert_same_step(network: Interpreted, x: np.ndarray, target: np.ndarray, loss: str, precision: float) -> None:
    """The loss and the gradients are those of the readable network."""
    value, found = network.gradients(x, target, loss)
    assert network.readable_calls == 0 or len(x) == 0
    network.readable.load_weights(network.weights)
    expected_value, expected = network.readable.gradients(x, target, loss)
    assert value == pytest.approx(expected_value, rel=precision, nan_ok=True)
    assert list(found) == list(expected)
    for name, array in expected.items():
        assert found[name].dtype == network.dtype
        largest = abs(array).max()
        np.testing.assert_allclose(found[name], array, rtol=0, atol=precision * largest + 1e-30, err_msg=name)


@pytest.mark.parametrize("loss", ["cross_entropy", "mean_squared_error"])
@pytest.mark.parametrize("name", NAMES)
def test_a_step_is_the_readable_one(name: str, loss: str) -> None:
    net = load(name)
    network = Interpreted(net, np.float64)
    n = network.program.chunk + 5
    x, labels = batch(net, n)
    target = (
        labels if loss == "cross_entropy" else np.random.default_rng(1).standard_normal((n, *network(x[:1]).shape[1:]))
    )
    assert_same_step(network, x, target, loss, 1e-11)


@pytest.mark.parametrize("name", NAMES)
def test_a_step_in_float32_is_the_readable_one_but_for_rounding(name: str) -> None:
    net = load(name)
    network = Interpreted(net, np.float32)
    assert_same_step(network, *batch(net, 2 * network.program.chunk + 1, dtype=np.float32), "cross_entropy", 2e-5)


def test_batches_of_any_size_may_follow_each_other() -> None:
    network = Interpreted(SMALL, np.float64)
    block = network.program.chunk
    for n in (1, block, block - 1, 3 * block, 2, block + 1, 5, 6, 7, 8, 1, block, 0):
        assert_same_step(network, *batch(SMALL, n, n), "cross_entropy", 1e-11)


def test_gradients_are_finite_differences() -> None:
    network = Interpreted(SMALL, np.float64)
    x, labels = batch(SMALL, 5)
    _, found = network.gradients(x, labels)
    step = 1e-6
    for name, array in network.weights.items():
        for place in np.random.default_rng(0).choice(array.size, min(3, array.size), replace=False):
            value = array.flat[place]
            losses = []
            for moved in (value + step, value - step):
                array.flat[place] = moved
                losses.append(network.gradients(x, labels)[0])
            array.flat[place] = value
            difference = (losses[0] - losses[1]) / (2 * step)
            assert found[name].flat[place] == pytest.approx(difference, rel=1e-5, abs=1e-9)


def _in_place(weights: dict[str, np.ndarray]) -> None:
    for array in weights.values():
        array *= 1.5


def _by_others(weights: dict[str, np.ndarray]) -> None:
    for name in weights:
        weights[name] = weights[name] * 1.5


@pytest.mark.parametrize("change", [_in_place, _by_others])
def test_weights_may_change_between_steps(change: Callable[[dict[str, np.ndarray]], None]) -> None:
    network = Interpreted(SMALL, np.float64)
    x, labels = batch(SMALL, 4)
    network.gradients(x, labels)
    change(network.weights)
    assert_same_step(network, x, labels, "cross_entropy", 1e-11)


def test_weights_of_another_shape_are_refused() -> None:
    network = Interpreted(SMALL, np.float64)
    network.gradients(X, LABELS)
    network.weights["fc1.weight"] = np.zeros((6, 35))
    with pytest.raises(ValueError, match=r"fc1.weight is of shape \(6, 35\), not \(6, 36\)"):
        network.gradients(X, LABELS)


def test_gradients_belong_to_the_caller() -> None:
    network = Interpreted(SMALL, np.float64)
    _, first = network.gradients(*batch(SMALL, 4, seed=1))
    kept = {name: array.copy() for name, array in first.items()}
    network.gradients(*batch(SMALL, 4, seed=2))
    assert all(np.array_equal(first[name], kept[name]) for name in first)


def test_a_repeated_step_allocates_its_results_alone() -> None:
    net = load("lenet")
    network = Interpreted(net)
    x, labels = batch(net, 64, dtype=np.float32)
    results = sum(array.nbytes for array in network.gradients(x, labels)[1].values())
    network.gradients(x, labels)
    tracemalloc.start()
    network.gradients(x, labels)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < results + 50_000


def test_networks_share_nothing() -> None:
    networks = [Interpreted(SMALL, np.float64, seed) for seed in range(4)]
    batches = [batch(SMALL, 40, seed) for seed in range(4)]
    expected = [network.gradients(*given) for network, given in zip(networks, batches, strict=True)]
    found: dict[int, Any] = {}

    def work(place: int) -> None:
        for _ in range(20):
            found[place] = networks[place].gradients(*batches[place])

    threads = [Thread(target=work, args=(place,)) for place in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for place, (value, arrays) in enumerate(expected):
        assert found[place][0] == value
        assert all(np.array_equal(found[place][1][name], arrays[name]) for name in arrays)


@pytest.mark.parametrize(
    ("x", "target", "loss"),
    [
        (X[:, :1], LABELS, "cross_entropy"),
        (X.astype(int), LABELS, "cross_entropy"),
        (X, LABELS[:2], "cross_entropy"),
        (X, LABELS + 3, "cross_entropy"),
        (X, LABELS - 3, "cross_entropy"),
        (X, LABELS.astype(float), "cross_entropy"),
        (X, np.zeros((3, 2)), "mean_squared_error"),
        (X, LABELS, "hinge"),
    ],
)
def test_what_does_not_fit_is_refused_in_the_same_words(x: np.ndarray, target: np.ndarray, loss: str) -> None:
    network = Interpreted(SMALL, np.float64)
    with pytest.raises((ValueError, TypeError)) as expected:
        build(SMALL, dtype=np.float64).gradients(x, target, loss)
    with pytest.raises(expected.type) as found:
        network.gradients(x, target, loss)
    assert str(found.value) == str(expected.value)


def test_a_loss_of_ones_own_is_taken() -> None:
    def total(output: np.ndarray, target: np.ndarray) -> tuple[float, np.ndarray]:
        return float((output * target).sum()), target

    network = Interpreted(SMALL, np.float64)
    target = np.arange(9.0).reshape(3, 3)
    value, found = network.gradients(X, target, total)
    assert value == pytest.approx((network(X) * target).sum())
    assert found["fc2.bias"] == pytest.approx(target.sum(axis=0))


def test_dropout_drops_as_often_as_told_and_the_gradients_with_it() -> None:
    net = netspec.loads("net Drops { input 1x8x8 \n conv 4 1 -> dropout 0.3 }")
    network = Interpreted(net, np.float64)
    network.weights["conv1.weight"][:] = 0
    network.weights["conv1.bias"][:] = 1
    x, target = np.zeros((100, 1, 8, 8)), np.zeros((100, 4, 8, 8))
    loss, found = network.gradients(x, target, "mean_squared_error")
    other, _ = network.gradients(x, target, "mean_squared_error")
    kept = loss * 0.7**2  # each value that is kept is 1 / 0.7
    assert kept == pytest.approx(0.7, abs=0.02)
    assert found["conv1.bias"].sum() == pytest.approx(2 * loss)
    assert other != loss
    assert (network(x) == 1).all()

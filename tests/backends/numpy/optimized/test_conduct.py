"""How optimized networks behave: plans that are kept, weights that change, batches of any size, wrong inputs."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import netspec
from netspec import ShapedNet
from netspec.backends.numpy.kernels.network import Network
from netspec.backends.numpy.optimized.kernels.network import OptimizedNetwork
from netspec.backends.numpy.optimized.kernels.plan import Plan
from tests.backends.numpy.optimized.running import assert_close, batch_for, both

TEXT = """
net Mixed {
    input 3x12x12
    conv 16 3x3 padding=1 bias=false -> batchnorm -> relu
    maxpool 3x3 stride=2 padding=1
    add { conv 16 3x3 padding=1 -> relu -> conv 16 1x1 } {}
    concat { conv 8 1x1 -> relu } { depthwise 3x3 padding=1 -> batchnorm -> hardswish }
    avgpool 2x2 -> dropout -> flatten -> fc 10
}
"""


@cache
def net() -> ShapedNet:
    return netspec.loads(TEXT)


@pytest.fixture
def networks() -> tuple[Network, OptimizedNetwork]:
    return both(net())


Networks = tuple[Network, OptimizedNetwork]


# Plans


def counted(network: OptimizedNetwork, sizes: list[int]) -> Callable[[Plan], None]:
    """The generated method, which notes the size of each plan that it makes."""
    plan = network.plan_channels_last  # type: ignore[attr-defined]  # generated

    def noted(p: Plan) -> None:
        sizes.append(p.n)
        plan(p)

    return noted


def test_batch_sizes_may_change_between_calls(networks: Networks) -> None:
    readable, network = networks
    for n in (1, 5, 2, 1, 7, 5):
        x = batch_for(net(), n)
        assert_close(network(*x), readable(*x))


def test_a_plan_is_made_once_for_a_batch_size(networks: Networks, monkeypatch: pytest.MonkeyPatch) -> None:
    _, network = networks
    made: list[int] = []
    monkeypatch.setattr(network, "plan_channels_last", counted(network, made), raising=False)
    for n in (2, 3, 2, 3):
        network(*batch_for(net(), n))
    assert made == [2, 2, 3, 3]  # a draft, and the plan


def test_only_the_last_few_plans_are_kept(networks: Networks) -> None:
    _, network = networks
    for n in range(1, network.MOST_PLANS + 4):
        network(*batch_for(net(), n))
    assert len(network._plans) == network.MOST_PLANS


def test_a_large_batch_runs_in_chunks(networks: Networks) -> None:
    readable, network = networks
    network.programs = (network.programs[0]._replace(chunk=3),)
    for n in (3, 4, 9, 11):
        x = batch_for(net(), n)
        assert_close(network(*x), readable(*x))


def test_large_batches_may_have_a_program_of_their_own(networks: Networks, monkeypatch: pytest.MonkeyPatch) -> None:
    _, network = networks
    calls: list[int] = []
    monkeypatch.setattr(network, "plan_for_many", counted(network, calls), raising=False)
    network.programs = (network.programs[0]._replace(method="plan_for_many", smallest=4), *network.programs)
    network(*batch_for(net(), 3))
    assert not calls
    network(*batch_for(net(), 4))
    assert set(calls) == {4}


def test_a_second_call_allocates_its_result_alone(networks: Networks) -> None:
    _, network = networks
    x = batch_for(net(), 8)
    network(*x)
    tracemalloc.start()
    try:
        network(*x)
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        y = network(*x)
        peak = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    assert peak < y.nbytes + 4000  # the objects of the call itself


def test_a_result_is_no_view_of_a_buffer(networks: Networks) -> None:
    _, network = networks
    first = network(*batch_for(net(), 2))
    kept = first.copy()
    network(*(10 * x for x in batch_for(net(), 2)))
    np.testing.assert_array_equal(first, kept)


def test_an_input_stays_as_it_is(networks: Networks) -> None:
    _, network = networks
    (x,) = batch_for(net(), 2)
    kept = x.copy()
    network(x)
    np.testing.assert_array_equal(x, kept)


@pytest.mark.parametrize(
    "made", [np.asfortranarray, lambda x: np.repeat(x, 2, axis=2)[:, :, ::2], lambda x: x.astype(np.float64)]
)
def test_an_input_of_any_memory_layout_or_width(networks: Networks, made: Callable[[np.ndarray], np.ndarray]) -> None:
    readable, network = networks
    (x,) = batch_for(net(), 3)
    assert_close(network(made(x)), readable(x))


# Weights


def changed(network: Network, factor: float) -> None:
    for name, array in network.weights.items():
        if array.dtype.kind == "f":
            array *= factor if not name.endswith("running_var") else 1


def test_weights_changed_in_place_count(networks: Networks) -> None:
    readable, network = networks
    x = batch_for(net(), 2)
    network(*x)
    for factor in (0.5, 1.5):
        for one in networks:
            changed(one, factor)
        assert_close(network(*x), readable(*x))


def test_weights_replaced_count(networks: Networks) -> None:
    readable, network = networks
    x = batch_for(net(), 2)
    network(*x)
    for one in networks:
        one.weights["conv1.weight"] = one.weights["conv1.weight"] * 2
        one.weights["fc1.bias"] = one.weights["fc1.bias"] + 1
    assert_close(network(*x), readable(*x))


@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
def test_weights_loaded_count(networks: Networks, suffix: str, tmp_path: Path) -> None:
    readable, network = networks
    x = batch_for(net(), 2)
    network(*x)
    changed(readable, 0.7)
    readable.save(tmp_path / f"weights{suffix}")
    network.load(tmp_path / f"weights{suffix}")
    assert_close(network(*x), readable(*x))


def test_a_file_that_does_not_fit_changes_nothing(networks: Networks) -> None:
    _, network = networks
    x = batch_for(net(), 2)
    y = network(*x)
    with pytest.raises(ValueError, match="these are not the weights of Mixed"):
        network.load_weights({"conv1.weight": np.zeros(3)})
    np.testing.assert_array_equal(network(*x), y)


def test_training_moves_what_is_inferred(networks: Networks) -> None:
    readable, network = networks
    (x,), labels = batch_for(net(), 4), np.arange(4)
    for one in networks:
        one.rng = np.random.default_rng(0)  # the same values are dropped
        for _ in range(2):
            _, grads = one.gradients(x, labels)
            for name, grad in grads.items():
                one.weights[name] -= 0.01 * grad
            one(x)
    assert_close(network(x), readable(x))


def test_training_in_blocks_keeps_the_output_of_all() -> None:
    lenet = netspec.load("specs/lenet.net")
    network = lenet.to_numpy(seed=0, optimize=True)
    x = np.random.default_rng(0).random((70, 1, 28, 28), np.float32)
    network.gradients(x, np.arange(70) % 10)
    assert network.output is not None
    np.testing.assert_allclose(network.output, network.forward(x), rtol=1e-4, atol=1e-5)


def test_fresh_weights_depend_on_the_seed_alone() -> None:
    x = batch_for(net(), 1)
    same, other = (type(both(net())[1])(seed=seed) for seed in (1, 1)), type(both(net())[1])(seed=2)
    first, second = (network(*x) for network in same)
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, other(*x))


def test_the_readable_form_is_there(networks: Networks) -> None:
    readable, network = networks
    (x,) = batch_for(net(), 2)
    np.testing.assert_array_equal(network.forward(x), readable.forward(x))
    assert list(network.values) == list(readable.values)


# What comes in


def test_an_empty_batch_gives_an_empty_result(networks: Networks) -> None:
    _, network = networks
    assert network(np.zeros((0, 3, 12, 12), np.float32)).shape == (0, 10)


@pytest.mark.parametrize(
    ("x", "error"),
    [
        (np.zeros((1, 3, 12, 13), np.float32), ValueError),
        (np.zeros((3, 12, 12), np.float32), ValueError),
        (np.zeros((1, 3, 12, 12), int), TypeError),
    ],
)
def test_a_wrong_input_is_refused_as_by_the_readable_form(
    networks: Networks, x: np.ndarray, error: type[Exception]
) -> None:
    messages = []
    for one in networks:
        with pytest.raises(error) as caught:
            one(x)
        messages.append(str(caught.value))
    assert messages[0] == messages[1]


def test_the_wrong_number_of_inputs_is_refused(networks: Networks) -> None:
    _, network = networks
    for inputs in ((), (np.zeros((1, 3, 12, 12), np.float32),) * 2):
        with pytest.raises(TypeError, match=f"the inputs are input; {len(inputs)} were given"):
            network(*inputs)


def test_a_nan_in_the_input_reaches_the_result_of_its_example_alone(networks: Networks) -> None:
    readable, network = networks
    (x,) = batch_for(net(), 3)
    x[1, 0, 4, 4] = np.nan
    y = network(x)
    assert np.isnan(y[1]).all()
    assert_close(y[[0, 2]], readable(x[[0, 2]]))


def test_a_nan_in_the_weights_reaches_the_result(networks: Networks) -> None:
    _, network = networks
    network.weights["fc1.weight"][3, 5] = np.nan
    y = network(*batch_for(net(), 2))
    assert np.isnan(y[:, 3]).all()
    assert not np.isnan(np.delete(y, 3, 1)).any()


# Instances


def test_two_networks_in_two_threads_do_not_disturb_each_other() -> None:
    pairs = [both(net()) for _ in range(2)]
    changed(pairs[1][0], 0.5)
    pairs[1][1].load_weights(pairs[1][0].weights)
    x = batch_for(net(), 6)

    def repeated(network: OptimizedNetwork) -> list[np.ndarray]:
        return [network(*x) for _ in range(30)]

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(repeated, [network for _, network in pairs]))

    for (readable, _), results in zip(pairs, found, strict=True):
        wanted = readable(*x)
        for y in results:
            assert_close(y, wanted)

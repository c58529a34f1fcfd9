"""What every generated network can do: weights in and out, checks of what comes in, gradients, threads."""

from __future__ import annotations

import subprocess
import sys
import threading
import traceback
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.torch
import torch

import netspec
from netspec.backends.numpy.kernels.network import Network
from tests.backends.torch.specs import TWO_INPUTS

SMALL = """
net Small {
    input 2x6x6
    conv 4 3 padding=1 -> batchnorm -> relu
    globalavgpool -> flatten -> fc 3
}
"""
OPEN = "net Open { input 3 x H x W \n conv 4 3 padding=1 -> maxpool 2 }"
SQUARE = "net Square { input 3 x H x H \n relu }"


def small(**options: Any) -> Network:
    return netspec.loads(SMALL).to_numpy(**{"seed": 0, **options})


def batch(n: int = 2, *shape: int, dtype: str = "float32") -> np.ndarray:
    return np.random.default_rng(n).standard_normal((n, *(shape or (2, 6, 6)))).astype(dtype)


# Making one


def test_the_seed_decides_the_weights() -> None:
    assert (small(seed=3).weights["fc1.weight"] == small(seed=3).weights["fc1.weight"]).all()
    assert (small(seed=3).weights["fc1.weight"] != small(seed=4).weights["fc1.weight"]).any()


def test_the_weights_are_those_of_the_net_in_order() -> None:
    net = netspec.loads(SMALL)
    found = [(name, array.shape) for name, array in net.to_numpy().weights.items()]
    assert found == [(name, weight.shape) for name, weight in net.weights()]


@pytest.mark.parametrize("dtype", ["float32", "float64", np.float32, np.dtype("f8")])
def test_everything_is_of_the_type_that_is_asked_for(dtype: Any) -> None:
    network = small(dtype=dtype)
    _, grads = network.gradients(batch(), np.array([0, 2]))
    assert {array.dtype for array in (*network.values.values(), *grads.values())} == {np.dtype(dtype)}


@pytest.mark.parametrize("dtype", ["float16", "int32", "complex64"])
def test_no_other_type_is_computed_in(dtype: str) -> None:
    with pytest.raises(ValueError, match=f"computes in float32 or float64, not {dtype}"):
        small(dtype=dtype)


def test_a_traceback_shows_the_generated_lines() -> None:
    network = small()
    network.weights["fc1.weight"] = np.zeros((3, 5), np.float32)
    with pytest.raises(ValueError, match=r"fc takes x \(n, features\)") as caught:
        network(batch())
    assert 'v["fc1"] = fc(v["flatten1"], *w["fc1"])' in "".join(traceback.format_tb(caught.tb))


def test_generating_imports_no_numpy() -> None:
    code = (
        "import netspec, sys; from netspec.backends.numpy import generate;"
        f"print(generate(netspec.loads({SMALL!r})) != '', 'numpy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "True False\n"


def test_a_missing_numpy_is_told_with_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "numpy", None)
    with pytest.raises(ImportError) as caught:
        small()
    assert str(caught.value) == "numpy is missing: pip install 'netspec-lang[numpy]'"


# Weights


@pytest.mark.parametrize("suffix", ["safetensors", "npz"])
def test_saved_weights_load_again(suffix: str, tmp_path: Path) -> None:
    first, second = small(seed=1), small(seed=2)
    first.forward(batch(), training=True)
    first.save(tmp_path / f"w.{suffix}")

    second.load(tmp_path / f"w.{suffix}")

    assert list(second.weights) == list(first.weights)
    for name, array in first.weights.items():
        assert second.weights[name].dtype == array.dtype
        assert (second.weights[name] == array).all()
    assert int(second.weights["batchnorm1.num_batches_tracked"]) == 1


def test_torch_and_numpy_load_each_others_weights(tmp_path: Path) -> None:
    module, network = netspec.loads(SMALL).to_torch().eval(), small()
    safetensors.torch.save_file(module.state_dict(), tmp_path / "torch.safetensors")
    network.load(tmp_path / "torch.safetensors")
    x = batch()
    with torch.no_grad():
        np.testing.assert_allclose(network(x), module(torch.from_numpy(x)).numpy(), rtol=1e-5, atol=1e-6)

    other = small(seed=5)
    other.save(tmp_path / "numpy.safetensors")
    module.load_state_dict(safetensors.torch.load_file(tmp_path / "numpy.safetensors"))
    with torch.no_grad():
        np.testing.assert_allclose(other(x), module(torch.from_numpy(x)).numpy(), rtol=1e-5, atol=1e-6)


def wrong_in_every_way() -> dict[str, Any]:
    arrays = dict(small().weights)
    del arrays["conv1.bias"]
    arrays["conv1.weight"] = np.zeros((4, 2, 5, 5), np.float32)
    arrays["fc1.weight"] = np.zeros((3, 4), np.int64)
    arrays["batchnorm1.num_batches_tracked"] = np.zeros((), np.float32)
    arrays["fc2.weight"] = np.zeros(1, np.float32)
    return arrays


ALL_THAT_IS_WRONG = (
    "these are not the weights of Small:\n"
    "  conv1.weight is of shape (4, 2, 5, 5), not (4, 2, 3, 3)\n"
    "  conv1.bias is missing\n"
    "  batchnorm1.num_batches_tracked holds float32, not int64\n"
    "  fc1.weight holds int64, not float32\n"
    "  fc2.weight is unknown"
)


def test_all_that_does_not_fit_is_listed_and_nothing_is_half_loaded() -> None:
    network = small()
    before = {name: array.copy() for name, array in network.weights.items()}

    with pytest.raises(ValueError, match="these are not") as caught:
        network.load_weights(wrong_in_every_way())

    assert str(caught.value) == ALL_THAT_IS_WRONG
    assert all((network.weights[name] == array).all() for name, array in before.items())


def test_the_list_names_the_file(tmp_path: Path) -> None:
    np.savez(tmp_path / "w.npz", **wrong_in_every_way())
    with pytest.raises(ValueError, match="these are not") as caught:
        small().load(tmp_path / "w.npz")
    assert str(caught.value) == f"{tmp_path / 'w.npz'}: {ALL_THAT_IS_WRONG}"


def test_weights_that_do_not_fit_are_not_saved(tmp_path: Path) -> None:
    network = small()
    network.weights["fc1.bias"] = np.zeros(4, np.float32)
    with pytest.raises(ValueError, match=r"fc1\.bias is of shape \(4,\), not \(3,\)"):
        network.save(tmp_path / "w.npz")
    assert not (tmp_path / "w.npz").exists()


@pytest.mark.parametrize("stored", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_floating_point_weights_of_another_width_are_converted(stored: torch.dtype, dtype: str, tmp_path: Path) -> None:
    weights = {name: torch.from_numpy(array) for name, array in small().weights.items()}
    weights = {name: w.to(stored) if w.is_floating_point() else w for name, w in weights.items()}
    safetensors.torch.save_file(weights, tmp_path / "w.safetensors")
    network = small(dtype=dtype)

    network.load(tmp_path / "w.safetensors")

    for name, expected in weights.items():
        found = network.weights[name]
        assert found.dtype == (np.int64 if name.endswith("tracked") else dtype)
        assert (found == expected.to(getattr(torch, str(found.dtype))).numpy()).all()


def test_given_arrays_stay_the_givers() -> None:
    network, arrays = small(), {name: array.copy() for name, array in small(seed=1).weights.items()}
    network.load_weights(arrays)
    arrays["fc1.bias"][...] = 7
    network.forward(batch(), training=True)
    assert not (network.weights["fc1.bias"] == 7).any()
    assert (arrays["batchnorm1.running_mean"] == 0).all()


def test_changed_weights_count_at_once() -> None:
    network = small()
    network.weights["fc1.weight"][...] = 0
    network.weights["fc1.bias"] = np.array([1, 2, 3], np.float32)
    assert network(batch()).tolist() == [[1, 2, 3]] * 2


def test_loading_draws_no_random_weights(tmp_path: Path) -> None:
    small().save(tmp_path / "w.npz")
    network = small(seed=9)
    before = network.rng.bit_generator.state
    network.load(tmp_path / "w.npz")
    network(batch())
    assert network.rng.bit_generator.state == before


# What comes in


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (batch(2, 2, 6, 7), r"input must be \(2, 2, 6, 6\), not \(2, 2, 6, 7\)"),
        (batch(2, 3, 6, 6), r"input must be \(2, 2, 6, 6\), not \(2, 3, 6, 6\)"),
        (batch(2, 6, 6), r"input must be \(n, 2, 6, 6\), not \(2, 6, 6\); input\[None\] makes a batch of one"),
        (batch(2, 72), r"input must be \(n, 2, 6, 6\), not \(2, 72\)"),
        (np.float32(3), r"input must be \(n, 2, 6, 6\), not \(\)"),
    ],
)
def test_a_wrong_shape_is_told_with_the_right_one(x: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        small()(x)


@pytest.mark.parametrize("dtype", ["uint8", "int64", "bool", "complex64", "object", "S1"])
def test_what_is_no_floating_point_number_is_refused(dtype: str) -> None:
    message = "input holds .*, not floating-point numbers; x / 255 makes them of the bytes of an image"
    with pytest.raises(TypeError, match=message):
        small()(np.zeros((1, 2, 6, 6), dtype))


@pytest.mark.parametrize("dtype", ["float16", "float64", ">f4", "longdouble"])
def test_floating_point_numbers_of_another_kind_are_converted(dtype: str) -> None:
    x = batch().astype("float16")
    assert (small()(x.astype(dtype)) == small()(x.astype("float32"))).all()


def test_lists_are_taken_for_arrays() -> None:
    assert (small()(batch().tolist()) == small()(batch())).all()


def test_non_contiguous_arrays_give_the_same() -> None:
    x = batch(2, 6, 6, 2).transpose(0, 3, 1, 2)
    np.testing.assert_array_equal(small()(x), small()(np.ascontiguousarray(x)))


def test_open_sizes_may_be_any() -> None:
    network = netspec.loads(OPEN).to_numpy(seed=0)
    assert network(batch(1, 3, 8, 6)).shape == (1, 4, 4, 3)
    assert network(batch(2, 3, 5, 9)).shape == (2, 4, 2, 4)
    with pytest.raises(ValueError, match=r"input must be \(n, 3, H, W\), not \(1, 3, 8\)"):
        network(batch(1, 3, 8))


def test_a_letter_is_one_size() -> None:
    network = netspec.loads(SQUARE).to_numpy()
    assert network(batch(1, 3, 5, 5)).shape == (1, 3, 5, 5)
    with pytest.raises(ValueError, match=r"input must be \(1, 3, 5, 5\), not \(1, 3, 5, 6\)"):
        network(batch(1, 3, 5, 6))


def test_a_size_that_does_not_fit_inside_is_a_clear_error() -> None:
    network = netspec.loads("net N { input 3 x H x W \n conv 4 5 }").to_numpy()
    with pytest.raises(ValueError, match=r"a window of \(5, 5\) .* does not fit into \(4, 9\)"):
        network(batch(1, 3, 4, 9))


def test_batches_of_several_inputs_are_equally_long() -> None:
    network = netspec.loads(TWO_INPUTS).to_numpy(seed=0)
    with pytest.raises(ValueError, match=r"right must be \(2, 1, 16, 16\), not \(3, 1, 16, 16\)"):
        network(batch(2, 3, 16, 16), batch(3, 1, 16, 16))


def test_an_empty_batch_gives_an_empty_result() -> None:
    network = small()
    x = batch(0)
    assert network(x).shape == (0, 3)
    loss, grads = network.gradients(x, np.zeros(0, int))
    assert np.isnan(loss)
    assert all((grad == 0).all() for grad in grads.values())


def test_batch_sizes_may_change_between_calls() -> None:
    network, x = small(), batch(5)
    whole = network(x)
    for n in (1, 5, 3):
        np.testing.assert_allclose(network(x[:n]), whole[:n], rtol=1e-5, atol=1e-6)
        assert len(network.values["relu1"]) == n


@pytest.mark.parametrize("training", [False, True])
def test_weights_that_are_no_numbers_give_what_is_no_number_without_a_word(training: bool) -> None:
    network = small()
    network.weights["conv1.weight"][...] = np.nan
    with warnings.catch_warnings(action="error"):
        y = network.forward(batch(), training=training)
        grad = network.backward(np.ones_like(y))
    assert np.isnan(y).all()
    assert np.isnan(grad).all()


# Gradients


def test_gradients_are_those_of_loss_forward_and_backward() -> None:
    first, second = small(dtype="float64"), small(dtype="float64")
    x, labels = batch(4, dtype="float64"), np.array([0, 1, 2, 1])

    loss, grads = first.gradients(x, labels)

    logits = second.forward(x, training=True)
    shifted = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    assert loss == pytest.approx(-np.log(shifted[np.arange(4), labels]).mean())
    second.backward((shifted - np.eye(3)[labels]) / 4)
    for name, grad in grads.items():
        np.testing.assert_allclose(grad, second.grads[name], rtol=1e-10, atol=1e-15)


def test_gradients_keep_the_output_for_their_batch() -> None:
    network, x = small(), batch(2)
    network.gradients(x, [0, 1])
    np.testing.assert_array_equal(network.output, network.forward(x, training=True))


def test_a_step_against_the_gradient_makes_the_loss_smaller() -> None:
    network, x, labels = small(), batch(8), [0, 1, 2, 0, 1, 2, 0, 1]
    losses = []
    for _ in range(5):
        loss, grads = network.gradients(x, labels)
        losses.append(loss)
        for name, grad in grads.items():
            network.weights[name] -= 0.1 * grad
    assert losses == sorted(losses, reverse=True)


def test_the_mean_squared_error_has_targets_like_the_output() -> None:
    network, x = small(dtype="float64"), batch(2, dtype="float64")
    target = np.ones((2, 3))
    loss, _ = network.gradients(x, target, loss="mean_squared_error")
    assert loss == pytest.approx(float(((network.values["fc1"] - target) ** 2).mean()))


def test_a_loss_may_be_a_function() -> None:
    def total(output: np.ndarray, weight: np.ndarray) -> tuple[float, np.ndarray]:
        return float((output * weight).sum()), np.full_like(output, weight)

    network = small()
    loss, grads = network.gradients(batch(), 2.0, loss=total)
    assert loss == pytest.approx(2 * float(network.values["fc1"].sum()), rel=1e-5)
    assert grads["fc1.bias"].tolist() == [4, 4, 4]


def test_an_unknown_loss_is_told_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="loss is cross_entropy or mean_squared_error, or a function, not hinge"):
        small().gradients(batch(), [0, 1], loss="hinge")


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([0, 3], "labels go from 0 to 2, not from 0 to 3"),
        ([0.0, 1.0], "labels are whole numbers, not float64"),
        ([0, 1, 2], r"not \(2, 3\) and \(3,\)"),
    ],
)
def test_wrong_labels_are_told(labels: list[float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        small().gradients(batch(), labels)


def test_several_inputs_and_outputs_go_by_their_order() -> None:
    network = netspec.loads(TWO_INPUTS).to_numpy(seed=0, dtype="float64")
    inputs = (batch(2, 3, 16, 16, dtype="float64"), batch(2, 1, 16, 16, dtype="float64"))
    outputs = network(*inputs)
    assert outputs._fields == ("output", "mask", "embedding")
    assert [output.shape for output in outputs] == [(2, 3), (2, 1, 16, 16), (2, 6)]

    one, of_labels = network.gradients(inputs, np.array([0, 1]))
    labels_and_embedding, of_both = network.gradients(
        inputs, (np.array([0, 1]), None, np.zeros((2, 6))), loss=lambda y, t: (1.0, np.ones_like(y))
    )
    assert one > 0
    assert labels_and_embedding == 2.0
    assert (of_labels["mask.0.weight"] == 0).all()
    assert of_both.keys() == of_labels.keys()


def test_backward_takes_none_for_zeros() -> None:
    network = netspec.loads(TWO_INPUTS).to_numpy(seed=0)
    outputs = network(batch(2, 3, 16, 16), batch(2, 1, 16, 16))
    short = network.backward(np.ones_like(outputs.output))
    long = network.backward(np.ones_like(outputs.output), np.zeros_like(outputs.mask), np.zeros_like(outputs.embedding))
    assert all((a == b).all() for a, b in zip(short, long, strict=True))


def test_backward_needs_a_forward_and_the_shape_of_its_output() -> None:
    network = small()
    with pytest.raises(RuntimeError, match="backward goes back through a forward"):
        network.backward(np.ones((2, 3)))
    network(batch())
    with pytest.raises(ValueError, match=r"the gradient by fc1 is of shape \(3, 3\), not \(2, 3\)"):
        network.backward(np.ones((3, 3)))


def test_a_value_of_two_outputs_gets_both_gradients() -> None:
    network = netspec.loads("net N { input 2x2x2 \n relu \n output same: {} \n {} }").to_numpy()
    x = np.ones((1, 2, 2, 2), np.float32)
    assert network(x).same is network(x).output or (network(x).same == network(x).output).all()
    assert (network.backward(x, 2 * x) == 3).all()


def test_a_value_of_many_uses_gets_the_sum_of_their_gradients() -> None:
    text = "net N { input 1x2x2 \n a: scale 2.0 \n add a a {relu} \n mul {} a \n add {} a }"
    network = netspec.loads(text).to_numpy(dtype="float64")
    x = np.full((1, 1, 2, 2), 1.5)
    assert (network(x) == 3 * 3 * 3 + 3).all()  # a = 3: (a + a + a)·a + a
    assert (network.backward(np.ones_like(x)) == (2 * 3 * 3 + 1) * 2).all()


# Chance


def test_what_is_dropped_forward_is_dropped_backward() -> None:
    network = netspec.loads("net N { input 1000 \n dropout 0.25 \n droppath 0.5 }").to_numpy(seed=0)
    x = np.ones((20, 1000), np.float32)
    y = network.forward(x, training=True)
    assert (network.backward(x) == y).all()
    assert set(np.unique(network.values["dropout1"])) == {np.float32(0), np.float32(1 / 0.75)}
    assert (network(x) == x).all()
    assert (network.backward(x) == x).all()


def test_the_seed_decides_what_is_dropped() -> None:
    net = netspec.loads("net N { input 100 \n dropout }")
    x = np.ones((2, 100), np.float32)
    first, second = (net.to_numpy(seed=3).forward(x, training=True) for _ in range(2))
    assert (first == second).all()


# Threads


def test_two_networks_in_two_threads_give_what_each_gives_alone() -> None:
    net = netspec.loads(SMALL)
    networks = [net.to_numpy(seed=seed) for seed in (1, 2)]
    inputs = [batch(3), batch(5)]
    expected = [network.gradients(x, [0] * len(x)) for network, x in zip(networks, inputs, strict=True)]
    networks = [net.to_numpy(seed=seed) for seed in (1, 2)]
    wrong: list[str] = []

    def work(network: Network, x: np.ndarray, loss: float, grads: dict[str, np.ndarray]) -> None:
        for _ in range(30):
            again, found = network.gradients(x, [0] * len(x))
            if again != loss or any((found[name] != grad).any() for name, grad in grads.items()):
                wrong.append("differs")

    threads = [
        threading.Thread(target=work, args=(network, x, *result))
        for network, x, result in zip(networks, inputs, expected, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []

"""Both targets learn the same way: the same losses, step by step, from the same weights and batches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from netspec.execution.errors import CannotRun
from netspec.ir import ShapedNet
from netspec.training.data import read_data
from netspec.training.initial import initial_weights
from netspec.training.learners import make_learner
from netspec.training.order import batches
from netspec.training.ranks import Ranks
from netspec.training.settings import Settings

from .nets import DROPPING, NORMED, PLAIN, easy_data, net_of

LENET_8X8 = """
net LeNet8x8 {
    input 1x8x8
    conv 6 5x5 padding=2 -> sigmoid
    avgpool 2x2
    conv 16 3x3 -> sigmoid
    flatten
    fc 120 -> sigmoid
    fc 84 -> sigmoid
    fc 10
}
"""

RELU_8X8 = LENET_8X8.replace("sigmoid", "relu").replace("avgpool", "maxpool")


def losses(net: ShapedNet, settings: Settings, steps: int) -> list[float]:
    """The losses of the first steps on scikit-learn's digits."""
    data = read_data("digits", (1, 8, 8))
    learner, _ = make_learner(net, settings, "cpu")
    learner.restore(initial_weights(net, settings.init, settings.seed), {})
    found: list[float] = []
    epoch = 0
    while len(found) < steps:
        epoch += 1
        learner.begin(epoch)
        for part in batches(len(data.train.labels), settings.batch, settings.seed, epoch, Ranks()):
            x = data.inputs(data.train.images[part.places])
            found.append(learner.step(x, data.train.labels[part.places], part.counted, part.batch)().loss)
    return found[:steps]


CURVES: dict[str, tuple[str, dict[str, Any]]] = {
    "LeNet": (LENET_8X8, {"lr": 0.9}),
    "LeNet of today": (RELU_8X8, {"lr": 0.1}),
    "Adam": (RELU_8X8, {"lr": 0.001, "optimizer": "adam"}),
    "squares": (RELU_8X8, {"lr": 0.1, "loss": "mean_squared_error"}),
    "softmax at the end": (RELU_8X8.replace("fc 10", "fc 10 -> softmax"), {"lr": 0.1}),
    "batchnorm": (NORMED.replace("dropout 0.2\n", ""), {"lr": 0.1}),
}


@pytest.mark.parametrize("case", CURVES)
def test_both_targets_follow_the_same_curve_for_a_hundred_steps(case: str) -> None:
    text, changes = CURVES[case]
    net = net_of(text)
    by_numpy, by_torch = (
        losses(net, Settings(target=target, batch=64, **changes), 100) for target in ("numpy", "torch")
    )
    np.testing.assert_allclose(by_numpy, by_torch, atol=1e-3)
    assert by_numpy[0] != by_numpy[-1]


@pytest.mark.parametrize("target", ["numpy", "torch"])
def test_the_loss_falls(target: Any) -> None:
    found = losses(net_of(RELU_8X8), Settings(target=target, lr=0.1, batch=64), 120)
    assert np.mean(found[-10:]) < 0.6 * found[0]


@pytest.mark.parametrize("target", ["numpy", "torch"])
@pytest.mark.parametrize("text", [DROPPING, NORMED], ids=["dropout", "dropout and batchnorm"])
def test_what_is_dropped_depends_on_the_seed_and_the_epoch_alone(target: Any, text: str) -> None:
    net, data = net_of(text), easy_data()
    settings = Settings(target=target, lr=0.1, batch=20)
    first, _ = make_learner(net, settings, "cpu")
    first.restore(initial_weights(net, "xavier", 0), {})

    def epoch(learner: Any, number: int) -> list[float]:
        learner.begin(number)
        steps = (data.train.images[at : at + 20] for at in range(0, 60, 20))
        return [learner.step(data.inputs(x), data.train.labels[:20], 20, 20)().loss for x in steps]

    epoch(first, 1)
    after_one = first.weights()
    again, _ = make_learner(net, settings, "cpu")
    again.restore(after_one, first.state())
    assert epoch(first, 2) == epoch(again, 2)


def weights_after_a_step(counted: int, images: np.ndarray, labels: np.ndarray, batch: int) -> Mapping[str, np.ndarray]:
    net = net_of(PLAIN)
    learner, _ = make_learner(net, Settings(lr=0.5), "cpu")
    learner.restore(initial_weights(net, "xavier", 0), {})
    learner.begin(1)
    learner.step(images, labels, counted, batch)()
    return learner.weights()


def test_examples_that_do_not_count_change_nothing() -> None:
    data = easy_data()
    x, labels = data.inputs(data.train.images[:6]), data.train.labels[:6]
    padded = weights_after_a_step(4, x, labels, 4)
    plain = weights_after_a_step(4, x[:4], labels[:4], 4)
    for name, array in plain.items():
        np.testing.assert_allclose(padded[name], array, atol=1e-7)


OPTIONS: dict[str, dict[str, Any]] = {
    "bfloat16": {"precision": "bfloat16"},
    "float16": {"precision": "float16"},
    "channels last": {"channels_last": True},
}


@pytest.mark.parametrize("option", OPTIONS)
def test_torch_learns_the_same_with_its_options(option: str) -> None:
    net = net_of(RELU_8X8)
    plain = losses(net, Settings(lr=0.1, batch=64), 30)
    other = losses(net, Settings(lr=0.1, batch=64, **OPTIONS[option]), 30)
    np.testing.assert_allclose(other, plain, atol=0.05)
    if "precision" in OPTIONS[option]:
        assert other != plain


def test_channels_last_needs_two_axes() -> None:
    net = net_of("net N { input 1x16 \n conv 4 3 -> flatten -> fc 10 }")
    with pytest.raises(CannotRun, match="--channels-last is for images with two axes"):
        make_learner(net, Settings(channels_last=True), "cpu")


REFUSED: dict[str, tuple[Settings, str, str]] = {
    "precision": (Settings(target="numpy", precision="bfloat16"), "auto", "--precision is for --target torch"),
    "layout": (Settings(target="numpy", channels_last=True), "auto", "--channels-last is for --target torch"),
    "compiling": (Settings(target="numpy", compile=True), "auto", "--compile is for --target torch"),
    "a device": (Settings(target="numpy"), "cuda", "--device cuda is for --target torch"),
    "a device that is none": (Settings(), "toaster", "--device toaster: expected one of cpu"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_a_target_cannot_do_is_refused(case: str) -> None:
    settings, device, message = REFUSED[case]
    with pytest.raises(CannotRun, match=message):
        make_learner(net_of(PLAIN), settings, device)


def test_what_numpy_has_learned_torch_can_use() -> None:
    net, data = net_of(NORMED), easy_data()
    learner, _ = make_learner(net, Settings(target="numpy", lr=0.1), "cpu")
    learner.restore(initial_weights(net, "xavier", 0), {})
    learner.begin(1)
    for _ in range(3):
        learner.step(data.inputs(data.train.images), data.train.labels, 60, 60)()
    other, _ = make_learner(net, Settings(), "cpu")
    other.restore(learner.weights(), {})
    x = data.inputs(data.test.images)
    np.testing.assert_array_equal(learner.predict(x), other.predict(x))

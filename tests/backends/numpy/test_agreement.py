"""The same weights and input give PyTorch's values on every layer, forward and backward."""

from __future__ import annotations

import contextlib
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import netspec
from netspec import ShapedNet, SpecError
from netspec.sizes import format_shape
from tests.backends.numpy.reference import assert_agrees, assert_close, randomize
from tests.backends.torch.random_specs import small_net, specs
from tests.backends.torch.reference import concrete, run_by_layers
from tests.backends.torch.specs import ALL
from tests.language.test_random_nets import UNIT, body

SPECS = Path(__file__).parents[3] / "specs"
NETS: dict[str, Path | str] = {
    str(path.relative_to(SPECS).with_suffix("")): path
    for path in sorted(SPECS.rglob("*.net"))
    if path.parent.name != "blocks"
}
NETS |= ALL

SMALLER = ((64, 64), (144, 144), (2000,), (8, 32, 32))
"""Sizes for the inputs of nets with much to compute, as far as they take them."""


@cache
def load(name: str) -> ShapedNet:
    source = NETS[name]
    return netspec.loads(source) if isinstance(source, str) else netspec.load(source)


def smaller(name: str) -> ShapedNet:
    """The net, with a small input if its own makes much work."""
    net, source = load(name), NETS[name]
    if not isinstance(source, Path) or not isinstance(net.macs, int) or net.macs < 20_000_000:
        return net
    channels, *own = net.inputs[0].shape
    for sizes in SMALLER:
        if len(sizes) == len(own) and all(
            isinstance(have, int) and want < have for want, have in zip(sizes, own, strict=True)
        ):
            with contextlib.suppress(SpecError):
                return netspec.load(source, input=format_shape((channels, *sizes)))
    return net


LIGHT = [name for name in NETS if load(name).params < 5_000_000]
HEAVY = [name for name in NETS if name not in LIGHT]
LARGEST = 40_000_000
"""Parameters; of larger nets the gradients would take too much memory."""


@pytest.mark.parametrize("name", LIGHT)
@pytest.mark.parametrize(("dtype", "training"), [("float32", False), ("float64", True)])
def test_a_net_agrees(name: str, dtype: str, training: bool) -> None:
    assert_agrees(smaller(name), dtype, training=training)


@pytest.mark.parametrize("name", HEAVY)
def test_a_large_net_agrees(name: str) -> None:
    net = smaller(name)
    assert_agrees(net, "float32", training=False, batch=1, backward=net.params < LARGEST)


SMALL = settings(
    max_examples=20,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


@SMALL
@given(specs(), st.booleans())
def test_a_random_net_with_blocks_agrees(text: str, training: bool) -> None:
    net = small_net(text, layers=80, macs=2_000_000, params=50_000)
    assert_agrees(net, "float64", training=training, batch=3)


@SMALL
@given(body(2, labels=False), st.booleans())
def test_a_random_net_of_many_layers_agrees(text: str, training: bool) -> None:
    net = netspec.loads(f"{UNIT}net N {{\ninput 4x8x8\n{text}\n}}")
    assert_agrees(net, "float64", training=training, batch=3)


@pytest.mark.parametrize("name", ["lenet", "u_net", "squeeze_and_excitation"])
def test_a_net_has_the_values_of_layers_that_were_written_by_hand(name: str) -> None:
    net = smaller(name)
    network = net.to_numpy(seed=0)
    randomize(network, np.random.default_rng(0))
    inputs = tuple(torch.randn(2, *concrete(value.shape)) for value in net.inputs)
    weights = {key: torch.from_numpy(array) for key, array in network.weights.items()}

    network(*(x.numpy() for x in inputs))

    for key, value in run_by_layers(net, weights, inputs).items():
        assert_close(key, network.values[key], value.detach().numpy(), "float32")

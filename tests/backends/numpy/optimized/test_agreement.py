"""The optimized form gives what the readable form gives: for each layer, each spec, and random nets."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import netspec
from netspec.layers import LAYERS, Misfit
from netspec.layers.base import volume
from tests.backends.numpy.optimized.running import assert_close, assert_equal_results, both
from tests.backends.numpy.test_agreement import HEAVY, LIGHT, smaller
from tests.backends.torch.random_specs import small_net, specs
from tests.backends.torch.test_layers import net_of
from tests.language.test_random_nets import UNIT, body
from tests.layers.strategies import cases

LARGEST = 20_000
DTYPES = pytest.mark.parametrize("dtype", ["float32", "float64"])
RANDOM = settings(max_examples=20, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])


@DTYPES
@pytest.mark.parametrize("kind", LAYERS)
@RANDOM
@given(data=st.data())
def test_a_layer_agrees(kind: str, dtype: str, data: st.DataObject) -> None:
    case = data.draw(cases(kind))
    try:
        net = net_of(case.layer, case.shapes, "layer")
    except Misfit:
        assume(False)
    assume(net.params < LARGEST and volume(net.output) < LARGEST)
    assert_equal_results(net, dtype, (1, 2))


@pytest.mark.parametrize("name", LIGHT)
@DTYPES
def test_a_net_agrees(name: str, dtype: str) -> None:
    assert_equal_results(smaller(name), dtype, (2,))


@pytest.mark.parametrize("name", HEAVY)
def test_a_large_net_agrees(name: str) -> None:
    assert_equal_results(smaller(name), batches=(1,))


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(specs())
def test_a_net_of_random_blocks_agrees(text: str) -> None:
    assert_equal_results(small_net(text), "float64", (2,))


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(body(2, labels=False), st.sampled_from(["\nglobalavgpool -> flatten -> fc 3", ""]))
def test_a_net_of_random_structure_agrees(text: str, head: str) -> None:
    net = netspec.loads(f"{UNIT}net N {{\ninput 4x8x8\n{text}{head}\n}}")
    assert_equal_results(net, "float64", (2,))


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(body(1, labels=False), st.tuples(st.integers(16, 40), st.integers(16, 40)))
def test_a_program_for_all_sizes_agrees(text: str, sizes: tuple[int, int]) -> None:
    layers = "conv 16 3x3 padding=1 stride=2\nconv 16 3x3\nmaxpool 3x3 stride=2\nadd {} { conv 16 3x3 padding=1 }"
    net = netspec.loads(f"{UNIT}net N {{\ninput 4 x H x W\n{layers}\n{text}\n}}")
    readable, network = both(net, "float64")
    for shape in (sizes, sizes[::-1]):
        x = np.random.default_rng(0).standard_normal((2, 4, *shape))
        assert_close(network(x), readable(x), "float64")

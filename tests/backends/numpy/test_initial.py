"""Weights before training are distributed as PyTorch's."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

import netspec
from netspec.layers import LAYERS

LAYERS_WITH_WEIGHTS = {
    "conv": ("8x9x9", "conv 64 3 groups=2"),
    "depthwise": ("64x9x9", "depthwise 3x5"),
    "convtranspose": ("8x9x9", "convtranspose 64 3x2 groups=2"),
    "fc": ("100", "fc 64"),
    "batchnorm": ("64x9x9", "batchnorm"),
    "layernorm": ("64x9x9", "layernorm"),
    "groupnorm": ("64x9x9", "groupnorm 4"),
    "instancenorm": ("64x9x9", "instancenorm affine=true"),
    "prelu": ("64x9x9", "prelu per_channel=true init=0.3"),
    "scale": ("64x9x9", "scale 0.001"),
}


@pytest.mark.parametrize("kind", LAYERS_WITH_WEIGHTS)
def test_a_layer_begins_as_in_pytorch(kind: str) -> None:
    shape, layer = LAYERS_WITH_WEIGHTS[kind]
    net = netspec.loads(f"net N {{ input {shape} \n layer: {layer} }}")
    torch.manual_seed(0)
    state, weights = net.to_torch().state_dict(), net.to_numpy(seed=0).weights
    assert list(weights) == list(state)
    for name, array in weights.items():
        expected = state[name].numpy()
        assert (array.shape, array.dtype) == (expected.shape, expected.dtype)
        if len(np.unique(expected)) <= 1:
            np.testing.assert_array_equal(array, expected)
        else:
            assert_uniform_to_the_same_bound(array, expected)


def test_no_layer_with_weights_is_missing() -> None:
    weighted = {kind for kind, layer in LAYERS.items() if "weights_for" in vars(layer)}
    assert weighted == set(LAYERS_WITH_WEIGHTS)


def assert_uniform_to_the_same_bound(array: np.ndarray, expected: np.ndarray) -> None:
    """Both are spread evenly over the same interval around 0."""
    few = array.size < 100
    assert np.abs(array).max() == pytest.approx(np.abs(expected).max(), rel=0.1 if few else 0.01)
    quantiles = np.quantile(array / np.abs(array).max(), [0.1, 0.25, 0.5, 0.75, 0.9])
    np.testing.assert_allclose(quantiles, [-0.8, -0.5, 0, 0.5, 0.8], atol=4 / math.sqrt(array.size))


@pytest.mark.parametrize(
    ("layer", "fan_in"),
    [
        ("conv 64 3 groups=2", 4 * 9),
        ("convtranspose 64 3x2 groups=2", 32 * 6),
        ("depthwise 3x5", 15),
        ("flatten -> fc 10", 8 * 81),
    ],
)
def test_the_bound_is_one_over_the_root_of_the_inputs_of_a_unit(layer: str, fan_in: int) -> None:
    weights = netspec.loads(f"net N {{ input 8x9x9 \n {layer} }}").to_numpy(seed=0).weights
    for array in weights.values():
        assert np.abs(array).max() <= 1 / math.sqrt(fan_in)
    assert max(np.abs(array).max() for array in weights.values()) > 0.9 / math.sqrt(fan_in)

"""Weights before training, the same for every target."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from netspec.ir import ShapedNet, ShapedNode
from netspec.layers import Conv, ConvTranspose, Depthwise, Fc

Scheme = Literal["xavier", "kaiming", "default"]


def initial_weights(net: ShapedNet, scheme: Scheme, seed: int) -> dict[str, np.ndarray]:
    """The weights by name, drawn in order by a generator of this seed.

    `default` is PyTorch's. `xavier` and `kaiming` draw the kernels of convolutions and dense layers anew:

        xavier: evenly from −√(6 / (fan_in + fan_out)) to √(6 / (fan_in + fan_out))
        kaiming: normally with the deviation √(2 / fan_in)

    Source: Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010; He et
    al., "Delving deep into rectifiers", 2015; as torch.nn.init has them.
    """
    weights = net.to_numpy(seed=seed).weights
    draw = {"xavier": _xavier, "kaiming": _kaiming, "default": None}[scheme]
    if draw is not None:
        rng = np.random.default_rng((seed, 0))
        for node in net.nodes:
            if _sums_inputs(node):
                name = f"{node.name}.weight"
                weights[name] = draw(rng, weights[name].shape).astype(np.float32)
    return weights


def _sums_inputs(node: ShapedNode) -> bool:
    return isinstance(node.layer, (Conv, Depthwise, ConvTranspose, Fc))


def _fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """How many inputs a unit sums, and how many units an input goes to, as PyTorch counts them."""
    places = math.prod(shape[2:])
    return shape[1] * places, shape[0] * places


def _xavier(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    limit = math.sqrt(6 / sum(_fans(shape)))
    return rng.uniform(-limit, limit, shape)


def _kaiming(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return rng.normal(0, math.sqrt(2 / _fans(shape)[0]), shape)

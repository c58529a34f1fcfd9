"""A net run by its channels-last program, beside its readable form with the same weights."""

from __future__ import annotations

from typing import Any

import numpy as np

from netspec import ShapedNet
from netspec.backends.numpy import build
from netspec.backends.numpy.extract import definitions
from netspec.backends.numpy.kernels.network import Network
from netspec.backends.numpy.module import generate_module
from netspec.backends.numpy.optimized import SECTIONS, extension_by
from netspec.backends.numpy.optimized.kernels.network import OptimizedNetwork
from netspec.backends.numpy.optimized.lowering import lower
from netspec.backends.numpy.optimized.program import Program
from tests.backends.numpy.reference import randomize
from tests.backends.torch.reference import concrete

TOLERANCE = {"float32": 3e-5, "float64": 1e-11}
"""How far apart results may be, as a share of the largest: Winograd's transforms round to 1e-5 for a single layer."""


def program_of(net: ShapedNet) -> Program:
    """The channels-last program."""
    return lower(net, definitions(SECTIONS))


def text_of(net: ShapedNet) -> str:
    """The text of the module with the channels-last program, whatever other program suits the net."""
    return generate_module(net, extension_by(net, (program_of(net),))).text


def both(net: ShapedNet, dtype: str = "float32") -> tuple[Network, OptimizedNetwork]:
    """The readable network and the optimized one."""
    readable = build(net, dtype=dtype, seed=0)
    randomize(readable, np.random.default_rng(0))
    module: dict[str, Any] = {"__name__": "optimized"}
    exec(text_of(net), module)
    network: OptimizedNetwork = module[type(readable).__name__](dtype=dtype)
    network.load_weights(readable.weights)
    return readable, network


def batch_for(net: ShapedNet, n: int, dtype: str = "float32") -> list[np.ndarray]:
    """Random inputs."""
    rng = np.random.default_rng(n)
    return [rng.standard_normal((n, *concrete(value.shape))).astype(dtype) for value in net.inputs]


def assert_equal_results(net: ShapedNet, dtype: str = "float32", batches: tuple[int, ...] = (1, 3)) -> None:
    """Both forms give the same, for batches of these sizes, one after another."""
    readable, network = both(net, dtype)
    for n in batches:
        inputs = batch_for(net, n, dtype)
        with np.errstate(all="ignore"):  # 0 / 0 in the normalisation of a single value
            wanted = readable(*inputs)
        assert_close(network(*inputs), wanted, dtype)


def assert_close(found: Any, wanted: Any, dtype: str = "float32") -> None:
    """Outputs are equal but for rounding."""
    several = isinstance(wanted, tuple)
    assert isinstance(found, tuple) == several
    for one, other in zip(found if several else (found,), wanted if several else (wanted,), strict=True):
        assert one.shape == other.shape
        assert one.dtype == other.dtype == dtype
        scale = max(1.0, float(np.abs(other).max(initial=0)))
        np.testing.assert_allclose(one, other, rtol=0, atol=TOLERANCE[dtype] * scale)

"""What the tests of the specs share: the specs, the published figures, and modules with weights."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

import netspec
from netspec import ShapedNet
from netspec.backends.torch import build

SPECS = Path(__file__).parents[2] / "specs"
TRUTH = Path(__file__).parents[1] / "truth"

NAMES = sorted(
    path.relative_to(SPECS).with_suffix("").as_posix() for path in SPECS.rglob("*.net") if path.parent.name != "blocks"
)
"""All nets, by the path of their file."""


@cache
def load(name: str) -> ShapedNet:
    return netspec.load(SPECS / f"{name}.net")


@cache
def truth(file: str) -> Any:
    return json.loads((TRUTH / f"{file}.json").read_text(encoding="utf-8"))


def unweighted(net: ShapedNet) -> nn.Module:
    """The generated module without memory for its weights."""
    with torch.device("meta"):
        return build(net).eval()


def with_random_weights(module: nn.Module) -> nn.Module:
    """A module with weights that keep the size of values from layer to layer, and statistics that do something."""
    module = module.to_empty(device="cpu").eval()
    for name, value in module.state_dict().items():
        if not value.is_floating_point():
            value.zero_()
        elif value.dim() > 1:
            value.normal_(std=(2 / value[0].numel()) ** 0.5)
        elif name.endswith(("bias", "running_mean")):
            value.normal_(std=0.1)
        else:
            value.uniform_(0.5, 1.5)
    return module


@torch.no_grad()
def assert_computes_the_same(
    net: ShapedNet, reference: nn.Module, shape: tuple[int, ...], *, by_name: bool, batch: int = 2
) -> None:
    """The generated module takes the weights of a reference, by name or else by order, and gives the same results."""
    torch.manual_seed(0)
    weights = with_random_weights(reference).state_dict()
    module = unweighted(net)
    expected = module.state_dict()
    if by_name:
        assert list(weights) == list(expected)
    else:
        assert len(weights) == len(expected)
        values = zip(expected.items(), weights.values(), strict=True)
        weights = {name: value.reshape(own.shape) for (name, own), value in values}
    module.load_state_dict(weights, assign=True)
    images = torch.randn(batch, *shape)
    found, wanted = module(images), reference(images)
    for result, other in zip(_tensors(found), _tensors(wanted), strict=True):
        scale = float(other.abs().max())
        assert 1e-3 < scale < 1e6, "the comparison would say nothing"
        torch.testing.assert_close(result, other, rtol=1e-4, atol=1e-4 * scale)


def _tensors(results: Tensor | tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return (results,) if isinstance(results, Tensor) else tuple(results)

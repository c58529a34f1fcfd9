"""A net run layer by layer, by modules written by hand: what generated code must agree with."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from netspec import ShapedNet
from netspec.backends.torch import build
from netspec.sizes import Shape, substitute
from tests.layers.torch_modules import torch_module

SYMBOLS = {"H": 32, "W": 40, "D": 8, "N": 24}
"""Sizes for the symbols of the tests' specs."""


def concrete(shape: Shape) -> tuple[int, ...]:
    """A shape with numbers for its symbols."""
    sizes = tuple(substitute(size, SYMBOLS) for size in shape)
    return tuple(size for size in sizes if isinstance(size, int))


def random_inputs(net: ShapedNet, batch: int = 2) -> tuple[Tensor, ...]:
    """A batch for each input of a net."""
    return tuple(torch.randn(batch, *concrete(value.shape)) for value in net.inputs)


def run_by_layers(net: ShapedNet, weights: dict[str, Tensor], inputs: tuple[Tensor, ...]) -> dict[str, Tensor]:
    """Every value of a net, in evaluation mode."""
    values = dict(zip((value.name for value in net.inputs), inputs, strict=True))
    for node in net.nodes:
        if node.layer.kind == "droppath":  # it does nothing outside training
            values[node.name] = values[node.inputs[0]]
            continue
        module: nn.Module = torch_module(node.layer, tuple(concrete(shape) for shape in node.input_shapes)).eval()
        module.load_state_dict({weight.name: weights[f"{node.name}.{weight.name}"] for weight in node.weights})
        values[node.name] = module(*(values[name] for name in node.inputs))
    return values


def assert_faithful(net: ShapedNet) -> nn.Module:
    """The built module has the net's weights, in order, and its outputs are those of the layers one by one."""
    torch.manual_seed(0)
    module = build(net).eval()
    state = module.state_dict()
    assert [(key, tuple(value.shape)) for key, value in state.items()] == [
        (key, weight.shape) for key, weight in net.weights()
    ]
    assert [name for name, _ in module.named_parameters()] == [key for key, weight in net.weights() if weight.trainable]
    for value in state.values():
        if value.is_floating_point():
            value.uniform_(0.5, 1.5) if value.dim() <= 1 else value.normal_(std=0.3)
    inputs = random_inputs(net)
    with torch.no_grad():
        expected = run_by_layers(net, state, inputs)
        found = module(*inputs)
    results = (found,) if isinstance(found, Tensor) else tuple(found)
    assert len(results) == len(net.outputs)
    for output, result in zip(net.outputs, results, strict=True):
        assert tuple(result.shape[1:]) == concrete(net.shapes()[output.value])
        torch.testing.assert_close(result, expected[output.value], rtol=1e-4, atol=1e-4, equal_nan=True)
    return module

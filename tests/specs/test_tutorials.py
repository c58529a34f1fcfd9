"""The small networks of the tutorials: the figures that they print, the wrong ones too."""

from __future__ import annotations

import pytest
import torch

import netspec
from netspec.sizes import format_shape
from tests.specs.common import SPECS, load, truth


def test_the_activations_of_digits() -> None:
    net = load("digits")
    sizes = {node.name: node.output for node in net.nodes}
    found = [sizes[name] for name in ("conv1", "pool1", "conv2", "pool2", "flatten1")]
    assert found == [(6, 28, 28), (6, 14, 14), (16, 10, 10), (16, 5, 5), (400,)]


def test_the_params_of_digits() -> None:
    found = {node.name: node.params for node in load("digits").nodes if node.weights}
    assert found == {"conv1": 456, "conv2": 2_416, "fc3": 48_120, "fc4": 10_164, "fc5": 850}


@pytest.mark.parametrize(
    ("right", "printed"),
    [
        ("conv1.activations == 4_704", "conv1.activations == 6_000"),
        ("conv1.params == 456", "conv1.params == 156"),
        ("conv1.params == 456", "conv1.params == 208"),
    ],
)
def test_what_well_known_slides_print_for_digits_is_refuted(right: str, printed: str) -> None:
    text = (SPECS / "digits.net").read_text(encoding="utf-8").replace(right, printed)
    (diagnostic,) = netspec.checks(text)
    subject, _, figure = right.partition(" == ")
    assert diagnostic.message == f"the claim `{printed}` does not hold: `{subject}` is {figure}"


def test_conv_demo_has_the_figures_of_cs231n() -> None:
    net, demo = load("conv_demo"), truth("literature")["conv_demo"]
    (node,) = net.nodes
    assert net.inputs[0].shape == (len(demo["x"]), len(demo["x"][0]), len(demo["x"][0][0]))
    assert net.output == (len(demo["output"]), len(demo["output"][0]), len(demo["output"][0][0]))
    assert node.weights[0].shape == (2, len(demo["w0"]), len(demo["w0"][0]), len(demo["w0"][0][0]))
    assert node.weights[1].shape == (len(demo["b"]),)
    assert node.layer.call_text() == f"conv 2 3x3 stride={demo['stride']} padding={demo['pad']}"


def test_conv_demo_computes_the_numbers_of_cs231n() -> None:
    demo = truth("literature")["conv_demo"]
    module = load("conv_demo").to_torch()
    module.load_state_dict(
        {"conv1.weight": torch.tensor([demo["w0"], demo["w1"]]), "conv1.bias": torch.tensor(demo["b"]).float()}
    )

    output = module(torch.tensor([demo["x"]]))

    assert output.tolist() == [demo["output"]]


def test_simple_convnet_has_the_shapes_of_the_course() -> None:
    net = load("simple_convnet")
    shapes = [net.inputs[0].shape, *(node.output for node in net.nodes if node.layer.kind != "relu")]
    chain = [(channels, *sizes) for *sizes, channels in truth("literature")["simple_convnet"]["chain"]]
    assert [format_shape(shape) for shape in shapes] == [format_shape(shape) for shape in chain]


def test_one_dense_layer_of_mlp_has_a_thousand_million_weights() -> None:
    assert dict(load("mlp").weights())["hidden.weight"].size == 10**9

"""The specs of real networks, against torchvision and the published figures."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch

import netspec
from netspec import ShapedNet, SpecError
from netspec.sizes import format_shape

SPECS = Path(__file__).parent.parent / "specs"
TRUTH = Path(__file__).parent / "truth"

# In torchvision flattening and adding are calls of functions, so they have no entry among its layers.
NO_MODULES = ("flatten", "add")

TORCHVISION = ("alexnet", "vgg16", "resnet18")


@cache
def load(name: str) -> ShapedNet:
    return netspec.load(SPECS / f"{name}.net")


@cache
def truth(file: str) -> Any:
    return json.loads((TRUTH / f"{file}.json").read_text(encoding="utf-8"))


def torchvision(name: str) -> Any:
    return truth("torchvision")["models"][name]


@pytest.mark.parametrize("path", sorted(SPECS.glob("*.net")), ids=lambda path: path.stem)
def test_a_spec_checks_cleanly(path: Path) -> None:
    assert netspec.check(path) == ()


@pytest.mark.parametrize("path", sorted(SPECS.glob("*.net")), ids=lambda path: path.stem)
def test_a_spec_makes_a_claim(path: Path) -> None:
    assert "    assert " in path.read_text(encoding="utf-8")


# torchvision


@pytest.mark.parametrize("name", TORCHVISION)
def test_every_layer_has_the_shapes_params_and_macs_of_torchvision(name: str) -> None:
    found = [
        (list(node.input_shapes[0]), list(node.output), node.params, node.macs)
        for node in load(name).nodes
        if node.layer.kind not in NO_MODULES
    ]
    expected = [
        (layer["in_shape"], layer["out_shape"], layer["params"], layer["macs"]) for layer in torchvision(name)["layers"]
    ]
    assert found == expected


@pytest.mark.parametrize("name", ["alexnet", "vgg16"])
def test_every_layer_has_its_name_of_torchvision(name: str) -> None:
    found = [node.name for node in load(name).nodes if node.layer.kind not in NO_MODULES]
    assert found == [layer["path"] for layer in torchvision(name)["layers"]]


def test_the_layers_of_resnet18_have_their_names_of_torchvision() -> None:
    # torchvision applies one `relu` several times, and calls the global pooling `avgpool`. Neither has weights.
    def plain(node: netspec.ShapedNode) -> str:
        return node.name if node.weights else node.name.rstrip("0123456789").replace("global", "")

    found = [plain(node) for node in load("resnet18").nodes if node.layer.kind not in NO_MODULES]
    assert found == [layer["path"] for layer in torchvision("resnet18")["layers"]]


@pytest.mark.parametrize("name", TORCHVISION)
def test_totals_are_those_of_torchvision(name: str) -> None:
    net, expected = load(name), torchvision(name)
    found = (list(net.inputs[0].shape), list(net.output), net.params, net.macs)
    assert found == (expected["input"], expected["output"], expected["params"], expected["macs"])


@pytest.mark.parametrize("name", TORCHVISION)
def test_weights_are_those_of_the_state_dict_in_order(name: str) -> None:
    found = [(key, list(weight.shape)) for key, weight in load(name).weights()]
    assert found == list(torchvision(name)["state_dict"].items())


@pytest.mark.parametrize("name", TORCHVISION)
def test_a_net_checks_for_the_smallest_image_that_torchvision_takes(name: str) -> None:
    height, width = torchvision(name)["min_size"]
    net = netspec.load(SPECS / f"{name}.net", input=f"3x{height}x{width}")
    assert list(net.output) == torchvision(name)["output"]


@pytest.mark.parametrize("name", TORCHVISION)
@pytest.mark.parametrize(("less_high", "less_wide"), [(1, 0), (0, 1)], ids=["height", "width"])
def test_a_net_fails_one_pixel_below(name: str, less_high: int, less_wide: int) -> None:
    height, width = torchvision(name)["min_size"]
    with pytest.raises(SpecError):
        netspec.load(SPECS / f"{name}.net", input=f"3x{height - less_high}x{width - less_wide}")


@pytest.mark.parametrize(
    ("name", "classes_layer"), [("alexnet", "classifier.6"), ("vgg16", "classifier.6"), ("resnet18", "fc")]
)
def test_the_number_of_classes_can_be_set(name: str, classes_layer: str) -> None:
    net = netspec.load(SPECS / f"{name}.net", parameters={"classes": 10})
    assert net.output == (10,)
    assert dict(net.weights())[f"{classes_layer}.bias"].shape == (10,)


# Dive into Deep Learning


def test_lenet_prints_the_shapes_that_the_book_prints() -> None:
    classes = {"conv": "Conv2d", "sigmoid": "Sigmoid", "avgpool": "AvgPool2d", "flatten": "Flatten", "fc": "Linear"}
    printed = [
        f"{classes[node.layer.kind]} output shape:\t torch.Size([{', '.join(map(str, (1, *node.output)))}])"
        for node in load("lenet").nodes
    ]
    assert printed == truth("d2l")["lenet"]["published_shapes"]


def test_lenet_has_the_params_and_macs_of_the_book() -> None:
    net, expected = load("lenet"), truth("d2l")["lenet"]
    assert [node.params for node in net.nodes] == [params for _, _, params in expected["stages"]]
    assert (net.params, net.macs) == (expected["params"], expected["macs"])


# The tutorials


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

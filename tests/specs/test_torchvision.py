"""The networks of torchvision: every layer, every name, the smallest image, and what they compute."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import torch
from torch import nn

import netspec
from netspec import ShapedNode, SpecError
from netspec.compile import Options, check_file
from tests.specs import torchvision_networks as networks
from tests.specs.common import SPECS, assert_computes_the_same, load, truth, unweighted

REFERENCES: dict[str, Callable[[], nn.Module]] = {
    "alexnet": networks.alexnet,
    "vgg11": partial(networks.vgg, networks.VGG_A),
    "vgg16": partial(networks.vgg, networks.VGG_D),
    "vgg16_bn": partial(networks.vgg, networks.VGG_D, normalized=True),
    "resnet18": partial(networks.ResNet, networks.Basic, (2, 2, 2, 2), 1),
    "resnet50": partial(networks.ResNet, networks.Bottleneck, (3, 4, 6, 3), 4),
    "squeezenet1_1": networks.SqueezeNet,
    "googlenet": networks.GoogLeNet,
    "densenet121": networks.DenseNet,
    "mobilenet_v2": networks.mobilenet_v2,
}
NAMES = list(REFERENCES)
SMALL = (3, 65, 70)

KINDS = {
    "Conv2d": ("conv", "depthwise"),
    "BatchNorm2d": ("batchnorm",),
    "ReLU": ("relu",),
    "ReLU6": ("relu6",),
    "MaxPool2d": ("maxpool",),
    "AvgPool2d": ("avgpool",),
    "AdaptiveAvgPool2d": ("adaptiveavgpool", "globalavgpool"),
    "Linear": ("fc",),
    "Dropout": ("dropout",),
}


def model(name: str) -> Any:
    return truth("torchvision")["models"][name]


def is_a_module_there(name: str, node: ShapedNode) -> bool:
    """Whether torchvision has a module for a layer. What it calls as a function is not among its layers."""
    if node.layer.kind in ("flatten", "add", "concat"):
        return False
    match name:
        case "googlenet":
            return node.layer.kind != "relu"
        case "densenet121":
            return node.name not in ("relu1", "globalavgpool1")
        case "mobilenet_v2":
            return node.name != "globalavgpool1"
        case _:
            return True


def test_all_networks_of_the_table_are_here() -> None:
    assert list(truth("torchvision")["models"]) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_layer_has_the_shapes_params_and_macs_of_torchvision(name: str) -> None:
    rows = model(name)["layers"]
    uses = Counter(path for path, *_ in rows)
    found = []
    nodes = [node for node in load(name).nodes if is_a_module_there(name, node)]
    for node, (path, kind, *_) in zip(nodes, rows, strict=True):
        assert node.layer.kind in KINDS[kind]
        # Where torchvision applies one module several times, it has one path for layers with names of their own.
        own = path if uses[path] > 1 else node.name
        found.append([own, kind, list(node.input_shapes[0]), list(node.output), node.params, node.macs])
    assert found == rows


@pytest.mark.parametrize("name", NAMES)
def test_totals_are_those_of_torchvision(name: str) -> None:
    net, expected = load(name), model(name)
    found = (list(net.inputs[0].shape), list(net.output), net.params, net.macs)
    assert found == (expected["input"], expected["output"], expected["params"], expected["macs"])


@pytest.mark.parametrize("name", NAMES)
def test_weights_are_those_of_the_state_dict_in_order(name: str) -> None:
    found = [(key, list(weight.shape)) for key, weight in load(name).weights()]
    assert found == list(model(name)["state_dict"].items())


@pytest.mark.parametrize("name", NAMES)
def test_a_published_checkpoint_loads(name: str) -> None:
    checkpoint = {key: torch.zeros(shape, device="meta") for key, shape in model(name)["state_dict"].items()}
    module = unweighted(load(name))
    assert [(key, value.shape) for key, value in module.state_dict().items()] == [
        (key, value.shape) for key, value in checkpoint.items()
    ]
    module.load_state_dict(checkpoint, strict=True, assign=True)


@pytest.mark.parametrize("name", NAMES)
def test_the_generated_module_computes_what_one_written_by_hand_computes(name: str) -> None:
    with torch.device("meta"):
        reference = REFERENCES[name]()
    assert_computes_the_same(load(name), reference, SMALL, by_name=True)


@pytest.mark.parametrize("name", NAMES)
def test_a_net_checks_for_the_smallest_image_that_torchvision_takes(name: str) -> None:
    height, width = model(name)["min_size"]
    net = netspec.load(SPECS / f"{name}.net", input=f"3x{height}x{width}")
    assert list(net.output) == model(name)["output"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("less_high", "less_wide"), [(1, 0), (0, 1)], ids=["height", "width"])
def test_a_net_fails_one_pixel_below(name: str, less_high: int, less_wide: int) -> None:
    height, width = model(name)["min_size"]
    with pytest.raises(SpecError):
        netspec.load(SPECS / f"{name}.net", input=f"3x{height - less_high}x{width - less_wide}")


@pytest.mark.parametrize("name", NAMES)
def test_the_smallest_image_is_found_among_all_sizes_at_once(name: str) -> None:
    (checked,) = check_file(SPECS / f"{name}.net", Options(for_all=True)).nets
    assert checked.fit is not None
    assert checked.fit.sizes is not None
    assert list(checked.fit.sizes.smallest().values()) == model(name)["min_size"]

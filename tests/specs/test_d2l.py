"""The networks of "Dive into Deep Learning": the shapes and counts that the book prints, and what they compute."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from typing import Any

import pytest
import torch
from torch import nn

from tests.specs import d2l_networks as networks
from tests.specs.common import assert_computes_the_same, load, truth

REFERENCES: dict[str, Callable[[], nn.Module]] = {
    "lenet": networks.lenet,
    "alexnet": networks.alexnet,
    "vgg11": networks.vgg11,
    "nin": networks.nin,
    "googlenet": networks.googlenet,
    "resnet18": networks.resnet18,
    "densenet": networks.densenet,
}
NAMES = list(REFERENCES)

KINDS = {
    "conv": "Conv2d",
    "relu": "ReLU",
    "sigmoid": "Sigmoid",
    "maxpool": "MaxPool2d",
    "avgpool": "AvgPool2d",
    "globalavgpool": "AdaptiveAvgPool2d",
    "flatten": "Flatten",
    "fc": "Linear",
    "dropout": "Dropout",
}


def path(name: str) -> str:
    return name if name == "lenet" else f"d2l/{name}"


def stages(name: str) -> list[list[Any]]:
    """The modules of a net and the layers outside of them: class in the book, shape for one image, parameters."""
    net = load(path(name))
    found: list[list[Any]] = []
    for top, group in groupby(net.nodes, lambda node: node.name.partition(".")[0]):
        nodes = list(group)
        kind = "Sequential" if nodes[0].name != top else KINDS[nodes[0].layer.kind]
        if top.startswith("dense_blk"):
            kind = "Dense"
        found.append([kind, [1, *nodes[-1].output], sum(node.params for node in nodes)])
    return found


def test_all_networks_of_the_table_are_here() -> None:
    assert [name for name in truth("d2l") if name != "source"] == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_stage_has_the_shape_and_params_of_the_book(name: str) -> None:
    assert stages(name) == truth("d2l")[name]["stages"]


@pytest.mark.parametrize("name", [name for name in NAMES if "published_shapes" in truth("d2l")[name]])
def test_the_shapes_are_as_the_book_prints_them(name: str) -> None:
    printed = [f"{kind} output shape:\t torch.Size({shape})" for kind, shape, _ in stages(name)]
    published = truth("d2l")[name]["published_shapes"]
    assert printed[: len(published)] == published


@pytest.mark.parametrize("name", NAMES)
def test_totals_are_those_of_the_book(name: str) -> None:
    net, expected = load(path(name)), truth("d2l")[name]
    assert (list(net.inputs[0].shape), net.params, net.macs) == (
        expected["input"],
        expected["params"],
        expected["macs"],
    )


@pytest.mark.parametrize("name", NAMES)
def test_the_generated_module_computes_what_one_written_by_hand_computes(name: str) -> None:
    with torch.device("meta"):
        reference = REFERENCES[name]()
    shape = tuple(truth("d2l")[name]["input"])
    assert_computes_the_same(load(path(name)), reference, shape, by_name=False, batch=1 if name == "vgg11" else 2)

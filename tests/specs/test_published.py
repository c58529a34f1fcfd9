"""Networks beyond the tables: published counts, and modules written by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest
import torch
from torch import nn

from tests.specs import more_networks as networks
from tests.specs import torchvision_networks as torchvision
from tests.specs.common import assert_computes_the_same, load


class Published(NamedTuple):
    """A network: a module written by hand, an input that it takes, and the parameters that `source` gives.

    `by_name`: its parameters have the names of a published checkpoint.
    """

    reference: Callable[[], nn.Module]
    shape: tuple[int, ...]
    params: int
    source: str
    by_name: bool = False


NETWORKS = {
    "u_net": Published(networks.UNet, (1, 32, 48), 31_030_658, "the paper's figure, layer by layer"),
    "fcn_resnet50": Published(torchvision.FCN, (3, 32, 40), 35_322_218, "torchvision's table of weights", by_name=True),
    "dcgan_generator": Published(networks.dcgan_generator, (100, 1, 1), 3_576_704, "PyTorch's tutorial on DCGAN"),
    "dcgan_discriminator": Published(
        networks.dcgan_discriminator, (3, 64, 64), 2_765_568, "PyTorch's tutorial on DCGAN"
    ),
    "se_resnet50": Published(networks.se_resnet50, (3, 64, 70), 28_088_024, "timm's seresnet50"),
    "shufflenet_v2_x1_0": Published(
        networks.ShuffleNetV2, (3, 64, 70), 2_278_604, "torchvision's table of weights", by_name=True
    ),
    "inception_v3": Published(
        networks.InceptionV3, (3, 299, 299), 27_161_264, "torchvision's table of weights", by_name=True
    ),
    "convnext_tiny": Published(networks.convnext_tiny, (3, 64, 96), 28_589_128, "torchvision's table of weights"),
    "m5": Published(networks.M5, (1, 8000), 26_915, "PyTorch's tutorial on speech commands", by_name=True),
    "r3d_18": Published(networks.R3D18, (3, 8, 32, 40), 33_371_472, "torchvision's table of weights", by_name=True),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_params_are_those_published(name: str) -> None:
    assert load(name).params == NETWORKS[name].params


@pytest.mark.parametrize("name", NETWORKS)
def test_the_generated_module_computes_what_one_written_by_hand_computes(name: str) -> None:
    published = NETWORKS[name]
    with torch.device("meta"):
        reference = published.reference()
    assert_computes_the_same(load(name), reference, published.shape, by_name=published.by_name)


def test_inception_v3_without_its_auxiliary_head_has_the_params_of_the_paper() -> None:
    net = load("inception_v3")
    assert sum(node.params for node in net.nodes if not node.name.startswith("AuxLogits.")) == 23_834_568


def test_dcgan_has_the_names_of_the_tutorial() -> None:
    for name in ("dcgan_generator", "dcgan_discriminator"):
        with torch.device("meta"):
            reference = NETWORKS[name].reference().state_dict()
        assert [key for key, _ in load(name).weights()] == [f"main.{key}" for key in reference]

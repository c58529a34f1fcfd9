"""Receptive fields, against published ones.

Source of the values: Araujo, Norris and Sim, "Computing receptive fields of convolutional neural networks", 2019.
"""

from __future__ import annotations

from fractions import Fraction

import pytest

import netspec
from netspec.passes.receptive_field import Field, Fields, format_field, receptive_fields


def fields_of(net: netspec.ShapedNet) -> dict[str, Fields]:
    return receptive_fields(net.inputs, net.nodes)


ALEXNET_V2 = """
net AlexNetV2 {
    input 3x224x224
    conv 64 11x11 stride=4 -> maxpool 3x3 stride=2
    conv 192 5x5 padding=2 -> maxpool 3x3 stride=2
    repeat 2 { conv 384 3x3 padding=1 }
    conv 256 3x3 padding=1 -> maxpool 3x3 stride=2
}
"""


@pytest.mark.parametrize(
    ("value", "extent", "stride", "padding"),
    [
        ("conv1", 11, 4, 0),
        ("maxpool1", 19, 8, 0),
        ("conv2", 51, 8, 16),
        ("conv3", 99, 16, 32),
        ("maxpool3", 195, 32, 64),
    ],
)
def test_alexnet_v2(value: str, extent: int, stride: int, padding: int) -> None:
    fields = fields_of(netspec.loads(ALEXNET_V2))

    assert fields[value] == (Field(extent, Fraction(stride), padding),) * 2


def test_vgg16_sees_212_pixels() -> None:
    fields = fields_of(netspec.load("specs/vgg16.net"))

    assert fields["features.30"] == (Field(212, Fraction(32), 90),) * 2


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ("conv 2 3 dilation=2", "5x5"),
        ("conv 2 1x3", "1x3"),
        ("maxpool 2 -> conv 2 3 padding=same", "6x6"),
        ("convtranspose 2 2 stride=2 -> conv 2 3", "2x2"),
        ("upsample 2 -> conv 2 3", "2x2"),
        ("globalavgpool", "8x8"),
        ("flatten -> fc 2", "8x8"),
        ("add { conv 2 5 padding=2 } { conv 2 3 padding=1 }", "5x5"),
        ("concat { conv 2 3 padding=1 } {} -> conv 2 3", "5x5"),
    ],
)
def test_small_stacks(steps: str, expected: str) -> None:
    net = netspec.loads(f"net N {{ input 2x8x8 \n {steps} }}")

    assert format_field(fields_of(net)[net.outputs[0].value]) == expected


def test_of_a_symbolic_input() -> None:
    net = netspec.loads("net N { input 2 x H x W \n conv 2 3 -> globalavgpool }")

    assert format_field(fields_of(net)["globalavgpool1"]) == "H x W"


def test_a_vector_has_none() -> None:
    net = netspec.loads("net N { input 4 \n fc 2 }")

    assert format_field(fields_of(net)["fc1"]) == "–"

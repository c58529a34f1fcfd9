"""Receptive fields, against published ones and against what really reaches an output.

Source of the published values: Araujo, Norris and Sim, "Computing receptive fields of convolutional neural networks",
Distill 2019, whose networks are written down in `published/`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import netspec
from netspec.ir import Argument, total_macs
from netspec.passes.receptive_field import Field, Fields, input_reaches, receptive_fields
from netspec.sizes import format_shape, substitute

PUBLISHED = Path(__file__).parent / "published"
TRUTH: Mapping[str, Any] = json.loads(
    (PUBLISHED.parent.parent / "truth" / "receptive_fields.json").read_text(encoding="utf-8")
)["networks"]


class Published(NamedTuple):
    """A spec in `published/` and the parameters that make it a network of the table."""

    spec: str
    parameters: Mapping[str, Argument] = {}


RESNETS = {50: (4, 6), 101: (4, 23), 152: (8, 36), 200: (24, 36)}

NETWORKS = {
    "alexnet_v2": Published("alexnet_v2"),
    "vgg_a": Published("vgg", {"first": 1, "last": 2}),
    "vgg_16": Published("vgg"),
    "inception_v2": Published("inception_v2"),
    "inception_v2-no-separable-conv": Published("inception_v2", {"separable": False}),
    "inception_v3": Published("inception_v3"),
    "inception_v4": Published("inception_v4"),
    "inception_resnet_v2": Published("inception_resnet_v2"),
    "inception_resnet_v2-same": Published("inception_resnet_v2", {"edges": "same"}),
    "mobilenet_v1": Published("mobilenet_v1"),
    "mobilenet_v1_075": Published("mobilenet_v1", {"quarters": 3}),
    **{
        # The two versions differ in the order of normalisation and activation, which sees no further.
        f"resnet_{version}_{layers}": Published("resnet", {"second": second, "third": third})
        for version in ("v1", "v2")
        for layers, (second, third) in RESNETS.items()
    },
}


def published(name: str, size: str) -> tuple[netspec.ShapedNet, dict[str, str]]:
    """A network of the table, and the value at each of its endpoints."""
    spec, parameters = NETWORKS[name]
    shape = "3xHxW" if size == "any" else f"3x{size}x{size}"
    net = netspec.load(PUBLISHED / f"{spec}.net", parameters=parameters, input=shape)
    exits = {module.path: module.exit for module in net.modules}
    return net, {endpoint: exits.get(endpoint, endpoint) for endpoint in TRUTH[name][size]}


def fields_of(net: netspec.ShapedNet) -> dict[str, Fields]:
    return receptive_fields(net.inputs, net.nodes)


def extents(fields: Fields) -> str:
    """The size of a field on each axis as text; a dash where it is not carried."""
    return format_shape(tuple(field.extent for field in fields)) if fields else "–"


def test_every_published_network_is_here() -> None:
    assert NETWORKS.keys() == TRUTH.keys()


@pytest.mark.parametrize("size", ["224", "321"])
@pytest.mark.parametrize("name", NETWORKS)
def test_the_fields_of_published_networks(name: str, size: str) -> None:
    net, endpoints = published(name, size)
    fields = fields_of(net)

    found = {endpoint: fields[value] for endpoint, value in endpoints.items()}

    assert found == {
        endpoint: (Field(extent, Fraction(stride), padding),) * 2
        for endpoint, (extent, stride, padding, _) in TRUTH[name][size].items()
    }


@pytest.mark.parametrize("name", NETWORKS)
def test_the_fields_of_published_networks_for_every_size_of_the_input(name: str) -> None:
    net, endpoints = published(name, "any")
    fields = fields_of(net)

    for endpoint, value in endpoints.items():
        field = (fields[value] or ())[0]
        extent, stride, padding = TRUTH[name]["any"][endpoint]
        assert (field.extent, field.stride) == (extent, Fraction(stride))
        # The table has no padding where it depends on the size of the input; here it is a formula in H.
        assert isinstance(field.padding, int) == (padding is not None)
        for size in ("224", "321"):
            assert substitute(field.padding, {"H": int(size)}) == TRUTH[name][size][endpoint][2]


@pytest.mark.parametrize("size", ["224", "321"])
@pytest.mark.parametrize("name", NETWORKS)
def test_the_specs_do_the_work_of_the_published_networks(name: str, size: str) -> None:
    net, endpoints = published(name, size)
    places = {node.name: place for place, node in enumerate(net.nodes)}

    for endpoint, value in endpoints.items():
        macs = total_macs(net.nodes[: places[value] + 1])
        assert isinstance(macs, int)
        # TensorFlow counts the additions too, which is twice the MACs, and what biases and poolings add to that.
        assert 2 * macs / 1e9 == pytest.approx(TRUTH[name][size][endpoint][3], rel=0.05, abs=0.0005)


@pytest.mark.parametrize(("spec", "value", "extent"), [("resnet50", "layer4.2", 427), ("resnet18", "layer4.1", 435)])
def test_torchvisions_resnets(spec: str, value: str, extent: int) -> None:
    net = netspec.load(f"specs/{spec}.net")
    exits = {module.path: module.exit for module in net.modules}

    for field in fields_of(net)[exits[value]] or ():
        assert (field.extent, field.stride) == (extent, Fraction(32))


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
        # An output of the last convolution sees two values, which may be copies of one or stand in two windows.
        ("maxpool 2 -> upsample 2 -> conv 2 2", "4x4"),
        ("globalavgpool", "8x8"),
        ("flatten -> fc 2", "8x8"),
        ("flatten -> fc 8 -> reshape 2x2x2 -> conv 2 1", "8x8"),
        ("add { conv 2 5 padding=2 } { conv 2 3 padding=1 }", "5x5"),
        ("concat { conv 2 3 padding=1 } {} -> conv 2 3", "5x5"),
        # Two windows of three pixels, one of them two pixels to the left of the other.
        ("concat { pad 2 0 -> conv 2 3 } { conv 2 3 padding=1 -> identity } -> conv 2 1", "4x4"),
        ("mul {} { globalavgpool -> conv 2 1 -> sigmoid } -> conv 2 3", "8x8"),
        ("add { maxpool 2 -> convtranspose 2 2 stride=2 } {}", "2x2"),
    ],
)
def test_small_stacks(steps: str, expected: str) -> None:
    net = netspec.loads(f"net N {{ input 2x8x8 \n {steps} }}")

    assert extents(fields_of(net)[net.outputs[0].value]) == expected


@pytest.mark.parametrize(
    ("steps", "stride", "padding"),
    [
        ("conv 2 3 stride=2 padding=1 -> conv 2 3 stride=2 padding=1", Fraction(4), 3),
        ("upsample 4", Fraction(1, 4), 0),
        ("maxpool 2 -> upsample 3", Fraction(2, 3), 0),
        ("adaptiveavgpool 3", Fraction(8, 3), 0),
        ("globalavgpool", Fraction(0), 0),
        ("convtranspose 2 4 stride=2 padding=1", Fraction(1, 2), 1),
        ("convtranspose 2 3 stride=2 padding=2", Fraction(1, 2), 0),
        ("pad 3 0", Fraction(1), 3),
    ],
)
def test_strides_and_paddings(steps: str, stride: Fraction, padding: int) -> None:
    net = netspec.loads(f"net N {{ input 2x8x8 \n {steps} }}")

    for field in fields_of(net)[net.outputs[0].value] or ():
        assert (field.stride, field.padding) == (stride, padding)


TOO_INVOLVED = [
    "add { conv 2 3 } { adaptiveavgpool 6 }",  # windows of eight sixths of a pixel drift away from whole ones
    "upsample 5000 -> conv 2 3",
    "convtranspose 2 3 stride=5000",
]


@pytest.mark.parametrize("steps", TOO_INVOLVED)
def test_what_is_too_involved_has_none(steps: str) -> None:
    net = netspec.loads(f"net N {{ input 2x8x8 \n {steps} }}")

    assert extents(fields_of(net)[net.outputs[0].value]) == "–"


def test_of_a_symbolic_input() -> None:
    net = netspec.loads("net N { input 2 x H x W \n conv 2 3 -> globalavgpool }")

    assert extents(fields_of(net)["globalavgpool1"]) == "H x W"


def test_of_a_symbolic_input_after_upsampling() -> None:
    net = netspec.loads("net N { input 2 x H x W \n upsample 2 -> conv 2 3 padding=1 -> globalavgpool }")

    fields = fields_of(net)

    assert extents(fields["conv1"]) == "2x2"
    assert extents(fields["globalavgpool1"]) == "(H+2) x (W+2)"


def test_a_vector_has_none() -> None:
    net = netspec.loads("net N { input 4 \n fc 2 }")

    assert extents(fields_of(net)["fc1"]) == "–"


# Claims


@pytest.mark.parametrize("steps", TOO_INVOLVED)
@pytest.mark.parametrize("claim", ["receptive_field > 0", "last.receptive_field > 0", "receptive_field < 0"])
def test_a_claim_about_a_field_that_is_not_carried_is_undecided(steps: str, claim: str) -> None:
    (problem,) = netspec.checks(f"net N {{ input 2x8x8 \n {steps} -> relu \n last: relu \n assert {claim} }}")

    assert (problem.code, problem.message) == ("E0006", "netspec cannot decide this claim")
    assert problem.caption == "the receptive field is not carried"


@pytest.mark.parametrize(
    ("shape", "caption"),
    [
        ("2 x H x W", "the receptive field is the largest of H and W"),
        ("2 x 8 x W", "the receptive field is the largest of 8 and W"),
        ("2 x H x H", None),
        ("2 x H x 8", "the receptive field is the largest of H and 8"),
        ("2 x W", None),
    ],
)
def test_a_claim_about_the_widest_of_open_axes_is_undecided(shape: str, caption: str | None) -> None:
    problems = netspec.checks(f"net N {{ input {shape} \n globalavgpool \n assert receptive_field > 0 }}")

    assert [(problem.code, problem.caption) for problem in problems] == ([("E0006", caption)] if caption else [])


def test_what_a_condition_leaves_out_is_not_asked_for() -> None:
    body = "input 2 x H x W \n globalavgpool \n assert params == 0 or receptive_field > 0"

    assert netspec.checks(f"net N {{ {body} }}") == ()


@pytest.mark.parametrize("claim", ["receptive_field == 4", "fc1.receptive_field == 4"])
def test_a_claim_about_the_field_of_a_vector_means_nothing(claim: str) -> None:
    (problem,) = netspec.checks(f"net N {{ input 4 \n fc 2 \n assert {claim} }}")

    assert (problem.code, problem.message) == (
        "E0207",
        "a receptive field is measured in pixels, and the input is a vector",
    )


# What reaches an output, measured


@st.composite
def sliding_step(draw: st.DrawFn) -> str:
    kernel, stride = draw(st.integers(1, 5)), draw(st.integers(1, 3))
    sliding = f"{kernel} stride={stride}"
    return draw(
        st.sampled_from(
            [
                f"conv 1 {sliding} padding={draw(st.integers(0, 3))} dilation={draw(st.integers(1, 2))} bias=false",
                f"conv 1 {sliding} padding=same bias=false",
                f"avgpool {sliding} padding={draw(st.integers(0, kernel // 2))}",
                f"avgpool {sliding} ceil=true",
                f"upsample {draw(st.integers(1, 4))}",
                f"upsample {draw(st.integers(1, 4))} mode=linear",
                f"convtranspose 1 {stride + kernel - 1} stride={stride} padding={draw(st.integers(0, 2))} bias=false",
                f"adaptiveavgpool {draw(st.integers(1, 9))}",
                f"add {{ conv 1 {kernel} padding=same bias=false }} {{}}",
                "adaptiveavgpool 40 -> add { avgpool 2 -> upsample 2 -> conv 1 3 padding=1 bias=false } {}",
                "mul {} { globalavgpool }",
            ]
        )
    )


@settings(max_examples=60)
@given(st.lists(sliding_step(), min_size=1, max_size=5), st.integers(40, 80))
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
def test_an_output_sees_the_pixels_that_change_it_and_no_others(steps: list[str], size: int) -> None:
    text = "\n".join(["net N {", f"input 1x{size}", *steps, "}"])
    if netspec.checks(text):
        return  # a window larger than its input
    net = netspec.loads(text)
    (reach,) = input_reaches(net.inputs, net.nodes)[net.outputs[0].value] or (None,)
    if reach is None:
        return
    module = net.to_torch().double()
    for parameter in module.parameters():
        torch.nn.init.ones_(parameter)

    # With a little of everything, each impulse adds something to the outputs that see it.
    base = torch.ones(1, 1, size, dtype=torch.float64)
    with torch.no_grad():
        outputs = module(base + torch.eye(size, dtype=torch.float64)[:, None, :]) / module(base)

    count = outputs.shape[-1]
    for place in range(math.ceil(count / 4), math.floor(3 * count / 4)):  # the edges cut what lies between, too
        seen = ((outputs[:, 0, place] - 1).abs() > 1e-12).nonzero().flatten().tolist()
        turn, residue = divmod(place, len(reach.windows))
        window = reach.windows[residue]
        assert window is not None
        first, last = (end + reach.advance * turn for end in window)
        assert isinstance(first, int)
        assert isinstance(last, int)
        assert all(first <= pixel <= last for pixel in seen)
        if first >= 0 and last < size:
            assert [seen[0], seen[-1]] == [first, last]

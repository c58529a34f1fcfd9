"""Each layer, alone and in a sequence, against the torch module that was written by hand."""

from __future__ import annotations

from math import ceil

import pytest
import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import netspec
from netspec.backends.torch.layers import torch_layer
from netspec.ir import Input, Module, Origin, Output, ShapedNet, ShapedNode
from netspec.layers import LAYERS, AnyLayer, Misfit, facts
from netspec.layers.base import volume
from netspec.sizes import Shape
from tests.backends.torch.reference import assert_faithful
from tests.layers.strategies import cases

HERE = Origin("layer.net", 1, 1)
LARGEST = 100_000


def net_of(layer: AnyLayer, shapes: tuple[Shape, ...], path: str) -> ShapedNet:
    """A net of this layer alone, with an input for each shape. Raises :class:`Misfit`."""
    known = facts(layer, shapes)
    inputs = tuple(Input(f"input{place}", shape, HERE) for place, shape in enumerate(shapes))
    node = ShapedNode(
        path,
        LAYERS[layer.kind].model_validate(known.layer.model_dump()),
        tuple(value.name for value in inputs),
        HERE,
        input_shapes=shapes,
        output=known.output,
        weights=known.weights,
        macs=known.macs,
    )
    group = Module("group", None, True, "input0", path, HERE)
    modules = (group,) if path.startswith("group.") else ()
    return ShapedNet(name="One", inputs=inputs, nodes=(node,), modules=modules, outputs=(Output("output", path),))


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
@pytest.mark.parametrize("path", ["layer", "group.0"])
@pytest.mark.parametrize("kind", LAYERS)
@settings(max_examples=25, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(data=st.data())
def test_a_layer_computes_what_torch_computes(kind: str, path: str, data: st.DataObject) -> None:
    case = data.draw(cases(kind))
    try:
        net = net_of(case.layer, case.shapes, path)
    except Misfit:
        assume(False)
    assume(net.params < LARGEST and volume(net.output) < LARGEST)
    assert_faithful(net)


@pytest.mark.parametrize("kind", LAYERS)
@settings(max_examples=10, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(data=st.data())
def test_arguments_that_equal_defaults_of_torch_are_left_out(kind: str, data: st.DataObject) -> None:
    case = data.draw(cases(kind))
    try:
        net = net_of(case.layer, case.shapes, "layer")
    except Misfit:
        assume(False)
    layer = torch_layer(net.nodes[0])
    if layer.target.startswith("nn."):
        given = {slot.name: slot.value for slot in layer.slots if not slot.positional}
        whole = [slot.value for slot in layer.slots if slot.positional]
        fewer = {slot.name: slot.value for slot in layer.slots if not slot.positional and not slot.omitted}
        make = getattr(torch.nn, layer.target.removeprefix("nn."))
        with torch.device("meta"):
            assert repr(make(*whole, **given)) == repr(make(*whole, **fewer)) or "align_corners" in given


def test_drop_path_drops_whole_examples_and_keeps_the_mean() -> None:
    module = netspec.loads("net Drop { input 2x4x4\n droppath 0.25 }").to_torch()
    torch.manual_seed(0)
    result = module(torch.ones(4000, 2, 4, 4))
    each = result.flatten(1)
    assert bool((each == each[:, :1]).all())
    torch.testing.assert_close(each[:, 0].unique(), torch.tensor([0, 1 / 0.75]))
    assert abs(float(result.mean()) - 1) < 0.05


@pytest.mark.parametrize("size", [7, 8, 9, 12])
def test_padding_same_follows_the_size_of_each_input(size: int) -> None:
    spec = "net Same { input 3 x H x W\n conv 4 3x4 stride=2 padding=same\n conv 4 5 stride=3x2 padding=same }"
    result = netspec.loads(spec).to_torch()(torch.zeros(1, 3, size, size + 3))
    height, width = ceil(ceil(size / 2) / 3), ceil(ceil((size + 3) / 2) / 2)
    assert tuple(result.shape) == (1, 4, height, width)

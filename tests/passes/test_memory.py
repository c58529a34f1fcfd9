"""Memory of inference: what is alive when, and in which buffers."""

from __future__ import annotations

import weakref
from collections import Counter
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

import netspec
from netspec.ir import ShapedNet
from netspec.layers.base import volume
from netspec.passes.memory import Place, Usage, memory_usage, place_of
from netspec.sizes import substitute
from tests.backends.torch.random_specs import specs


def usage_of(net: ShapedNet) -> Usage:
    return memory_usage(net.inputs, net.nodes, [output.value for output in net.outputs])


def loads(steps: str, shape: str = "1x4x4") -> ShapedNet:
    return netspec.loads(f"net N {{\ninput {shape}\n{steps}\n}}")


@pytest.mark.parametrize(
    ("steps", "live"),
    [
        # A layer needs its input and its output.
        ("conv 2 1 -> conv 3 1", {"conv1": 16 + 32, "conv2": 32 + 48}),
        # An activation writes over its input, but not over the caller's.
        ("conv 2 1 -> relu -> conv 3 1", {"conv1": 48, "relu1": 32, "conv2": 80}),
        ("relu -> relu", {"relu1": 32, "relu2": 16}),
        # So do a normalisation, whose statistics are known, and a sum; softmax needs all of its input first.
        ("conv 2 1 -> batchnorm -> scale", {"conv1": 48, "batchnorm1": 32, "scale1": 32}),
        ("conv 2 1 -> add { conv 2 1 } {}", {"conv1": 48, "conv2": 64, "add1": 64}),
        ("flatten -> fc 8 -> softmax", {"flatten1": 16, "fc1": 24, "softmax1": 16}),
        # What something still needs is not written over.
        (
            "a: conv 2 1 -> relu -> concat a {}",
            {"a": 48, "relu1": 64, "concat1": 128},
        ),
        # Nothing is copied by a view, which keeps its whole buffer alive.
        ("conv 4 1 -> slice 0 2 -> conv 1 1", {"conv1": 80, "slice1": 64, "conv2": 80}),
        ("conv 2 1 -> dropout -> identity -> flatten", {"conv1": 48, "dropout1": 32, "identity1": 32, "flatten1": 32}),
        # In the buffer of a view one may write too, once nothing else in it is needed.
        (
            "conv 4 1 -> concat { slice 0 2 -> relu } { slice 2 4 -> relu }",
            {"conv1": 80, "slice1": 64, "relu1": 96, "slice2": 96, "relu2": 96, "concat1": 160},
        ),
        # A gate of one value a channel cannot hold the product.
        (
            "conv 2 1 -> mul { globalavgpool } {}",
            {"conv1": 48, "globalavgpool1": 34, "mul1": 34},
        ),
        # An output stays to the end.
        (
            "conv 2 1 -> relu\noutput aux: { conv 1 1 }\nconv 4 1 -> conv 1 1",
            {"conv1": 48, "relu1": 32, "aux.0": 48, "conv2": 112, "conv3": 96},
        ),
    ],
)
def test_what_is_alive(steps: str, live: dict[str, int]) -> None:
    assert usage_of(loads(steps)).live == live


def test_the_peak_is_where_most_is_alive() -> None:
    usage = usage_of(loads("conv 2 1 -> conv 3 1 -> conv 3 1 -> conv 1 1"))

    assert (usage.peak, usage.peak_at) == (96, "conv3")


def test_a_skip_keeps_its_value_alive_to_the_merge() -> None:
    net = loads("conv 4 1\nskip: relu\nmaxpool 2 -> conv 4 1 -> upsample 2\nconcat {} skip")

    assert usage_of(net).live == {
        "conv1": 16 + 64,
        "skip": 64,
        "maxpool1": 64 + 16,
        "conv2": 64 + 16 + 16,
        "upsample1": 64 + 16 + 64,
        "concat1": 64 + 64 + 128,
    }


def test_of_symbols_where_one_layer_always_needs_most() -> None:
    usage = usage_of(loads("conv 8 1 -> conv 16 1 -> conv 4 1", "3 x H x W"))

    assert usage.peak_at == "conv2"
    assert str(usage.peak) == "24·H·W"


def test_of_symbols_where_it_depends() -> None:
    usage = usage_of(loads("conv 8 3 stride=2 -> conv 500 1 -> globalavgpool -> conv 100_000 1", "3 x H x W"))

    assert usage.peak is None
    assert usage.peak_at is None
    for size in (20, 100):
        values = {"H": size, "W": size}
        numbers = usage_of(
            netspec.loads(
                "net N { input 3 x H x W\n conv 8 3 stride=2 -> conv 500 1 -> globalavgpool -> conv 100_000 1 }",
                input=f"3x{size}x{size}",
            )
        )
        assert {name: substitute(live, values) for name, live in usage.live.items()} == numbers.live


# What PyTorch needs, whose activations can work in place too


class _Storages(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch has no types for it
    """Counts the values in memory while operations run: those of every storage that one of them made and that lives."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.sizes: dict[int, int] = {}
        self.peak = 0

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Runs an operation that gives one tensor."""
        result = function(*args, **(kwargs or {}))
        storage = result.untyped_storage()
        key = storage._cdata
        if key not in self.sizes:
            self.sizes[key] = storage.nbytes() // result.element_size()
            weakref.finalize(storage, self.sizes.pop, key)
        self.peak = max(self.peak, sum(self.sizes.values()))
        return result


@pytest.mark.parametrize(
    "widths", [(8, 8, 0, 16, 16, 0, 32), (4, 12, 0, 6), (2, 0, 16, 16, 16, 0), (16, 2, 2, 2)], ids=str
)
def test_a_stack_of_convolutions_takes_what_it_takes_in_pytorch(widths: tuple[int, ...]) -> None:
    steps = [f"conv {width} 3 padding=1 -> relu" if width else "avgpool 2" for width in widths]
    modules: list[nn.Module] = []
    before = 3
    for width in widths:
        modules += [nn.Conv2d(before, width, 3, padding=1), nn.ReLU(inplace=True)] if width else [nn.AvgPool2d(2)]
        before = width or before
    stack, image = nn.Sequential(*modules).eval(), torch.zeros(1, 3, 16, 16)

    # The caller's image is not among what the stack makes, and is needed by the first layer alone.
    with torch.no_grad(), _Storages() as storages:
        stack(image)

    usage = usage_of(loads("\n".join(steps), "3x16x16"))
    made = {**usage.live, "conv1": 16 * 16 * widths[0]}
    assert storages.peak == max(volume((size,)) for size in made.values())


# What an executor that frees what it no longer needs comes to


def executed(net: ShapedNet) -> dict[str, int]:
    """The same by running: what is in memory while each layer runs, freed by counting the uses that are left."""
    left = Counter(name for node in net.nodes for name in node.inputs)
    left.update(output.value for output in net.outputs)
    block_of = {given.name: given.name for given in net.inputs}
    size_of = {given.name: volume(given.shape) for given in net.inputs}
    readers = {given.name: left[given.name] for given in net.inputs}
    borrowed = set(block_of)
    live = {}
    for node in net.nodes:
        reads = Counter(block_of[name] for name in node.inputs)
        place, block = place_of(node.layer), None
        if place is Place.VIEW:
            block = block_of[node.inputs[0]]
        elif place is Place.IN_PLACE:
            for name, shape in zip(node.inputs, node.input_shapes, strict=True):
                candidate = block_of[name]
                if candidate not in borrowed and readers[candidate] == reads[candidate] and shape == node.output:
                    block = candidate
                    break
        if block is None:
            block = node.name
            size_of[block] = volume(node.output)
            readers[block] = 0
        block_of[node.name] = block
        readers[block] += left[node.name]
        live[node.name] = sum(size_of.values())
        for name in node.inputs:
            readers[block_of[name]] -= 1
        for name in [name for name in size_of if readers[name] == 0]:
            del size_of[name]
    return live


@settings(max_examples=50)
@given(specs())
def test_it_is_what_an_executor_needs(text: str) -> None:
    if netspec.checks(text):
        return
    net = netspec.loads(text)

    assert usage_of(net).live == executed(net)


@settings(max_examples=50)
@given(specs())
def test_it_is_between_what_a_layer_needs_and_all_values(text: str) -> None:
    if netspec.checks(text):
        return
    net = netspec.loads(text)
    sizes = {name: volume(shape) for name, shape in net.shapes().items()}

    alive = usage_of(net).live
    for node in net.nodes:
        live = alive[node.name]
        assert isinstance(live, int)
        least = max(sizes[name] for name in (node.name, *node.inputs))
        assert least <= live <= sum(sizes.values())

"""Which nets run with the batch last, how, and why."""

from __future__ import annotations

import math

import pytest

import netspec
from netspec.backends.numpy.optimized.batch_last import Unsuited, lower
from netspec.backends.numpy.optimized.batch_last.lowering import CACHED_VALUES, SMALL_PRODUCT
from netspec.backends.numpy.optimized.batch_last.products import products
from netspec.backends.numpy.optimized.batch_last.stages import stages
from tests.backends.numpy.optimized.batch_last.running import program_of
from tests.backends.numpy.optimized.batch_last.test_training import NAMES, load


def kernels(text: str) -> list[str]:
    """The kernels that a net runs by, without their common prefix."""
    program = program_of(netspec.loads(f"net T {{ {text} }}"))
    names = [operation.kernel.removeprefix("batch_last_") for operation in program.operations if operation.kernel]
    assert (names[0], names[-1]) == ("input", "output")
    return names[1:-1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("input 1x8x8 \n conv 2 3x3 -> sigmoid -> avgpool 2x2", ["conv", "sigmoid", "avgpool_windows"]),
        ("input 1x8x8 \n conv 2 3x3 -> avgpool 2x2 -> sigmoid", ["conv", "avgpool_windows", "sigmoid"]),
        # a maximum first leaves the activation fewer values
        ("input 1x8x8 \n conv 2 3x3 -> relu -> maxpool 2x2", ["conv", "maxpool_windows", "relu"]),
        ("input 1x8x8 \n conv 2 3x3 -> relu -> maxpool 3x3 stride=2", ["conv", "relu", "maxpool"]),
        ("input 1x8x8 \n conv 2 3x3 -> relu -> maxpool 2x2 padding=1", ["conv", "relu", "maxpool"]),
        ("input 1x8x8 \n conv 2 3x3 -> maxpool 1x6 -> relu", ["conv", "maxpool", "relu"]),
        ("input 1x20 \n conv 2 3 -> tanh -> avgpool 2", ["conv", "tanh", "avgpool_windows"]),
        ("input 1x8x8 \n conv 2 3x3 -> batchnorm -> relu -> flatten -> fc 3", ["conv", "relu", "flatten", "fc"]),
        ("input 1x8x8 \n conv 2 3x3 -> identity -> dropout -> globalavgpool", ["conv", "dropout", "globalavgpool"]),
    ],
)
def test_layers_become_these_steps(text: str, expected: list[str]) -> None:
    assert kernels(text) == expected


@pytest.mark.parametrize(
    ("text", "divisor"),
    [
        ("conv 2 3x3 -> relu", 1.0),
        ("conv 2 3x3 -> tanh", 1.0),
        ("conv 2 3x3 -> sigmoid", 2.0),
        ("conv 2 3x3 -> maxpool 2x2 -> sigmoid", 2.0),
        ("conv 2 3x3 -> avgpool 2x2 -> sigmoid", 8.0),
        ("conv 2 3x3 -> avgpool 2x2 -> tanh", 4.0),
        ("conv 2 3x3 -> avgpool 2x2 -> relu", 1.0),
    ],
)
def test_a_convolution_leaves_its_results_as_the_activation_wants_them(text: str, divisor: float) -> None:
    program = program_of(netspec.loads(f"net T {{ input 1x8x8 \n {text} }}"))
    assert dict(program.operations[1].options).get("divisor", 1.0) == divisor


CONV = "conv 2 3x3"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("input 100 \n fc 10", "it has no convolution"),
        ("a: input 1x8x8 \n b: input 1x8x8 \n add a b -> conv 2 3x3", "it has several inputs or outputs"),
        (
            f"input 2x8x8 \n {CONV} padding=1 \n add {{ relu }} {{}}",
            "it is no chain of layers: add1 reads relu1 and conv1",
        ),
        ("input 1 x H x W \n conv 2 3x3", "its sizes are open: 1 x H x W"),
        ("input 1x8x8x8 \n conv 2 3x3x3", "the maps of conv1 have 3 axes"),
        ("input 300x4x4 \n conv 2 3x3", "a convolution sees 300 channels, and more than 256 gain little"),
        ("input 40x8x8 \n conv 40 3x3 -> batchnorm", "convolutions of so many channels are faster otherwise"),
        (f"input 1x8x8 \n {CONV} -> gelu", "gelu1 has no kernel with the batch last"),
        (f"input 1x8x8 \n {CONV} -> relu -> batchnorm", "batchnorm1 has no kernel with the batch last"),
        (f"input 1x8x8 \n {CONV} -> leakyrelu 2", "leakyrelu1 has no kernel with the batch last for its arguments"),
        (f"input 1x8x8 \n {CONV} -> softmax", "softmax1 is taken at each position of maps"),
        (f"input 1x30x30 \n {CONV} -> maxpool 9x9 stride=1", "the windows of maxpool1 have 81 places"),
        (f"input 1x8x8 \n {CONV} -> adaptiveavgpool 4", "the windows of adaptiveavgpool1 may differ in size"),
        ("input 8x8x8 \n depthwise 3x3", "the products would take 8.3 times the MACs of the convolutions"),
        (
            f"input 1x64x64 \n {CONV} -> flatten -> fc 200",
            "fc1 has 1,537,600 weights to read for each block of examples",
        ),
        ("input 1x600x600 \n conv 2 3x3", "maps of 715,208 values are too large for blocks of examples"),
    ],
)
def test_why_a_net_does_not_suit(text: str, reason: str) -> None:
    found = lower(netspec.loads(f"net T {{ {text} }}"))
    assert isinstance(found, Unsuited)
    assert found.reason == reason


@pytest.mark.parametrize(
    ("text", "smallest", "trained"),
    [
        ("input 3x16x16 \n conv 8 3x3 -> relu -> conv 40 3x3", 1, True),
        ("input 3x16x16 \n conv 16 3x3 -> relu -> conv 40 3x3", 16, True),
        ("input 3x16x16 \n conv 40 3x3 -> relu -> conv 40 5x5", 16, True),
        ("input 3x16x16 \n conv 40 3x3 -> relu -> conv 40 3x3", None, True),
        ("input 40x200 \n conv 40 3", None, True),
        ("input 100x16x16 \n conv 40 5x5", None, True),
        ("input 3x16x16 \n conv 8 3x3 -> batchnorm -> relu", 1, False),
    ],
)
def test_what_it_is_used_for(text: str, smallest: int | None, trained: bool) -> None:
    program = program_of(netspec.loads(f"net T {{ {text} }}"))
    assert program.smallest == smallest
    assert (program.base == "BlockTrainedNetwork") is trained


@pytest.mark.parametrize("name", NAMES)
def test_blocks_keep_products_small_and_maps_in_the_cache(name: str) -> None:
    net = load(name)
    block = program_of(net).chunk
    made = [products(stage) for stage in stages(net) if stage.main.layer.kind == "conv"]
    assert block == 16 or all(block * one.each <= SMALL_PRODUCT and block * one.values <= CACHED_VALUES for one in made)


def test_a_convolution_knows_what_its_products_take() -> None:
    first, second = (products(stage) for stage in stages(load("lenet")) if stage.main.layer.kind == "conv")
    assert (first.rows, first.tiles, first.tile, first.columns, first.inputs) == (28, 14, 2, 6, 5 * (6 + 1))
    assert first.each == 12 * 35 * 14
    assert first.copies == 3
    assert second.values == math.prod((16, 10, 10))

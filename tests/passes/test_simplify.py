"""Formulas for the sizes that fit: the same numbers there, and shorter."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings

import netspec
from netspec.compile import Checked, Options, check_file, check_text
from netspec.domains import EVERYWHERE, Region, meet, region_where
from netspec.ir import ShapedNode
from netspec.passes.simplify import simplified
from netspec.sizes import Size, product, substitute, symbol
from tests.commands import SPECS
from tests.passes.test_validity import nets

H, W = symbol("H"), symbol("W")
LARGEST = 600

EVEN = region_where(H % 2, "==", 0)
ODD = region_where(H % 2, "==", 1)
BY_16 = meet(region_where(H % 16, "==", 0), region_where(W % 16, "==", 0))
FROM_28_TO_31 = meet(region_where(H, ">=", 28), region_where(31 - H, ">=", 0))
TWELVE_OR_16 = (*region_where(H, "==", 12), *region_where(H, "==", 16))


@pytest.mark.parametrize(
    ("size", "region", "text"),
    [
        (H // 2 * 2, EVEN, "H"),
        (H // 2 * 2, ODD, "H-1"),
        (H // 2 * 2, EVERYWHERE, "2·⌊H/2⌋"),
        (H // 2 * 2, BY_16, "H"),
        ((H - 1) // 2, EVEN, "⌊(H-1)/2⌋"),
        ((H + 1) // 2, EVEN, "⌊H/2⌋"),
        (H // 4 * 2, EVEN, "2·⌊H/4⌋"),
        (H // 16 * 16 + 5, BY_16, "H+5"),
        (H // 4 * 2 + H // 2, BY_16, "H"),
        (H % 16, BY_16, "0"),
        (H % 4, EVEN, str(H % 4)),
        ((H - 8) // 4, FROM_28_TO_31, "5"),
        (H // 10, TWELVE_OR_16, "1"),
        (H // 3, TWELVE_OR_16, "⌊H/3⌋"),
        (product(3, H // 2, W // 2), BY_16, "3·⌊H/2⌋·⌊W/2⌋"),
        (product(8, H // 2, W // 2), BY_16, "2·H·W"),
        (product(8, H // 2, W // 2), EVEN, "4·H·⌊W/2⌋"),
        (product(4, H // 2, W // 2) + product(64, H // 4, W // 8), BY_16, "3·H·W"),
        (product(4, H // 2, W // 2) + H // 2 * 2 + 7, BY_16, "H·W + H + 7"),
        (H // 2 * 2, (), "2·⌊H/2⌋"),
        (28, EVEN, "28"),
    ],
)
def test_formulas(size: Size, region: Region, text: str) -> None:
    assert str(simplified(size, region)) == text


def _sizes(node: ShapedNode) -> tuple[Size, ...]:
    return (*node.output, node.macs, product(*node.output))


def _assert_same(checked: Checked) -> None:
    """Whether every size comes out as before wherever the net fits: along each symbol, with the least of the others."""
    assert checked.shaped is not None
    assert checked.fit is not None
    assert checked.fit.sizes is not None
    region, symbols = checked.fit.sizes.region, checked.fit.sizes.symbols
    pairs = {size: simplified(size, region) for node in checked.shaped.nodes for size in _sizes(node)}
    for box in region[:3]:
        least = box.least(symbols)
        for name in symbols:
            for number in filter(box.of(name).__contains__, range(1, LARGEST + 1)):
                at = least | {name: number}
                for size, simple in pairs.items():
                    assert substitute(simple, at) == substitute(size, at), (str(size), str(simple), at)
    assert all(len(str(simple)) <= len(str(size)) for size, simple in pairs.items())


@settings(max_examples=40, database=None)
@given(nets())
def test_for_random_nets_and_all_sizes_up_to_600(text: str) -> None:
    (checked,) = check_text(text, "net", Path()).nets
    if checked.shaped is not None:
        _assert_same(checked)


@pytest.mark.parametrize("name", ["u_net", "fcn_resnet50", "resnet18", "shufflenet_v2_x1_0", "inception_v3"])
def test_for_real_nets_and_all_sizes_up_to_600(name: str) -> None:
    (fixed,) = netspec.load(SPECS / f"{name}.net").inputs
    (checked,) = check_file(SPECS / f"{name}.net", Options(input_shape=(fixed.shape[0], H, W))).nets
    _assert_same(checked)

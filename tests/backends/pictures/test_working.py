"""Tooltips show each number with its formula and its values."""

from __future__ import annotations

import netspec
from netspec.backends.pictures.working import working


def tooltips(text: str) -> dict[str, tuple[str, ...]]:
    return {node.name: working(node) for node in netspec.loads(text).nodes}


def test_a_convolution_shows_its_size_parameters_and_macs() -> None:
    assert tooltips("net A {\n input 1x28x28\n conv 6 5x5 padding=2\n}")["conv1"] == (
        "conv1: conv 6 5x5 padding=2",
        "1x28x28 → 6x28x28",
        "height and width = ⌊(in + 2·padding − dilation·(kernel − 1) − 1) / stride⌋ + 1",
        "    = ⌊(28 + 2·2 − 1·(5 − 1) − 1) / 1⌋ + 1 = 28",
        "parameters = filters·channels·kernel height·kernel width + filters",
        "    = 6·1·5·5 + 6 = 156",
        "MACs = output height·output width·filters·channels·kernel height·kernel width",
        "    = 28·28·6·1·5·5 = 117,600",
    )


def test_sizes_that_are_not_fixed_are_formulas() -> None:
    found = tooltips("net A {\n input 3 x H x W\n maxpool 2 -> add {} { relu }\n}")
    assert found["maxpool1"][-1] == "    = ⌊(W + 2·0 − 1·(2 − 1) − 1) / 2⌋ + 1 = ⌊W/2⌋"
    assert found["add1"][1] == "3 x ⌊H/2⌋ x ⌊W/2⌋ and 3 x ⌊H/2⌋ x ⌊W/2⌋ → 3 x ⌊H/2⌋ x ⌊W/2⌋"

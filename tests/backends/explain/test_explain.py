"""Explanations: every formula comes to the number that the checker found, and reads as in a textbook."""

from __future__ import annotations

from pathlib import Path

import pytest

import netspec
from netspec.backends.explain import explain, render_markdown, render_text
from netspec.cli import main
from netspec.diagnostics import Code
from netspec.layers.formula import evaluate

SPECS = sorted(path for path in Path("specs").rglob("*.net") if "net " in path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_every_formula_comes_to_what_the_checker_found(path: Path) -> None:
    for explanation in explain(netspec.load(path)):
        for working in explanation.workings:
            assert evaluate(working.formula, working.values) == working.result, explanation.node.name


def test_params_and_macs_of_every_weighted_layer_are_explained() -> None:
    for path in SPECS:
        for explanation in explain(netspec.load(path)):
            results = {working.quantity: working.result for working in explanation.workings}
            node = explanation.node
            assert results.get("parameters", 0) == node.params
            assert results.get("MACs", 0) == node.macs


FIRST = netspec.loads("net First { input 3x32x32 \n conv 6 5x5 }")


def test_a_convolution_stands_beside_the_dense_layer_it_saves() -> None:
    (explanation,) = explain(FIRST)

    assert explanation.dense is not None
    assert (explanation.dense.inputs, explanation.dense.outputs) == (3_072, 4_704)
    assert explanation.dense.weights == 14_450_688
    assert explanation.node.params == 456


def test_as_text() -> None:
    assert (
        render_text(explain(FIRST))
        == """\
conv1: conv 6 5x5
  3x32x32 → 6x28x28
  height and width  = ⌊(in + 2·padding − dilation·(kernel − 1) − 1) / stride⌋ + 1
                    = ⌊(32 + 2·0 − 1·(5 − 1) − 1) / 1⌋ + 1
                    = 28
  parameters        = filters·channels·kernel height·kernel width + filters
                    = 6·3·5·5 + 6
                    = 456
  MACs              = output height·output width·filters·channels·kernel height·kernel width
                    = 28·28·6·3·5·5
                    = 352,800
  receptive field   = before + dilation·(kernel − 1)·spacing
                    = 1 + 1·(5 − 1)·1
                    = 5
  A dense layer between the same volumes would have 3,072 × 4,704 = 14,450,688 weights.
  This layer has 456 parameters: each weight is used at 784 positions.
  Of 14,450,688 connections it has 352,800, and saves 14,097,888.
"""
    )


def test_as_markdown_with_latex() -> None:
    text = render_markdown(explain(netspec.loads("net F { input 8 x H x W \n maxpool 3x3 2 \n flatten }")))

    assert text.startswith("### `maxpool1`: `maxpool 3x3 stride=2`\n")
    assert (
        r"\text{height} = \left\lfloor \frac{\text{in} + 2 \cdot \text{padding} - \text{dilation} \cdot "
        r"\left(\text{kernel} - 1\right) - 1}{\text{stride}} \right\rfloor + 1"
    ) in text.replace("\n", " ")
    assert r"\lfloor" in text.split("features")[1]


def test_a_group_is_all_of_its_layers(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "specs/resnet18.net", "layer1.0"]) == 0
    titles = [line for line in capsys.readouterr().out.splitlines() if line and not line.startswith(" ")]
    assert titles[0] == "layer1.0.conv1: conv 64 3x3 padding=1 bias=false"
    assert all(title.startswith("layer1.0.") for title in titles)


def test_a_layer_that_is_not_there_gets_a_hint(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "specs/lenet.net", "cov1"]) == 2
    assert capsys.readouterr().err == "netspec: specs/lenet.net has no layer or group `cov1`; did you mean `conv1`?\n"


@pytest.mark.parametrize("code", sorted(Code))
def test_a_code_gives_its_page(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", code]) == 0
    assert capsys.readouterr().out.startswith(f"# {code}: ")


def test_no_such_code_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "E9999"]) == 2
    assert capsys.readouterr().err == "netspec: there is no code E9999\n"

"""The comparison of two nets as it is read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import netspec
from netspec.backends.diff import Comparison
from netspec.backends.diff.entries import layer_text, signed
from netspec.backends.diff.json import render_json
from netspec.backends.diff.markdown import render_markdown
from netspec.backends.diff.text import render_text
from netspec.diagnostics.text import colour
from netspec.layers import LAYERS
from netspec.passes.diff import compare
from netspec.sizes import symbol
from tests.backends.summary.nets import AUDIO, RESIDUAL, SYMBOLIC
from tests.golden_text import GOLDEN, assert_golden

LENET = Path("specs/lenet.net").read_text(encoding="utf-8")

GROUPED_LENET = """
net Grouped {
    input 1x28x28
    body: { conv 6 5x5 padding=2 -> sigmoid -> avgpool 2x2 -> conv 16 5x5 -> sigmoid -> avgpool 2x2 }
    head: { flatten -> fc 120 -> sigmoid -> fc 84 -> sigmoid -> fc 10 }
}
"""

WIDER = (
    RESIDUAL.replace("stage1: { unit 16 -> unit 16 activation=silu }", "stage1: { unit 24 -> unit 24 -> unit 24 }")
    .replace("-> flatten -> fc", "-> flatten -> dropout 0.2 -> fc")
    .replace("stride=2 }", "stride=2 }\n    output aux: { globalavgpool -> flatten -> fc classes }")
)

PAIRS = {
    "lenet_relu": (LENET, LENET.replace("sigmoid", "relu")),
    "lenet_same": (LENET, LENET),
    "lenet_other_names": (LENET, GROUPED_LENET),
    "residual_wider": (RESIDUAL, WIDER),
    "symbolic": (SYMBOLIC, SYMBOLIC.replace("conv 8", "conv 12")),
    "audio_other_input": (AUDIO, AUDIO.replace("1x800", "1x900")),
}

RENDERERS = {"txt": render_text, "md": render_markdown, "json": render_json}

SHOWN = [
    *((name, "txt") for name in PAIRS),
    ("residual_wider", "md"),
    ("lenet_other_names", "md"),
    ("lenet_relu", "json"),
]


def layer(kind: str, **given: Any) -> Any:
    """A layer by its name in the language."""
    return LAYERS[kind](**given)


def comparison(old: str, new: str) -> Comparison:
    return Comparison(compare(netspec.loads(old), netspec.loads(new)), "Old (old.net)", "New (new.net)")


@pytest.mark.parametrize(("name", "kind"), SHOWN)
def test_the_text_is_the_golden_one(name: str, kind: str, update_golden: bool) -> None:
    assert_golden(f"diff/{name}.{kind}", RENDERERS[kind](comparison(*PAIRS[name])), update=update_golden)


def test_no_golden_text_is_left_over() -> None:
    assert {path.name for path in (GOLDEN / "diff").iterdir()} == {f"{name}.{kind}" for name, kind in SHOWN}


def test_every_layer_can_be_listed() -> None:
    text = render_text(comparison(LENET, LENET), everything=True)

    assert [line.split()[0] for line in text.splitlines()[4:17]] == [
        "input",
        *(node.name for node in netspec.loads(LENET).nodes),
    ]


def test_a_block_that_was_added_as_a_whole_is_one_line_unless_all_are_listed() -> None:
    shown = comparison(RESIDUAL, WIDER)

    assert "+ stage1.2 " in render_text(shown)
    assert "+ stage1.2.conv1" in render_text(shown, everything=True)


def test_the_lines_have_the_colours_of_a_diff() -> None:
    lines = render_text(comparison(RESIDUAL, WIDER), paint=colour).splitlines()

    (added,) = (line for line in lines if "stage1.2 " in line)
    (changed,) = (line for line in lines if "stage1.0.conv1" in line)
    assert added.startswith("\x1b[32m+ ")
    assert changed.startswith("\x1b[33m~ ")


@pytest.mark.parametrize(
    ("kind", "old", "new", "text"),
    [
        ("conv", {"filters": 64, "kernel": 3}, {"filters": 96, "kernel": 3}, "conv 64→96 3"),
        ("conv", {"filters": 64, "kernel": 3}, {"filters": 64, "kernel": 5, "padding": 2}, "conv 64 3→5 padding=0→2"),
        (
            "conv",
            {"filters": 8, "kernel": (3, 3), "stride": (2, 2), "bias": False},
            {"filters": 8, "kernel": (3, 3), "stride": (2, 1), "padding": "same", "bias": False},
            "conv 8 3x3 stride=2→2x1 padding=0→same bias=false",
        ),
        # Where the stride follows the kernel it is not told.
        ("maxpool", {"kernel": 2}, {"kernel": 3}, "maxpool 2→3"),
        ("maxpool", {"kernel": 2}, {"kernel": 3, "stride": 2}, "maxpool 2→3 stride=2"),
        ("dropout", {}, {"p": 0.2}, "dropout p=0.5→0.2"),
        ("batchnorm", {"eps": 1e-3}, {}, "batchnorm eps=0.001→1e-5"),
    ],
)
def test_changed_arguments_are_told_in_place(kind: str, old: Any, new: Any, text: str) -> None:
    assert layer_text(layer(kind, **old), layer(kind, **new)) == text


def test_another_layer_is_told_in_full() -> None:
    assert layer_text(layer("maxpool", kernel=2), layer("avgpool", kernel=2)) == "maxpool 2 → avgpool 2"


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, ""),
        (1234, "+1,234"),
        (-1234, "-1,234"),
        (symbol("H") * 1200, "+1,200·H"),
        (symbol("H") * -3, "-3·H"),
        (symbol("H") * symbol("W") * 3 - 1200, "+3·H·W - 1,200"),
        (None, "–"),
    ],
)
def test_changes_have_a_sign(size: Any, text: str) -> None:
    assert signed(size) == text


def test_json_has_the_changed_arguments() -> None:
    data = json.loads(render_json(comparison(RESIDUAL, WIDER)))

    change = next(item for item in data["changes"] if item["new"] and item["new"]["name"] == "stage1.0.conv1")
    assert change["change"] == "changed"
    assert change["arguments"] == {"filters": {"old": 16, "new": 24}}
    assert data["total"]["parameters"] == data["new"]["parameters"] - data["old"]["parameters"]


@pytest.mark.parametrize("name", PAIRS)
def test_the_changes_in_json_add_up(name: str) -> None:
    data = json.loads(render_json(comparison(*PAIRS[name])))

    assert sum(item["parameters"] for item in data["changes"]) == data["total"]["parameters"]
    assert data["same"] == (name in ("lenet_same", "lenet_other_names"))

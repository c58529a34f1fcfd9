"""DOT text: golden files, and what holds for all of it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import netspec
from netspec.backends.graphviz import Options, TooLarge, graph
from netspec.sketch import Sketch, sketch_of
from tests.backends.drawn import BROKEN, ROOT, broken, sketch, spec
from tests.golden_text import assert_golden

SYMBOLIC = """
block double(width) { repeat 2 { conv width 3x3 padding=1 -> relu } }
net Symbols {
    input 3 x H x W
    enc1: double 8
    maxpool 3 stride=2
    output mask: { conv 1 1 -> sigmoid }
    globalavgpool -> flatten -> fc 5
}
"""


@pytest.mark.parametrize(
    ("name", "what", "options"),
    [
        ("lenet", spec("lenet"), Options()),
        ("lenet_right_dark", spec("lenet"), Options(direction="right", theme="dark")),
        ("resnet18", spec("resnet18"), Options()),
        ("resnet18_depth_2", spec("resnet18"), Options(depth=2)),
        ("u_net", spec("u_net"), Options()),
        ("two_inputs", spec("two_inputs"), Options()),
        ("symbolic", sketch(SYMBOLIC), Options()),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_dot_text(name: str, what: Sketch, options: Options, update_golden: bool) -> None:
    assert_golden(f"graphviz/{name}.dot", graph(what, options=options).dot, update=update_golden)


def test_dot_text_of_a_net_with_mistakes(update_golden: bool) -> None:
    assert_golden("graphviz/broken.dot", graph(*broken(BROKEN)).dot, update=update_golden)


def test_the_text_is_the_same_in_every_process() -> None:
    command = [sys.executable, "-m", "netspec.cli", "draw", "specs/resnet18.net", "--format", "dot"]
    texts = {
        subprocess.run(
            command, capture_output=True, check=True, cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": seed}
        ).stdout
        for seed in ("1", "2")
    }
    assert len(texts) == 1


# What is in it


def labels(text: str) -> list[str]:
    """The labels of all edges."""
    return re.findall(r"-> .*label=\"? ([^\"\]]+) \"?", text)


def test_edges_carry_the_shapes() -> None:
    shown = labels(graph(spec("lenet")).dot)
    assert shown == ["1x28x28", "6x28x28", "6x14x14", "16x10x10", "16x5x5", "400", "120", "84"]


def test_shapes_that_are_not_fixed_are_formulas() -> None:
    assert "8 x ⌊(H-1)/2⌋ x ⌊(W-1)/2⌋" in labels(graph(sketch(SYMBOLIC)).dot)


def test_a_box_has_its_arguments_shape_and_parameters() -> None:
    (line,) = (line for line in graph(spec("lenet")).dot.splitlines() if line.startswith("\tconv1 ["))
    for text in ("<B>conv</B>", "6 5x5", "padding=2", "6x28x28", "156 params"):
        assert text in line


def test_what_is_folded_says_how_often() -> None:
    assert "×5" in graph(spec("resnet50")).dot
    assert "×" not in graph(spec("resnet50"), options=Options(expand=True)).dot


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_theme_uses_its_own_colours_alone(theme: str) -> None:
    from netspec.backends.pictures.palette import THEMES, colours

    text = graph(*broken(BROKEN), Options(theme="dark" if theme == "dark" else "light")).dot
    assert set(re.findall(r"#[0-9a-f]{6}", text)) <= set(colours(THEMES["dark" if theme == "dark" else "light"]))


# Nets with mistakes


def test_each_mistake_stands_at_its_layer() -> None:
    lines = graph(*broken(BROKEN)).dot.splitlines()
    for start, message in [
        ("\tconv1 [", "the shape here is"),
        ('\t\t\t"layer1.0.add1" [', "cannot merge 16x30x30 and"),
        ('\t"step?1" [', "there is no layer or block `cnov`"),
        ('\t"step?2" [', "the line ends too early"),
    ]:
        assert any(line.startswith(start) and message in line for line in lines), (start, lines)


def test_what_is_wrong_with_no_layer_is_a_note() -> None:
    what, problems = broken("net A {\n    input 3x8x8\n    conv 4 3x3\n    assert params == 3\n}\n")
    (line,) = (line for line in graph(what, problems).dot.splitlines() if line.startswith("\tproblems ["))
    assert "the claim `params == 3` does not hold" in line


@given(st.integers(0, 400), st.sampled_from(["", "}", "{", "conv", "0", "\x00", "->", "add {} {", "fc 3\n"]))
@settings(max_examples=25)
def test_whatever_is_written_is_drawn(place: int, inserted: str) -> None:
    from netspec.compile import check_text

    text = (ROOT / "specs" / "resnet18.net").read_text(encoding="utf-8")
    place = place * len(text) // 400
    result = check_text(text[:place] + inserted + text[place:], "x.net", ROOT / "specs")
    for net in result.nets:
        assert net.sketch is not None
        assert graph(net.sketch, result.diagnostics).dot.startswith("digraph")


def test_a_plain_net_is_drawn_with_the_shapes_that_follow() -> None:
    net = netspec.loads("net A {\ninput 3x8x8\nconv 4 3x3 -> flatten -> fc 3\n}")
    plain = netspec.Net(
        name=net.name,
        inputs=net.inputs,
        nodes=tuple(netspec.Node(node.name, node.layer, node.inputs, node.origin) for node in net.nodes),
        outputs=net.outputs,
    )
    assert graph(sketch_of(plain)).dot == graph(sketch_of(net)).dot


# Limits


def test_too_many_boxes_are_refused_with_a_depth_that_has_fewer() -> None:
    block = "block b { conv 8 3x3 padding=1 -> conv 4 3x3 padding=1 }"
    text = f"{block}\nnet A {{\ninput 3x8x8\nrepeat 400 {{ b -> relu -> tanh }}\n}}"
    with pytest.raises(TooLarge) as stop:
        graph(sketch(text), options=Options(expand=True)).svg()
    assert (stop.value.boxes, stop.value.depth) == (1601, None)
    with pytest.raises(TooLarge) as stop:
        graph(
            sketch(text.replace("-> relu -> tanh", "-> relu").replace("400", "350")), options=Options(expand=True)
        ).pdf()
    assert (stop.value.boxes, stop.value.depth, stop.value.fitting) == (1051, 1, 701)


def test_groups_within_each_other_have_no_end() -> None:
    net = netspec.loads("net A {\ninput 3x8x8\n" + "g: { " * 90 + "conv 4 3x3" + " }" * 90 + "\n}")
    assert graph(sketch_of(net)).dot.count("subgraph") == 31


def test_the_folder_of_golden_files_holds_no_others() -> None:
    names = {path.stem for path in (Path(__file__).parents[2] / "golden" / "graphviz").iterdir()}
    assert names == {
        "lenet",
        "lenet_right_dark",
        "resnet18",
        "resnet18_depth_2",
        "u_net",
        "two_inputs",
        "symbolic",
        "broken",
    }

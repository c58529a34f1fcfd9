"""Maps: every stack of layers is drawn to scale, and no label stands on another, on a solid or on a line."""

from __future__ import annotations

import math
import re
from itertools import combinations, pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import netspec
from netspec.backends.maps import Branches, maps_svg
from netspec.backends.maps.layout import Layout, layout
from netspec.backends.maps.solids import Rectangle, bar_length, plates_for, solids
from netspec.backends.maps.stages import stages
from netspec.backends.pictures.problems import judge
from netspec.backends.pictures.text import plain
from netspec.sketch import Sketch, sketch_of
from tests.backends.drawn import BROKEN, HOSTILE, SPECS, broken, sketch, spec
from tests.golden_text import assert_golden

SVG = "{http://www.w3.org/2000/svg}"

VIDEO = """net Video {
    input 3x16x112x112
    conv 32 3 padding=1 -> relu -> maxpool 2 -> conv 64 3 padding=1 -> batchnorm -> relu
    globalavgpool -> flatten -> fc 400 -> softmax
}"""
SYMBOLS = """net Symbols {
    input 3 x H x W
    conv 32 3 stride=2 padding=1 -> relu -> maxpool 3 stride=2 -> upsample 2 mode=bilinear
    globalmaxpool -> flatten -> fc 10
}"""
WRONG = """net Wrong {
    input 1x28x28
    conv 6 5x5 padding=2 -> sigmoid     => 6x27x28
    avgpool 2x2
    fc 120 -> sigmoid
    fc 10
}"""


def is_stack(path: Path) -> bool:
    net = netspec.load(path)
    return len(net.inputs) == len(net.outputs) == 1 and all(len(node.inputs) == 1 for node in net.nodes)


STACKS = [path for path in SPECS if is_stack(path)]


def placed(what: Sketch) -> Layout:
    found = stages(judge(what))
    return layout(found, solids(found))


# Golden pictures


@pytest.mark.parametrize(
    ("name", "what", "dark"),
    [
        ("lenet", spec("lenet"), False),
        ("lenet_dark", spec("lenet"), True),
        ("alexnet", spec("alexnet"), False),
        ("dcgan_generator", spec("dcgan_generator"), False),
        ("audio", spec("m5"), False),
        ("video", sketch(VIDEO), False),
        ("symbols", sketch(SYMBOLS), False),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_picture(name: str, what: Sketch, dark: bool, update_golden: bool) -> None:
    assert_golden(f"maps/{name}.svg", maps_svg(what, theme="dark" if dark else "light"), update=update_golden)


def test_the_picture_of_a_net_with_mistakes(update_golden: bool) -> None:
    assert_golden("maps/wrong.svg", maps_svg(*broken(WRONG)), update=update_golden)


# What is in it


@pytest.mark.parametrize("path", STACKS, ids=lambda path: path.stem)
def test_each_layer_is_in_the_picture_with_its_working(path: Path) -> None:
    net = netspec.load(path)
    root = ElementTree.fromstring(maps_svg(sketch_of(net)))
    tips = {group.get("data-layers"): group.findtext(f"{SVG}title", "") for group in root.iter(f"{SVG}g")}
    shown = [name for names in tips for name in (names or "").split()]
    assert shown == [net.inputs[0].name, *(node.name for node in net.nodes)]
    assert all(f"{node.name}: {node.layer.call_text()}\n" in "\n".join(tips.values()) for node in net.nodes)


@pytest.mark.parametrize("path", STACKS, ids=lambda path: path.stem)
def test_each_stage_is_labelled_with_its_shape_and_operation(path: Path) -> None:
    found = placed(sketch_of(netspec.load(path)))
    for part in (part for row in found.rows for part in row):
        assert part.title[0].text
        assert (
            "".join(line.text for line in part.title[1:]).replace(" ", "").count("x") == len(part.stage.shape or ()) - 1
        )
        assert bool(part.operation) == bool(part.stage.nodes)


def _texts(found: Layout) -> list[Rectangle]:
    return [line.box for row in found.rows for part in row for line in (*part.title, *part.operation)]


def _meet(first: Rectangle, second: Rectangle) -> bool:
    return first.x < second.right and second.x < first.right and first.y < second.bottom and second.y < first.bottom


def _nothing_overlaps(found: Layout) -> None:
    texts = _texts(found)
    outlines = [part.outline for row in found.rows for part in row]
    picture = Rectangle(0, 0, found.width, found.height)
    for box in (*texts, *outlines):
        assert picture.x <= box.x
        assert picture.y <= box.y
        assert box.right <= picture.right
        assert box.bottom <= picture.bottom
    for first, second in combinations([*texts, *outlines], 2):
        assert not _meet(first, second), (first, second)


def _no_line_crosses_text(svg: str, found: Layout) -> None:
    texts = _texts(found)
    for points in re.findall(r'<polyline points="([^"]*)"', svg):
        ends = [tuple(map(float, point.split(","))) for point in points.split()]
        for (x1, y1), (x2, y2) in pairwise(ends):
            steps = max(2, int(math.hypot(x2 - x1, y2 - y1) / 3))
            for step in range(steps + 1):
                x, y = x1 + (x2 - x1) * step / steps, y1 + (y2 - y1) * step / steps
                assert not any(box.x < x < box.right and box.y < y < box.bottom for box in texts), (x, y)


@pytest.mark.parametrize("path", STACKS, ids=lambda path: path.stem)
def test_no_label_of_a_spec_stands_on_anything(path: Path) -> None:
    what = sketch_of(netspec.load(path))
    _nothing_overlaps(placed(what))
    _no_line_crosses_text(maps_svg(what), placed(what))


_STEPS = st.sampled_from(
    [
        "conv 6 5x5 padding=2",
        "conv 512 3x3 padding=1 bias=false -> batchnorm eps=0.001 momentum=0.01 -> leakyrelu 0.2",
        "conv 3 1x1",
        "depthwise 3x3 padding=1 multiplier=3",
        "maxpool 2x2 stride=1",
        "convtranspose 8 2x2 stride=2 -> relu",
        "upsample 2 mode=bilinear",
        "a_label_that_is_long_and_says_little: relu",
        "adaptiveavgpool 7x7",
        "globalavgpool",
    ]
)


@given(
    st.sampled_from(["1x8x8", "3x224x224", "512x7x7", "2 x H x 9", "3 x HEIGHT_OF_THE_IMAGE x WIDTH_OF_THE_IMAGE"]),
    st.lists(_STEPS, max_size=9),
    st.lists(st.sampled_from(["fc 10", "fc 4096 -> relu -> dropout", "fc 1", "softmax"]), max_size=3),
)
@settings(max_examples=40)
def test_nothing_overlaps_in_any_stack(shape: str, steps: list[str], dense: list[str]) -> None:
    lines = [step.replace("a_label", f"a{place}_label") for place, step in enumerate(steps)]
    if dense:
        lines += ["globalavgpool -> flatten", *dense]
    text = "\n".join(["net Random {", f"input {shape}", *lines, "}"])
    if netspec.checks(text):
        return
    _nothing_overlaps(placed(sketch(text)))
    _no_line_crosses_text(maps_svg(sketch(text)), placed(sketch(text)))


@pytest.mark.parametrize("scale", [plates_for, bar_length], ids=["plates", "bars"])
def test_more_is_never_drawn_as_less(scale: object) -> None:
    assert callable(scale)
    sizes = [scale(count) for count in range(1, 5000)]
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[63] < sizes[511]


def test_larger_maps_have_larger_sides() -> None:
    faces = [solid.face[0] for solid in solids(stages(judge(spec("lenet")))) if not solid.bar]
    assert faces == sorted(faces, reverse=True)
    assert faces[0] / faces[-1] == pytest.approx(math.sqrt(28 / 5))


def test_the_picture_of_the_paper_has_its_maps_and_units() -> None:
    assert [(part.plates, part.units) for part in solids(stages(judge(spec("lenet"))))] == [
        (1, 0),
        (6, 0),
        (6, 0),
        (8, 0),
        (8, 0),
        (1, 400),
        (1, 120),
        (1, 84),
        (1, 10),
    ]


# What is no stack


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("resnet18", "`layer1.0.add1` merges 2 values"),
        ("two_inputs", "it has 2 inputs"),
        ("fcn_resnet50", "it has 2 outputs"),
    ],
)
def test_a_net_with_branches_is_refused_with_the_place(name: str, reason: str) -> None:
    with pytest.raises(Branches, match=reason):
        maps_svg(spec(name))


@pytest.mark.parametrize("text", [WRONG, HOSTILE], ids=["wrong", "hostile"])
def test_a_stack_with_mistakes_is_well_formed(text: str) -> None:
    sketch, problems = broken(text)
    svg = maps_svg(sketch, problems)
    titles = [group.findtext(f"{SVG}title", "") for group in ElementTree.fromstring(svg).iter(f"{SVG}g")]
    assert any(plain(problems[-1].message) in title for title in titles)


def test_a_net_with_branches_and_mistakes_is_refused_too() -> None:
    with pytest.raises(Branches):
        maps_svg(*broken(BROKEN))

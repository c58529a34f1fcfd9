"""Blocks that are alike and follow each other are drawn once; nothing else is left out."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

import netspec
from netspec.backends.graphviz.boxes import Diagram, Diagrams, Frame
from netspec.backends.pictures.problems import judge
from netspec.sketch import sketch_of
from tests.backends.drawn import SPECS, sketch, spec
from tests.backends.torch.random_specs import specs


def diagram(text: str, *, expand: bool = False, depth: int | None = None) -> Diagram:
    return Diagrams(judge(sketch(text)), expand=expand).diagram(depth)


def folded(drawn: Diagram) -> dict[str, int]:
    """The frames that stand for several, by their first layer, and how many."""
    frames = {frame: box.key for box, around in reversed(list(drawn.boxes())) for frame in around}
    return {first: frame.group.times for frame, first in frames.items() if frame.group.times > 1}


def net(body: str) -> str:
    return f"block unit(width, stride=1) {{ conv width 3 padding=1 stride=stride -> relu }}\nnet A {{\n{body}\n}}"


RUN = "unit 8 -> unit 8 -> unit 8"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (f"input 8x8x8\n{RUN}", {"unit1.0": 3}),
        (f"input 3x8x8\n{RUN}", {"unit2.0": 2}),  # the first has other input channels
        ("input 8x8x8\nunit 8 -> unit 8 stride=1 -> unit 8 stride=2", {"unit1.0": 2}),
        ("input 8x8x8\nunit 8 -> relu -> unit 8", {}),
        ("input 8x8x8\nunit 8 -> unit 4 -> unit 8 -> unit 4", {}),
        ("input 8x8x8\nrepeat 3 { unit 4 -> unit 8 }", {"unit1.0": 3}),
        ("input 8x8x8\nrepeat 3 { a: { unit 8 } }", {"a1.0.0": 3}),
        ("input 8x8x8\nrepeat 3 { conv 8 3 padding=1 -> relu }", {}),  # few layers outside of groups
        ("input 8x8x8\nrepeat 5 { conv 8 3 padding=1 -> relu }", {"conv1": 5}),
        ("input 8x8x8\nrepeat 100 { add { unit 8 } {} }", {"unit1.0": 100}),
        ("input 8x8x8\nrepeat 2 { group: { unit 8 -> unit 8 } }", {"group1.0.0": 2}),
    ],
    ids=lambda value: value.replace("\n", " ") if isinstance(value, str) else "",
)
def test_what_is_folded(body: str, expected: dict[str, int]) -> None:
    found = folded(diagram(net(body)))
    assert {first: times for first, times in found.items() if first in expected} == expected
    assert bool(found) == bool(expected)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("a: unit 8 -> b: unit 8 -> c: unit 8\nconcat a {}", {"b.0": 2}),
        ("a: unit 8 -> b: unit 8\nadd a b", {}),
        ("repeat 3 { concat {} { unit 8 } }", {}),
        ("a: unit 8 -> b: unit 8\nfrom a\nc: unit 8\nadd b {}", {}),
        ("a: unit 8\noutput early: { globalavgpool }\nfrom a\nb: unit 8", {}),
    ],
)
def test_what_is_used_elsewhere_is_not_folded_away(body: str, expected: dict[str, int]) -> None:
    assert folded(diagram(net(f"input 8x8x8\n{body}"))) == expected


def test_a_group_within_a_folded_one_is_folded_too() -> None:
    drawn = diagram(net("input 8x8x8\nrepeat 3 { g: { unit 8 -> unit 8 -> unit 8 } }"))
    everywhere = [(group, unit) for group in (1, 2, 3) for unit in (0, 1, 2)]
    assert {key: set(names) for key, names in drawn.layers().items()} == {
        "input": {"input"},
        "g1.0.0": {f"g{group}.{unit}.0" for group, unit in everywhere},
        "g1.0.1": {f"g{group}.{unit}.1" for group, unit in everywhere},
    }


def _covers(net: netspec.ShapedNet, drawn: Diagram) -> None:
    """Each layer is behind one box, and each edge carries the shape of its value."""
    names = [name for names in drawn.layers().values() for name in names]
    outputs = [output.value for output in net.outputs] if len(net.outputs) > 1 else []
    assert sorted(names) == sorted([*(v.name for v in net.inputs), *(node.name for node in net.nodes), *outputs])
    shapes = net.shapes()
    assert all(edge.shape == shapes[edge.value] for edge in drawn.edges)


@given(specs())
@settings(max_examples=40)
def test_every_layer_is_behind_one_box(text: str) -> None:
    if netspec.checks(text):
        return
    net = netspec.loads(text)
    judged = judge(sketch_of(net))
    for expand in (False, True):
        diagrams = Diagrams(judged, expand=expand)
        for depth in (None, 2, 1):
            _covers(net, diagrams.diagram(depth))


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_every_layer_of_a_spec_is_behind_one_box(path: object) -> None:
    net = netspec.load(str(path))
    _covers(net, Diagrams(judge(sketch_of(net)), expand=False).diagram())


def test_expanding_draws_every_layer_by_itself() -> None:
    drawn = Diagrams(judge(spec("resnet50")), expand=True).diagram()
    assert all(len(names) == 1 for names in drawn.layers().values())


def test_folding_resnet50_leaves_two_blocks_for_each_stage() -> None:
    drawn = Diagrams(judge(spec("resnet50")), expand=False).diagram()
    assert sorted(folded(drawn).values()) == [2, 2, 3, 5]


def test_thousands_of_layers_are_folded_to_one() -> None:
    drawn = diagram("net A {\ninput 3x8x8\nrepeat 5_000 { relu }\n}")
    assert folded(drawn) == {"relu1": 5_000}
    assert drawn.count == 2


# Levels


def test_what_lies_deeper_is_one_box() -> None:
    drawn = Diagrams(judge(spec("resnet18")), expand=False).diagram(1)
    assert not any(isinstance(item, Frame) for item in drawn.root.items)
    assert [len(names) for key, names in drawn.layers().items() if key.startswith("layer")] == [14, 16, 16, 16]


def test_levels_are_levels_of_names() -> None:
    diagrams = Diagrams(judge(spec("resnet18")), expand=False)
    deepest = [max(key.count(".") for key in diagrams.diagram(depth).layers()) for depth in (1, 2, 3, 4)]
    assert deepest == [0, 1, 2, 3]
    assert diagrams.levels == 4

"""A tall picture is broken into columns that fill a page, where one value goes on; a net like U-Net is drawn as a U."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

import netspec
from netspec.backends.graphviz.boxes import Diagram, Diagrams
from netspec.backends.graphviz.columns import Columns, columns
from netspec.backends.pictures.problems import judge
from netspec.sketch import Sketch, sketch_of
from tests.backends.drawn import sketch, spec
from tests.backends.torch.random_specs import specs


def broken(what: Sketch, *, down: bool = True, expand: bool = False) -> tuple[Diagram, Columns]:
    drawn = Diagrams(judge(what), expand=expand).diagram()
    return drawn, columns(drawn, down=down)


@pytest.mark.parametrize(
    ("name", "down", "expected"),
    [
        ("lenet", True, 1),
        ("lenet", False, 2),
        ("vgg16", True, 3),
        ("resnet18", True, 3),
        ("resnet50", True, 4),
        ("densenet121", True, 12),
    ],
)
def test_how_many_columns_fill_a_page(name: str, down: bool, expected: int) -> None:
    assert broken(spec(name), down=down)[1].count == expected


def test_boxes_go_on_from_column_to_column() -> None:
    drawn, found = broken(spec("resnet50"))
    order = [found.of[box.key] for box, _ in drawn.boxes()]
    assert order == sorted(order)
    assert set(order) == set(range(found.count))


@given(specs())
@settings(max_examples=20)
def test_one_value_goes_over_each_break(text: str) -> None:
    if netspec.checks(text):
        return
    drawn, found = broken(sketch_of(netspec.loads(text)), expand=True)
    for column, value in enumerate(found.crossing):
        crossing = {edge.value for edge in drawn.edges if found.of[edge.tail] <= column < found.of[edge.head]}
        assert crossing == {value}


def test_what_stands_for_several_is_not_broken() -> None:
    drawn, found = broken(spec("densenet121"))
    for frame in {frame for _, around in drawn.boxes() for frame in around if frame.group.times > 1}:
        assert len({found.of[box.key] for box, _ in Diagram(frame, ()).boxes()}) == 1


@pytest.mark.parametrize("name", ["u_net"])
def test_a_net_that_comes_back_up_is_drawn_so(name: str) -> None:
    _, found = broken(spec(name))
    assert found.rising
    assert found.of["down1.0"] == found.of["bottom.0"] == 0
    assert found.of["up4"] == found.of["merge1.0"] == 1


@pytest.mark.parametrize("name", ["se_resnet50", "inception_v3", "densenet121", "resnet18", "fcn_resnet50"])
def test_other_nets_only_go_down(name: str) -> None:
    assert not broken(spec(name))[1].rising


def test_a_value_that_is_met_twice_on_the_way_up_makes_no_valley() -> None:
    text = """net A {
    input 3x32x32
    a: conv 4 3 padding=1 -> b: maxpool 2 -> c: conv 4 3 padding=1 -> maxpool 2 -> upsample 2
    concat c {} -> upsample 2 -> concat a {} -> concat a {}
    }"""
    assert not broken(sketch(text))[1].rising
    assert broken(sketch(text.replace("-> concat a {} -> concat a {}", "-> concat a {}")))[1].rising

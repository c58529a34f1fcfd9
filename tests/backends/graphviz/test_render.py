"""Pictures by the real `dot`: well formed, with every layer, its tooltip and its names."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal
from xml.etree import ElementTree

import pytest

import netspec
from netspec.backends.graphviz import GraphvizFails, Options, graph
from netspec.sketch import Sketch, sketch_of
from tests.backends.drawn import BROKEN, HOSTILE, SPECS, broken, spec
from tests.backends.torch.specs import HOSTILE_NAMES

pytestmark = pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz's dot is not installed")

SVG = "{http://www.w3.org/2000/svg}"


def boxes(svg: str) -> list[tuple[str, str]]:
    """The names of the layers behind each box, and its tooltip."""
    root = ElementTree.fromstring(svg)
    return [
        (group.get("data-layers", ""), group.findtext(f"{SVG}title", ""))
        for group in root.iter(f"{SVG}g")
        if group.get("class") == "box"
    ]


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_each_layer_has_a_box_with_its_working(path: Path) -> None:
    net = netspec.load(path)
    found = boxes(graph(sketch_of(net)).svg())
    assert {node.name for node in net.nodes} <= {name for names, _ in found for name in names.split()}
    layers = {node.name: node.layer.call_text() for node in net.nodes}
    for names, tip in found:
        name = names.split()[0]
        assert tip.startswith((f"{name}: {layers.get(name)}\n", "input", "output"))


@pytest.mark.parametrize("name", ["lenet", "resnet18", "u_net", "two_inputs"])
@pytest.mark.parametrize(
    "options",
    [Options(direction="right"), Options(expand=True, theme="dark"), Options(depth=1)],
    ids=["right", "expanded", "depth 1"],
)
def test_every_way_of_drawing_is_well_formed(name: str, options: Options) -> None:
    assert boxes(graph(spec(name), options=options).svg())


def test_where_dot_cannot_lead_an_edge_through_another_margin_helps() -> None:
    assert boxes(graph(spec("inception_v3"), options=Options(direction="right")).svg())


def test_the_same_net_gives_the_same_bytes() -> None:
    assert graph(spec("resnet18")).svg() == graph(spec("resnet18")).svg()


def test_a_tooltip_has_the_formula_with_its_values() -> None:
    tip = dict(boxes(graph(spec("lenet")).svg()))["conv1"]
    assert "⌊(28 + 2·2 − 1·(5 − 1) − 1) / 1⌋ + 1 = 28" in tip.splitlines()[3]


def test_edges_and_frames_say_what_they_are() -> None:
    root = ElementTree.fromstring(graph(spec("resnet18")).svg())
    titles = [title.text for title in root.iter(f"{SVG}title")]
    assert "conv1: conv 64 7x7 stride=2 padding=3 bias=false" in " ".join(filter(None, titles))
    assert "maxpool: 64x56x56" in titles
    assert "layer1.0 to layer1.1: basic_block 64" in titles


@pytest.mark.parametrize("text", [BROKEN, HOSTILE], ids=["broken", "hostile"])
def test_a_net_with_mistakes_is_drawn(text: str) -> None:
    sketch, problems = broken(text)
    svg = graph(sketch, problems).svg()
    assert boxes(svg)
    assert 'fill="#c8102e"' in svg


def test_hostile_text_is_text() -> None:
    sketch, problems = broken(HOSTILE)
    root = ElementTree.fromstring(graph(sketch, problems).svg())
    shown = " ".join(text.text or "" for text in root.iter(f"{SVG}text"))
    assert '"<b>&\\N\\G {{0}} ]]> � 卷积 é' in shown
    assert "x" * 60 not in shown


def test_names_that_no_network_should_have_are_drawn() -> None:
    assert "__x" in " ".join(names for names, _ in boxes(graph(sketch_of(netspec.loads(HOSTILE_NAMES))).svg()))


@pytest.mark.parametrize(("format", "magic"), [("pdf", b"%PDF"), ("png", b"\x89PNG")])
def test_other_formats(format: str, magic: bytes) -> None:
    drawn = graph(spec("lenet"))
    assert (drawn.pdf() if format == "pdf" else drawn.png()).startswith(magic)


@pytest.mark.parametrize("name", ["shufflenet_v2_x1_0", "squeezenet1_1", "vgg16_bn", "fcn_resnet50"])
@pytest.mark.parametrize("direction", ["down", "right"])
def test_the_way_to_the_next_column_begins_beyond_all_boxes(name: str, direction: Literal["down", "right"]) -> None:
    text = graph(spec(name), options=Options(direction=direction)).dot
    plain = subprocess.run(["dot", "-Tplain"], input=text, capture_output=True, text=True, check=True).stdout
    places = re.findall(r'^node (?:"([^"]*)"|(\S+)) (\S+) (\S+)', plain, flags=re.MULTILINE)
    along = {quoted or bare: (-float(y) if direction == "down" else float(x)) for quoted, bare, x, y in places}
    feet = [place for name, place in along.items() if name.startswith("foot ")]
    assert feet
    assert min(feet) > max(place for name, place in along.items() if not name.startswith(("foot ", "low ")))


# `dot` itself


@pytest.fixture
def fake_dot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `dot` that is found before the real one."""
    path = tmp_path / "dot"
    path.touch(mode=0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    return path


def test_what_dot_complains_of_is_told(fake_dot: Path) -> None:
    fake_dot.write_text("#!/bin/sh\ncat > /dev/null\necho 'Error: no such font' >&2\nexit 1\n")
    with pytest.raises(GraphvizFails, match="Error: no such font"):
        graph(spec("lenet")).svg()


def test_an_interrupt_ends_dot_and_leaves_no_file(fake_dot: Path, tmp_path: Path) -> None:
    process_id = tmp_path / "pid"
    fake_dot.write_text(f"#!/bin/sh\necho $$ > {process_id}.new\nmv {process_id}.new {process_id}\nexec sleep 60\n")
    command = [sys.executable, "-m", "netspec.cli", "draw", str(SPECS[0]), "-o", str(tmp_path / "out.svg")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, start_new_session=True) as drawing:
        _wait_until(lambda: process_id.exists() or drawing.poll() is not None)
        drawing.send_signal(signal.SIGINT)  # to netspec alone, as from a program that runs it
        assert drawing.wait(timeout=20) == 130
    dot = int(process_id.read_text())
    _wait_until(lambda: not Path(f"/proc/{dot}").exists() or "sleep" not in Path(f"/proc/{dot}/cmdline").read_text())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dot", "pid"]


def _wait_until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_net_of_which_nothing_is_known_is_a_picture_too() -> None:
    assert boxes(graph(Sketch("Nothing", (), ())).svg()) == []

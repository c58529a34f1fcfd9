"""`netspec draw`, as its users call it."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from netspec.cli import main
from tests.commands import LENET, RESNET, SPECS

pytestmark = pytest.mark.usefixtures("own_folder")

needs_dot = pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz's dot is not installed")


@pytest.fixture
def without_dot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent / "nowhere"))


def begins(path: str) -> bytes:
    return Path(path).read_bytes()[:15]


# Formats


@needs_dot
@pytest.mark.parametrize(
    ("ending", "start"),
    [
        ("svg", b"<?xml version="),
        ("SVG", b"<?xml version="),
        ("pdf", b"%PDF-"),
        ("png", b"\x89PNG"),
        ("html", b"<!DOCTYPE html>"),
        ("dot", b"digraph LeNet {"),
    ],
)
def test_the_end_of_the_name_says_the_format(ending: str, start: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["draw", LENET, "-o", f"lenet.{ending}"]) == 0
    assert begins(f"lenet.{ending}").startswith(start)
    assert capsys.readouterr() == ("", "")


def test_the_format_can_be_named() -> None:
    assert main(["draw", LENET, "-o", "lenet.txt", "--format", "dot"]) == 0
    assert begins("lenet.txt") == b"digraph LeNet {"


@needs_dot
@pytest.mark.parametrize("output", [[], ["-o", "-"]], ids=["nothing", "-"])
def test_standard_output_gets_svg(output: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["draw", LENET, *output]) == 0
    ElementTree.fromstring(capsys.readouterr().out.encode())


def test_standard_output_gets_dot(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["draw", LENET, "--format", "dot"]) == 0
    assert capsys.readouterr().out.startswith("digraph LeNet {")


@needs_dot
def test_standard_output_gets_bytes(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["draw", LENET, "--format", "png", "-o", "-"]) == 0
    assert capfdbinary.readouterr().out.startswith(b"\x89PNG")


@needs_dot
def test_a_file_gets_what_standard_output_gets(capsys: pytest.CaptureFixture[str]) -> None:
    main(["draw", LENET, "-o", "lenet.svg"])
    main(["draw", LENET])
    assert Path("lenet.svg").read_text(encoding="utf-8") == capsys.readouterr().out


def test_maps_need_no_graphviz(without_dot: None) -> None:
    assert main(["draw", LENET, "--style", "maps", "-o", "lenet.svg"]) == 0
    assert main(["draw", LENET, "--style", "maps", "-o", "lenet.html"]) == 0
    assert "<svg" in Path("lenet.html").read_text(encoding="utf-8")


# Options


@needs_dot
@pytest.mark.parametrize(
    ("options", "there", "not_there"),
    [
        ([], "×2", "layer1.1.conv1 "),
        (["--expand"], 'data-layers="layer1.1.conv1"', "×2"),
        (["--depth", "1"], "layer1: stage basic_block 64 2", ">downsample<"),
        (["--theme", "dark"], "#16181d", "#ffffff"),
        (["--set", "classes=10"], "5,130 params", "513,000 params"),
        (["--input", "3x64x64"], "64x16x16", "64x56x56"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_options(options: list[str], there: str, not_there: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["draw", RESNET, *options]) == 0
    svg = capsys.readouterr().out
    assert there in svg
    assert not_there not in svg


def test_the_direction_is_that_of_the_graph(capsys: pytest.CaptureFixture[str]) -> None:
    main(["draw", LENET, "--format", "dot"])
    main(["draw", LENET, "--format", "dot", "--direction", "right"])
    assert re.findall(r"rankdir=(\w+)", capsys.readouterr().out) == ["TB", "LR"]


def test_one_of_several_nets_is_chosen() -> None:
    assert main(["draw", "two.net", "--net", "B", "-o", "b.dot"]) == 0
    assert begins("b.dot") == b"digraph B {\n\tgr"


@needs_dot
def test_a_page_has_both_themes_whatever_the_option() -> None:
    main(["draw", LENET, "-o", "light.html"])
    main(["draw", LENET, "-o", "dark.html", "--theme", "dark"])
    assert Path("light.html").read_bytes() == Path("dark.html").read_bytes()


# Nets with mistakes


@pytest.mark.parametrize("format", ["dot", pytest.param("svg", marks=needs_dot), pytest.param("html", marks=needs_dot)])
def test_a_net_with_mistakes_is_drawn_and_the_status_is_1(format: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["draw", "broken.net", "-o", f"broken.{format}"]) == 1
    assert "error[E0302]" in capsys.readouterr().err
    assert "does not fit" in Path(f"broken.{format}").read_text(encoding="utf-8")


def test_a_file_with_no_net_is_told_and_nothing_is_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    Path("empty.net").write_text("", encoding="utf-8")
    assert main(["draw", "empty.net", "-o", "empty.dot"]) == 1
    assert "error[E0212]" in capsys.readouterr().err
    assert not Path("empty.dot").exists()


# What cannot be carried out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([LENET, "-o", "lenet.jpg"], "lenet.jpg: the name ends in no known format; they are svg, pdf, png, html, dot"),
        ([LENET, "-o", "lenet"], "lenet: the name ends in no known format; they are svg, pdf, png, html, dot"),
        (
            [RESNET, "--style", "maps", "-o", "x.svg"],
            "--style maps is for stacks of layers, and ResNet18 is none: `layer1.0.add1` merges 2 values; "
            "use --style graph",
        ),
        ([LENET, "--style", "maps", "-o", "x.pdf"], "--style maps is drawn as svg or html, not as pdf"),
        (
            [LENET, "--style", "maps", "-o", "x.svg", "--depth", "1"],
            "--depth is for --style graph: maps show every layer",
        ),
        ([LENET, "-o", "nowhere/x.dot"], "nowhere/x.dot: no such file or directory"),
        (["two.net", "-o", "x.dot"], "two.net has several nets; choose one with --net: A, B"),
        (["missing.net", "-o", "x.dot"], "missing.net: no such file or directory"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_carried_out_is_one_line(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["draw", *arguments]) == 2
    assert capsys.readouterr() == ("", f"netspec: {message}\n")


@pytest.mark.parametrize("format", ["svg", "pdf", "png", "html"])
def test_without_graphviz_one_line_says_what_to_install(
    format: str, without_dot: None, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(f"lenet.{format}").write_text("before")
    assert main(["draw", LENET, "-o", f"lenet.{format}"]) == 2
    line = capsys.readouterr().err
    assert re.fullmatch(r"netspec: .*apt-get install graphviz .*\n", line)
    assert Path(f"lenet.{format}").read_text() == "before"


def test_without_graphviz_dot_is_written(without_dot: None) -> None:
    assert main(["draw", LENET, "-o", "lenet.dot"]) == 0


def test_a_graph_that_is_too_large_is_refused_with_what_would_help(capsys: pytest.CaptureFixture[str]) -> None:
    conv = "conv 4 3x3 padding=1"
    net = f"net Large {{\ninput 3x8x8\nrepeat 400 {{ b -> fc: {{ {conv} }} }}\n}}\n"
    Path("large.net").write_text(f"block b {{ {conv} -> {conv} -> relu }}\n{net}", encoding="utf-8")
    assert main(["draw", "large.net", "--expand", "-o", "x.svg"]) == 2
    expected = "the graph of Large has 1,601 boxes, more than the 1,000 that can be read: --depth 1 has 801"
    assert capsys.readouterr().err == f"netspec: {expected}\n"


def test_a_terminal_is_spared_bytes(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert main(["draw", LENET, "--format", "png"]) == 2
    assert capsys.readouterr().err == "netspec: a terminal cannot show png: name a file with -o\n"


@pytest.mark.parametrize("depth", ["0", "-1", "two", "1.5", "²"])
def test_a_depth_is_a_whole_number_from_1(depth: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["draw", LENET, f"--depth={depth}"])
    assert stop.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_help_teaches_by_example(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["draw", "--help"])
    assert "netspec draw lenet.net -o lenet.svg --style maps" in capsys.readouterr().out


def test_a_file_is_replaced_as_a_whole_with_its_rights() -> None:
    Path("lenet.dot").write_text("before")
    os.chmod("lenet.dot", 0o600)
    assert main(["draw", LENET, "-o", "lenet.dot"]) == 0
    assert stat.S_IMODE(os.stat("lenet.dot").st_mode) == 0o600
    assert sorted(os.listdir()) == ["broken.net", "lenet.dot", "two.net"]


# The documentation


def commands() -> list[list[str]]:
    """The arguments of every `netspec draw` in the documentation."""
    pages = (SPECS.parent / page for page in ("README.md", "docs/drawing.md"))
    lines = [line for page in pages for line in page.read_text(encoding="utf-8").splitlines()]
    return [line.partition("#")[0].split()[1:] for line in lines if line.startswith("    netspec draw ")]


@needs_dot
@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_the_commands_of_the_documentation_run(
    words: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    at = words.index("-o") + 1
    monkeypatch.chdir(SPECS.parent)
    assert main([*words[:at], str(tmp_path / words[at]), *words[at + 1 :]]) == 0


@needs_dot
def test_the_pictures_of_the_documentation_are_up_to_date() -> None:
    command = [sys.executable, "docs/draw.py", "--check"]
    run = subprocess.run(command, cwd=SPECS.parent, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")

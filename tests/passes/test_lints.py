"""Lints: what each finds, and what it leaves alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from netspec.cli import main
from netspec.compile import Options, check_file, check_text
from netspec.passes.lints import BY_DEFAULT, LINTS, Choice

SPECS = sorted(Path("specs").rglob("*.net"))


def found(body: str, choice: Choice | None = None, blocks: str = "", parameters: str = "") -> list[str]:
    """The codes of what the lints find in a net with this body."""
    text = f"{blocks}\nnet N{parameters} {{\n{body}\n}}\n"
    result = check_text(text, "net", Path(), Options(lints=choice or Choice(LINTS)))
    assert not result.diagnostics, result.diagnostics
    return [warning.code.value for warning in result.warnings]


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        ("input 3x8x8\nconv 4 3x3 -> batchnorm", ["W0601"]),
        ("input 3x8x8\nconv 4 3x3 -> batchnorm affine=false", ["W0601"]),
        ("input 3x8x8\nconvtranspose 4 3x3 -> batchnorm", ["W0601"]),
        ("input 8\nfc 4 -> batchnorm", ["W0601"]),
        ("input 3x8x8\nconv 4 3x3 bias=false -> batchnorm", []),
        ("input 3x8x8\nconv 4 3x3 -> relu -> batchnorm", []),
        ("input 3x8x8\nc: conv 3 1\nadd { batchnorm } c", []),  # the bias reaches the sum
        ("input 3x8x8\nconv 4 2x2 stride=3", ["W0602"]),
        ("input 3x8x8\nmaxpool 2x2 stride=3", ["W0602"]),
        ("input 3x9x9\nconv 4 2x2 stride=3 dilation=2", []),
        ("input 3x9x9\nconv 4 1x1 stride=2", []),
        ("input 3x1x9\nconv 4 1x3 stride=2x1", []),
        ("input 3x9x9\nconv 4 2x2 stride=2", ["W0603"]),
        ("input 3x9x9\nmaxpool 2x2 ceil=true", []),
        ("input 3x9x9\nconv 4 2x2 stride=2 padding=1", []),
        ("input 3x9x9\nconv 4 2x2 stride=2 padding=same", []),
        ("input 3x8x8\nconv 4 1x1 padding=1", ["W0604"]),
        ("input 3x8x8\nconv 4 3x3 padding=2", []),
        ("input 3x8x8\nconv 4 3x3 dilation=2 padding=4", []),
        ("input 3x8x8\nrelu -> tanh", ["W0605"]),
        ("input 3x8x8\nrelu -> identity -> maxpool 2 -> relu", []),
        ("input 8\nfc 4 -> softmax", ["W0606"]),
        ("input 8\nfc 4 -> softmax -> fc 2", []),
        ("input 3x8x8\ndropout 0.5 -> batchnorm", ["W0607"]),
        ("input 3x8x8\ndropout 0.5 -> conv 4 3 bias=false -> batchnorm", ["W0607"]),
        ("input 3x8x8\ndropout 0.0 -> batchnorm", []),
        ("input 3x8x8\nbatchnorm -> dropout 0.5", []),
        ("input 3x8x8\npool: maxpool 2x2", ["W0610"]),
        ("input 3x8x8\npool: maxpool 2x2\nassert pool.shape == 3x4x4", []),
        ("input 3x8x8\nbranch: relu\nmaxpool 2\noutput other: { flatten -> fc 2 }\nfrom branch", []),
    ],
)
def test_what_the_layers_show(body: str, codes: list[str]) -> None:
    assert found(body) == codes


@pytest.mark.parametrize(
    ("blocks", "parameters", "body", "codes"),
    [
        ("block unit(width) { conv width 3 }", "", "input 3x8x8\nunit 4", []),
        ("block unit(width) { conv width 3 }", "", "input 3x8x8\nconv 4 3", ["W0609"]),
        ("block a() { b }\nblock b() { relu }", "", "input 3x8x8\na", []),
        ("block a() { b }\nblock b() { relu }", "", "input 3x8x8\nrelu", ["W0609", "W0609"]),
        ("block unit(width, act=relu) { conv width 3 }", "", "input 3x8x8\nunit 4", ["W0609"]),
        ("block unit(width, half=(width // 2)) { conv half 3 }", "", "input 3x8x8\nunit 4", []),
        ("block unit(act=relu) { act }\nblock other() { tanh }", "", "input 3x8x8\nunit act=other", []),
        ("", "(classes=10)", "input 3x8x8\nconv 4 3", ["W0609"]),
        ("", "(classes=10)", "input 8\nfc classes", []),
        ("block unit(conv=relu) { conv }", "", "input 3x8x8\nunit", ["W0611"]),
        ("", "(params=10)", "input 8\nfc params", ["W0611"]),
    ],
)
def test_what_the_names_show(blocks: str, parameters: str, body: str, codes: list[str]) -> None:
    assert found(body, blocks=blocks, parameters=parameters) == codes


def test_a_limit_on_memory_names_the_layers_beyond_it() -> None:
    body = "input 3x8x8\nconv 4 1x1\nmaxpool 2"

    assert found(body, Choice((), max_memory=4 * 64 * 4)) == []
    assert found(body, Choice((), max_memory=4 * 64 * 4 - 1)) == ["W0608"]


def test_a_comment_on_the_line_allows_a_code() -> None:
    assert found("input 3x8x8\nconv 4 3x3 -> batchnorm  # allow W0601: as published") == []
    assert found("input 3x8x8\nconv 4 3x3 -> batchnorm  # allow W0605, W0601") == []
    assert found("input 3x8x8\nconv 4 3x3 -> batchnorm  # allow W0605") == ["W0601"]


def test_opinions_are_left_out_unless_asked_for() -> None:
    assert found("input 8\nfc 4 -> softmax", Choice(BY_DEFAULT)) == []


def test_a_block_used_twice_is_told_once() -> None:
    unit = "block unit(width) { conv width 3 -> batchnorm }"

    assert found("input 3x8x8\nunit 4 -> unit 4", blocks=unit) == ["W0601"]


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_the_specs_give_no_warnings(path: Path) -> None:
    assert check_file(path, Options(lints=Choice())).warnings == ()


def test_warnings_fail_a_strict_check_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "n.net"
    file.write_text("net N {\n    input 3x8x8\n    relu -> relu\n}\n", encoding="utf-8")

    assert main(["check", str(file)]) == 0
    assert "1 warning found." in capsys.readouterr().err
    assert main(["check", "--strict", str(file)]) == 1
    assert main(["check", "--strict", "--lint", "none", str(file)]) == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--lint", "W9999"], "netspec: --lint W9999: `W9999` is the code of no lint; there are W0601,"),
        (["--max-memory", "many"], "netspec: --max-memory many: write a size such as 512KB, 64MB or 1GiB"),
    ],
)
def test_wrong_options_are_told_in_a_line(options: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "specs/lenet.net", *options]) == 2
    assert capsys.readouterr().err.startswith(message)

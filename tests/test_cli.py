"""The command line, as its users call it."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import netspec
from netspec import ShapedNet
from netspec.cli import main
from netspec.diagnostics.json import render_json
from tests.commands import BROKEN, ESCAPE, LENET, RESNET, SPECS, TWO_NETS

pytestmark = pytest.mark.usefixtures("own_folder")

LENET_LINE = "LeNet: 1x28x28 → 10, 12 layers, 61,706 parameters, 416,520 MACs\n"


def run(*arguments: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, with a text on its standard input."""
    command = [sys.executable, "-m", "netspec.cli", *arguments]
    return subprocess.run(command, input=text, capture_output=True, text=True, encoding="utf-8", check=False)


# check


def test_check_says_one_line_for_a_net(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", LENET]) == 0
    assert capsys.readouterr() == (LENET_LINE, "")


def test_check_says_a_line_for_each_net_of_each_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", LENET, "two.net"]) == 0
    assert [line.partition(":")[0] for line in capsys.readouterr().out.splitlines()] == ["LeNet", "A", "B"]


def test_check_says_nothing_of_sound_nets_when_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", LENET, "two.net", "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")


def test_check_tells_problems_on_standard_error_and_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "broken.net", LENET]) == 1
    output = capsys.readouterr()
    assert output.out == LENET_LINE
    assert "error[E0302]" in output.err
    assert "broken.net:4:5" in output.err


def test_check_shows_the_layers_that_led_to_a_problem(capsys: pytest.CaptureFixture[str]) -> None:
    main(["check", "broken.net"])
    assert re.search(r"^conv1 +conv 4 3x3 +4x6x6 ", capsys.readouterr().err, re.MULTILINE)


def test_check_shows_problems_alone_when_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "broken.net", "--quiet"]) == 1
    error = capsys.readouterr().err
    assert "error[E0302]" in error
    assert "conv1" not in error


def test_check_counts_the_problems(capsys: pytest.CaptureFixture[str]) -> None:
    main(["check", "broken.net"])
    assert capsys.readouterr().err.endswith("\n1 problem found.\n")


def test_a_missing_file_keeps_the_others_from_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "none.net", LENET]) == 2
    assert capsys.readouterr() == (LENET_LINE, "netspec: none.net: no such file or directory\n")


def test_check_as_json_gives_the_diagnostics_of_the_library(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "broken.net", "--format", "json"]) == 1
    output = capsys.readouterr()
    assert output.out == render_json(netspec.check("broken.net"))
    assert output.err == ""


def test_json_has_code_message_and_place(capsys: pytest.CaptureFixture[str]) -> None:
    main(["check", "broken.net", "--format", "json"])
    (problem,) = json.loads(capsys.readouterr().out)
    assert problem["code"] == "E0302"
    assert problem["message"] == "the 9x9 window of `conv` does not fit into its input 4x6x6"
    assert problem["place"] == {
        "file": "broken.net",
        "start": {"line": 4, "column": 5, "offset": 48},
        "end": {"line": 4, "column": 15, "offset": 58},
    }


def test_json_of_sound_specs_is_an_empty_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", LENET, "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_check_reads_standard_input() -> None:
    done = run("check", "-", text=Path(LENET).read_text(encoding="utf-8"))
    assert (done.stdout, done.stderr, done.returncode) == (LENET_LINE, "", 0)


def test_problems_of_standard_input_have_a_place() -> None:
    done = run("check", "-", text=BROKEN)
    assert "--> <stdin>:4:5" in done.stderr
    assert done.returncode == 1


def test_net_chooses_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "two.net", "--net", "B"]) == 0
    assert capsys.readouterr().out.startswith("B: 3x8x8 → 4x6x6,")


def test_a_net_that_is_not_there_is_a_problem(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", LENET, "--net", "LaNet"]) == 1
    error = capsys.readouterr().err
    assert "error[E0212]: there is no net `LaNet` in this file" in error
    assert "help: did you mean `LeNet`?" in error


def test_set_replaces_the_default_of_a_parameter(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", RESNET, "--set", "classes=10"]) == 0
    assert capsys.readouterr().out.startswith("ResNet18: 3x224x224 → 10, ")


def test_a_parameter_that_is_not_there_is_a_problem(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", RESNET, "--set", "clases=10"]) == 1
    error = capsys.readouterr().err
    assert "error[E0218]: no net here has a parameter `clases` to set" in error
    assert "help: did you mean `classes`?" in error


@pytest.mark.parametrize(
    ("shape", "output"),
    [("3x64x64", "3x64x64 → 1000"), ("3xHxW", "3 x H x W → 1000"), ("3 x 64 x W", "3 x 64 x W → 1000")],
)
def test_input_replaces_the_shape_of_the_input(shape: str, output: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", RESNET, "--input", shape]) == 0
    assert capsys.readouterr().out.startswith(f"ResNet18: {output}, ")


# compile


@pytest.mark.parametrize("path", sorted(SPECS.glob("*.net")), ids=lambda path: path.stem)
def test_json_reads_back_to_the_same_net(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compile", str(path), "--target", "json"]) == 0
    assert ShapedNet.from_json(capsys.readouterr().out) == netspec.load(path)


def test_compile_writes_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compile", LENET, "--target", "json", "-o", "lenet.json"]) == 0
    assert capsys.readouterr() == ("", "")
    assert Path("lenet.json").read_text(encoding="utf-8") == netspec.load(LENET).to_json()


def test_a_dash_for_a_file_is_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compile", LENET, "--target", "json", "-o", "-"]) == 0
    assert capsys.readouterr().out == netspec.load(LENET).to_json()


def test_an_existing_file_is_replaced_and_keeps_its_mode() -> None:
    out = Path("lenet.json")
    out.write_text("what was there", encoding="utf-8")
    out.chmod(0o640)
    main(["compile", LENET, "--target", "json", "-o", "lenet.json"])
    assert out.read_text(encoding="utf-8") == netspec.load(LENET).to_json()
    assert stat.S_IMODE(out.stat().st_mode) == 0o640


def test_a_new_file_gets_the_mode_of_any_new_file() -> None:
    main(["compile", LENET, "--target", "json", "-o", "lenet.json"])
    Path("other").touch()
    assert Path("lenet.json").stat().st_mode == Path("other").stat().st_mode


def test_nothing_else_is_left_in_the_directory() -> None:
    before = set(os.listdir())
    main(["compile", LENET, "--target", "json", "-o", "lenet.json"])
    assert set(os.listdir()) - before == {"lenet.json"}


def test_compile_chooses_a_net_and_sets_its_parameters(capsys: pytest.CaptureFixture[str]) -> None:
    Path("two.net").write_text(TWO_NETS.replace("net B", "net B(width=4)").replace("conv 4", "conv width"))
    assert main(["compile", "two.net", "--target", "json", "--net", "B", "--set", "width=7", "--input", "3x5x5"]) == 0
    assert ShapedNet.from_json(capsys.readouterr().out).output == (7, 3, 3)


# Colour, help, exit status


def test_colour_is_for_terminals_alone(capsys: pytest.CaptureFixture[str]) -> None:
    main(["check", "broken.net"])
    assert ESCAPE not in capsys.readouterr().err


def test_colour_can_be_forced(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    main(["check", "broken.net"])
    assert f"{ESCAPE}1;31merror[E0302]{ESCAPE}0m" in capsys.readouterr().err


@pytest.mark.parametrize(("variable", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_a_terminal_can_decline_colour(
    variable: str, value: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv(variable, value)
    main(["check", "broken.net"])
    assert ESCAPE not in capsys.readouterr().err


def test_a_terminal_gets_colour(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    main(["check", "broken.net"])
    assert ESCAPE in capsys.readouterr().err


def test_colour_changes_no_character(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    main(["check", "broken.net"])
    plain = capsys.readouterr().err
    monkeypatch.setenv("FORCE_COLOR", "1")
    main(["check", "broken.net"])
    assert re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().err) == plain


@pytest.mark.parametrize(
    ("arguments", "example"),
    [
        (["--help"], "netspec check lenet.net"),
        (["check", "--help"], "netspec check resnet.net --set classes=10"),
        (["summary", "--help"], "netspec summary lenet.net --format markdown > table.md"),
        (["diff", "--help"], "netspec diff models.net:VGG11 models.net:VGG16"),
        (["compile", "--help"], "netspec compile lenet.net --target torch -o lenet.py"),
        (["fmt", "--help"], "netspec fmt lenet.net --annotate"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_help_teaches_by_example(arguments: list[str], example: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 0
    assert example in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["chekc", LENET],
        ["check"],
        ["check", LENET, "--fast"],
        ["summary", LENET, "--format", "pdf"],
        ["summary", LENET, "--batch", "0"],
        ["summary", LENET, "--depth", "one"],
        ["summary", LENET, "--dtype", "float"],
        ["diff", LENET],
        ["compile", LENET],
    ],
    ids=" ".join,
)
def test_wrong_arguments_give_one_line_and_exit_status_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    output = capsys.readouterr()
    assert (output.out, output.err.count("\n")) == ("", 1)


def test_a_reader_who_has_seen_enough_is_no_error() -> None:
    Path("long.net").write_text("net Long {\ninput 3x8x8\nrepeat 9_000 { relu }\n}\n", encoding="utf-8")
    command = [sys.executable, "-m", "netspec.cli", "summary", "long.net"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""

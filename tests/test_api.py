"""The library: what `import netspec` gives."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest

import netspec
from netspec import Code, SpecError

SPECS = Path(__file__).parent.parent / "specs"

TEXT = "net Small(width=8) {\n    input 3x32x32\n    conv width 3x3 -> relu\n}\n"
WRONG = "net Wrong {\n    input 3x8x8\n    conv 0 3x3\n    conv2d 4 3x3\n}\n"
TWO = TEXT + TEXT.replace("Small", "Other")


def test_everything_in_all_exists() -> None:
    assert [name for name in netspec.__all__ if not hasattr(netspec, name)] == []


def test_load_reads_a_file() -> None:
    net = netspec.load(SPECS / "lenet.net")
    assert (net.name, net.output, net.params, net.macs) == ("LeNet", (10,), 61_706, 416_520)


def test_loads_reads_a_text() -> None:
    assert netspec.loads(TEXT).output == (8, 30, 30)


def test_parameters_replace_defaults() -> None:
    assert netspec.loads(TEXT, parameters={"width": 5}).output == (5, 30, 30)


def test_an_input_replaces_the_one_of_the_spec() -> None:
    assert netspec.loads(TEXT, input="3x9x9").output == (8, 7, 7)


def test_one_net_of_several_is_chosen() -> None:
    assert netspec.loads(TWO, net="Other").name == "Other"


def test_several_nets_need_a_choice() -> None:
    with pytest.raises(SpecError, match="the file has several nets; say which one is meant: Small, Other"):
        netspec.loads(TWO)


def test_a_wrong_spec_raises_all_that_is_wrong() -> None:
    with pytest.raises(SpecError) as caught:
        netspec.loads(WRONG)
    assert [diagnostic.code for diagnostic in caught.value.diagnostics] == [Code.BAD_ARGUMENT, Code.UNKNOWN_LAYER]


def test_a_spec_error_prints_as_the_command_line_does() -> None:
    with pytest.raises(SpecError) as caught:
        netspec.loads(WRONG)
    assert str(caught.value) == (
        "\n"
        "error[E0205]: `filters` of `conv` must be a whole number from 1 up, not 0\n"
        " --> <text>:3:10\n"
        "  |\n"
        "3 |     conv 0 3x3\n"
        "  |          ^\n"
        "\n"
        "error[E0201]: there is no layer or block `conv2d`\n"
        " --> <text>:4:5\n"
        "  |\n"
        "4 |     conv2d 4 3x3\n"
        "  |     ^^^^^^\n"
        "  |\n"
        "  = help: netspec calls it `conv`\n"
    )


def test_a_traceback_ends_with_the_diagnostics() -> None:
    with pytest.raises(SpecError) as caught:
        netspec.loads(WRONG)
    shown = "".join(traceback.format_exception_only(caught.value))
    assert "SpecError: \nerror[E0205]: `filters` of `conv`" in shown


def test_a_spec_error_has_no_cause_of_the_inside() -> None:
    with pytest.raises(SpecError) as caught:
        netspec.ShapedNet.from_json("{}")
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"name": 3}', "\x00"])
def test_json_that_is_no_net_is_told(text: str) -> None:
    with pytest.raises(SpecError) as caught:
        netspec.ShapedNet.from_json(text)
    assert {diagnostic.code for diagnostic in caught.value.diagnostics} == {Code.BAD_NET}


def test_check_gives_nothing_for_a_sound_file() -> None:
    assert netspec.check(SPECS / "lenet.net") == ()


def test_check_gives_what_is_wrong_with_a_file(tmp_path: Path) -> None:
    path = tmp_path / "wrong.net"
    path.write_text(WRONG, encoding="utf-8")
    assert [(d.code, d.place.position if d.place else None) for d in netspec.check(path)] == [
        (Code.BAD_ARGUMENT, (3, 10)),
        (Code.UNKNOWN_LAYER, (4, 5)),
    ]


def test_checks_gives_what_is_wrong_with_a_text() -> None:
    assert [diagnostic.code for diagnostic in netspec.checks(WRONG)] == [Code.BAD_ARGUMENT, Code.UNKNOWN_LAYER]


@pytest.mark.parametrize("name", ["none.net", ".", "a\0b.net", "x" * 5000])
def test_check_raises_nothing_for_a_file_that_cannot_be_read(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (diagnostic,) = netspec.check(name)
    assert diagnostic.code is Code.UNREADABLE


@pytest.mark.parametrize("path", ["none.net", "."])
def test_load_raises_os_error_for_a_file_that_cannot_be_read(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OSError, match=r"."):
        netspec.load(path)


@pytest.mark.parametrize("shape", ["", "large", "3x", "3x-1x2", "3.5", "3x4} net X {", "true", "width"])
def test_an_input_that_is_no_shape_raises_value_error(shape: str) -> None:
    with pytest.raises(ValueError, match="is no shape such as 3x224x224, 3xHxW or 784"):
        netspec.loads(TEXT, input=shape)


@pytest.mark.parametrize("shape", ["0x8x8", "HxWx3", "1x2x3x4x5"])
def test_an_input_that_no_net_can_have_is_a_diagnostic(shape: str) -> None:
    (diagnostic,) = netspec.checks(TEXT, input=shape)
    assert diagnostic.code is Code.BAD_INPUT


def test_claims_speak_of_the_net_as_it_is_written() -> None:
    text = TEXT.replace("}\n", "    assert params == 224\n}\n")
    assert netspec.loads(text, parameters={"width": 5}).params == 140


def test_use_is_relative_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "blocks.net").write_text("block unit(w) { conv w 3x3 }\n", encoding="utf-8")
    path = tmp_path / "net.net"
    path.write_text('use "parts/blocks.net"\n' + TEXT.replace("conv width 3x3", "unit width"), encoding="utf-8")
    assert netspec.load(path).output == (8, 30, 30)


def test_a_net_is_immutable() -> None:
    net = netspec.loads(TEXT)
    with pytest.raises(ValueError, match="frozen"):
        net.name = "Other"  # type: ignore[misc]  # what is tested


def test_equal_specs_give_equal_nets() -> None:
    assert netspec.loads(TEXT) == netspec.loads(TEXT)

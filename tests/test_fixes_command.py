"""`netspec check --fix`: what it writes, what it prints, and how it ends."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from sarif_pydantic import Sarif

from netspec.cli import main

WRONG = (
    "# Keep this.\nnet N {\n    input 1x28x28   # grey\n\n"
    "    conv 6 5x5   -> relu     => 6x28x28   # padded\n    flatten -> fc 10\n}\n"
)
RIGHT = WRONG.replace("conv 6 5x5   ->", "conv 6 5x5 padding=2   ->")


@pytest.fixture(autouse=True)
def _directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    Path("n.net").write_text(WRONG, encoding="utf-8")


def test_fixes_stand_under_the_problem(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "n.net"]) == 1
    assert "  = help: write `conv 6 5x5 padding=2 -> relu`: then everything checks\n" in capsys.readouterr().err
    assert Path("n.net").read_text(encoding="utf-8") == WRONG


def test_fix_makes_the_best_in_place_and_keeps_all_else(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--fix", "n.net"]) == 0
    assert Path("n.net").read_text(encoding="utf-8") == RIGHT
    printed = capsys.readouterr()
    assert printed.err == "n.net:5: fixed: write `conv 6 5x5 padding=2 -> relu`\n"
    assert printed.out.startswith("N: 1x28x28 → 10")


def test_diff_shows_what_would_change_and_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--fix", "--diff", "n.net"]) == 1
    shown = capsys.readouterr().out.splitlines()
    assert [line for line in shown if line.startswith(("-  ", "+  "))] == [
        "-    conv 6 5x5   -> relu     => 6x28x28   # padded",
        "+    conv 6 5x5 padding=2   -> relu     => 6x28x28   # padded",
    ]
    assert Path("n.net").read_text(encoding="utf-8") == WRONG


def test_diff_alone_is_a_wrong_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--diff", "n.net"]) == 2
    assert "give both" in capsys.readouterr().err


def test_standard_input_is_printed_fixed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(WRONG.encode())))
    assert main(["check", "--fix", "-"]) == 0
    assert capsys.readouterr().out == RIGHT


def test_what_cannot_be_fixed_stays_and_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    text = "net N {\n    input 1x28x28\n    nothing_like_it 5 -> nor_this 6\n}\n"
    Path("n.net").write_text(text, encoding="utf-8")
    assert main(["check", "--fix", "n.net"]) == 1
    assert Path("n.net").read_text(encoding="utf-8") == text
    assert "error[E0201]" in capsys.readouterr().err


def test_a_sound_file_is_not_touched() -> None:
    Path("n.net").write_text(RIGHT, encoding="utf-8")
    before = Path("n.net").stat().st_mtime_ns
    assert main(["check", "--fix", "n.net"]) == 0
    assert Path("n.net").stat().st_mtime_ns == before


def test_windows_line_ends_and_the_byte_order_mark_stay() -> None:
    Path("n.net").write_bytes(b"\xef\xbb\xbf" + WRONG.replace("\n", "\r\n").encode())
    assert main(["check", "--fix", "n.net"]) == 0
    assert Path("n.net").read_bytes() == b"\xef\xbb\xbf" + RIGHT.replace("\n", "\r\n").encode()


def test_json_has_each_fix_as_a_replacement(capsys: pytest.CaptureFixture[str]) -> None:
    main(["check", "n.net", "--format", "json"])
    fix = json.loads(capsys.readouterr().out)[0]["fixes"][0]
    start, end = fix["place"]["start"]["offset"], fix["place"]["end"]["offset"]
    assert WRONG[:start] + fix["text"] + WRONG[end:] == RIGHT


def test_sarif_has_each_fix_as_a_replacement(capsys: pytest.CaptureFixture[str]) -> None:
    main(["check", "n.net", "--format", "sarif"])
    text = capsys.readouterr().out
    Sarif.model_validate_json(text)
    (change,) = json.loads(text)["runs"][0]["results"][0]["fixes"][0]["artifactChanges"]
    (replacement,) = change["replacements"]
    assert replacement["insertedContent"] == {"text": " padding=2"}
    assert replacement["deletedRegion"] == {"startLine": 5, "startColumn": 15, "endLine": 5, "endColumn": 15}

"""Diagnostics for other programs: SARIF that its models accept, and GitHub's workflow commands."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from sarif_pydantic import Sarif

from netspec.cli import main

WRONG = """\
block unit(width, unused=1) {
    conv width 3x3 -> relu
}

net Wrong {
    input 3x8x8
    unit 4 -> unit 6 -> unit 8 -> unit 10
    fc 10
}
"""

DOUBTFUL = "net Doubtful {\n    input 3x8x8\n    conv 4 3x3 -> batchnorm -> relu -> relu\n}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a b").mkdir()
    (tmp_path / "a b" / "wrong, 100%.net").write_text(WRONG, encoding="utf-8")
    (tmp_path / "doubtful.net").write_text(DOUBTFUL, encoding="utf-8")
    return tmp_path


def output(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    status = main(["check", *arguments])
    captured = capsys.readouterr()
    assert captured.err == ""
    return status, captured.out


@pytest.mark.usefixtures("folder")
def test_sarif_is_what_its_models_accept(capsys: pytest.CaptureFixture[str]) -> None:
    status, text = output(capsys, "a b/wrong, 100%.net", "doubtful.net", "--format", "sarif")

    log = Sarif.model_validate_json(text)
    results = log.runs[0].results
    assert results is not None
    assert status == 1
    assert [(result.rule_id, str(result.level.value if result.level else "")) for result in results] == [
        ("E0302", "error"),
        ("W0601", "warning"),
        ("W0605", "warning"),
    ]


@pytest.mark.usefixtures("folder")
def test_sarif_points_at_the_place_and_at_what_led_there(capsys: pytest.CaptureFixture[str]) -> None:
    _, text = output(capsys, "a b/wrong, 100%.net", "--format", "sarif")

    (result,) = json.loads(text)["runs"][0]["results"]
    (place,) = result["locations"]
    assert place["physicalLocation"] == {
        "artifactLocation": {"uri": "a%20b/wrong%2C%20100%25.net"},
        "region": {"startLine": 2, "startColumn": 5, "endLine": 2, "endColumn": 19},
    }
    (use,) = result["relatedLocations"]
    assert use["physicalLocation"]["region"]["startLine"] == 7
    assert use["message"]["text"] == "in this use of `unit`"


@pytest.mark.usefixtures("folder")
def test_github_gets_one_command_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    status, text = output(capsys, "a b/wrong, 100%.net", "doubtful.net", "--format", "github")

    first, second, third = text.splitlines()
    assert status == 1
    assert first == (
        "::error title=E0302,file=a b/wrong%2C 100%25.net,line=2,endLine=2,col=5,endColumn=19::"
        "the 3x3 window of `conv` does not fit into its input 8x2x2"
    )
    assert second.startswith("::warning title=W0601,file=doubtful.net,line=3,endLine=3,col=5,endColumn=9::the bias of")
    assert "%0Ahelp: `bias=false`" in second
    assert re.match(r"::warning title=W0605,", third)


@pytest.mark.usefixtures("folder")
def test_what_is_sound_gives_an_empty_log(capsys: pytest.CaptureFixture[str]) -> None:
    Path("sound.net").write_text("net Sound {\n    input 4\n    fc 2\n}\n", encoding="utf-8")

    assert output(capsys, "sound.net", "--format", "github") == (0, "")
    status, text = output(capsys, "sound.net", "--format", "sarif")
    assert (status, Sarif.model_validate_json(text).runs[0].results) == (0, [])

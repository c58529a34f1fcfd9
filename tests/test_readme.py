"""The README tells the truth: its spec, its error, its code and its session are what one gets."""

import doctest
import re
import shutil
from itertools import chain
from pathlib import Path

import pytest

import netspec
from netspec.cli import main

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
LENET = (ROOT / "specs" / "lenet.net").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """The blocks of code in a language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, flags=re.DOTALL | re.MULTILINE)


def test_the_first_spec_is_lenet() -> None:
    assert blocks("netspec")[0] == LENET


def test_every_spec_checks() -> None:
    for text in blocks("netspec"):
        assert netspec.checks(text) == ()


def test_the_error_is_the_one_that_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = LENET.splitlines(keepends=True)
    (tmp_path / "lenet.net").write_text("".join(line for line in lines if "flatten" not in line), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert main(["check", "lenet.net"]) == 1
    assert blocks("text") == [capsys.readouterr().err]


def test_the_code_is_what_the_compiler_writes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compile", str(ROOT / "specs" / "lenet.net"), "--target", "torch"]) == 0
    written = capsys.readouterr().out
    (shown,) = blocks("python")
    parts = re.split(r"^ *\.\.\.\n", shown, flags=re.MULTILINE)
    at = [written.index(part.strip("\n")) for part in parts if part]
    assert at == sorted(at)


def test_the_session_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    (session,) = blocks("pycon")
    test = doctest.DocTestParser().get_doctest(session, {}, "README.md", None, None)
    assert doctest.DocTestRunner().run(test).failed == 0
    assert test.examples


def test_the_commands_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    section = README.partition("## The commands")[2].partition("\n## ")[0]
    commands = [line.split("#")[0].split() for line in section.splitlines() if line.startswith("    netspec ")]
    assert len(commands) >= 4
    shutil.copytree(ROOT / "specs", tmp_path / "specs")
    monkeypatch.chdir(tmp_path)
    for command in commands:
        words = list(chain.from_iterable(sorted(map(str, Path().glob(word))) or [word] for word in command[1:]))
        assert main(words) == (1 if words[0] == "diff" else 0), command  # what it shows differs


def test_the_files_that_it_names_exist() -> None:
    links = re.findall(r"\]\(([^)]+)\)", README) + re.findall(r"bash (\S+)", README)
    assert links
    missing = [link for link in links if not (ROOT / link).exists()]
    assert not missing

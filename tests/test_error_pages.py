"""The pages of docs/errors: every wrong spec gives exactly the text on its page, every fixed one checks clean."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from netspec import Code
from netspec.cli import main

PAGES = Path(__file__).parent.parent / "docs" / "errors"
INDEX = PAGES / "README.md"

INDEX_HEAD = """\
# What can be wrong with a spec

One page for each code: what it means, a spec that has it, what `netspec check` says, and the spec put right. The codes
are stable: E00 files and limits, E01 syntax, E02 names and arguments, E03 shapes, E04 claims, E05 nets read from JSON,
E07 data to train on, W06 lints, which are allowed and most likely a mistake.

| code | what is wrong |
| --- | --- |
"""

_FENCE = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Page(NamedTuple):
    """A page, taken apart. `wrong` and `fixed` are specs, or Python where a spec cannot show it.

    `command` is ``netspec check`` or what else the page names, with its options.
    """

    code: str
    title: str
    wrong: tuple[str, str]
    output: str
    fixed: tuple[str, str]
    command: tuple[str, ...]
    files: tuple[tuple[str, str], ...]


def read_page(path: Path) -> Page:
    text = path.read_text(encoding="utf-8")
    heading = re.match(r"# ([EW]\d{4}): (.+)\n", text)
    assert heading is not None, f"{path.name} has no heading `# CODE: title`"
    blocks = [(language, name, body) for language, name, body in _FENCE.findall(text)]
    (wrong, output, fixed) = ((language, body) for language, name, body in blocks if not name)
    assert output[0] == "text"
    files = tuple((name, body) for _, name, body in blocks if name)
    named = re.search(r"`netspec (check|train) (--[^`]+)`", text)
    command = (named[1], *named[2].split()) if named else ("check",)
    return Page(heading[1], heading[2], wrong, output[1], fixed, command, files)


def run(
    part: tuple[str, str], file: str, command: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> tuple[int | None, str]:
    """What the reader of a page sees who does what it shows: the exit status of the command, and all output.

    Python either prints something itself, or makes the file that is then checked.
    """
    language, text = part
    if language == "python":
        exec(text, {})
    else:
        Path(file).write_text(text, encoding="utf-8")
    status = main([*command, file]) if Path(file).exists() else None
    captured = capsys.readouterr()
    return status, (captured.err + captured.out).strip("\n") + "\n"


def page_paths() -> list[Path]:
    return sorted(PAGES.glob("[EW]*.md"))


@pytest.fixture
def _plain_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FORCE_COLOR", raising=False)


def test_every_code_has_a_page_and_every_page_a_code() -> None:
    assert [path.stem for path in page_paths()] == sorted(Code)


@pytest.mark.parametrize("path", page_paths(), ids=lambda path: path.stem)
def test_a_page_is_headed_by_its_code(path: Path) -> None:
    assert read_page(path).code == path.stem


@pytest.mark.usefixtures("_plain_directory")
@pytest.mark.parametrize("path", page_paths(), ids=lambda path: path.stem)
def test_what_is_wrong_gives_the_text_on_its_page(
    path: Path, capsys: pytest.CaptureFixture[str], update_golden: bool
) -> None:
    page = read_page(path)
    for name, body in page.files:
        Path(name).write_text(body, encoding="utf-8")
    status, output = run(page.wrong, "wrong.net", page.command, capsys)
    if update_golden:
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace(f"```text\n{page.output}```", f"```text\n{output}```"), encoding="utf-8")
        return
    assert output == page.output
    severity = Code(page.code).severity
    assert f"{severity}[{page.code}]" in output
    assert status in ((1, None) if severity == "error" else (0,))


@pytest.mark.usefixtures("_plain_directory")
@pytest.mark.parametrize("path", page_paths(), ids=lambda path: path.stem)
def test_what_is_fixed_is_clean(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = read_page(path)
    for name, body in page.files:
        Path(name).write_text(body, encoding="utf-8")
    status, output = run(page.fixed, "fixed.net", page.command, capsys)
    assert status in (0, None)
    assert "error" not in output
    assert "warning" not in output


def render_index() -> str:
    pages = [read_page(path) for path in page_paths()]
    return INDEX_HEAD + "".join(f"| [{page.code}]({page.code}.md) | {page.title} |\n" for page in pages)


def test_the_index_is_up_to_date(update_golden: bool) -> None:
    if update_golden:
        INDEX.write_text(render_index(), encoding="utf-8")
        return
    assert INDEX.read_text(encoding="utf-8") == render_index()

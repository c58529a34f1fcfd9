"""The sessions that the pages show are what one gets: each `$ netspec ...` with what it prints."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from netspec.cli import main

PAGES = ("docs/summary.md", "docs/diff.md", "docs/explain.md")


class Session(NamedTuple):
    """A command on a page, and what is printed below it."""

    page: str
    command: str
    output: str


def sessions(page: str) -> list[Session]:
    text = Path(page).read_text(encoding="utf-8")
    found = re.findall(r"^```console\n\$ netspec (.*?)\n(.*?)^```$", text, flags=re.DOTALL | re.MULTILINE)
    return [Session(page, command, output) for command, output in found]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_shows_a_session(page: str) -> None:
    assert sessions(page)


@pytest.mark.parametrize(
    "session", [session for page in PAGES for session in sessions(page)], ids=lambda session: session.command
)
def test_a_session_is_what_one_gets(session: Session, update_golden: bool, capsys: pytest.CaptureFixture[str]) -> None:
    main(session.command.split())
    output = capsys.readouterr().out
    if update_golden:
        path = Path(session.page)
        text = path.read_text(encoding="utf-8")
        head = f"```console\n$ netspec {session.command}\n"
        path.write_text(text.replace(head + session.output, head + output), encoding="utf-8")
        session = session._replace(output=output)
    assert output == session.output

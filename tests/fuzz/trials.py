"""What is done with a text to see whether it breaks anything, and what must be true of every answer."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from netspec import Diagnostic, SpecError
from netspec.cli import main
from netspec.compile import Options, check_text
from netspec.diagnostics.github import render_github
from netspec.diagnostics.json import render_json
from netspec.diagnostics.sarif import render_sarif
from netspec.passes.lints import LINTS, Choice
from netspec.source import Place, Source
from netspec.syntax.format import format_text
from netspec.syntax.parser import parse

NAME = "fuzz.net"
"""What messages call the text; a spec that uses a file of this name uses itself."""

WITH_LINTS = Options(lints=Choice(LINTS, max_memory=1 << 16))
FOR_ALL_SIZES = WITH_LINTS._replace(for_all=True)


def assert_sound(text: str, diagnostics: tuple[Diagnostic, ...]) -> None:
    """Each message points inside the text, and every rendering takes them."""
    for diagnostic in diagnostics:
        assert diagnostic.place is not None, diagnostic
        further = [*(label.place for label in diagnostic.labels), *(fix.place for fix in diagnostic.fixes)]
        for place in (diagnostic.place, *further):
            assert is_inside(text, place), diagnostic
    assert str(SpecError(diagnostics)).count("\n") > len(diagnostics)
    for render in (render_json, render_sarif, render_github):
        assert render(diagnostics).endswith("\n") or not diagnostics


def is_inside(text: str, place: Place) -> bool:
    """Whether a place lies within a text, with a line and a column that there are."""
    start, end = place.span
    line, column = place.position
    return (
        0 <= start <= end <= len(text)
        and 1 <= line <= text.count("\n") + 1
        and 1 <= column <= len(text.split("\n")[line - 1]) + 1
    )


def check(text: str, options: Options = WITH_LINTS) -> None:
    """Check it: whatever is wrong with it is told in its place."""
    result = check_text(text, NAME, Path(), options)
    assert_sound(text, result.diagnostics + result.warnings)
    assert bool(result.diagnostics) >= any(net.faulty for net in result.nets)


def format_twice(text: str) -> None:
    """Format it, if there is no mistake in its syntax: there is none afterwards, and nothing is left to format."""
    if not parse(Source(NAME, text)).problems:
        formatted = format_text(text)
        assert not parse(Source(NAME, formatted)).problems
        assert format_text(formatted) == formatted


def run(arguments: Sequence[str], text: str) -> None:
    """Run the command on it, as a user would: it gives an answer."""
    Path(NAME).write_text(text, encoding="utf-8", newline="")
    told = io.StringIO()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(told):
        status = main([*arguments, NAME])
    assert status in (0, 1), told.getvalue()[-1000:]


def laws(text: str) -> None:
    """What holds for every text, however long it takes."""
    check(text)
    check(text, FOR_ALL_SIZES)
    format_twice(text)
    run(("fmt", "--annotate", "--diff"), text)


COMMANDS: Mapping[str, Callable[[str], None]] = {
    " ".join(arguments): partial(run, arguments)
    for arguments in (
        ("check", "--lint", "all"),
        ("check", "--lint", "all", "--for-all", "--max-memory", "64KB", "--format", "sarif"),
        ("fmt", "--check"),
    )
}
"""What takes a text in a second; the checks look for fixes too."""

"""Diagnostics as GitHub Actions shows them beside the lines of a change.

Source: https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

from collections.abc import Sequence

from netspec.diagnostics.diagnostic import Diagnostic
from netspec.diagnostics.text import advice

_IN_TEXT = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_IN_PROPERTY = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def render_github(diagnostics: Sequence[Diagnostic]) -> str:
    """A workflow command for each diagnostic, one a line."""
    return "".join(f"{_command(diagnostic)}\n" for diagnostic in diagnostics)


def _command(diagnostic: Diagnostic) -> str:
    properties = {"title": diagnostic.code.value}
    if diagnostic.place is not None:
        start, end = diagnostic.place.position, diagnostic.place.source.position(diagnostic.place.span.end)
        properties |= {"file": diagnostic.place.source.shown, "line": str(start.line), "endLine": str(end.line)}
        if start.line == end.line:
            properties |= {"col": str(start.column), "endColumn": str(end.column)}
    listed = ",".join(f"{name}={value.translate(_IN_PROPERTY)}" for name, value in properties.items())
    text = "\n".join((diagnostic.message, *(f"help: {help}" for help in advice(diagnostic))))
    return f"::{diagnostic.code.severity} {listed}::{text.translate(_IN_TEXT)}"

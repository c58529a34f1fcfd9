"""Diagnostics as JSON, for editors and scripts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic_core import to_json

from netspec.diagnostics.diagnostic import Diagnostic
from netspec.source import Place, Position


def render_json(diagnostics: Sequence[Diagnostic]) -> str:
    """A JSON array, one object a diagnostic. Lines and columns count from 1, offsets (characters) from 0."""
    return json_text([as_dict(diagnostic) for diagnostic in diagnostics])


def json_text(data: object) -> str:
    """Plain data as JSON with an indent, by pydantic: the encoder of Python's `json` takes ten times longer."""
    return to_json(data, indent=2).decode() + "\n"


def as_dict(diagnostic: Diagnostic) -> dict[str, Any]:
    """A diagnostic as plain data."""
    return {
        "code": diagnostic.code.value,
        "severity": diagnostic.code.severity,
        "message": diagnostic.message,
        "caption": diagnostic.caption,
        "place": _place(diagnostic.place),
        "labels": [{"place": _place(label.place), "text": label.text} for label in diagnostic.labels],
        "notes": list(diagnostic.notes),
        "help": list(diagnostic.help),
        "fixes": [{"title": fix.title, "place": _place(fix.place), "text": fix.text} for fix in diagnostic.fixes],
    }


def _place(place: Place | None) -> dict[str, Any] | None:
    if place is None:
        return None
    end = place.source.position(place.span.end)
    return {
        "file": place.source.shown,
        "start": _position(place.position, place.span.start),
        "end": _position(end, place.span.end),
    }


def _position(position: Position, offset: int) -> dict[str, int]:
    return {"line": position.line, "column": position.column, "offset": offset}

"""Diagnostics as SARIF 2.1.0, which code scanning and editors read.

Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from netspec.diagnostics.diagnostic import Diagnostic, Fix
from netspec.diagnostics.json import json_text
from netspec.diagnostics.text import advice
from netspec.source import Place

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def render_sarif(diagnostics: Sequence[Diagnostic]) -> str:
    """A SARIF log with one run."""
    rules = sorted({diagnostic.code for diagnostic in diagnostics})
    log = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "netspec",
                        "rules": [{"id": code.value, "name": code.name.title().replace("_", "")} for code in rules],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [_result(diagnostic, rules.index(diagnostic.code)) for diagnostic in diagnostics],
            }
        ],
    }
    return json_text(log)


def _result(diagnostic: Diagnostic, rule: int) -> dict[str, Any]:
    text = "\n".join((diagnostic.message, *(f"help: {help}" for help in advice(diagnostic))))
    result: dict[str, Any] = {
        "ruleId": diagnostic.code.value,
        "ruleIndex": rule,
        "level": diagnostic.code.severity,
        "message": {"text": text},
    }
    if diagnostic.place is not None:
        result["locations"] = [_location(diagnostic.place)]
    if diagnostic.labels:
        result["relatedLocations"] = [
            {"id": number, **_location(label.place), "message": {"text": label.text}}
            for number, label in enumerate(diagnostic.labels)
        ]
    if diagnostic.fixes:
        result["fixes"] = [_fix(fix) for fix in diagnostic.fixes]
    return result


def _fix(fix: Fix) -> dict[str, Any]:
    location = _location(fix.place)["physicalLocation"]
    replacement = {"deletedRegion": location["region"], "insertedContent": {"text": fix.text}}
    change = {"artifactLocation": location["artifactLocation"], "replacements": [replacement]}
    return {"description": {"text": fix.title}, "artifactChanges": [change]}


def _location(place: Place) -> dict[str, Any]:
    start, end = place.position, place.source.position(place.span.end)
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(place.source.name, errors="surrogateescape")},
            "region": {
                "startLine": start.line,
                "startColumn": start.column,
                "endLine": end.line,
                "endColumn": end.column,
            },
        }
    }

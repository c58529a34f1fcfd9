"""Comments that allow what a lint would find: ``# allow W0601``, at the end of its line."""

from __future__ import annotations

import re

from netspec.diagnostics import Code
from netspec.source import Place

_ALLOWED = re.compile(r"#.*\ballow\s+(W\d{4}(?:[,\s]+W\d{4})*)")


def is_allowed(code: Code, place: Place) -> bool:
    """Whether the line of a place allows this code."""
    found = _ALLOWED.search(place.source.line(place.position.line))
    return found is not None and code.value in found[1]

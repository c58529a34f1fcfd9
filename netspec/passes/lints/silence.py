"""Comments that allow what a lint would find: ``# allow W0601``, at the end of its line."""

from __future__ import annotations

import re
from functools import lru_cache

from netspec.diagnostics import Code
from netspec.source import Place

_ALLOWED = re.compile(r"\ballow\s+(W\d{4}(?:[,\s]+W\d{4})*)")


def is_allowed(code: Code, place: Place) -> bool:
    """Whether the line of a place allows this code."""
    return code.value in _allowed(place.source.line(place.position.line))


@lru_cache
def _allowed(line: str) -> str:
    """The codes that a line allows: what is found in a long one is remembered for all that stands in it."""
    return " ".join(_ALLOWED.findall(line.partition("#")[2]))

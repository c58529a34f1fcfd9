"""From what a net says of its origin back to the place in the text."""

from __future__ import annotations

import re
from collections.abc import Mapping

from netspec.ir import Origin
from netspec.source import Place, Position, Source, Span


def place_of(origin: Origin, sources: Mapping[str, Source]) -> Place:
    """The word at an origin. Nets keep lines and columns alone, since a large net has few mistakes."""
    source = sources[origin.file]
    start = source.offset(Position(origin.line, origin.column))
    word = re.compile(r"\w*").match(source.text, start)
    return Place(source, Span(start, word.end() if word else start))

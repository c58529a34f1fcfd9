"""What is wrong, where, and what would help: a value that any format can render."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from netspec.diagnostics.codes import Code
from netspec.source import Place

MOST_DIAGNOSTICS = 1_000
"""Nobody reads on after so many mistakes: the search for more ends."""


class Label(NamedTuple):
    """A further place that matters, and why."""

    place: Place
    text: str


class Fix(NamedTuple):
    """A replacement of a place by a text, after which everything checks: it has been tried. `title` says what to do."""

    title: str
    place: Place
    text: str


class Gap(NamedTuple):
    """What a claim compares: the numbers that the net has, and those that the claim wants."""

    found: tuple[int, ...]
    wanted: tuple[int, ...]


class Diagnostic(NamedTuple):
    """One mistake, told once.

    `message` is a sentence with the actual numbers, `caption` a few words for under the marked text. `place` is None
    for what is wrong with no text in particular (a missing net named on the command line). `gap` is there for a claim
    that fails on plain numbers, `fixes` where some were searched for and found.
    """

    code: Code
    message: str
    place: Place | None
    caption: str = ""
    labels: tuple[Label, ...] = ()
    notes: tuple[str, ...] = ()
    help: tuple[str, ...] = ()
    gap: Gap | None = None
    fixes: tuple[Fix, ...] = ()


def in_order(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """The diagnostics in order of place, one for each code and place.

    A block that is used ten times is wrong once: the first use that met the mistake tells it.
    """
    first: dict[tuple[str, int, int, Code], Diagnostic] = {}
    for diagnostic in diagnostics:
        place = diagnostic.place
        key = (
            (place.source.name, *place.span, diagnostic.code)
            if place
            else (diagnostic.message, -1, -1, diagnostic.code)
        )
        first.setdefault(key, diagnostic)
    files = list(dict.fromkeys(d.place.source.name for d in first.values() if d.place))

    def rank(diagnostic: Diagnostic) -> tuple[int, int, int]:
        if diagnostic.place is None:
            return (-1, 0, 0)
        return (files.index(diagnostic.place.source.name), *diagnostic.place.span)

    return tuple(sorted(first.values(), key=rank))

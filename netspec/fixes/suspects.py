"""Which lines a mistake may be in, the likeliest first.

A stated shape that holds is a witness for all before it; the mistake is between the last such and the first claim that
fails, or in a block that is called there.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from netspec.diagnostics import Code, Diagnostic
from netspec.fixes.script import Line, Script
from netspec.fixes.search import Case


class Suspects(NamedTuple):
    """The lines near a mistake, and all others that could have led to it; the likeliest first in both."""

    near: tuple[Line, ...]
    far: tuple[Line, ...]

    @property
    def all(self) -> tuple[Line, ...]:
        """All of them."""
        return self.near + self.far


def suspects(case: Case) -> Suspects:
    """The lines that may be wrong."""
    script = case.script
    marked = _marked(case)
    failing = {line.number for line in marked}
    near: dict[int, Line] = {}

    def add(lines: Iterable[Line]) -> None:
        for line in lines:
            near.setdefault(line.number, line)

    anchors = _anchors(case)
    only_claims = all(diagnostic.code is Code.CLAIM_FAILS for diagnostic in case.diagnostics)
    for anchor in anchors:
        add([anchor])
        if anchor.statement == "ASSERT":
            add(_labelled(script, anchor))
        else:
            add(_inside(script, anchor))
            add(_back_to_witness(script, anchor, failing))
    if not only_claims:
        add(_called(script, tuple(near.values())))
    far: dict[int, Line] = {}
    for anchor in anchors:
        own = script.item_of(anchor)
        rest = [line for line in own if line.number not in near]
        if only_claims:
            # What is stated has been seen to be right; the channels of an input seldom are.
            rest.sort(key=lambda line: (line.statement not in ("NET", "INPUT"), line.has("_GIVES")))
        else:
            rest.sort(key=lambda line: (line.number > anchor.number, abs(line.number - anchor.number)))
        for line in (*_called(script, tuple(rest)), *rest) if only_claims else (*rest, *_called(script, tuple(rest))):
            if line.number not in near:
                far.setdefault(line.number, line)
    for line in script.lines:
        if line.number not in near:
            far.setdefault(line.number, line)
    return Suspects(tuple(near.values())[: case.most_lines], tuple(far.values())[: case.most_lines])


def _marked(case: Case) -> list[Line]:
    """The lines at which something is wrong."""
    numbers = {number for diagnostic in case.diagnostics for number in _numbers(case, diagnostic)}
    return [line for line in case.script.lines if line.number in numbers]


def _numbers(case: Case, diagnostic: Diagnostic) -> list[int]:
    """The lines of this file that a diagnostic names: its own, then those of the uses that led there."""
    if diagnostic.place is None:
        return [1]
    places = [diagnostic.place, *(label.place for label in diagnostic.labels)]
    return [case.script.number_at(place.span.start) for place in places if place.source.name == case.name]


def _anchors(case: Case) -> list[Line]:
    """The lines of the diagnostic to look at first, or those nearest before them."""
    lines = case.script.lines
    first = next((d for d in case.diagnostics if d.code is not Code.CLAIM_FAILS), case.diagnostics[0])
    found = []
    for number in dict.fromkeys(_numbers(case, first)):
        before = [line for line in lines if line.number <= number]
        if before or lines:
            found.append(before[-1] if before else lines[0])
    return list(dict.fromkeys(found)) or list(lines[:1])


def _labelled(script: Script, claim: Line) -> list[Line]:
    """The lines with a label that a claim names."""
    roots = {token.text.partition(".")[0] for token in claim.tokens if token.kind == "PATH"}
    return [
        line
        for line in script.lines
        if any(token.kind == "LABEL" and token.text[:-1].rstrip() in roots for token in line.tokens)
    ]


def _back_to_witness(script: Script, anchor: Line, failing: set[int]) -> list[Line]:
    """The lines before one, back to the last stated shape that holds."""
    found: list[Line] = []
    for line in reversed([line for line in script.item_of(anchor) if line.number < anchor.number]):
        if line.has("_GIVES") and line.number not in failing:
            break
        found.append(line)
    return found


def _inside(script: Script, anchor: Line) -> list[Line]:
    """The lines of the bodies that a line opens, as a merge opens those of its operands."""
    found: list[Line] = []
    depth = 0
    for line in script.item_of(anchor)[:1_000]:
        if line.number < anchor.number:
            continue
        if line.number > anchor.number:
            found.append(line)
        depth += sum((token.kind == "LBRACE") - (token.kind == "RBRACE") for token in line.tokens)
        if depth <= 0:
            break
    return found


def _called(script: Script, lines: tuple[Line, ...]) -> list[Line]:
    """The lines of the blocks that are named in some lines, and of those that these name."""
    found: dict[str, tuple[Line, ...]] = {}
    waiting = list(lines)
    for line in waiting:
        for token in line.tokens:
            body = script.bodies.get(token.text) if token.kind == "NAME" else None
            if body is not None and token.text not in found:
                found[token.text] = body
                waiting += body
    return [line for body in found.values() for line in body]

"""Places of a spec where something can be inserted, and what could be inserted there."""

from __future__ import annotations

from typing import NamedTuple

from netspec.fixes.edit import Edit, Kind
from netspec.fixes.script import Line, Script
from netspec.fixes.templates import Template

_MOST_GAPS = 300
"""So many places are looked at, the likeliest first."""


class Gap(NamedTuple):
    """A place where something can be inserted: `before` and `after` are written around it.

    `start`: where the statement begins that would follow.
    """

    at: int
    before: str
    after: str
    line: int
    in_chain: bool
    start: int = -1

    def holds(self, text: str, rank: float = 0) -> Edit:
        """The edit that inserts a text here. `rank`: how unlikely it is."""
        where = "" if self.in_chain else f"insert `{text}` before line {self.line}"
        far = min(max(rank / 6, 0), 1.5)
        return Edit(Kind.STEP, self.at, self.at, f"{self.before}{text}{self.after}", where, far)


class Candidate(NamedTuple):
    """A text for a place, and the template that it was made of. `fits`: it has the effect that is missing."""

    rank: float
    gap: Gap
    text: str
    template: Template
    fits: bool


def gaps_at(script: Script, lines: tuple[Line, ...]) -> list[Gap]:
    """The places before some lines, then after them, then after each step in them."""
    every = script.lines
    at = {line.number: index for index, line in enumerate(every)}
    before = [at[line.number] for line in lines]
    found = [gap_before(script, place) for place in dict.fromkeys((*before, *(place + 1 for place in before)))]
    found += [Gap(step.end, " -> ", "", line.number, True) for line in lines for step in line.steps]
    return found[:_MOST_GAPS]


def gap_before(script: Script, place: int) -> Gap:
    """The place before a line of the script, or after its last."""
    every = script.lines
    if place == len(every):
        end = "" if script.text.endswith("\n") else "\n"
        return Gap(len(script.text), end, "\n", every[-1].number + 1, False)
    line = every[place]
    is_body = line.tokens[0].kind not in ("RBRACE", "BLOCK", "NET")
    model = line if is_body or place == 0 else every[place - 1]
    return Gap(script.start_of(line.number), script.indent(model), "\n", line.number, False, line.start)

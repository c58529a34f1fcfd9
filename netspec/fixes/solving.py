"""Numbers that make claims hold: a line or parabola through a few trials leads there."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import NamedTuple

from netspec.diagnostics import Code, Diagnostic


class Unsolved(NamedTuple):
    """A claim that fails on one number: the claim as it is written, and by how much."""

    claim: str
    axis: int
    by: int


def gap_of(diagnostic: Diagnostic) -> Unsolved | None:
    """By how much a claim fails, where that is one number."""
    gap = diagnostic.gap
    if gap is None or diagnostic.place is None or len(gap.found) != len(gap.wanted):
        return None
    differing = [axis for axis in range(len(gap.found)) if gap.found[axis] != gap.wanted[axis]]
    if not differing:
        return None
    axis = differing[0]
    source = diagnostic.place.source
    claim = source.line(diagnostic.place.position.line).strip()
    if diagnostic.code is Code.STATED_SHAPE:
        claim = claim.rpartition("=>")[2]
    else:
        claim = re.sub(r"(?<![\w.])[\d_]+", "", claim)  # it is the same claim when one of its numbers is edited
    return Unsolved(claim, axis, gap.found[axis] - gap.wanted[axis])


def root(points: list[tuple[int, tuple[Unsolved, ...]]]) -> Fraction | None:
    """Where all claims would hold, as far as the points tell; None where they disagree."""
    start, gaps = points[0]
    guesses = []
    for gap in gaps:
        values = [(start, gap.by)]
        for number, found in points[1:]:
            values.append((number, next((g.by for g in found if g[:2] == gap[:2]), 0)))
        guess = _nearest_root(values)
        if guess is None:
            return None
        guesses.append(guess)
    if not guesses:
        return None
    first = guesses[0]
    far = abs(first - start) / 3 + 1
    return first if all(abs(guess - first) <= far for guess in guesses) else None


def _nearest_root(values: list[tuple[int, int]]) -> Fraction | None:
    """Where a line or parabola through points is zero, next to the first of them."""
    (x0, y0), (x1, y1), *more = values
    if not more:
        return None if y0 == y1 else Fraction(x0) - Fraction(y0 * (x1 - x0), y1 - y0)
    x2, y2 = more[-1]
    slope = Fraction(y1 - y0, x1 - x0)
    second = (Fraction(y2 - y1, x2 - x1) - slope) / (x2 - x0)
    if second == 0:
        return None if slope == 0 else x0 - y0 / slope
    b = slope - second * (x0 + x1)
    c = y0 - b * x0 - second * x0 * x0
    inner = b * b - 4 * second * c
    if inner < 0:
        return None
    root = Fraction(float(inner) ** 0.5).limit_denominator(10**6)
    roots = [(-b + root) / (2 * second), (-b - root) / (2 * second)]
    return min(roots, key=lambda found: abs(found - x0))

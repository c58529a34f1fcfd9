"""Numbers changed: to what a claim or a message tells, to values nearby, and to what solves a claim."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import NamedTuple

from netspec.diagnostics import Code
from netspec.fixes.edit import Edit, Kind
from netspec.fixes.script import NUMBERS, Line, Token
from netspec.fixes.search import Case
from netspec.fixes.solving import gap_of

SMALL = 16
"""Up to this, every number is worth a try: kernels, strides, paddings, repeats."""

_LARGEST = 10**12

MOST_CHANNELS = 16
"""Data with more channels than this is not what an input was meant to be."""


def _distance(old: int, new: int) -> float:
    """How far apart two numbers are, as ranks count it: a number doubled is as far as another order."""
    return min(abs(math.log2((new + 1) / (old + 1))), 3)


class Place(NamedTuple):
    """One whole number in a token: its text is ``token.text[start:end]``."""

    line: Line
    token: Token
    start: int
    end: int
    value: int

    def becomes(self, value: int) -> Edit | None:
        """The edit that writes another number."""
        if not 0 <= value <= _LARGEST or value == self.value:
            return None
        written = f"{value:_}" if "_" in self.token.text and value >= 1000 else str(value)
        at = self.token.start
        if self.line.statement == "INPUT" and self.start == 0 and value > MOST_CHANNELS:
            return None
        kind = {"ASSERT": Kind.CLAIM, "INPUT": Kind.INPUT}.get(self.line.statement, Kind.NUMBER)
        if self.line.before_stated <= self.token.start and kind is Kind.NUMBER:
            kind = Kind.CLAIM
        return Edit(kind, at + self.start, at + self.end, written, far=_distance(self.value, value))


def places_in(lines: tuple[Line, ...]) -> Iterator[Place]:
    """The whole numbers of some lines; of a window, each."""
    for line in lines:
        for token in line.tokens:
            if token.kind == "INTEGER":
                yield Place(line, token, 0, len(token.text), int(token.text.replace("_", "")))
            elif token.kind == "WINDOW":
                for match in re.finditer(r"\d+", token.text):
                    yield Place(line, token, match.start(), match.end(), int(match[0]))


def layer_places(lines: tuple[Line, ...]) -> Iterator[Place]:
    """The whole numbers that make the net: not those that state what it is."""
    for place in places_in(lines):
        if place.line.statement != "ASSERT" and place.token.start < place.line.before_stated:
            yield place


def evened(lines: tuple[Line, ...]) -> Iterator[Edit]:
    """Windows of one size: ``5x6`` becomes ``5x5`` and ``6x6``, and a square one becomes other squares."""
    for line in lines:
        if line.statement == "ASSERT":
            continue
        for token in line.tokens:
            if token.kind != "WINDOW" or token.start >= line.before_stated:
                continue
            sizes = token.text.replace("×", "x").split("x")
            if not all(size.isdigit() for size in sizes):
                continue
            channels = 1 if line.statement == "INPUT" else 0
            kind = Kind.INPUT if channels else Kind.NUMBER
            spatial = list(dict.fromkeys(sizes[channels:]))
            if len(spatial) > 1:
                for size in spatial:
                    text = "x".join([*sizes[:channels], *[size] * (len(sizes) - channels)])
                    yield Edit(kind, token.start, token.end, text)
            elif spatial and not channels:
                own = int(spatial[0])
                for value in sorted(range(1, min(SMALL, own + 5)), key=lambda value: abs(value - own)):
                    text = "x".join([str(value)] * len(sizes))
                    yield Edit(kind, token.start, token.end, text, far=_distance(own, value))


def resized(case: Case) -> Iterator[Edit]:
    """Inputs of other sizes: a little larger or smaller, and usual ones; and with the channels put first."""
    for line in case.script.lines:
        if line.statement != "INPUT":
            continue
        for token in line.tokens:
            sizes = token.text.split("x")
            if token.kind != "WINDOW" or not all(size.isdigit() for size in sizes):
                continue
            if int(sizes[-1]) <= MOST_CHANNELS < int(sizes[0]):
                yield Edit(Kind.INPUT, token.start, token.end, "x".join([sizes[-1], *sizes[:-1]]))
            own = int(sizes[-1])
            if len(set(sizes[1:])) == 1:
                near = [own + step for step in (1, -1, 2, -2, 3, -3, 4, -4)]
                for size in dict.fromkeys((*near, 2 * own, own // 2, *_USUAL_SIZES)):
                    if size > 0 and size != own:
                        text = "x".join([sizes[0], *[str(size)] * (len(sizes) - 1)])
                        yield Edit(Kind.INPUT, token.start, token.end, text, far=_distance(own, size))


_USUAL_SIZES = (28, 32, 64, 96, 128, 224, 227, 256, 299)


def told(case: Case, lines: tuple[Line, ...]) -> Iterator[Edit]:
    """Numbers that follow from a claim that fails: what it wants in the place of what it found; scaled, and shifted."""
    pairs: list[tuple[int, int]] = []
    for diagnostic in case.diagnostics:
        gap = diagnostic.gap
        if gap is not None and len(gap.found) == len(gap.wanted):
            pairs += [(a, b) for a, b in zip(gap.found, gap.wanted, strict=True) if a != b]
    pairs = list(dict.fromkeys(pairs))[:8]
    for place in layer_places(lines):
        for found, wanted in pairs:
            if place.value == found:
                yield from _edits(place, [wanted])
    for place in layer_places(lines):
        values = []
        for found, wanted in pairs:
            if found and place.value * wanted % found == 0:
                values.append(place.value * wanted // found)
            values.append(place.value + wanted - found)
        yield from _edits(place, values)


def named(case: Case, lines: tuple[Line, ...]) -> Iterator[Edit]:
    """Numbers that a message names, where nothing is claimed: of two shapes that do not add, for instance."""
    values: dict[int, None] = {}
    for diagnostic in case.diagnostics[:3]:
        if diagnostic.gap is None:
            # The actual numbers of a mistake are in its message; there is no other list of them.
            told = re.findall(r"\d+", f"{diagnostic.message} {diagnostic.caption} {' '.join(diagnostic.help)}")
            values |= dict.fromkeys(map(int, told))
    for place in layer_places(lines):
        if place.value > 4:
            yield from _edits(place, sorted(values, key=lambda value: abs(value - place.value)))


def nearby(lines: tuple[Line, ...], *, reach: int) -> Iterator[Edit]:
    """Every small number for a small one, the nearest first."""
    for place in layer_places(lines):
        if place.value <= SMALL:
            values = range(max(0, place.value - reach), min(SMALL, place.value + reach) + 1)
            yield from _edits(place, sorted(values, key=lambda value: abs(value - place.value)))


def small(lines: tuple[Line, ...]) -> Iterator[Edit]:
    """For every small number the next ones, and then what small numbers mostly are."""
    yield from nearby(lines, reach=1)
    yield from usual(lines)


def usual(lines: tuple[Line, ...]) -> Iterator[Edit]:
    """What small numbers mostly are, for every small one."""
    for place in layer_places(lines):
        if place.value <= SMALL:
            yield from _edits(place, [2, 1, 3, 0, 5, 7, 4])


def seen(case: Case, lines: tuple[Line, ...]) -> Iterator[Edit]:
    """Numbers that stand elsewhere in the spec, and what fingers make of a number."""
    others = sorted({place.value for place in layer_places(case.script.lines)})
    for place in layer_places(lines):
        if place.value > 4:
            close = [value for value in others if place.value <= 4 * value <= 16 * place.value]
            close.sort(key=lambda value: abs(value - place.value))
            yield from _edits(place, [place.value + 1, place.value - 1, *close[:6], *_mistyped(place.value)])


def _mistyped(value: int) -> list[int]:
    """A number with a digit too many or too few, or two digits swapped."""
    text = str(value)
    found = [2 * value, value // 2, 10 * value, value // 10]
    found += [int(text[:i] + text[i + 1 :]) for i in range(len(text)) if len(text) > 1]
    found += [int(text[:i] + text[i + 1] + text[i] + text[i + 2 :]) for i in range(len(text) - 1)]
    return found


def _edits(place: Place, values: list[int]) -> Iterator[Edit]:
    for value in dict.fromkeys(values):
        edit = place.becomes(value)
        if edit is not None:
            yield edit


def solve(case: Case, lines: tuple[Line, ...]) -> None:
    """For each number, find the value for which the claims hold."""
    numeric = [gap_of(diagnostic) for diagnostic in case.diagnostics]
    gaps = tuple(gap for gap in numeric if gap is not None)
    if not gaps:
        return
    if case.diagnostics[0].code is Code.STATED_SHAPE:
        gaps = gaps[:1]  # a trial ends there
    for place in layer_places(lines):
        if place.value > 0:
            case.solve(place.becomes, place.value, gaps, probes=3)
            if case.satisfied():
                return


def solve_claims(case: Case) -> None:
    """For each number in a claim that alone is wrong, find the value for which it holds."""
    if len(case.diagnostics) != 1 or case.found:
        return
    diagnostic = case.diagnostics[0]
    gap, place = gap_of(diagnostic), diagnostic.place
    if gap is None or place is None or place.source.name != case.name or diagnostic.code is not Code.CLAIM_FAILS:
        return
    for line in case.script.lines:
        if line.start <= place.span.start < line.end:
            for found in places_in((line,)):
                case.solve(found.becomes, found.value, (gap,))


def decimals(case: Case, lines: tuple[Line, ...]) -> Iterator[Edit]:
    """Decimals as others of the spec, and a few usual ones."""
    known = dict.fromkeys(token.text for token in case.script.tokens if token.kind == "DECIMAL")
    for line in lines:
        for token in line.tokens:
            if token.kind == "DECIMAL":
                for text in (*known, "0.5", "0.1", "0.2"):
                    if text != token.text:
                        yield Edit(Kind.NUMBER, token.start, token.end, text)


def restated(case: Case) -> Iterator[Edit]:
    """A claim that fails, put right: its numbers are those of the net."""
    for diagnostic in case.diagnostics:
        place, gap = diagnostic.place, diagnostic.gap
        if gap is None or place is None or place.source.name != case.name:
            continue
        if diagnostic.code is Code.STATED_SHAPE:
            yield _restated_shape(case.text[place.span.start : place.span.end], place.span.start, gap.found, gap.wanted)
        else:
            yield from _restated_claim(case, place.span.start, gap.found, gap.wanted)


def _restated_shape(text: str, start: int, found: tuple[int, ...], wanted: tuple[int, ...]) -> Edit:
    """Only the sizes that differ are written anew, so that the others stay as they were written."""
    sizes = list(re.finditer(r"(?<![A-Za-z])[0-9_]+|\([^()]*\)|[A-Za-wyz_][\w.]*", text))
    differing = [axis for axis in range(min(len(found), len(wanted))) if found[axis] != wanted[axis]]
    if len(sizes) == len(found) == len(wanted) and len(differing) == 1:
        size = sizes[differing[0]]
        value = found[differing[0]]
        written = f"{value:_}" if "_" in size[0] and value >= 1000 else str(value)
        return Edit(Kind.CLAIM, start + size.start(), start + size.end(), written)
    return Edit(Kind.CLAIM, start, start + len(text), "x".join(map(str, found)))


def _restated_claim(case: Case, start: int, found: tuple[int, ...], wanted: tuple[int, ...]) -> Iterator[Edit]:
    line = next((line for line in case.script.lines if line.start <= start < line.end), None)
    if line is None:
        return
    numbers = [token for token in line.tokens if token.kind in NUMBERS]
    for token in numbers:
        for old, new in ((wanted, found), (found, wanted)):
            if token.text.replace("_", "") == "x".join(map(str, old)):
                text = f"{new[0]:_}" if len(new) == 1 and "_" in token.text else "x".join(map(str, new))
                yield Edit(Kind.CLAIM, token.start, token.end, text)
    if len(found) == len(wanted) == 1:
        for place in places_in((line,)):
            for value in (place.value + found[0] - wanted[0], place.value - found[0] + wanted[0]):
                edit = place.becomes(value)
                if edit is not None:
                    yield edit

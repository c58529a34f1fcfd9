"""Sets of values of one symbol: a range for each residue class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self, TypeAlias

from netspec.sizes import common_period

END = 1 << 62
"""Where ranges end at the latest: no size of an input comes near."""

Range: TypeAlias = tuple[int, int]
"""The first and the last number of a residue class; from END on there is no last."""


@dataclass(frozen=True, slots=True)
class Domain:
    """A set of numbers from 1: of each residue class modulo `period` those in a range, or none.

    Made by :func:`region_where` and ``&``, which keep the period minimal and the ranges' ends in their class; so equal
    sets are equal objects.
    """

    period: int
    ranges: tuple[Range | None, ...]

    def __and__(self, other: Self) -> Domain:
        if self.period == 1 and self.ranges == ALL.ranges:
            return other
        if other.period == 1 and other.ranges == ALL.ranges:
            return self
        period = common_period(self.period, other.period)
        return canonical(period, [_common(self._range(r), other._range(r)) for r in range(period)])

    def __contains__(self, number: int) -> bool:
        found = self._range(number)
        return found is not None and found[0] <= number <= found[1]

    def __bool__(self) -> bool:
        return any(found is not None for found in self.ranges)

    def least(self, start: int = 1) -> int:
        """The smallest number from a start on, or the largest of all before it. Raises ValueError for the empty set."""
        later = [clipped(found[0], self.period, max(found[0], start), found[1]) for found in self.ranges if found]
        firsts = [found[0] for found in later if found is not None]
        return min(firsts) if firsts else max(found[1] for found in self.ranges if found)

    def range_of(self, residue: int, period: int) -> Range | None:
        """The range of a residue class modulo a multiple of the period."""
        found = self._range(residue)
        return None if found is None else clipped(residue, period, *found)

    def _range(self, number: int) -> Range | None:
        return self.ranges[number % self.period]

    def described(self, *symbols: str) -> str:
        """The set in words: ``H ≥ 32 and a multiple of 32``, ``H and W from 28 to 31``."""
        names = " and ".join(symbols)
        if not self:
            return f"no {names}"
        present = [found for found in self.ranges if found is not None]
        first, last = min(found[0] for found in present), max(found[1] for found in present)
        residues = [residue for residue, found in enumerate(self.ranges) if found is not None]
        even = [clipped(r, self.period, first, last) if r in residues else None for r in range(self.period)]
        if canonical(self.period, even) != self:
            return ", or ".join(self._class(residue).described(*symbols) for residue in residues)
        classes = _residues_described(symbols, self.period, residues)
        if first == last:
            return f"{names} = {first}"
        if last < END:
            return f"{names} from {first} to {last}{classes and f', {classes}'}"
        if not classes:
            return f"{names} ≥ {first}"
        return (
            f"{names} {classes}"
            if first == min(r or self.period for r in residues)
            else (f"{names} ≥ {first}, {classes}")
        )

    def _class(self, residue: int) -> Domain:
        """Of the set, what is in one residue class."""
        return canonical(self.period, [found if r == residue else None for r, found in enumerate(self.ranges)])


def _residues_described(symbols: Sequence[str], period: int, residues: list[int]) -> str:
    if len(residues) == period:
        return ""
    if period == 2:
        return "odd" if residues == [1] else "even"
    if residues == [0]:
        return f"{'a multiple' if len(symbols) == 1 else 'multiples'} of {period}"
    if len(residues) > 2 and residues == list(range(residues[0], residues[-1] + 1)):
        which = f"from {residues[0]} to {residues[-1]}"
    else:
        which = f"= {' or '.join(map(str, residues))}"
    return f"with {' and '.join(f'{symbol} mod {period}' for symbol in symbols)} {which}"


def clipped(residue: int, period: int, first: int, last: int) -> Range | None:
    """The range of a residue class between two numbers."""
    first += (residue - first) % period
    last = END if last >= END else last - (last - residue) % period
    return (first, last) if first <= last else None


def _common(one: Range | None, other: Range | None) -> Range | None:
    if one is None or other is None:
        return None
    first, last = max(one[0], other[0]), min(one[1], other[1])
    return (first, last) if first <= last else None


def canonical(period: int, ranges: list[Range | None]) -> Domain:
    """The set with its smallest period."""
    ranges = [None if r is None else clipped(i, period, *r) for i, r in enumerate(ranges)]
    if period == 1:
        return Domain(1, tuple(ranges))
    for smaller in range(1, period + 1):
        if period % smaller:
            continue
        merged = []
        for residue in range(smaller):
            present = [r for r in ranges[residue::smaller] if r is not None]
            whole = (min(r[0] for r in present), max(r[1] for r in present)) if present else None
            if any(
                r != (whole and clipped(i, period, *whole))
                for i, r in zip(range(residue, period, smaller), ranges[residue::smaller], strict=True)
            ):
                break
            merged.append(whole)
        else:
            return Domain(smaller, tuple(merged))
    raise AssertionError("the period itself always qualifies")


ALL = Domain(1, ((1, END),))

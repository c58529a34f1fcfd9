"""Sets of values of the input's symbols, exact: where a relation between sizes holds, and what satisfies several.

On each residue class of its symbol a quasi-affine function is affine, so where it is at least 0, or 0, is a range of
that class. A :class:`Domain` is a range for each class; such sets are closed under intersection. What depends on
two symbols, as the features after ``flatten`` do, is a union of :class:`Box`, with a domain for each symbol.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import product
from typing import Literal, NamedTuple, Self, TypeAlias

from netspec.sizes import MAX_PERIOD, Polynomial, QuasiAffine, Size, Unrepresentable, substitute

MOST_BOXES = 256
"""The most boxes that a region may have; beyond it what holds is :class:`Unrepresentable`."""

MOST_CELLS = 1 << 16
"""The most cases into which a region is cut to judge a claim."""

LARGEST_FEATURES = 1 << 40
"""The largest number whose divisors are sought."""

END = 1 << 62
"""Where ranges end at the latest: no size of an input comes near."""

Relation: TypeAlias = Literal["==", ">="]

Range: TypeAlias = tuple[int, int]
"""The first and the last number of a residue class; from END on there is no last."""


@dataclass(frozen=True, slots=True)
class Domain:
    """A set of numbers from 1: of each residue class modulo `period` those in a range, or none.

    Made by :func:`everything`, :func:`region_where` and ``&``, which keep the period minimal and the ranges' ends in
    their class; so equal sets are equal objects.
    """

    period: int
    ranges: tuple[Range | None, ...]

    def __and__(self, other: Self) -> Domain:
        if self.period == 1 and self == ALL:
            return other
        if other.period == 1 and other == ALL:
            return self
        period = _period(self.period, other.period)
        return _domain(period, [_common(self._range(r), other._range(r)) for r in range(period)])

    def __contains__(self, number: int) -> bool:
        found = self._range(number)
        return found is not None and found[0] <= number <= found[1]

    def __bool__(self) -> bool:
        return any(found is not None for found in self.ranges)

    def least(self, start: int = 1) -> int:
        """The smallest number from a start on, or the largest of all before it. Raises ValueError for the empty set."""
        later = [_clipped(found[0], self.period, max(found[0], start), found[1]) for found in self.ranges if found]
        firsts = [found[0] for found in later if found is not None]
        return min(firsts) if firsts else max(found[1] for found in self.ranges if found)

    def range_of(self, residue: int, period: int) -> Range | None:
        """The range of a residue class modulo a multiple of the period."""
        found = self._range(residue)
        return None if found is None else _clipped(residue, period, *found)

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
        even = [_clipped(r, self.period, first, last) if r in residues else None for r in range(self.period)]
        if _domain(self.period, even) != self:
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
        return _domain(self.period, [found if r == residue else None for r, found in enumerate(self.ranges)])


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


def _clipped(residue: int, period: int, first: int, last: int) -> Range | None:
    """The range of a residue class between two numbers."""
    first += (residue - first) % period
    last = END if last >= END else last - (last - residue) % period
    return (first, last) if first <= last else None


def _common(one: Range | None, other: Range | None) -> Range | None:
    if one is None or other is None:
        return None
    first, last = max(one[0], other[0]), min(one[1], other[1])
    return (first, last) if first <= last else None


def _domain(period: int, ranges: list[Range | None]) -> Domain:
    """The set with its smallest period."""
    ranges = [None if r is None else _clipped(i, period, *r) for i, r in enumerate(ranges)]
    for smaller in range(1, period + 1):
        if period % smaller:
            continue
        merged = []
        for residue in range(smaller):
            present = [r for r in ranges[residue::smaller] if r is not None]
            whole = (min(r[0] for r in present), max(r[1] for r in present)) if present else None
            if any(
                r != (whole and _clipped(i, period, *whole))
                for i, r in zip(range(residue, period, smaller), ranges[residue::smaller], strict=True)
            ):
                break
            merged.append(whole)
        else:
            return Domain(smaller, tuple(merged))
    raise AssertionError("the period itself always qualifies")


ALL = Domain(1, ((1, END),))
NONE = Domain(1, (None,))


class Box(NamedTuple):
    """Sizes of the input in which each symbol's value is independent of the others': a domain for each, by name.

    A symbol that is not named may have any value.
    """

    domains: tuple[tuple[str, Domain], ...] = ()

    def of(self, symbol: str) -> Domain:
        """The values of one symbol."""
        return dict(self.domains).get(symbol, ALL)

    def meet(self, other: Box) -> Box | None:
        """What is in both; None where nothing is."""
        domains = dict(self.domains)
        for symbol, domain in other.domains:
            domains[symbol] = domains.get(symbol, ALL) & domain
        return _box(domains)

    def described(self) -> str:
        """The box in words, symbols of the same values together."""
        alike: dict[Domain, list[str]] = {}
        for symbol, domain in self.domains:
            alike.setdefault(domain, []).append(symbol)
        return " and ".join(domain.described(*symbols) for domain, symbols in alike.items()) or "every size"

    def least(self, symbols: Iterable[str], start: int = 1) -> dict[str, int]:
        """The smallest value of each symbol from a start on."""
        return {symbol: self.of(symbol).least(start) for symbol in symbols}


def _box(domains: Mapping[str, Domain]) -> Box | None:
    if not all(domains.values()):
        return None
    return Box(tuple(sorted((symbol, domain) for symbol, domain in domains.items() if domain != ALL)))


Region: TypeAlias = tuple[Box, ...]
"""Sizes of the input: those in any of the boxes."""

EVERYWHERE: Region = (Box(),)


def meet(one: Region, other: Region) -> Region:
    """What is in both regions."""
    if one in (EVERYWHERE, other):
        return other
    if other == EVERYWHERE:
        return one
    found = {box: None for a in one for b in other if (box := a.meet(b)) is not None}
    if len(found) > MOST_BOXES:
        raise Unrepresentable(f"{len(found)} separate ranges of sizes")
    return _union(found)


def _union(boxes: Iterable[Box]) -> Region:
    """The region of these boxes, in order of their smallest sizes, without those that lie within another."""
    different = dict.fromkeys(boxes)
    kept = [box for box in different if not any(_within(box, other) for other in different if other != box)]
    return tuple(
        sorted(kept, key=lambda box: [(symbol, domain.least(), domain.period) for symbol, domain in box.domains])
    )


def _within(box: Box, wider: Box) -> bool:
    return box.meet(wider) == box


@lru_cache(maxsize=1 << 12)
def region_where(left: Size, relation: Relation, right: Size) -> Region:
    """All sizes of the input for which a relation holds. Sizes themselves are taken to be at least 0 there.

    Raises :class:`Unrepresentable` where they are no union of boxes.
    """
    difference = left - right
    match difference:
        case int():
            return EVERYWHERE if (difference == 0 if relation == "==" else difference >= 0) else ()
        case QuasiAffine():
            return _region({difference.symbol: _domain_where(difference, relation)})
        case Polynomial():
            return _region_of_polynomial(difference, relation)


def _region(domains: Mapping[str, Domain]) -> Region:
    box = _box(domains)
    return () if box is None else (box,)


def _domain_where(difference: QuasiAffine, relation: Relation) -> Domain:
    """Where an affine function of q on each residue class is 0, or at least 0."""
    period, slope = difference.period, difference.slope
    ranges: list[Range | None] = []
    for residue, intercept in enumerate(difference.intercepts):
        first, last = residue or period, END
        if slope == 0:
            holds = intercept == 0 if relation == "==" else intercept >= 0
            ranges.append((first, last) if holds else None)
            continue
        if relation == "==":
            if intercept % slope:
                ranges.append(None)
                continue
            root = residue + period * (-intercept // slope)
            first, last = max(first, root), root
        elif slope > 0:
            first = max(first, residue - period * (intercept // slope))
        else:
            last = residue + period * (intercept // -slope)
        ranges.append((first, last) if first <= last else None)
    return _domain(period, ranges)


def _region_of_polynomial(difference: Polynomial, relation: Relation) -> Region:
    constant = sum(coefficient for coefficient, factors in difference.terms if not factors)
    terms = [(coefficient, factors) for coefficient, factors in difference.terms if factors]
    symbols = {factor.symbol for _, factors in terms for factor in factors}
    if grows(difference):
        if len(symbols) == 1:
            return _region({symbols.pop(): _growing_where(difference, relation)})
        if len(terms) == 1 and len(symbols) == len(terms[0][1]):
            ((coefficient, sizes),) = terms
            if relation == ">=":
                return _product_reaches(sizes, -(constant // coefficient))
            return _product_is(sizes, -constant // coefficient) if constant % coefficient == 0 else ()
    raise Unrepresentable(f"where {difference} {relation} 0")


def grows(size: Size) -> bool:
    """Whether a size grows, or stays, with every symbol, on each of their residue classes."""
    terms = size.terms if isinstance(size, Polynomial) else ((1, (size,)),) if isinstance(size, QuasiAffine) else ()
    return all(coefficient > 0 and all(f.slope >= 0 for f in factors) for coefficient, factors in terms if factors)


def _growing_where(difference: Polynomial, relation: Relation) -> Domain:
    """The same for a polynomial of one symbol that grows on each residue class; no factor may be negative."""
    factors = [factor for _, group in difference.terms for factor in group]
    name, period = factors[0].symbol, _period(*(factor.period for factor in factors))
    ranges: list[Range | None] = []
    for residue in range(period):

        def reaches(level: int, q: int, start: int = residue or period) -> bool:
            number = start + period * q
            value = substitute(difference, {name: number})
            return all(f.at(number) >= 0 for f in factors) and isinstance(value, int) and value >= level

        start = residue or period
        first, beyond = (bisect_left(_CLASS, True, key=partial(reaches, level)) for level in (0, 1))
        last = END if relation == ">=" or beyond == len(_CLASS) else start + period * (beyond - 1)
        first = start + period * first
        ranges.append((first, last) if first <= last and first < END else None)
    return _domain(period, ranges)


_CLASS = range(END)
"""The values of q in a residue class, for bisection."""


def _product_is(factors: tuple[QuasiAffine, ...], number: int) -> Region:
    """Where a product of sizes of different symbols is a number: a box for each way to split it."""
    first, *rest = factors
    if not rest:
        return region_where(first, "==", number)
    boxes: list[Box] = []
    for divisor in _divisors(number):
        boxes += meet(region_where(first, "==", divisor), _product_is(tuple(rest), number // divisor))
    return _union(boxes)


def _product_reaches(factors: tuple[QuasiAffine, ...], number: int) -> Region:
    """Where a product of sizes of different symbols is at least a number."""
    first, *rest = factors
    if number <= 0:
        return EVERYWHERE
    if not rest:
        return region_where(first, ">=", number)
    if number > MOST_BOXES:
        raise Unrepresentable(f"where a product is at least {number}")
    others = EVERYWHERE
    for factor in rest:
        others = meet(others, region_where(factor, ">=", 1))
    boxes = list(meet(region_where(first, ">=", number), others))
    for size in range(1, number):
        boxes += meet(region_where(first, "==", size), _product_reaches(tuple(rest), -(-number // size)))
    return _union(boxes)


def _divisors(number: int) -> list[int]:
    if number > LARGEST_FEATURES:
        raise Unrepresentable(f"the divisors of {number}")
    small = [d for d in range(1, math.isqrt(max(number, 0)) + 1) if number % d == 0]
    return [*small, *(number // d for d in reversed(small) if d * d != number)]


def _period(*periods: int) -> int:
    period = math.lcm(*periods)
    if period > MAX_PERIOD:
        raise Unrepresentable(f"a period of {period}")
    return period


def described(region: Region) -> str:
    """The region in words: ``H and W ≥ 32``, ``H from 28 to 31 and W from 28 to 31; or ...``."""
    if not region:
        return "no size"
    return "; or ".join(box.described() for box in region)


def cells(region: Region, others: Iterable[Region], symbols: Sequence[str]) -> Iterator[dict[str, int]]:
    """Points of a region, small ones first, such that what is true at all of them of `others` is true throughout.

    Each of `others` contains either all or nothing of the cell around a point: the numbers of a residue class between
    two ends of ranges. Raises :class:`Unrepresentable` where there are too many cells.
    """
    boxes = [box for other in others for box in other]
    points: list[tuple[int, ...]] = []
    for box in region:
        axes = [_representatives(box.of(symbol), [other.of(symbol) for other in boxes]) for symbol in symbols]
        if math.prod(map(len, axes)) > MOST_CELLS:
            raise Unrepresentable(f"{math.prod(map(len, axes))} cases")
        points += product(*axes)
    return (dict(zip(symbols, point, strict=True)) for point in sorted(set(points), key=lambda p: (sum(p), p)))


def contains(region: Region, point: Mapping[str, int]) -> bool:
    """Whether a region contains the sizes in which each symbol has this value."""
    return any(all(point[symbol] in domain for symbol, domain in box.domains) for box in region)


def _representatives(domain: Domain, others: Sequence[Domain]) -> list[int]:
    """The smallest number of a domain in each piece into which the ends of the other domains cut its classes."""
    period = _period(domain.period, *(other.period for other in others))
    found: set[int] = set()
    for residue in range(period):
        within = domain.range_of(residue, period)
        if within is None:
            continue
        found.add(within[0])
        for other in others:
            cut = other.range_of(residue, period)
            if cut is not None:
                found.update(n for n in (cut[0], cut[1] + period) if within[0] <= n <= within[1])
    return sorted(found)

"""Where a relation between sizes holds."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping
from functools import lru_cache, partial
from typing import Literal, TypeAlias

from netspec.domains.domain import END, Domain, Range, canonical
from netspec.domains.region import EVERYWHERE, MOST_BOXES, Box, Region, box_of, meet, union
from netspec.sizes import Polynomial, QuasiAffine, Size, Unrepresentable, common_period, substitute

LARGEST_FEATURES = 1 << 40
"""The largest number whose divisors are sought."""

Relation: TypeAlias = Literal["==", ">="]


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
    box = box_of(domains)
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
    return canonical(period, ranges)


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
    name, period = factors[0].symbol, common_period(*(factor.period for factor in factors))
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
    return canonical(period, ranges)


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
    return union(boxes)


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
    return union(boxes)


def _divisors(number: int) -> list[int]:
    if number > LARGEST_FEATURES:
        raise Unrepresentable(f"the divisors of {number}")
    small = [d for d in range(1, math.isqrt(max(number, 0)) + 1) if number % d == 0]
    return [*small, *(number // d for d in reversed(small) if d * d != number)]

"""Formulas made simpler by what is known of the sizes that fit: where H is even, ``2·⌊H/2⌋`` is ``H``."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from typing import NamedTuple

from netspec.domains import END, Region
from netspec.sizes import MAX_PERIOD, Polynomial, QuasiAffine, Size, Unrepresentable, product, symbol, total


@lru_cache(maxsize=1 << 12)
def simplified(size: Size, region: Region) -> Size:
    """A size that is the same at all sizes of the input in a region, and shorter to write if there is such a one."""
    match size:
        case int():
            return size
        case QuasiAffine():
            forms = [size, *_forms(size, region)]
        case Polynomial():
            forms = [size]
            with suppress(Unrepresentable):  # terms of one symbol, brought together, may be too involved
                forms.append(_simplified_sum(size, region))
    return min(forms, key=lambda form: len(str(form)))


class _Affine(NamedTuple):
    """A size on the residue classes of which some numbers fit, where it is ``(numerator·n + offset) / divisor``.

    `offsets` and `values` have one for each class: `values` those at its smallest number from 0. `growth` is how much
    the size grows over all classes, and `ends` are those of the ranges of numbers that fit.
    """

    numerator: int
    divisor: int
    offsets: tuple[int, ...]
    values: tuple[int, ...]
    growth: int
    ends: frozenset[int]


def _affine(size: QuasiAffine, region: Region) -> _Affine | None:
    """The size class by class; None where none fits, or the classes are too many."""
    common = math.gcd(size.slope, size.period)
    numerator, divisor = size.slope // common, size.period // common
    domains = {box.of(size.symbol) for box in region}
    period = math.lcm(size.period, *(domain.period for domain in domains))
    if period * len(domains) > MAX_PERIOD:
        return None
    found = {
        residue: [each for domain in domains if (each := domain.range_of(residue, period)) is not None]
        for residue in range(period)
    }
    residues = [residue for residue, ranges in found.items() if ranges]
    if not residues:
        return None
    return _Affine(
        numerator,
        divisor,
        tuple(divisor * size.at(residue) - numerator * residue for residue in residues),
        tuple(size.at(residue) for residue in residues),
        size.slope * period // size.period,
        frozenset(end for ranges in found.values() for each in ranges for end in each),
    )


def _forms(size: QuasiAffine, region: Region) -> Iterator[Size]:
    """Other sizes that equal this one in a region: a number, a floor, a multiple of a floor."""
    known = _affine(size, region)
    if known is None:
        return
    if known.growth == 0 or max(known.ends) < END:
        values = {size.at(end) for end in known.ends}  # between two ends a size grows, falls or stays
        if len(values) == 1:
            yield values.pop()
    if known.growth == 0:
        return
    # On every class the size is k·(…) + m, with the k that divides its growth and what tells the classes apart.
    scale = math.gcd(known.growth, *(value - known.values[0] for value in known.values))
    for factor in (1, scale):
        rest = known.values[0] % factor
        divisor = known.divisor * factor
        floors = [offset - known.divisor * rest for offset in known.offsets]
        low, high = max(floors), min(floors) + divisor - 1
        if low <= high:  # the c that make ⌊(p·n + c) / s⌋ right on all classes; the one nearest to 0 is taken
            within = symbol(size.symbol) * known.numerator + max(low, min(high, 0))
            yield within // divisor * factor + rest


def _simplified_sum(size: Polynomial, region: Region) -> Size:
    """The sum of its terms, each without the floors that do nothing where the coefficient allows it."""
    terms: list[Size] = []
    for coefficient, factors in size.terms:
        parts: list[Size] = []
        for factor in factors:
            known = _affine(factor, region)
            if known is not None and len(set(known.offsets)) == 1 and coefficient % known.divisor == 0:
                coefficient //= known.divisor
                parts.append(symbol(factor.symbol) * known.numerator + known.offsets[0])
            else:
                parts.append(simplified(factor, region))
        terms.append(product(coefficient, *parts))
    return total(terms)

"""Sets of sizes of the input: unions of boxes, which have a set of values for each symbol."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from operator import itemgetter
from typing import NamedTuple, TypeAlias

from netspec.domains.domain import ALL, Domain
from netspec.sizes import Unrepresentable, common_period

MOST_BOXES = 256
"""The most boxes that a region may have; beyond it what holds is :class:`Unrepresentable`."""

MOST_CELLS = 1 << 16
"""The most cases into which a region is cut to judge a claim."""


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
        return box_of(domains)

    def described(self) -> str:
        """The box in words, symbols of the same values together."""
        alike: dict[Domain, list[str]] = {}
        for symbol, domain in self.domains:
            alike.setdefault(domain, []).append(symbol)
        return " and ".join(domain.described(*symbols) for domain, symbols in alike.items()) or "every size"

    def least(self, symbols: Iterable[str], start: int = 1) -> dict[str, int]:
        """The smallest value of each symbol from a start on."""
        return {symbol: self.of(symbol).least(start) for symbol in symbols}


def box_of(domains: Mapping[str, Domain]) -> Box | None:
    """The box of these domains; None where one of them is empty."""
    if not all(domains.values()):
        return None
    named = sorted(domains.items(), key=itemgetter(0))
    return Box(tuple(item for item in named if item[1] != ALL))


Region: TypeAlias = tuple[Box, ...]
"""Sizes of the input: those in any of the boxes."""

EVERYWHERE: Region = (Box(),)


def meet(one: Region, other: Region) -> Region:
    """What is in both regions."""
    if one in (EVERYWHERE, other):
        return other
    if other == EVERYWHERE:
        return one
    if len(one) == len(other) == 1:  # as for most nets
        box = one[0].meet(other[0])
        return () if box is None else (box,)
    found = {box: None for a in one for b in other if (box := a.meet(b)) is not None}
    if len(found) > MOST_BOXES:
        raise Unrepresentable(f"{len(found)} separate ranges of sizes")
    return union(found)


def union(boxes: Iterable[Box]) -> Region:
    """The region of these boxes, in order of their smallest sizes, without those that lie within another."""
    different = dict.fromkeys(boxes)
    kept = [box for box in different if not any(_within(box, other) for other in different if other != box)]
    return tuple(
        sorted(kept, key=lambda box: [(symbol, domain.least(), domain.period) for symbol, domain in box.domains])
    )


def _within(box: Box, wider: Box) -> bool:
    return box.meet(wider) == box


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
    period = common_period(domain.period, *(other.period for other in others))
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

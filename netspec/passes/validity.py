"""For which sizes of its input a net is sound, where the input leaves sizes open: exactly, and which layers say so."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from netspec.domains import EVERYWHERE, Region, cells, grows, meet, region_where
from netspec.ir import Input, ShapedNode
from netspec.layers import Need
from netspec.sizes import Relation, Size, Unrepresentable, fixed, holds, substitute, symbols_of

MOST = 1 << 20
"""No axis of an input is longer."""


class Condition(NamedTuple):
    """The sizes that one layer allows."""

    node: ShapedNode
    region: Region


class Validity(NamedTuple):
    """The sizes of the input for which every layer fits, and the conditions that together say so.

    `symbols` come in the order of the inputs. None of the conditions follows from the others. The region is empty where
    no size fits; then the last condition is the one that leaves nothing.
    """

    symbols: tuple[str, ...]
    region: Region
    conditions: tuple[Condition, ...]

    def smallest(self) -> dict[str, int]:
        """The smallest sizes that fit, by symbol. Raises ValueError where none do."""
        if not self.region:
            raise ValueError("no size fits")
        return self.region[0].least(self.symbols)


class TooInvolved(Exception):
    """The sizes that fit a layer cannot be carried exactly."""

    def __init__(self, node: ShapedNode, what: str) -> None:
        super().__init__(what)
        self.node = node


NO_PINS: Mapping[str, tuple[Need, ...]] = {}


def validity(
    inputs: Sequence[Input], nodes: Iterable[ShapedNode], pins: Mapping[str, tuple[Need, ...]] = NO_PINS
) -> Validity:
    """The sizes for which every layer fits. `pins` are further needs, by the name of the layer that has them.

    Raises :class:`TooInvolved`.
    """
    symbols = tuple(dict.fromkeys(symbol for given in inputs for size in given.shape for symbol in symbols_of(size)))
    region = EVERYWHERE
    found: list[Condition] = []
    for node in nodes:
        try:
            allowed = _allowed((*_needs(node), *pins.get(node.name, ())))
            narrowed = meet(region, allowed)
        except Unrepresentable as error:
            raise TooInvolved(node, str(error)) from None
        if narrowed != region:
            found.append(Condition(node, allowed))
            region = narrowed
        if not region:
            return Validity(symbols, (), tuple(found))
    return Validity(symbols, region, _independent(found, region))


def _needs(node: ShapedNode) -> Iterator[Need]:
    """What the layer needs, and that it leaves something, where that depends on symbols."""
    if None in map(fixed, node.input_shapes):
        yield from node.layer.needs(node.input_shapes)
    if fixed(node.output) is None and node.input_shapes != (node.output,):
        yield from (Need(size, ">=", 1) for size in node.output if not isinstance(size, int))


def _allowed(needs: Iterable[Need]) -> Region:
    region = EVERYWHERE
    for need in needs:
        region = meet(region, region_where(*need))
    return region


def _independent(conditions: Sequence[Condition], region: Region) -> tuple[Condition, ...]:
    """Those without which more would fit: the conditions of early layers often follow from those of later ones."""
    after = [EVERYWHERE]
    for condition in reversed(conditions):
        after.append(meet(after[-1], condition.region))
    after.reverse()
    kept: list[Condition] = []
    before = EVERYWHERE
    for condition, rest in zip(conditions, after[1:], strict=True):
        if meet(before, rest) != region:
            kept.append(condition)
            before = meet(before, condition.region)
    return tuple(kept)


Comparison: TypeAlias = tuple[Size, Relation, Size]


def first_where(
    fails: Callable[[dict[str, int]], bool], comparisons: Sequence[Comparison], validity: Validity
) -> dict[str, int] | None:
    """The smallest sizes that fit the net and for which something fails; None if it fails for none.

    Whether it fails follows from `comparisons`, a list that may grow while it is found out. Raises
    :class:`Unrepresentable`.
    """
    known = -1
    while known < len(comparisons):
        known = len(comparisons)
        for point in _cases(comparisons, validity):
            if fails(point):
                return point
            if known < len(comparisons):
                break  # more decides than was known: look again, cut more finely
    return None


def _cases(comparisons: Iterable[Comparison], validity: Validity) -> Iterator[dict[str, int]]:
    """Sizes that stand for all that fit: no comparison comes out otherwise for others."""
    cuts: list[Region] = []
    largest: list[dict[str, int]] = []
    for comparison in comparisons:
        try:
            cuts.append(_cut(*comparison))
        except Unrepresentable:
            largest.append(_large(comparison, validity))
    yield from cells(validity.region, cuts, validity.symbols)
    yield from largest


def _large(comparison: Comparison, validity: Validity) -> dict[str, int]:
    """Sizes for which a comparison of what grows with every symbol comes out otherwise than for the smallest.

    Between the smallest and these the outcome changes once at most, on every way. Raises :class:`Unrepresentable` where
    the comparison is of another kind.
    """
    left, relation, right = comparison
    growing = grows(left - right) or grows(right - left)
    if len(validity.region) > 1 or relation in ("==", "!=") or not growing:
        raise Unrepresentable(f"{left} {relation} {right}")
    (box,) = validity.region

    def outcome(least: int) -> bool:
        at = box.least(validity.symbols, least)
        return holds(substitute(left, at), relation, substitute(right, at)) is True

    first, other = 1, MOST
    while first + 1 < other:
        middle = (first + other) // 2
        first, other = (middle, other) if outcome(middle) == outcome(1) else (first, middle)
    return box.least(validity.symbols, other)


def _cut(left: Size, relation: Relation, right: Size) -> Region:
    """A region at whose edges alone a comparison changes its outcome."""
    match relation:
        case "==" | "!=":
            return region_where(left, "==", right)
        case ">=" | "<":
            ways = (left, right), (right, left + 1)
        case ">" | "<=":
            ways = (left, right + 1), (right, left)
    try:
        return region_where(ways[0][0], ">=", ways[0][1])
    except Unrepresentable:
        return region_where(ways[1][0], ">=", ways[1][1])

"""Templates: the bodies that one class stands for, laid over each other member by member.

Bodies of one block may differ in what a condition leaves out. Where the rest agrees, one template holds them all, with
members that some of them lack.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from typing import NamedTuple, TypeAlias

from netspec.backends.torch.names import without_number
from netspec.backends.torch.structure import Body, Leaf, Loop, Member, is_unnamed


class Item(NamedTuple):
    """A member of a template: what it is in each body, or None where a body lacks it.

    `members` are those of a sequence that stays an expression, `turns` those of a loop.
    """

    name: str
    parts: tuple[Member | None, ...]
    members: tuple[Item, ...] | None = None
    turns: Turns | None = None

    @property
    def example(self) -> Member:
        """The member in the first body that has it."""
        return next(part for part in self.parts if part is not None)

    @property
    def present(self) -> tuple[int, ...]:
        """The places of the bodies that have it."""
        return tuple(place for place, part in enumerate(self.parts) if part is not None)


class Template(NamedTuple):
    """Bodies, and their members laid over each other."""

    bodies: tuple[Body, ...]
    items: tuple[Item, ...]


class Turns(NamedTuple):
    """All turns of a loop in all bodies, laid over each other: of each the body that it belongs to, and its number."""

    template: Template
    owners: tuple[int, ...]
    numbers: tuple[int, ...]


Identity: TypeAlias = Callable[[Body], Hashable]
"""What tells the class of a body that has one."""


def signature(body: Body, identity: Identity) -> Hashable:
    """What bodies, or turns of a loop, have in common whose code differs in numbers alone."""
    known = {value: place for place, value in enumerate(body.inputs)}
    members: list[Hashable] = []
    for member in body.members:
        inputs, results = ends(member)
        name = "" if body.chain or is_unnamed(member) else member.name if body.name else without_number(member.name)
        members.append((name, *(known[value] for value in inputs), _kind(member, identity)))
        for value in results:
            known[value] = len(known)
    return (
        body.chain,
        body.uses_entry,
        len(body.inputs),
        tuple(known[value] for value in body.results),
        tuple(members),
    )


def ends(member: Member | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The values that go into a member, and those that come out."""
    match member:
        case Leaf():
            return member.node.inputs, (member.node.name,)
        case Body():
            return member.inputs, member.results
        case Loop():
            return member.inputs, (member.exit,)
        case None:
            return (), ()


def _kind(member: Member, identity: Identity) -> Hashable:
    match member:
        case Leaf():
            return _leaf_kind(member)
        case Loop():
            return ("loop", signature(member.turns[0], identity))
        case Body() if member.inline:
            return tuple(_kind(part, identity) for part in member.members)
        case Body():
            return ("class", identity(member))


def _leaf_kind(leaf: Leaf) -> Hashable:
    """What the code of a layer cannot leave to a parameter."""
    layer = leaf.torch
    words = tuple((slot.name, slot.value if isinstance(slot.value, (str, type(None))) else ()) for slot in layer.slots)
    return leaf.node.layer.kind, layer.target, words


def alike(bodies: Sequence[Body]) -> Template:
    """The template of bodies that have one signature."""
    return Template(tuple(bodies), _laid_over([body.members for body in bodies]))


def _laid_over(lists: Sequence[Sequence[Member]]) -> tuple[Item, ...]:
    items = []
    for parts in zip(*lists, strict=True):
        inner = [part.members for part in parts if isinstance(part, Body) and part.inline]
        items.append(Item(parts[0].name, tuple(parts), _laid_over(inner) if inner else None, _turns(parts)))
    return tuple(items)


def _turns(parts: Sequence[Member | None]) -> Turns | None:
    """The turns of loops in all bodies that have one; None for other members."""
    owned = [
        (turn, owner, number)
        for owner, part in enumerate(parts)
        if isinstance(part, Loop)
        for number, turn in enumerate(part.turns)
    ]
    if not owned:
        return None
    turns, owners, numbers = zip(*owned, strict=True)
    return Turns(alike(turns), owners, numbers)


def merged(first: Template, second: Template, identity: Identity) -> Template | None:
    """One template for the bodies of both, where members that only one has are optional; None if they do not agree."""
    ours, theirs = first.bodies[0], second.bodies[0]
    if _outline(ours) != _outline(theirs):
        return None
    merger = _Merger(len(first.bodies), len(second.bodies), identity)
    # Members can be left out of a class, and of a sequence that is an attribute; further in, an `if` has no place.
    items = merger.items(first.items, second.items, numbered=ours.chain, optional=1 if ours.chain else 2)
    return None if items is None else Template((*first.bodies, *second.bodies), items)


def _outline(body: Body) -> Hashable:
    return body.chain, body.uses_entry, len(body.inputs), len(body.leaving)


class _Merger(NamedTuple):
    """The merging of two templates, of so many bodies each."""

    ours: int
    theirs: int
    identity: Identity

    def items(
        self, first: tuple[Item, ...], second: tuple[Item, ...], *, numbered: bool, optional: int
    ) -> tuple[Item, ...] | None:
        """The members of both in one order. `optional`: on how many levels there may be some that only one has."""
        left, right = _keyed(first, numbered), _keyed(second, numbered)
        common = left.keys() & right.keys()
        if (not common and left and right) or (not optional and not len(left) == len(right) == len(common)):
            return None
        rest = list(reversed(right.items()))
        items: list[Item] = []
        for key, item in left.items():
            if key not in common:
                items.append(_padded(item, 0, self.theirs))
                continue
            while rest and rest[-1][0] not in common:
                items.append(_padded(rest.pop()[1], self.ours, 0))
            if not rest or rest[-1][0] != key:
                return None
            both = self.item(item, rest.pop()[1], max(optional - 1, 0))
            if both is None:
                return None
            items.append(both)
        return (*items, *(_padded(item, self.ours, 0) for _, item in reversed(rest)))

    def item(self, first: Item, second: Item, optional: int) -> Item | None:
        """Two members as one."""
        members = first.members
        if first.members and second.members:
            members = self.items(first.members, second.members, numbered=True, optional=optional)
            if members is None:
                return None
        elif _kind(first.example, self.identity) != _kind(second.example, self.identity):
            return None
        parts = first.parts + second.parts
        return Item(first.name, parts, members, _turns(parts))


def _keyed(items: tuple[Item, ...], numbered: bool) -> dict[Hashable, Item]:
    """Members by what makes two of them the same: the name; where it only tells the place, the line in the spec."""
    keyed: dict[Hashable, Item] = {}
    turns: Counter[Hashable] = Counter()
    for item in items:
        if numbered or is_unnamed(item.example):
            line = _line(item.example)
            turns[line] += 1
            keyed[line, turns[line]] = item
        else:
            keyed[item.name] = item
    return keyed


def _line(member: Member) -> Hashable:
    """Where a member is written."""
    match member:
        case Leaf():
            return member.node.origin.line, member.node.origin.column
        case Body():
            return member.module and (member.module.origin.line, member.module.origin.column)
        case Loop():
            return member.first.line, member.first.column


def _padded(item: Item, before: int, after: int) -> Item:
    members = None if item.members is None else tuple(_padded(inner, before, after) for inner in item.members)
    parts = (None,) * before + item.parts + (None,) * after
    return Item(item.name, parts, members, _turns(parts))

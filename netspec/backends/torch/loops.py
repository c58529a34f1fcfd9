"""Repeats as loops: the turns of a `repeat` that all do the same become one member of the body around them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import TypeAlias

from netspec.backends.torch.structure import Body, Leaf, Loop, Member
from netspec.backends.torch.templates import Identity, ends, signature
from netspec.ir import Turn

FEWEST_TURNS = 3
"""A loop of fewer turns is longer than what it says."""

Place: TypeAlias = tuple[int, int]
"""The line and column of a `repeat`, which tell those of one definition."""


def worthwhile(definition: Sequence[Body]) -> frozenset[Place]:
    """The repeats that the class for these bodies should have as loops.

    Where the bodies differ in the number of turns, only a loop lets them share a class. Where they do not, one pays if
    it is all that the class does; a sequence is as clear without.
    """
    counts: dict[Place, list[int]] = {}
    for number, body in enumerate(definition):
        for level in _levels(body):
            for member in level.members:
                turn = _turn(member)
                if turn is not None:
                    column = counts.setdefault((turn.line, turn.column), [0] * len(definition))
                    column[number] = max(column[number], turn.number)
    plain = {place for place in counts if not definition[0].chain and _is_all(definition[0], place)}
    return frozenset(
        place
        for place, column in counts.items()
        if max(column) > 1 and (len(set(column)) > 1 or (place in plain and max(column) >= FEWEST_TURNS))
    )


def _is_all(body: Body, place: Place) -> bool:
    """Whether the body has no modules but one in each turn of this repeat, a block's or a group's."""
    modules = [member for member in body.members if isinstance(member, Body) or _is_module(member)]
    turns = {turn.number for member in modules if (turn := _turn(member)) is not None and _place(member) == place}
    return len(modules) == len(turns) and all(isinstance(member, Body) for member in modules)


def _is_module(member: Member) -> bool:
    return isinstance(member, Leaf) and member.torch.form == "module"


def _levels(body: Body) -> Iterator[Body]:
    """The body, and the sequences that are attributes of it: where a loop has a place."""
    yield body
    if not body.chain:
        yield from (member for member in body.members if isinstance(member, Body) and member.inline)


def folded(body: Body, places: frozenset[Place], identity: Identity) -> Body | None:
    """The body with these repeats as loops; None if the turns of one differ, or are not of the kind that loops are."""
    members = _folded_members(body, places, identity)
    if members is None:
        return None
    if not body.chain:
        for number, member in enumerate(members):
            if isinstance(member, Body) and member.inline:
                inner = _folded_members(member, places, identity)
                if inner is None:
                    return None
                members[number] = replace(member, members=inner)
    return replace(body, members=members)


def _folded_members(body: Body, places: frozenset[Place], identity: Identity) -> list[Member] | None:
    uses = Counter(value for member in body.members for value in ends(member)[0])
    uses.update(body.results)
    members: list[Member] = []
    for place, run in groupby(body.members, _place):
        if place is None or place not in places:
            members += run
            continue
        loop = _loop(body, list(run), uses, identity)
        if loop is None:
            return None
        members.append(loop)
    return members


def _loop(body: Body, members: list[Member], uses: Counter[str], identity: Identity) -> Loop | None:
    """The loop of these members, if it is one: each turn takes what the one before it made, and nothing else leaves."""
    turns = []
    first = None
    for number, (origin, run) in enumerate(groupby(members, _turn), start=1):
        if origin is None or origin.number != number:
            return None
        first = first or origin
        turns.append(_turn_body(body, origin.entry, list(run)))
    if first is None or any(turn.outside != turns[0].outside or not turn.uses_entry for turn in turns):
        return None
    if len({signature(turn, identity) for turn in turns}) > 1:
        return None
    for turn, following in zip(turns, (*turns[1:], None), strict=True):
        inside = Counter(value for member in turn.members for value in ends(member)[0])
        if following is not None:
            if following.entry != turn.exit:
                return None
            inside.update(value for member in following.members for value in ends(member)[0] if value == turn.exit)
        made = {value for member in turn.members for value in ends(member)[1]}
        if any(uses[value] > inside[value] for value in made if following is not None or value != turn.exit):
            return None
    return Loop(f"repeat {first.line}:{first.column}", first, tuple(turns))


def _turn_body(body: Body, entry: str, members: list[Member]) -> Body:
    """The inside of a turn, as a body of its own."""
    made = {value for member in members for value in ends(member)[1]}
    taken = dict.fromkeys(value for member in members for value in ends(member)[0] if value not in made)
    return replace(
        body,
        name="",
        entry=entry,
        exit=ends(members[-1])[1][0],
        members=members,
        uses_entry=entry in taken,
        outside=[value for value in taken if value != entry],
        leaving=[],
    )


def _turn(member: Member) -> Turn | None:
    """The turn of the outermost repeat on its level that a member belongs to."""
    if isinstance(member, Leaf):
        turns = member.node.turns
    elif isinstance(member, Body) and member.module is not None:
        turns = member.module.turns
    else:
        turns = ()
    return turns[0] if turns else None


def _place(member: Member) -> Place | None:
    turn = _turn(member)
    return None if turn is None else (turn.line, turn.column)

"""Alignment: which layer of one net became which of the other, by what they are, where they stand and what they are
called.

The layers of both nets are sequences. The alignment keeps their order and makes the sum of the likenesses of the pairs
as large as it can be. Source: Needleman and Wunsch, "A general method applicable to the search for similarities in the
amino acid sequence of two proteins", 1970.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import zip_longest

from netspec.ir import ShapedNode
from netspec.layers import Family, arguments

MOST_CELLS = 1 << 20
"""The most pairs of layers that are weighed; of longer runs, those first found by their names are no part."""

SAME_LAYER, SAME_SHAPE = 12, 2
SAME_KIND, MOST_FOR_ARGUMENTS = 5, 4
SAME_FAMILY = 3
SAME_LABEL, SAME_PLACE, SAME_MODULE = 6, 1, 2
ADJACENT = 2

EXCHANGEABLE = {Family.CONVOLUTION, Family.POOLING, Family.NORMALIZATION, Family.ACTIVATION, Family.MERGING}
"""Families whose layers can take each other's place."""

Nodes = Sequence[ShapedNode]
Couple = tuple[ShapedNode | None, ShapedNode | None]
"""A layer before and after; None stands where it has no partner."""
Aligned = list[Couple]


def align(old: Nodes, new: Nodes) -> Aligned:
    """The layers of two nets in pairs. The other way around it gives the same pairs."""
    # Which of equally good alignments is chosen must not depend on which net is called old.
    backwards = _order(new) < _order(old)
    pairs = [(one, other) for other, one in _aligned(new, old)] if backwards else _aligned(old, new)
    return _removals_first(pairs)


def is_label(node: ShapedNode) -> bool:
    """Whether the last part of a layer's name was given to it, and does not just say where it stands."""
    return not re.fullmatch(rf"\d+|{node.layer.kind}_?\d+", node.name.rpartition(".")[2])


def _order(nodes: Nodes) -> tuple[int, list[str]]:
    return len(nodes), [f"{node.name} {node.layer.call_text()}" for node in nodes]


def _aligned(old: Nodes, new: Nodes) -> Aligned:
    """What both nets begin and end with is paired off; what is left is weighed."""
    shorter = min(len(old), len(new))
    head = next((i for i in range(shorter) if not _is_same(old[i], new[i])), shorter)
    most = shorter - head
    tail = next((i for i in range(most) if not _is_same(old[-1 - i], new[-1 - i])), most)
    old_end, new_end = len(old) - tail, len(new) - tail
    pairs: Aligned = [*zip(old[:head], new[:head], strict=True)]
    if (old_end - head) * (new_end - head) <= MOST_CELLS:
        pairs += _best(old[head:old_end], new[head:new_end])
    else:
        pairs += _between_anchors(old[head:old_end], new[head:new_end])
    return [*pairs, *zip(old[old_end:], new[new_end:], strict=True)]


def _is_same(one: ShapedNode, other: ShapedNode) -> bool:
    return one.name == other.name and one.layer == other.layer and one.output == other.output


def _best(old: Nodes, new: Nodes) -> Aligned:
    """The alignment with the largest sum of likenesses; a pair right after a pair counts a little more."""
    # For the layers up to a row and a column: the best sum, and the best that ends in a pair there (-1: none can).
    best, paired = [0] * (len(new) + 1), [-1] * (len(new) + 1)
    choices: list[bytearray] = []
    for scores in _scores(old, new):
        row, row_paired, choice = [0], [-1], bytearray(1)
        left = 0
        for column, alike in enumerate(scores):
            score, chosen = best[column + 1], _REMOVED
            if left > score:
                score, chosen = left, _ADDED
            pair = -1
            if alike:
                pair = best[column] + alike
                if paired[column] + ADJACENT > best[column] and paired[column] >= 0:
                    pair = paired[column] + ADJACENT + alike
                    chosen |= _FOLLOWS
                if pair >= score:
                    score, chosen = pair, _PAIRED | (chosen & _FOLLOWS)
            row.append(score)
            row_paired.append(pair)
            choice.append(chosen)
            left = score
        best, paired = row, row_paired
        choices.append(choice)
    return [*_traced(old, new, choices)][::-1]


_REMOVED, _ADDED, _PAIRED, _FOLLOWS = 1, 2, 4, 8
"""How the best sum at a row and column came about, and whether the best pair there follows another."""


def _traced(old: Nodes, new: Nodes, choices: Sequence[bytearray]) -> Iterator[Couple]:
    """The pairs from last to first."""
    row, column, must_pair = len(old), len(new), False
    while row or column:
        chosen = choices[row - 1][column] if row and column else _REMOVED if row else _ADDED
        if must_pair or chosen & _PAIRED:
            row, column = row - 1, column - 1
            yield old[row], new[column]
            must_pair = bool(chosen & _FOLLOWS)
        elif chosen & _REMOVED:
            row -= 1
            yield old[row], None
        else:
            column -= 1
            yield None, new[column]


def _scores(old: Nodes, new: Nodes) -> Iterator[list[int]]:
    """How alike each old layer is to every new one, by what they are and by their names; 0 where they are no pair."""
    known: dict[tuple[object, ...], list[int]] = {}
    columns = {node.name: column for column, node in enumerate(new)}
    members: dict[str, list[int]] = {}
    for column, node in enumerate(new):
        members.setdefault(node.name.rpartition(".")[0], []).append(column)
    for one in old:
        key = (id(one.layer), one.output)  # equal layers are nearly always one object
        if key not in known:
            known[key] = _likenesses(one, new)
        scores = known[key].copy()
        module = one.name.rpartition(".")[0]
        for column in members.get(module, ()) if module else ():
            scores[column] += SAME_MODULE if scores[column] else 0
        column = columns.get(one.name, -1)
        if column >= 0 and is_label(one) and is_label(new[column]):
            scores[column] += SAME_LABEL
        elif column >= 0 and scores[column]:
            scores[column] += SAME_PLACE
        yield scores


def _likenesses(one: ShapedNode, new: Nodes) -> list[int]:
    known: dict[tuple[object, ...], int] = {}
    scores = []
    for other in new:
        key = (id(other.layer), other.output)
        if key not in known:
            known[key] = _likeness(one, other)
        scores.append(known[key])
    return scores


def _likeness(one: ShapedNode, other: ShapedNode) -> int:
    same_shape = SAME_SHAPE if one.output == other.output else 0
    if one.layer == other.layer:
        return SAME_LAYER + same_shape
    if one.layer.kind == other.layer.kind:
        names = arguments(type(one.layer))
        equal = len([name for name in names if getattr(one.layer, name) == getattr(other.layer, name)])
        return SAME_KIND + MOST_FOR_ARGUMENTS * equal // max(len(names), 1) + same_shape
    if one.layer.family is other.layer.family and one.layer.family in EXCHANGEABLE:
        return SAME_FAMILY + same_shape
    return 0


def _between_anchors(old: Nodes, new: Nodes) -> Aligned:
    """Of long runs: the layers that kept name and kind are pairs; between them the rest is weighed, if it can be."""
    places = {node.name: place for place, node in enumerate(new)}
    kept = [
        (row, places[node.name])
        for row, node in enumerate(old)
        if node.name in places and new[places[node.name]].layer.kind == node.layer.kind
    ]
    pairs: Aligned = []
    row = column = 0
    for anchor, anchor_column in [*_increasing(kept), (len(old), len(new))]:
        one, other = old[row:anchor], new[column:anchor_column]
        pairs += _best(one, other) if len(one) * len(other) <= MOST_CELLS else _in_step(one, other)
        if anchor < len(old):
            pairs.append((old[anchor], new[anchor_column]))
        row, column = anchor + 1, anchor_column + 1
    return pairs


def _increasing(places: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest run of places that rises in the second number too. Source: patience sorting."""
    tops: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for index, (_, column) in enumerate(places):
        pile = bisect_left(tops, column)
        before.append(ends[pile - 1] if pile else -1)
        tops[pile : pile + 1] = [column]
        ends[pile : pile + 1] = [index]
    rising = []
    index = ends[-1] if ends else -1
    while index >= 0:
        rising.append(places[index])
        index = before[index]
    return rising[::-1]


def _in_step(old: Nodes, new: Nodes) -> Aligned:
    """Each layer with the one at its place, where they are alike."""
    pairs: Aligned = []
    for one, other in zip_longest(old, new):
        alike = one is not None and other is not None and _likeness(one, other)
        pairs += [(one, other)] if alike else [(one, None), (None, other)]
    return [pair for pair in pairs if pair != (None, None)]


def _removals_first(pairs: Aligned) -> Aligned:
    """Between two pairs, what was removed before what was added."""
    ordered: Aligned = []
    added: Aligned = []
    for pair in pairs:
        if pair[0] is None:
            added.append(pair)
            continue
        if pair[1] is not None:
            ordered += added
            added = []
        ordered.append(pair)
    return ordered + added

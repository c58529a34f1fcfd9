"""Valleys: nets such as U-Net, which go down and come back up, and there meet again what they made on the way down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from netspec.backends.graphviz.boxes import Diagram

FEWEST = 3
"""So many values at least go over to the other side: the one at the bottom, and two that are met again."""


WHOLE = 0.5
"""The share of the way that must lie between the first value that is met again and where that happens."""


def turning_point(drawn: Diagram, places: Mapping[str, int], ends: Sequence[float]) -> int | None:
    """After how many boxes a net turns, if it is a valley: what was made last before that is used first after it.

    `ends` are where the boxes end on the way; of several possible points the one nearest to its middle is taken.
    """
    made: dict[str, int] = {}
    used: dict[str, set[int]] = {}
    for edge in drawn.edges:
        made[edge.value] = places[edge.tail]
        used.setdefault(edge.value, set()).add(places[edge.head])
    until = {value: max(heads) for value, heads in used.items()}
    middle = max(ends, default=0.0) / 2
    best: tuple[int, float, int] | None = None
    alive: list[str] = []
    making: dict[int, list[str]] = {}
    for value, place in made.items():
        making.setdefault(place, []).append(value)
    for turn in range(1, len(ends)):
        alive += making.get(turn - 1, ())
        alive = [value for value in alive if until[value] >= turn]
        if len(alive) < FEWEST or not _nested(alive, made, used, turn):
            continue
        first = min(alive, key=lambda value: made[value])
        if ends[until[first]] - ends[made[first]] < WHOLE * 2 * middle:
            continue
        found = (-len(alive), abs(ends[turn - 1] - middle), turn)
        best = found if best is None else min(best, found)
    return best[2] if best is not None else None


def _nested(alive: Sequence[str], made: Mapping[str, int], used: Mapping[str, set[int]], turn: int) -> bool:
    """Whether each value is used once after the turn, and the earlier it was made, the later."""
    after = []
    for value in sorted(alive, key=lambda value: -made[value]):
        heads = [place for place in used[value] if place >= turn]
        if len(heads) != 1:
            return False
        after += heads
    return all(first < second for first, second in pairwise(after))

"""Slots: memory that values share whose lives do not overlap."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Life(NamedTuple):
    """A value, its size, the first step that writes it and the last that needs it."""

    value: str
    size: int
    first: int
    last: int


def find_slots(lives: Iterable[Life]) -> dict[str, int]:
    """The slot of each value, numbered from 0.

    Each takes, of those that are free, the smallest in which it fits; else the largest, which grows; else a new one.
    """
    slots: dict[str, int] = {}
    sizes: list[int] = []
    busy: dict[int, int] = {}
    for life in sorted(lives, key=lambda life: life.first):
        free = [slot for slot in range(len(sizes)) if busy[slot] < life.first]
        fitting = [slot for slot in free if sizes[slot] >= life.size]
        if fitting:
            slot = min(fitting, key=lambda slot: sizes[slot])
        elif free:
            slot = max(free, key=lambda slot: sizes[slot])
        else:
            slot = len(sizes)
            sizes.append(0)
        sizes[slot] = max(sizes[slot], life.size)
        busy[slot] = life.last
        slots[life.value] = slot
    return slots

"""An edit: one span of a text replaced, and what kind of change that is."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple


class Kind(IntEnum):
    """What an edit changes, the least change in meaning first."""

    SPELLING = 0
    PUNCTUATION = 1
    NUMBER = 2
    ORDER = 3
    ARGUMENT = 4
    STEP = 5
    CLAIM = 6
    INPUT = 7
    REMOVAL = 8


class Edit(NamedTuple):
    """The text from `start` to `end` replaced by `text`. `title` says it in words, for a reader of the spec.

    `far`: how much more it changes than the least of its kind; 1 is as much as from one kind to the next.
    """

    kind: Kind
    start: int
    end: int
    text: str
    title: str = ""
    far: float = 0

    @property
    def change(self) -> float:
        """How much it changes: what fixes are ranked by."""
        return self.kind + self.far

    def applied(self, text: str) -> str:
        """A text with this edit made."""
        return text[: self.start] + self.text + text[self.end :]

"""How long work tells of itself: bars that whoever calls may draw."""

from __future__ import annotations

from typing import Protocol


class Bar(Protocol):
    """A bar of progress; tqdm's and pooch's are such."""

    total: float | None

    def update(self, n: float | None = 1) -> object:
        """So much more is done."""

    def reset(self) -> object:
        """Nothing is done."""

    def close(self) -> object:
        """Nothing more will be done."""


class Bars(Protocol):
    """Makes a bar for some work, with the unit that it is counted in."""

    def __call__(self, doing: str, unit: str, total: int | None = None) -> Bar:
        """A new bar."""


class NoBar:
    """A bar that nobody sees."""

    def __init__(self, doing: str = "", unit: str = "", total: int | None = None) -> None:
        """A bar like any other, so that the class itself serves as :class:`Bars`."""
        self.total: float | None = total

    def update(self, n: float | None = 1) -> None:
        """Not seen."""

    def reset(self) -> None:
        """Not seen."""

    def close(self) -> None:
        """Not seen."""

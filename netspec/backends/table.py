"""What text tables share: aligned columns, and notes for what is too long for its place."""

from __future__ import annotations

from collections.abc import Sequence

WIDEST = 36
"""A longer formula stands below the table, so that it does not push the columns apart."""

LONGEST_NOTE = 500
"""A formula longer than this is only begun: nobody reads the rest."""


class Notes:
    """What stands below a table."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def short(self, text: str) -> str:
        """The text, or where it is too long the mark of the note that says it."""
        if len(text) <= WIDEST:
            return text
        if text not in self.texts:
            self.texts.append(text)
        return f"[{self.texts.index(text) + 1}]"

    @property
    def lines(self) -> list[str]:
        """Every note on a line, after an empty one."""
        notes = [f"[{number}] {_begun(text)}" for number, text in enumerate(self.texts, 1)]
        return ["", *notes] if notes else []


def _begun(text: str) -> str:
    if len(text) <= LONGEST_NOTE:
        return text
    return f"{text[: text.rindex(' ', 0, LONGEST_NOTE)]} … ({len(text):,} characters in all)"


def widths_of(rows: Sequence[Sequence[str]]) -> list[int]:
    """The width of each column."""
    return [max(map(len, column)) for column in zip(*rows, strict=True)]


def aligned(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    """A line of cells, each in its column."""
    parts = zip(cells, widths, right, strict=True)
    return "  ".join(cell.rjust(width) if is_right else cell.ljust(width) for cell, width, is_right in parts).rstrip()


def rule_of(widths: Sequence[int]) -> str:
    """A line as wide as the table."""
    return "─" * (sum(widths) + 2 * (len(widths) - 1))

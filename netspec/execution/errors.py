"""What keeps a net from being run."""

from __future__ import annotations


class CannotRun(Exception):
    """A net cannot be run as asked: one line that says why, and further lines where there is more to list."""

    def __init__(self, message: str, details: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.details = details

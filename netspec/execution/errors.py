"""What keeps a net from being run."""

from __future__ import annotations


class CannotRun(Exception):
    """A net cannot be run as asked: one line that says why, and further lines where there is more to list."""

    def __init__(self, message: str, details: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.details = details


def need_numpy() -> None:
    """Raises :class:`CannotRun` where NumPy is missing."""
    try:
        import numpy  # noqa: F401
    except ImportError:
        raise CannotRun("numpy is missing: pip install 'netspec-lang[numpy]'") from None

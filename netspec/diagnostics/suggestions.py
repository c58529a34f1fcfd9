"""The word that was probably meant."""

from __future__ import annotations

from collections.abc import Iterable


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """The known word nearest to a misspelt one, if any is near."""
    from difflib import get_close_matches  # only a mistake pays for it

    matches = get_close_matches(word[:64].lower(), list(known), n=1, cutoff=0.65)
    return matches[0] if matches else None

"""The word that was probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import islice

_MOST_WORDS = 400
"""Of more known words than this only the first are looked at: it takes time, and a spec may have a million labels."""


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """The known word nearest to a misspelt one, if any is near."""
    return _nearest(word[:64].lower(), tuple(islice(known, _MOST_WORDS)))


@lru_cache(maxsize=256)
def _nearest(word: str, known: tuple[str, ...]) -> str | None:
    from difflib import get_close_matches  # only a mistake pays for it

    written = {known_word.lower(): known_word for known_word in reversed(known)}
    matches = get_close_matches(word, written, n=1, cutoff=0.65)
    return written[matches[0]] if matches else None

"""Names in generated Python: what a spec may call things, and what Python lets them be called."""

from __future__ import annotations

import builtins
import keyword
from collections.abc import Callable, Iterable

ALWAYS_IN_USE = frozenset({"self"}) | set(dir(builtins))
"""Names that generated code may need for what they are, whatever it imports."""


class Names:
    """A scope: gives out names, each once, none of which hides something that the code needs."""

    in_use = ALWAYS_IN_USE

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = set(taken)

    def take(self, wanted: str, *alternatives: str) -> str:
        """The wanted name, or the first alternative that is free, or the wanted one with a number from 2 up."""
        name = first_free(self._taken.__contains__, wanted, *alternatives, in_use=self.in_use)
        self._taken.add(name)
        return name


def first_free(is_taken: Callable[[str], bool], wanted: str, *alternatives: str, in_use: frozenset[str]) -> str:
    """The wanted name, or the first alternative that is free, or the wanted one with a number from 2 up."""
    for candidate in (wanted, *alternatives):
        if is_usable(candidate) and candidate not in in_use and not is_taken(candidate):
            return candidate
    stem = usable(wanted, in_use)
    name, number = stem, 2
    while is_taken(name):
        name, number = f"{stem}{number}", number + 1
    return name


def is_usable(name: str) -> bool:
    """Whether a name can be that of a class, parameter or variable."""
    return name.isidentifier() and not keyword.iskeyword(name) and not name.startswith("__")


def usable(name: str, in_use: frozenset[str]) -> str:
    """The nearest name that a class, parameter or variable can have."""
    if keyword.iskeyword(name) or name in in_use:
        return f"{name}_"
    bare = name.lstrip("_") if name.startswith("__") else name
    if not bare or bare[0].isdigit():
        return f"_{bare}" if bare else "value"
    return usable(bare, in_use) if bare != name else name

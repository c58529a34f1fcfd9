"""Small immutable objects that are made quickly: a large spec has ten for every layer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from functools import partial
from typing import Any, TypeVar

Kind = TypeVar("Kind")


def quick_tuple(kind: type[Kind]) -> Callable[[tuple[Any, ...]], Kind]:
    """What makes a named tuple of all its values in half the time: ``quick_span((start, end))`` for ``Span``."""
    make: Any = tuple.__new__
    return partial(make, kind)


def quick(kind: type[Kind]) -> type[Kind]:
    """Give a frozen dataclass with slots an ``__init__`` that takes half the time, and is otherwise the same.

    The standard one looks ``object.__setattr__`` and each attribute up again for every value; this one fills the slots.
    It is written out as code, as the standard one is.
    """
    standard: Any = kind.__init__
    parts = fields(kind)  # type: ignore[arg-type]  # a dataclass
    names = [part.name for part in parts if not part.kw_only]
    by_keyword = [part.name for part in parts if part.kw_only]
    heading = ", ".join(["self", *names, *(["*", *by_keyword] if by_keyword else [])])
    filling = "".join(f"    fill_{name}(self, {name})\n" for name in (*names, *by_keyword))
    known: dict[str, Any] = {f"fill_{part.name}": getattr(kind, part.name).__set__ for part in parts}
    exec(f"def __init__({heading}):\n{filling}", known)
    init = known["__init__"]
    for kept in ("__defaults__", "__kwdefaults__", "__annotations__", "__qualname__", "__module__"):
        setattr(init, kept, getattr(standard, kept))
    kind.__init__ = init  # type: ignore[method-assign]  # that is what this is for
    return kind

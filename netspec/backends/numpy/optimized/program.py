"""A lowered program: the calls of plan kernels that run a net, in order, each with its reason. Plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from netspec.backends.python.values import Value


@dataclass(frozen=True, slots=True)
class Code:
    """An expression of the generated text: ``conv1.inner``, ``relu_into``."""

    text: str


@dataclass(frozen=True, slots=True)
class Called:
    """What a function gives: ``p.map(1, (n, 28, 28, 6))``, or, without a name, a tuple: ``(conv1, conv2)``."""

    function: str
    arguments: tuple[Argument, ...]
    options: tuple[tuple[str, Argument], ...] = ()


Argument: TypeAlias = Value | Code | Called
"""What a kernel is called with: a plain value, or an expression."""


@dataclass(frozen=True, slots=True)
class Operation:
    """A call of a plan kernel, ``kernel(p, *arguments, **options)``, that does the work of some layers.

    `makes` is the variable of the value that it makes: it is `buffer`, if there is one, made in the statement before;
    else what the kernel returns; None if it has one already. `needs` are the functions that the arguments speak of.
    Without a kernel nothing is called: the layers are no work.
    """

    layers: tuple[str, ...]
    kernel: str = ""
    arguments: tuple[Argument, ...] = ()
    options: tuple[tuple[str, Argument], ...] = ()
    makes: str | None = None
    buffer: Called | None = None
    needs: frozenset[str] = frozenset()
    lowering: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Program:
    """A way to run a net: operations in order.

    It becomes the method ``plan_NAME(self, p: Plan)``, whose docstring is `about`; its first statements set
    `variables`. `chunk` is how many examples run at once, and `smallest` the smallest batch that it is meant for; None
    if it is for training alone. `base` is the base class of a network that has it.
    """

    name: str
    about: str
    operations: tuple[Operation, ...]
    chunk: int
    smallest: int | None = 1
    base: str = "OptimizedNetwork"
    variables: tuple[tuple[str, Code], ...] = (("n", Code("p.n")),)

"""What is to be computed, before it is known where values lie."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import TypeAlias

from netspec.backends.numpy.optimized.program import Argument
from netspec.sizes import Shape


@dataclass(frozen=True, slots=True)
class Reading:
    """A value that a kernel reads, with so many zeros before and after it on each spatial axis."""

    value: str
    before: Shape = ()
    after: Shape = ()


@dataclass(frozen=True, slots=True)
class Readable:
    """A readable kernel and what it is called with after the values: arguments as they are written."""

    kernel: str
    values: tuple[Reading, ...]
    arguments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Together:
    """Values as one operand: a tuple."""

    values: tuple[Reading, ...]


class Place(Enum):
    """An operand that is no value yet."""

    OUTPUT = auto()


Operand: TypeAlias = Argument | Reading | Together | Readable | Place


@dataclass(frozen=True, slots=True)
class Compute:
    """A call of a plan kernel, ``kernel(p, *operands, **options)``, one of whose operands is the output's place.

    `over` is a value that the kernel can overwrite with its result.
    """

    layers: tuple[str, ...]
    value: str
    kernel: str
    operands: tuple[Operand, ...]
    options: tuple[tuple[str, Operand], ...] = ()
    over: str | None = None
    needs: frozenset[str] = frozenset()
    lowering: str = ""
    reason: str = ""

    def readings(self) -> Iterator[Reading]:
        """All that it reads."""
        for operand in (*self.operands, *(operand for _, operand in self.options)):
            match operand:
                case Reading():
                    yield operand
                case Readable() | Together():
                    yield from operand.values
                case _:
                    pass


@dataclass(frozen=True, slots=True)
class Same:
    """A value that is another one, seen differently: with some of the zeros around it, or some of its channels."""

    layers: tuple[str, ...]
    value: str
    of: str
    before: Shape = ()
    after: Shape = ()
    channels: tuple[int, int] | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Join:
    """A value whose channels are those of others, one after another."""

    layers: tuple[str, ...]
    value: str
    parts: tuple[str, ...]


Task: TypeAlias = Compute | Same | Join

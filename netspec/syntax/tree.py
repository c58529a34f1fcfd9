"""The syntax tree: what was written, with its place. Nothing is decided yet: no name is looked up, no value worked out.

Named tuples: immutable, small and quick to make, since a spec may have a hundred thousand lines.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from netspec.source import Span


class Word(NamedTuple):
    """A name where it is written."""

    text: str
    span: Span


# Values and expressions


class Number(NamedTuple):
    """``61_706``, ``0.5``, ``-1``."""

    value: int | float
    span: Span


class Truth(NamedTuple):
    """``true`` or ``false``."""

    value: bool
    span: Span


class Window(NamedTuple):
    """``3x3`` or ``3xHxW`` in one token: numbers and symbols."""

    sizes: tuple[int | str, ...]
    span: Span


class Spaced(NamedTuple):
    """``3 x H x (W // 2)``."""

    parts: tuple[Expression, ...]
    span: Span


class Path(NamedTuple):
    """``in.channels``, ``layer1.0.conv1.params``."""

    parts: tuple[str, ...]
    span: Span


class Prefix(NamedTuple):
    """``not`` or ``-`` before an operand, `times` times."""

    operator: str
    times: int
    operand: Expression
    span: Span


class Infix(NamedTuple):
    """Operands with operators of one precedence between them, to be taken from the left."""

    first: Expression
    rest: tuple[tuple[Word, Expression], ...]
    span: Span


class Choice(NamedTuple):
    """``min(a, b)`` or ``max(a, b)``."""

    function: str
    operands: tuple[Expression, ...]
    span: Span


Expression: TypeAlias = Word | Number | Truth | Window | Spaced | Path | Prefix | Infix | Choice


# Steps and statements


class Argument(NamedTuple):
    """``value`` or ``keyword=value``; with ``if``, an operand that is a label."""

    keyword: Word | None
    value: Expression
    condition: Expression | None
    span: Span


class Operand(NamedTuple):
    """``{ ... }`` after a layer's name, perhaps ``if`` a condition holds."""

    body: Body
    condition: Expression | None
    span: Span


class Call(NamedTuple):
    """A layer or a block applied: ``conv1: conv 6 5x5 padding=2``."""

    label: Word | None
    name: Word
    parts: tuple[Argument | Operand, ...]
    span: Span


class Group(NamedTuple):
    """``label: { ... }``: layers that belong together."""

    label: Word | None
    body: Body
    span: Span


Step: TypeAlias = Call | Group


class Input(NamedTuple):
    """``input 1x28x28``."""

    label: Word | None
    shape: Expression
    span: Span


class Chain(NamedTuple):
    """``step -> step => shape``."""

    steps: tuple[Step, ...]
    stated: Expression | None
    span: Span


class Repeat(NamedTuple):
    """``repeat N { ... } => shape``."""

    turns: Expression
    body: Body
    stated: Expression | None
    span: Span


class Conditional(NamedTuple):
    """``if COND { ... } else { ... }``."""

    condition: Expression
    then: Body
    otherwise: Body | Conditional | None
    span: Span


class GoOn(NamedTuple):
    """``from label``, ``from group.label``."""

    place: Word | Path
    span: Span


class Output(NamedTuple):
    """``output label: { ... }``."""

    label: Word
    body: Body
    span: Span


class Claim(NamedTuple):
    """``assert EXPR``."""

    expression: Expression
    span: Span


class Broken(NamedTuple):
    """A line with a syntax error, which has been reported."""

    span: Span


Statement: TypeAlias = Input | Chain | Repeat | Conditional | GoOn | Output | Claim | Broken


class Body(NamedTuple):
    """The statements between ``{`` and ``}``."""

    statements: tuple[Statement, ...]
    span: Span


# Items


class Parameter(NamedTuple):
    """A parameter of a block or net, with its default if it has one."""

    name: Word
    default: Expression | None
    span: Span


class Use(NamedTuple):
    """``use "other.net"``."""

    path: str
    span: Span


class Block(NamedTuple):
    """``block name(parameters) { ... }``."""

    name: Word
    parameters: tuple[Parameter, ...]
    body: Body
    span: Span


class Net(NamedTuple):
    """``net Name(parameters) { ... }``."""

    name: Word
    parameters: tuple[Parameter, ...]
    body: Body
    span: Span


Item: TypeAlias = Use | Block | Net | Broken


class File(NamedTuple):
    """A whole file."""

    items: tuple[Item, ...]

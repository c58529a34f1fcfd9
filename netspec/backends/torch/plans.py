"""Plans of classes: the parameters of each constructor, and what every argument in it is in terms of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple, TypeAlias

from netspec.backends.python.values import Value
from netspec.backends.torch.expressions import Expression
from netspec.backends.torch.templates import Item, Template
from netspec.backends.torch.wiring import Wiring


class Source(NamedTuple):
    """What a constructor's parameter stands for: the channels of an input (by place), an argument, or just a number."""

    kind: Literal["channels", "argument", "own"]
    input: int = 0
    argument: str = ""


class Parameter(NamedTuple):
    """A parameter of a constructor. `positional`: calls give it by place."""

    name: str
    annotation: str
    default: Value
    positional: bool


class Argument(NamedTuple):
    """An argument of a call in a constructor; `keyword` is empty where it is given by place."""

    keyword: str
    value: Expression


class Numbering(NamedTuple):
    """The name of a member of a loop in each turn: the stem, and a number that grows with the turns."""

    stem: str
    number: Expression


class Made(NamedTuple):
    """A member as the constructor makes it, under a condition (or True).

    `attribute` is what the class calls it, in a loop by the turn. `members` are those of a sequence that stays an
    expression. `channels` are those of its result, where they are known in all bodies.
    """

    item: Item
    condition: Expression
    attribute: str | Numbering
    arguments: tuple[Argument, ...] = ()
    members: tuple[Made, ...] | None = None
    loop: Loop | None = None
    channels: Expression = None


class Loop(NamedTuple):
    """A loop: its variable, how many times it runs, and the plan of a turn."""

    variable: str
    times: Expression
    turn: Plan


class Plan(NamedTuple):
    """A class or a turn of a loop: the bodies that it stands for, how it is made, and the flow of values.

    `variables` are all that could be parameters, `values` what they are in each body. `derived` are those that the
    constructor works out of others. `results` are the channels of what the class returns. `wholes` are the inputs of
    the class around, by body, to which the shapes of the others are compared.
    """

    template: Template
    wiring: Wiring
    made: tuple[Made, ...]
    values: tuple[Mapping[str, Value], ...]
    wholes: tuple[str, ...]
    parameters: tuple[Parameter, ...] = ()
    variables: Mapping[str, Source] = {}
    derived: tuple[tuple[str, Expression], ...] = ()
    results: tuple[Expression, ...] = ()


Plans: TypeAlias = Mapping[str, tuple[Plan, int]]
"""The plan of each body that has a class, by path, and the place of the body in it."""

Column: TypeAlias = Mapping[int, Value]
"""A value in each of some bodies, by their place."""

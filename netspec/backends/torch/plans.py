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


class Made(NamedTuple):
    """A member as the constructor makes it, under a condition (or True)."""

    item: Item
    condition: Expression
    arguments: tuple[Argument, ...] = ()
    members: tuple[Made, ...] | None = None
    channels: Expression = None
    """Those of its result, where they are known in all bodies."""


class Plan(NamedTuple):
    """A class: the bodies that it stands for, its constructor, and the flow of values in ``forward``.

    `variables` are all that could be parameters, `values` what they are in each body, and `results` the channels of
    what the class returns in terms of them.
    """

    template: Template
    wiring: Wiring
    parameters: tuple[Parameter, ...]
    made: tuple[Made, ...]
    variables: Mapping[str, Source]
    values: tuple[Mapping[str, Value], ...]
    results: tuple[Expression, ...]


Plans: TypeAlias = Mapping[str, tuple[Plan, int]]
"""The plan of each body that has a class, by path, and the place of the body in it."""

Column: TypeAlias = Mapping[int, Value]
"""A value in each of some bodies, by their place."""

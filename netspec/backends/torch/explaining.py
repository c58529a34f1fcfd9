"""Explaining the numbers of a class: what each is in terms of parameters, in all bodies that the class stands for.

Every expression is evaluated on all bodies, and taken only if it gives their numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from netspec.backends.python.values import Value, collapsed, equal
from netspec.backends.torch.expressions import (
    LONGEST,
    Channels,
    Expression,
    Given,
    Name,
    Unknown,
    evaluate,
    is_constant,
    operation,
    render,
    substitute,
)
from netspec.backends.torch.names import Names
from netspec.backends.torch.plans import Column, Plans, Source
from netspec.backends.torch.structure import Body, Leaf, label_of
from netspec.backends.torch.templates import Template
from netspec.ir import Entering, Operation
from netspec.ir import Expression as Written
from netspec.sizes import Shape

_AXES = {"width": -1, "height": -2, "depth": -3}


class Unexplained(Exception):
    """Bodies differ in their members, and what the spec says does not explain it."""


class Explainer:
    """The variables of a class while it is planned, and what is known of the channels of values in terms of them.

    `values` are the variables' values in each body. `derived` are those that follow from others. `known` has the
    channels of the values of each body, by name.
    """

    def __init__(self, template: Template, shapes: Mapping[str, Shape], plans: Plans, free: frozenset[str]) -> None:
        self.template, self.shapes, self.plans, self.free = template, shapes, plans, free
        self.bodies = template.bodies
        self.every = tuple(range(len(self.bodies)))
        self.scope = Names()
        self.variables: dict[str, Source] = {}
        self.derived: dict[str, Expression] = {}
        self.values: list[dict[str, Value]] = [{} for _ in self.bodies]
        self.constants: dict[str, Value] = {}
        self.names: dict[str, str] = {}
        self.known: list[dict[str, Expression]] = [{} for _ in self.bodies]
        self.by_place: set[str] = set()

    def take_variables(self) -> None:
        """Find what could be a parameter: the block's own, and the channels of what comes in."""
        self._take_arguments()
        self._take_inputs()
        self._derive_arguments()

    def _take_arguments(self) -> None:
        given = {argument for body in self.bodies for argument in body.given_arguments()}
        for argument in self.bodies[0].arguments:
            column = {body: collapsed(self.bodies[body].arguments.get(argument)) for body in self.every}
            if not all(isinstance(value, (bool, int, float, tuple)) for value in column.values()):
                continue
            if argument in self.free or argument in given or not all_equal(column):
                self.names[argument] = self.variable(argument, Source("argument", argument=argument), column)
            else:
                self.constants[argument] = column[0]

    def _take_inputs(self) -> None:
        first = self.bodies[0]
        for place, value in enumerate(first.inputs):
            column = {body: channels_of(self.shapes[self.bodies[body].inputs[place]]) for body in self.every}
            if None in column.values():
                continue
            expression: Expression = column[0]
            if first.definition is not None or not all_equal(column):
                what = "channels" if len(self.shapes[value]) > 1 else "features"
                own = place == 0 and first.uses_entry
                wanted = f"in_{what}" if own else f"{label_of(value, first)}_{what}"
                expression = Name(self.variable(wanted, Source("channels", input=place), column))
                self.by_place.add(expression.name)
            for body in self.every:
                self.known[body][self.bodies[body].inputs[place]] = expression

    def _derive_arguments(self) -> None:
        """See which parameters of a block always follow from others, by their defaults."""
        defaults = [dict(body.module.derived) if body.module is not None else {} for body in self.bodies]
        for argument, name in self.names.items():
            if all(argument in derived for derived in defaults):
                column = {body: values[name] for body, values in enumerate(self.values)}
                written = [derived[argument] for derived in defaults]
                expression = self.explained(column, partial(self._written_in, written))
                if not is_constant(expression):
                    self.derived[name] = expression

    def _written_in(self, written: Sequence[Written], body: int) -> Expression:
        return self.converted(written[body], body)

    def variable(self, wanted: str, source: Source, column: Column) -> str:
        """A new variable with these values."""
        name = self.scope.take(wanted)
        self.variables[name] = source
        some = next(iter(column.values()))
        for body, values in enumerate(self.values):
            values[name] = column.get(body, some)
        return name

    # Expressions

    def explained(self, column: Column, candidate: Callable[[int], Expression] | None) -> Expression:
        """An expression that gives a value in some bodies, or else a literal; None if there is neither."""
        tried: list[Expression] = []
        for place in column:
            if candidate is None:
                break
            try:
                expression = candidate(place)
            except Unknown:
                continue
            if expression in tried or is_constant(expression):
                continue
            tried.append(expression)
            if self.fits(expression, column) and len(render(expression)) <= LONGEST:
                return expression
        return next(iter(column.values())) if all_equal(column) else None

    def fits(self, expression: Expression, column: Column) -> bool:
        """Whether an expression gives these values."""
        try:
            return all(equal(evaluate(expression, self.values[body]), value) for body, value in column.items())
        except Unknown:
            return False

    def ruled(self, rule: Expression, leaves: Mapping[int, Leaf], body: int) -> Expression:
        """A layer's rule in terms of the variables. Raises :class:`Unknown` where that cannot be."""
        leaf = leaves[body]

        def lookup(name: Name | Channels | Given) -> Expression:
            match name:
                case Channels():
                    return self.known_channels(leaf.node.inputs[name.input], body)
                case Given():
                    written = dict(leaf.node.written)
                    if name.argument in written:
                        return self.converted(written[name.argument], body)
                    return collapsed(getattr(leaf.node.layer, name.argument))
                case Name():
                    raise Unknown(name.name)

        return substitute(rule, lookup)

    def sourced(self, source: Source, bodies: Mapping[int, Body], place: int) -> Expression:
        """What a variable of an inner class is in terms of the variables here. Raises :class:`Unknown`."""
        body = bodies[place]
        match source.kind:
            case "channels":
                return self.known_channels(body.inputs[source.input], place)
            case "own":
                raise Unknown
            case "argument" if body.block is None:
                return self.converted(source.argument, place)
            case "argument":
                written = dict(body.module.written) if body.module else {}
                if source.argument in written:
                    return self.converted(written[source.argument], place)
                return collapsed(body.arguments[source.argument])

    def known_channels(self, value: str, body: int) -> Expression:
        """The channels of a value. Raises :class:`Unknown`."""
        if value not in self.known[body]:
            raise Unknown(value)
        return self.known[body][value]

    def converted(self, expression: Written, body: int) -> Expression:
        """An expression of the spec in terms of the variables. Raises :class:`Unknown` where that cannot be."""
        match expression:
            case str():
                if expression in self.names:
                    return Name(self.names[expression])
                if expression not in self.constants:
                    raise Unknown(expression)
                return self.constants[expression]
            case Entering("channels" | "features", value):
                return self.known_channels(value, body)
            case Entering(measure, value):
                shape = self.shapes[value]
                size = shape[_AXES[measure]] if -_AXES[measure] < len(shape) else None
                if not isinstance(size, int):
                    raise Unknown(measure)
                return size
            case Operation():
                return operation(expression.operator, *(self.converted(part, body) for part in expression.operands))
            case _:
                return expression

    def note(self, results: Mapping[int, tuple[str, ...]], candidate: Callable[[int, int], Expression]) -> None:
        """Keep what is known of the channels of a member's results."""
        for which in range(len(next(iter(results.values())))):
            column = {place: channels_of(self.shapes[names[which]]) for place, names in results.items()}
            if None in column.values():
                continue
            value = self.explained(column, partial(_swapped, candidate, which))
            if value is not None:
                for place, values in results.items():
                    self.known[place][values[which]] = value


def _swapped(candidate: Callable[[int, int], Expression], which: int, place: int) -> Expression:
    return candidate(place, which)


def channels_of(shape: Shape) -> int | None:
    """The number of channels, unless it depends on a symbol."""
    return shape[0] if isinstance(shape[0], int) else None


def all_equal(column: Column) -> bool:
    """Whether a value is the same in all bodies."""
    first, *rest = column.values()
    return all(equal(first, value) for value in rest)

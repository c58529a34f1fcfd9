"""Finding the plan of a class: what bodies that share it have in common, and what a parameter must tell.

Every expression is evaluated on all bodies that the class stands for, and taken only if it gives their numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
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
    names,
    operation,
    render,
    substitute,
)
from netspec.backends.torch.names import Names
from netspec.backends.torch.plans import Argument, Column, Made, Parameter, Plan, Plans, Source
from netspec.backends.torch.structure import Body, Leaf, label_of
from netspec.backends.torch.templates import Item, Template, ends
from netspec.backends.torch.wiring import Wiring, wire
from netspec.ir import Entering, Operation
from netspec.ir import Expression as Written
from netspec.sizes import Shape

_AXES = {"width": -1, "height": -2, "depth": -3}


class _Unexplained(Exception):
    """Bodies differ in their members, and the conditions in the spec do not explain it."""


def plan(
    template: Template, shapes: Mapping[str, Shape], plans: Plans, free: frozenset[str] = frozenset()
) -> Plan | None:
    """The plan of the class for a template; None if its bodies differ too much for one.

    `free` are parameters that stay parameters although there is one body only: those of a net.
    """
    wiring = wire(template)
    if wiring is None:
        return None
    try:
        return _Planner(template, shapes, plans, free).plan(wiring)
    except _Unexplained:
        return None


class _Planner:
    """The making of one plan."""

    def __init__(self, template: Template, shapes: Mapping[str, Shape], plans: Plans, free: frozenset[str]) -> None:
        self.template, self.shapes, self.plans, self.free = template, shapes, plans, free
        self.bodies = template.bodies
        self.every = tuple(range(len(self.bodies)))
        self.scope = Names()
        self.variables: dict[str, Source] = {}
        self.values: list[dict[str, Value]] = [{} for _ in self.bodies]
        self.constants: dict[str, Value] = {}
        self.names: dict[str, str] = {}
        self.known: list[dict[str, Expression]] = [{} for _ in self.bodies]
        self.by_place: set[str] = set()
        self._take_arguments()
        self._take_inputs()

    def plan(self, wiring: Wiring) -> Plan:
        """The plan, with this flow of values."""
        made = tuple(self._members(self.template.items, self.every))
        results = tuple(
            self.known[0].get(self.bodies[0].results[place]) for place in range(len(self.bodies[0].results))
        )
        return Plan(
            self.template,
            wiring,
            tuple(self._parameters(made)),
            made,
            self.variables,
            tuple(self.values),
            results,
        )

    # Variables

    def _take_arguments(self) -> None:
        for argument in self.bodies[0].arguments:
            column = {body: collapsed(self.bodies[body].arguments.get(argument)) for body in self.every}
            if not all(isinstance(value, (bool, int, float, tuple)) for value in column.values()):
                continue
            if argument in self.free or not _all_equal(column):
                self.names[argument] = self._variable(argument, Source("argument", argument=argument), column)
            else:
                self.constants[argument] = column[0]

    def _take_inputs(self) -> None:
        first = self.bodies[0]
        for place, value in enumerate(first.inputs):
            column = {body: _channels(self.shapes[self.bodies[body].inputs[place]]) for body in self.every}
            if None in column.values():
                continue
            expression: Expression = column[0]
            if not _all_equal(column):
                what = "channels" if len(self.shapes[value]) > 1 else "features"
                own = place == 0 and first.uses_entry
                wanted = f"in_{what}" if own else f"{label_of(value, first)}_{what}"
                expression = Name(self._variable(wanted, Source("channels", input=place), column))
                self.by_place.add(expression.name)
            for body in self.every:
                self.known[body][self.bodies[body].inputs[place]] = expression

    def _variable(self, wanted: str, source: Source, column: Column) -> str:
        name = self.scope.take(wanted)
        self.variables[name] = source
        some = next(iter(column.values()))
        for body, values in enumerate(self.values):
            values[name] = column.get(body, some)
        return name

    def _parameters(self, made: Iterable[Made]) -> Iterator[Parameter]:
        """The variables that are used, as parameters: those without default first."""
        used = set(_names_in(made))
        found = []
        by_place = True
        for name, source in sorted(self.variables.items(), key=lambda item: item[1].kind != "channels"):
            if name not in used:
                continue
            column = [values[name] for values in self.values]
            default = self._default(source, column)
            if default is None:
                by_place = by_place and name in self.by_place
            annotation = " | ".join(dict.fromkeys(_annotation(value) for value in column))
            found.append(Parameter(name, annotation, default, by_place and default is None))
        yield from (parameter for parameter in found if parameter.default is None)
        yield from (parameter for parameter in found if parameter.default is not None)

    def _default(self, source: Source, column: list[Value]) -> Value:
        """The value that a call need not give, if there is one."""
        if source.argument in self.free:
            return column[0]
        module = self.bodies[0].module
        defaults = dict(module.defaults) if module is not None and source.kind == "argument" else {}
        return collapsed(defaults.get(source.argument))

    # Members

    def _members(self, items: Iterable[Item], around: tuple[int, ...]) -> Iterator[Made]:
        for item in items:
            condition = self._condition(item, around)
            members: tuple[Made, ...] | None = None
            arguments: tuple[Argument, ...] = ()
            if item.members is not None:
                members = tuple(self._members(item.members, item.present))
            elif isinstance(item.example, Leaf):
                arguments = tuple(self._layer_arguments(item))
            else:
                arguments = tuple(self._class_arguments(item))
            results = {self.known[body].get(ends(item.parts[body])[1][0]) for body in item.present}
            yield Made(item, condition, arguments, members, results.pop() if len(results) == 1 else None)

    def _condition(self, item: Item, around: tuple[int, ...]) -> Expression:
        """The condition under which the bodies have a member, of those that have what is around it."""
        present = item.present
        if len(present) == len(around):
            return True
        part = item.example
        when = part.node.when if isinstance(part, Leaf) else part.module.when if part.module else ()
        body = present[0]
        try:
            parts = [self._converted(expression, body) for expression in when]
            telling = [part for part in parts if not self._fits(part, dict.fromkeys(around, True))]
            condition = operation("and", *telling) if len(telling) > 1 else telling[0] if telling else True
        except Unknown:
            raise _Unexplained from None
        if is_constant(condition) or not self._fits(condition, {body: body in present for body in around}):
            raise _Unexplained
        return condition

    def _layer_arguments(self, item: Item) -> Iterator[Argument]:
        leaves = {body: part for body, part in enumerate(item.parts) if isinstance(part, Leaf)}
        example = next(iter(leaves.values()))
        telling = any(leaf.node.written for leaf in leaves.values())
        for place, slot in enumerate(example.torch.slots):
            slots = {body: leaf.torch.slots[place] for body, leaf in leaves.items()}
            column = {body: slot.value for body, slot in slots.items()}
            own = slot.rule is None or (isinstance(slot.rule, Given) and not telling)
            value = self._explained(column, None if own else partial(self._ruled, slot.rule, leaves))
            if is_constant(value) and all(slot.omitted for slot in slots.values()):
                continue
            yield self._argument(item.name, slot.name, slot.positional, value, column)
        self._note(
            {body: (leaf.node.name,) for body, leaf in leaves.items()},
            lambda body, _: self._ruled(leaves[body].torch.channels, leaves, body),
        )

    def _class_arguments(self, item: Item) -> Iterator[Argument]:
        bodies = {place: part for place, part in enumerate(item.parts) if isinstance(part, Body)}
        plans = {place: self.plans[body.path] for place, body in bodies.items()}
        plan = next(iter(plans.values()))[0]
        for parameter in plan.parameters:
            source = plan.variables[parameter.name]
            column = {place: plan.values[at][parameter.name] for place, (_, at) in plans.items()}
            value = self._explained(column, partial(self._sourced, source, bodies))
            default = parameter.default is not None and all(equal(v, parameter.default) for v in column.values())
            if not (default and is_constant(value)):
                yield self._argument(item.name, parameter.name, parameter.positional, value, column)

        def result(place: int, which: int) -> Expression:
            def lookup(name: Name | Channels | Given) -> Expression:
                if not isinstance(name, Name):
                    raise Unknown(str(name))
                return self._sourced(plan.variables[name.name], bodies, place)

            return substitute(plan.results[which], lookup)

        self._note({place: body.results for place, body in bodies.items()}, result)

    def _note(self, results: dict[int, tuple[str, ...]], candidate: Callable[[int, int], Expression]) -> None:
        """Keep what is known of the channels of a member's results."""
        for which in range(len(next(iter(results.values())))):
            column = {place: _channels(self.shapes[names[which]]) for place, names in results.items()}
            if None in column.values():
                continue
            value = self._explained(column, partial(_swapped, candidate, which))
            if value is not None:
                for place, values in results.items():
                    self.known[place][values[which]] = value

    # Expressions

    def _argument(self, member: str, name: str, positional: bool, value: Expression, column: Column) -> Argument:
        """An argument; where nothing explains its value, it is a parameter of its own."""
        if value is None and None not in column.values():
            of = f"layer{member}" if member.isdecimal() else member
            value = Name(self._variable(f"{of}_{name}", Source("own"), column))
        if positional and isinstance(value, Name):
            self.by_place.add(value.name)
        return Argument("" if positional else name, value)

    def _explained(self, column: Column, candidate: Callable[[int], Expression] | None) -> Expression:
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
            if self._fits(expression, column) and len(render(expression)) <= LONGEST:
                return expression
        return next(iter(column.values())) if _all_equal(column) else None

    def _fits(self, expression: Expression, column: Column) -> bool:
        try:
            return all(equal(evaluate(expression, self.values[body]), value) for body, value in column.items())
        except Unknown:
            return False

    def _ruled(self, rule: Expression, leaves: Mapping[int, Leaf], body: int) -> Expression:
        """A layer's rule in terms of the variables."""
        leaf = leaves[body]

        def lookup(name: Name | Channels | Given) -> Expression:
            match name:
                case Channels():
                    return self._known_channels(leaf.node.inputs[name.input], body)
                case Given():
                    written = dict(leaf.node.written)
                    if name.argument in written:
                        return self._converted(written[name.argument], body)
                    return collapsed(getattr(leaf.node.layer, name.argument))
                case Name():
                    raise Unknown(name.name)

        return substitute(rule, lookup)

    def _sourced(self, source: Source, bodies: Mapping[int, Body], place: int) -> Expression:
        """What a variable of an inner class is in terms of the variables here."""
        body = bodies[place]
        match source.kind:
            case "channels":
                return self._known_channels(body.inputs[source.input], place)
            case "own":
                raise Unknown
            case "argument" if body.block is None:
                return self._converted(source.argument, place)
            case "argument":
                written = dict(body.module.written) if body.module else {}
                if source.argument in written:
                    return self._converted(written[source.argument], place)
                return collapsed(body.arguments[source.argument])

    def _known_channels(self, value: str, body: int) -> Expression:
        if value not in self.known[body]:
            raise Unknown(value)
        return self.known[body][value]

    def _converted(self, expression: Written, body: int) -> Expression:
        """An expression of the spec in terms of the variables. Raises :class:`Unknown` where that cannot be."""
        match expression:
            case str():
                if expression in self.names:
                    return Name(self.names[expression])
                if expression not in self.constants:
                    raise Unknown(expression)
                return self.constants[expression]
            case Entering("channels" | "features", value):
                return self._known_channels(value, body)
            case Entering(measure, value):
                shape = self.shapes[value]
                size = shape[_AXES[measure]] if -_AXES[measure] < len(shape) else None
                if not isinstance(size, int):
                    raise Unknown(measure)
                return size
            case Operation():
                return operation(expression.operator, *(self._converted(part, body) for part in expression.operands))
            case _:
                return expression


def _swapped(candidate: Callable[[int, int], Expression], which: int, place: int) -> Expression:
    return candidate(place, which)


def _channels(shape: Shape) -> int | None:
    return shape[0] if isinstance(shape[0], int) else None


def _all_equal(column: Column) -> bool:
    first, *rest = column.values()
    return all(equal(first, value) for value in rest)


def _annotation(value: Value) -> str:
    if isinstance(value, tuple):
        return f"tuple[{', '.join('int' for _ in value)}]"
    return type(value).__name__


def _names_in(made: Iterable[Made]) -> Iterator[str]:
    for member in made:
        yield from names(member.condition)
        for argument in member.arguments:
            yield from names(argument.value)
        yield from _names_in(member.members or ())

"""Finding the plan of a class: how each member is made in all bodies that share it, and what a parameter must tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial

from netspec.backends.python.values import Value, collapsed, equal
from netspec.backends.torch.attributes import with_attributes
from netspec.backends.torch.explaining import Explainer, Unexplained, channels_of
from netspec.backends.torch.expressions import (
    Channels,
    Expression,
    Given,
    Name,
    Unknown,
    is_constant,
    names,
    operation,
    substitute,
)
from netspec.backends.torch.plans import Argument, Column, Loop, Made, Numbering, Parameter, Plan, Plans, Source
from netspec.backends.torch.structure import Body, Leaf, conditions_of
from netspec.backends.torch.structure import Loop as Turning
from netspec.backends.torch.templates import Item, Template, Turns, ends
from netspec.backends.torch.wiring import Wiring, wire
from netspec.sizes import Shape

_ENTERING = Name("entering")
"""The channels that enter a turn of a loop, until it is known how they depend on the turn."""


def plan(
    template: Template, shapes: Mapping[str, Shape], plans: Plans, free: frozenset[str] = frozenset()
) -> Plan | None:
    """The plan of the class for a template; None if its bodies differ too much for one.

    `free` are parameters that stay parameters although they have one value only: those that a net's depend on.
    """
    wiring = wire(template)
    if wiring is None:
        return None
    try:
        return _Planner(template, shapes, plans, free).plan(wiring)
    except Unexplained:
        return None


class _Planner(Explainer):
    """The making of one plan."""

    loop_variable: str | None = None

    def plan(self, wiring: Wiring) -> Plan:
        """The plan, with this flow of values."""
        self.take_variables()
        made = with_attributes(tuple(self.members(self.template.items, self.every)))
        last = self.bodies[0].results
        used = set(_names_in(made))
        for name, expression in reversed(self.derived.items()):
            if name in used:
                used.update(names(expression))
        return Plan(
            self.template,
            wiring,
            made,
            tuple(self.values),
            tuple(body.inputs[0] if body.inputs else body.entry for body in self.bodies),
            tuple(self._parameters(used)),
            self.variables,
            tuple((name, expression) for name, expression in self.derived.items() if name in used),
            tuple(self._plain(self.known[0].get(value)) for value in last),
        )

    def _plain(self, expression: Expression) -> Expression:
        """An expression in terms of parameters alone."""

        def lookup(name: Name | Channels | Given) -> Expression:
            derived = self.derived.get(name.name) if isinstance(name, Name) else None
            return name if derived is None else self._plain(derived)

        return substitute(expression, lookup)

    def _parameters(self, used: set[str]) -> Iterator[Parameter]:
        """The variables that are used, as parameters: those without default first."""
        found = []
        by_place = True
        for name, source in sorted(self.variables.items(), key=lambda item: item[1].kind != "channels"):
            if name not in used or name in self.derived:
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
        module = self.bodies[0].module
        if module is None:
            return column[0] if source.argument in self.free else None
        defaults = dict(module.defaults) if source.kind == "argument" else {}
        return collapsed(defaults.get(source.argument))

    # Members

    def members(self, items: Iterable[Item], around: tuple[int, ...]) -> Iterator[Made]:
        """How each member is made, in those bodies that have what is around it."""
        for item in items:
            if item.turns is not None:
                yield self._loop(item, item.turns, around)
                continue
            condition = self._condition(item, around)
            members: tuple[Made, ...] | None = None
            arguments: tuple[Argument, ...] = ()
            if item.members is not None:
                members = tuple(self.members(item.members, item.present))
            elif isinstance(item.example, Leaf):
                arguments = tuple(self._layer_arguments(item))
            else:
                arguments = tuple(self._class_arguments(item))
            results = {self.known[body].get(ends(item.parts[body])[1][0]) for body in item.present}
            channels = results.pop() if len(results) == 1 else None
            yield Made(item, condition, self.attribute(item), arguments, members, channels=channels)

    def attribute(self, item: Item) -> str | Numbering:
        """What the class calls a member."""
        return item.name

    def _condition(self, item: Item, around: tuple[int, ...]) -> Expression:
        """The condition under which the bodies have a member, of those that have what is around it."""
        present = item.present
        if len(present) == len(around):
            return True
        body, when = present[0], conditions_of(item.example)
        try:
            parts = [self.converted(expression, body) for expression in when]
            telling = [part for part in parts if not self.fits(part, dict.fromkeys(around, True))]
            condition = operation("and", *telling) if len(telling) > 1 else telling[0] if telling else True
        except Unknown:
            raise Unexplained from None
        if is_constant(condition) or not self.fits(condition, {body: body in present for body in around}):
            raise Unexplained
        return condition

    def _layer_arguments(self, item: Item) -> Iterator[Argument]:
        leaves = {body: part for body, part in enumerate(item.parts) if isinstance(part, Leaf)}
        example = next(iter(leaves.values()))
        telling = any(leaf.node.written for leaf in leaves.values())
        for place, slot in enumerate(example.torch.slots):
            slots = {body: leaf.torch.slots[place] for body, leaf in leaves.items()}
            column = {body: slot.value for body, slot in slots.items()}
            own = slot.rule is None or (isinstance(slot.rule, Given) and not telling)
            value = self.explained(column, None if own else partial(self.ruled, slot.rule, leaves))
            if is_constant(value) and all(slot.omitted for slot in slots.values()):
                continue
            yield self.argument(item.name, slot.name, slot.positional, value, column)
        self.note(
            {body: (leaf.node.name,) for body, leaf in leaves.items()},
            lambda body, _: self.ruled(leaves[body].torch.channels, leaves, body),
        )

    def _class_arguments(self, item: Item) -> Iterator[Argument]:
        bodies = {place: part for place, part in enumerate(item.parts) if isinstance(part, Body)}
        plans = {place: self.plans[body.path] for place, body in bodies.items()}
        plan = next(iter(plans.values()))[0]
        for parameter in plan.parameters:
            source = plan.variables[parameter.name]
            column = {place: plan.values[at][parameter.name] for place, (_, at) in plans.items()}
            value = self.explained(column, partial(self.sourced, source, bodies))
            default = parameter.default is not None and all(equal(v, parameter.default) for v in column.values())
            if not (default and is_constant(value)):
                yield self.argument(item.name, parameter.name, parameter.positional, value, column)

        def result(place: int, which: int) -> Expression:
            def lookup(name: Name | Channels | Given) -> Expression:
                if not isinstance(name, Name):
                    raise Unknown(str(name))
                return self.sourced(plan.variables[name.name], bodies, place)

            return substitute(plan.results[which], lookup)

        self.note({place: body.results for place, body in bodies.items()}, result)

    def argument(self, member: str, name: str, positional: bool, value: Expression, column: Column) -> Argument:
        """An argument; where nothing explains its value, it is a parameter of its own."""
        if value is None and None not in column.values():
            of = f"layer{member}" if member.isdecimal() else member
            value = Name(self.variable(f"{of}_{name}", Source("own"), column))
        if positional and isinstance(value, Name):
            self.by_place.add(value.name)
        return Argument("" if positional else name, value)

    # Loops

    def _loop(self, item: Item, turns: Turns, around: tuple[int, ...]) -> Made:
        loops = {body: part for body, part in enumerate(item.parts) if isinstance(part, Turning)}
        wiring = wire(turns.template)
        if wiring is None:
            raise Unexplained
        condition: Expression = True
        count = self._count(loops, around)
        if count is None:
            condition = self._condition(item, around)
            count = self._count(loops, item.present)
        if count is None:
            raise Unexplained
        if self.loop_variable is None:
            self.loop_variable = self.scope.take("i", "turn")
        planner = _TurnPlanner(turns, self, self.loop_variable)
        made = tuple(planner.members(turns.template.items, planner.every))
        leaving = planner.known[0].get(turns.template.bodies[0].exit)
        entering, after = self._through(loops, leaving, count)
        if entering is not None and not planner.is_entering(entering):
            entering = None
        made = tuple(_substituted(member, entering) for member in made)
        if entering is not None:
            self.note({body: (loop.exit,) for body, loop in loops.items()}, lambda *_: after)
        wholes = tuple(self.bodies[owner].inputs[0] for owner in turns.owners)
        turn = Plan(turns.template, wiring, made, tuple(planner.values), wholes)
        return Made(item, condition, item.name, loop=Loop(self.loop_variable, count, turn))

    def _count(self, loops: Mapping[int, Turning], around: Iterable[int]) -> Expression:
        """How many turns there are in these bodies, where that can be told for all alike."""
        column = {body: len(loops[body].turns) if body in loops else 0 for body in around}
        some = next(iter(loops))
        return self.explained(
            column, lambda body: self.converted(loops[body if body in loops else some].first.count, body)
        )

    def _through(
        self, loops: Mapping[int, Turning], leaving: Expression, count: Expression
    ) -> tuple[Expression, Expression]:
        """The channels that enter a turn by its number, and those that leave the last; None where that is not known.

        `leaving` are those that leave a turn, in terms of those that enter it.
        """
        befores = {self.known[body].get(loop.turns[0].entry) for body, loop in loops.items()}
        before = befores.pop() if len(befores) == 1 else None
        variable = Name(self.loop_variable or "")
        if before is None or leaving is None or variable.name in names(leaving):
            return None, None
        if leaving == _ENTERING:
            return before, before
        if _ENTERING.name not in names(leaving):
            return operation("if", before, operation("==", variable, 0), leaving), leaving
        growth = operation("-", leaving, _ENTERING)
        if _ENTERING.name in names(growth):
            return None, None
        grown = operation("+", before, operation("*", variable, growth))
        return grown, operation("+", before, operation("*", count, growth))


class _TurnPlanner(_Planner):
    """The planning of a loop's turns, in terms of the variables around it, of the turn's number and of its input."""

    def __init__(self, turns: Turns, around: _Planner, variable: str) -> None:
        super().__init__(turns.template, around.shapes, around.plans, around.free)
        self.scope, self.variables, self.derived = around.scope, around.variables, around.derived
        self.constants, self.names, self.by_place = around.constants, around.names, around.by_place
        self.loop_variable, self.numbers = variable, turns.numbers
        for place, (owner, number) in enumerate(zip(turns.owners, turns.numbers, strict=True)):
            turn = self.bodies[place]
            self.values[place] = {**around.values[owner], variable: number}
            self.known[place] = {
                value: around.known[owner][value] for value in turn.outside if value in around.known[owner]
            }
            entering = channels_of(self.shapes[turn.entry])
            if entering is not None:
                self.values[place][_ENTERING.name] = entering
                self.known[place][turn.entry] = _ENTERING

    def is_entering(self, expression: Expression) -> bool:
        """Whether an expression gives the channels that enter each turn."""
        return self.fits(
            expression, {place: channels_of(self.shapes[body.entry]) for place, body in enumerate(self.bodies)}
        )

    def attribute(self, item: Item) -> str | Numbering:
        """The name of a member by the turn: a stem and a number that grows evenly with the turns."""
        stem = item.name.rstrip("0123456789")
        found: dict[int, int] = {}
        for number, part in zip(self.numbers, item.parts, strict=True):
            digits = part.name[len(stem) :] if part is not None and part.name.startswith(stem) else ""
            if (
                not digits.isdecimal()
                or str(int(digits)) != digits
                or found.setdefault(number, int(digits)) != int(digits)
            ):
                return item.name
        first = found.get(0, 0)
        step = found.get(1, first) - first
        if any(value != first + step * number for number, value in found.items()) or not step:
            return item.name
        variable = Name(self.loop_variable or "")
        return Numbering(stem, operation("+", operation("*", step, variable), first))

    def argument(self, member: str, name: str, positional: bool, value: Expression, column: Column) -> Argument:
        """An argument; in a loop it must be explained."""
        if value is None and None not in column.values():
            raise Unexplained
        return super().argument(member, name, positional, value, column)


def _substituted(made: Made, entering: Expression) -> Made:
    """A member of a turn with the channels that enter in place of their name. Raises :class:`Unexplained`."""

    def lookup(name: Name | Channels | Given) -> Expression:
        if name != _ENTERING:
            return name
        if entering is None:
            raise Unexplained
        return entering

    channels = None if entering is None else substitute(made.channels, lookup)
    return made._replace(
        condition=substitute(made.condition, lookup),
        arguments=tuple(Argument(keyword, substitute(value, lookup)) for keyword, value in made.arguments),
        members=None if made.members is None else tuple(_substituted(member, entering) for member in made.members),
        channels=channels,
    )


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
        if member.loop is not None:
            yield from names(member.loop.times)
            yield from _names_in(member.loop.turn.made)

"""The ``__init__`` of generated classes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from netspec.backends.python.code import Brackets, Chain, Line, Piece, Statement, Suite, call, flat, width
from netspec.backends.python.values import literal
from netspec.backends.torch.attributes import (
    free_attribute,
    is_expression,
    kept_numbers,
    taken_attributes,
    uses,
)
from netspec.backends.torch.expressions import Expression, operands_of, render
from netspec.backends.torch.helpers import HELPERS
from netspec.backends.torch.names import Access, Names, access
from netspec.backends.torch.plans import Loop, Made, Numbering, Parameter, Plan
from netspec.backends.torch.structure import Body, Leaf

FEWEST_FOLDED = 3
"""So many equal members of a sequence in a row are written as a loop."""

LONGEST_LOOP = 72
"""Columns: what is longer would have to be split, which loses what a loop gains."""


class Style(NamedTuple):
    """What classes are called: those of the bodies by path, and the helpers."""

    classes: Mapping[str, str]
    helpers: Mapping[str, str]


class Run(NamedTuple):
    """Members in a row under one condition; `flag` is the attribute that keeps it, unless `nn.Identity` does."""

    condition: Expression
    members: tuple[int, ...]
    flag: str


def constructor(plan: Plan, style: Style, *, sequential: bool) -> tuple[Statement, ...]:
    """The ``__init__`` of a class; nothing if it would do nothing of its own."""
    scope = Names([*(parameter.name for parameter in plan.parameters), *(name for name, _ in plan.derived)])
    derived = tuple(Line(f"{name} = ", render(expression)) for name, expression in plan.derived)
    if sequential:
        body = (*derived, *_sequential_body(plan, style, scope))
    else:
        body = tuple(_module_body(plan, style, scope))
        if not body:
            return ()
        body = (Line("", "super().__init__()"), *derived, *body)
    signature = Brackets("def __init__(", ("self", *map(_signature, plan.parameters)), ") -> None:")
    return (Suite(Line("", signature), body),)


def _signature(parameter: Parameter) -> str:
    text = f"{parameter.name}: {parameter.annotation}"
    return text if parameter.default is None else f"{text} = {literal(parameter.default)}"


def runs(plan: Plan) -> tuple[Run, ...]:
    """The members of a module, in rows that share a condition (mostly True)."""
    taken = taken_attributes(plan)
    for name in kept_numbers(plan).values():
        taken.take(name)
    flags: dict[Expression, str] = {}
    found = []
    for condition, group in groupby(enumerate(plan.made), lambda pair: pair[1].condition):
        members = tuple(place for place, _ in group)
        flag = ""
        if condition is not True and not (len(members) == 1 and _can_be_identity(plan, members[0])):
            if condition not in flags:
                flags[condition] = free_attribute(_flag(plan, condition, members), taken)
            flag = flags[condition]
        found.append(Run(condition, members, flag))
    return tuple(found)


def _can_be_identity(plan: Plan, place: int) -> bool:
    """Whether a member can be there in name alone, where its condition does not hold."""
    made, step = plan.made[place], plan.wiring.steps[place]
    return len(step.inputs) == len(step.results) == 1 and made.loop is None and not is_expression(made)


def _flag(plan: Plan, condition: Expression, members: Sequence[int]) -> str:
    """What to call a condition: by the merge that it decides about, or else by the first of its members."""
    words = {"add": "residual", "mul": "gated", "concat": "joined"}
    for made in plan.made:
        part = made.item.example
        if made.condition == condition and isinstance(part, Leaf) and part.torch.form in words:
            return words[part.torch.form]
    first = plan.made[members[0]].attribute
    return f"has_{first}" if isinstance(first, str) and first.isidentifier() else "has_loop"


# Modules with attributes


def _module_body(plan: Plan, style: Style, scope: Names) -> Iterator[Statement]:
    for expression, attribute in kept_numbers(plan).items():
        yield Line(f"self.{attribute} = ", render(expression))
    set_flags: set[str] = set()
    registered: set[str] = set()
    for run in runs(plan):
        modules = [plan.made[place] for place in run.members if not is_expression(plan.made[place])]
        if run.condition is True:
            for member in modules:
                yield from _registered(member, style, scope, registered)
        elif not run.flag:
            (module,) = modules
            name = str(module.attribute)
            annotation = ": nn.Module" if access(name) is Access.ATTRIBUTE else ""
            yield _register(name, call("nn.Identity"), annotation)
            yield _if(run.condition, tuple(_registered(module, style, scope, registered)))
        else:
            if run.flag not in set_flags:
                set_flags.add(run.flag)
                yield Line(f"self.{run.flag} = ", Chain(operands_of(run.condition)))
            if modules:
                body = tuple(line for member in modules for line in _registered(member, style, scope, registered))
                yield Suite(Line(f"if self.{run.flag}:", ""), body)


def _if(condition: Expression, body: tuple[Statement, ...]) -> Suite:
    return Suite(Line("if ", Chain(operands_of(condition)), ":"), body)


def _for(loop: Loop, body: tuple[Statement, ...], *, numbered: bool) -> Suite:
    variable = loop.variable if numbered or uses(loop.turn.made, loop.variable) else "_"
    return Suite(Line(f"for {variable} in range({render(loop.times)}):", ""), body)


def _registered(made: Made, style: Style, scope: Names, registered: set[str]) -> Iterator[Statement]:
    """A member as an attribute. `registered` are those that are there already, which members may share."""
    if made.loop is not None:
        members = [member for member in made.loop.turn.made if not is_expression(member)]
        for member in members:
            if isinstance(member.attribute, str):
                yield from _registered(member, style, scope, registered)
        numbered = [member for member in members if isinstance(member.attribute, Numbering)]
        body = tuple(line for member in numbered for line in _registered(member, style, scope, registered))
        if body:
            yield _for(made.loop, body, numbered=True)
    elif made.attribute not in registered:
        if isinstance(made.attribute, str):
            registered.add(made.attribute)
        piece: Piece
        if made.members is not None and _needs_list(made.members, style):
            listed = scope.take("layers", f"{made.item.name}_layers")
            yield from _list(listed, made.members, style)
            piece = call("nn.Sequential", f"*{listed}")
        else:
            piece = _piece(made, style)
        yield _register(made.attribute, piece)


def _register(name: str | Numbering, piece: Piece, annotation: str = "") -> Line:
    if isinstance(name, Numbering):
        return Line("", call("self.add_module", numbered_name(name), piece))
    match access(name):
        case Access.ATTRIBUTE:
            return Line(f"self.{name}{annotation} = ", piece)
        case Access.BY_NAME:
            return Line("", call("self.add_module", literal(name), piece))
        case Access.HIDDEN:
            return Line(f"self._modules[{literal(name)}] = ", piece)


def numbered_name(name: Numbering) -> str:
    """The text that makes the name of a loop's member: ``f"denselayer{i + 1}"``."""
    return f'f"{name.stem}{{{render(name.number)}}}"'


# Sequences


def _sequential_body(plan: Plan, style: Style, scope: Names) -> Iterator[Statement]:
    if _needs_list(plan.made, style):
        listed = scope.take("layers")
        yield from _list(listed, plan.made, style)
        yield Line("", call("super().__init__", f"*{listed}"))
    else:
        yield Line("", call("super().__init__", *_pieces(plan.made, style), tall=True))


def _needs_list(members: Sequence[Made], style: Style) -> bool:
    """Whether the members of a sequence are not all expressions."""
    return any(member.condition is not True or _is_statement(member, style) for member in members)


def _is_statement(made: Made, style: Style) -> bool:
    return made.loop is not None and _comprehension(made.loop, style) is None


def _list(name: str, members: Sequence[Made], style: Style) -> Iterator[Statement]:
    """The members of a sequence in a list, which leaves out what a condition forbids."""
    first = 0
    while first < len(members) and members[first].condition is True and not _is_statement(members[first], style):
        first += 1
    pieces = _pieces(members[:first], style)
    yield Line(f"{name}: list[nn.Module] = ", Brackets("[", pieces, "]", tall=True) if pieces else "[]")
    yield from _extensions(name, members[first:], style)


def _extensions(name: str, members: Sequence[Made], style: Style) -> Iterator[Statement]:
    """What lengthens a list by members."""
    for (condition, looping), group in groupby(members, lambda made: (made.condition, _is_statement(made, style))):
        row = tuple(group)
        if looping:
            body: tuple[Statement, ...] = tuple(
                _for(made.loop, tuple(_extensions(name, made.loop.turn.made, style)), numbered=False)
                for made in row
                if made.loop is not None
            )
        else:
            body = (_extended(name, _pieces(row, style)),)
        if condition is True:
            yield from body
        else:
            yield _if(condition, body)


def _extended(name: str, pieces: tuple[Piece, ...]) -> Line:
    if len(pieces) == 1 and not flat(pieces[0]).startswith("*"):
        return Line("", call(f"{name}.append", pieces[0]))
    return Line(f"{name} += ", Brackets("[", pieces, "]", tall=True))


def _pieces(members: Sequence[Made], style: Style) -> tuple[Piece, ...]:
    """The members of a sequence; loops, and equal uses of a class in a row, as comprehensions."""
    pieces: list[Piece] = []
    made = [(member, _member_piece(member, style)) for member in members]
    for (_, is_class), group in groupby(made, lambda pair: (pair[1], not isinstance(pair[0].item.example, Leaf))):
        row = [piece for _, piece in group]
        loop = f"*({flat(row[0])} for _ in range({len(row)}))"
        if is_class and len(row) >= FEWEST_FOLDED and width(loop) <= LONGEST_LOOP:
            pieces.append(loop)
        else:
            pieces += row
    return tuple(pieces)


def _member_piece(made: Made, style: Style) -> Piece:
    if made.loop is None:
        return _piece(made, style)
    return _comprehension(made.loop, style) or ""


def _comprehension(loop: Loop, style: Style) -> str | None:
    """A loop of one member as an expression: ``*(Bottleneck(width) for _ in range(units))``; None if it is too long."""
    if len(loop.turn.made) > 1 or loop.turn.made[0].condition is not True:
        return None
    variable = loop.variable if uses(loop.turn.made, loop.variable) else "_"
    piece = flat(_piece(loop.turn.made[0], style))
    text = f"*({piece} for {variable} in range({render(loop.times)}))"
    return text if width(text) <= LONGEST_LOOP else None


def _piece(made: Made, style: Style) -> Piece:
    """The expression that makes a member."""
    if made.members is not None:
        return call("nn.Sequential", *_pieces(made.members, style), tall=True)
    part = made.item.example
    if isinstance(part, Leaf):
        target = style.helpers.get(part.torch.target, part.torch.target)
    elif isinstance(part, Body):
        target = style.classes[part.path]
    else:
        raise TypeError("a loop is no expression")
    return call(target, *(_argument(argument.keyword, argument.value) for argument in made.arguments))


def _argument(keyword: str, value: Expression) -> str:
    text = render(value)
    return f"{keyword}={text}" if keyword else text


def helpers_in(plan: Plan) -> Iterator[str]:
    """The helper classes that a class uses."""
    chain = plan.template.bodies[0].chain
    pending = [made for made in plan.made if chain or not is_expression(made)]
    while pending:
        made = pending.pop()
        part = made.item.example
        if isinstance(part, Leaf) and part.torch.target in HELPERS:
            yield part.torch.target
        pending += made.members or ()
        if made.loop is not None:
            pending += [member for member in made.loop.turn.made if chain or not is_expression(member)]


def hides_children(plan: Plan) -> bool:
    """Whether a class has members that attributes of `nn.Module` hide."""
    chain = plan.template.bodies[0].chain
    names = [made.attribute for made in plan.made if not is_expression(made) and isinstance(made.attribute, str)]
    return not chain and any(access(name) is Access.HIDDEN for name in names)

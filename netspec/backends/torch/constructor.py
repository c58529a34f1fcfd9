"""The ``__init__`` of generated classes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from netspec.backends.python.code import Brackets, Chain, Line, Piece, Statement, Suite, call, flat, width
from netspec.backends.python.values import literal
from netspec.backends.torch.expressions import Expression, is_constant, operands_of, render
from netspec.backends.torch.helpers import HELPERS
from netspec.backends.torch.names import MODULE_ATTRIBUTES, Access, Names, access
from netspec.backends.torch.plans import Made, Parameter, Plan
from netspec.backends.torch.structure import Leaf

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
    scope = Names(parameter.name for parameter in plan.parameters)
    if sequential:
        body = tuple(_sequential_body(plan, style, scope))
    else:
        body = tuple(_module_body(plan, style, scope))
        if not body:
            return ()
        body = (Line("", "super().__init__()"), *body)
    signature = Brackets("def __init__(", ("self", *map(_signature, plan.parameters)), ") -> None:")
    return (Suite(Line("", signature), body),)


def _signature(parameter: Parameter) -> str:
    text = f"{parameter.name}: {parameter.annotation}"
    return text if parameter.default is None else f"{text} = {literal(parameter.default)}"


def is_expression(made: Made) -> bool:
    """Whether ``forward`` says a layer as an expression of its own, so that it needs no attribute."""
    part = made.item.example
    if not isinstance(part, Leaf) or part.torch.form == "module":
        return False
    return all(is_constant(argument.value) for argument in made.arguments)


def runs(plan: Plan) -> tuple[Run, ...]:
    """The members of a module, in rows that share a condition (mostly True)."""
    taken = Names(member.item.name for member in plan.made)
    flags: dict[Expression, str] = {}
    found = []
    for condition, group in groupby(enumerate(plan.made), lambda pair: pair[1].condition):
        members = tuple(place for place, _ in group)
        alone = plan.made[members[0]]
        step = plan.wiring.steps[members[0]]
        swappable = len(members) == 1 and len(step.inputs) == len(step.results) == 1 and not is_expression(alone)
        flag = ""
        if condition is not True and not swappable:
            if condition not in flags:
                flags[condition] = _free_attribute(_flag(plan, condition, members), taken)
            flag = flags[condition]
        found.append(Run(condition, members, flag))
    return tuple(found)


def _flag(plan: Plan, condition: Expression, members: Sequence[int]) -> str:
    """What to call a condition: by the merge that it decides about, or else by the first of its members."""
    words = {"add": "residual", "mul": "gated", "concat": "joined"}
    for made in plan.made:
        part = made.item.example
        if made.condition == condition and isinstance(part, Leaf) and part.torch.form in words:
            return words[part.torch.form]
    return f"has_{plan.made[members[0]].item.name}"


def _free_attribute(wanted: str, taken: Names) -> str:
    name = taken.take(wanted)
    while name in MODULE_ATTRIBUTES:
        name = taken.take(wanted)
    return name


# Modules with attributes


def _module_body(plan: Plan, style: Style, scope: Names) -> Iterator[Statement]:
    set_flags: set[str] = set()
    for run in runs(plan):
        made = [plan.made[place] for place in run.members]
        modules = [member for member in made if not is_expression(member)]
        if run.condition is True:
            for member in modules:
                yield from _registered(member, style, scope)
        elif not run.flag:
            name = modules[0].item.name
            annotation = ": nn.Module" if access(name) is Access.ATTRIBUTE else ""
            yield _register(name, call("nn.Identity"), annotation)
            yield _if(run.condition, tuple(_registered(modules[0], style, scope)))
        else:
            if run.flag not in set_flags:
                set_flags.add(run.flag)
                yield Line(f"self.{run.flag} = ", Chain(operands_of(run.condition)))
            if modules:
                body = tuple(statement for member in modules for statement in _registered(member, style, scope))
                yield Suite(Line(f"if self.{run.flag}:", ""), body)


def _if(condition: Expression, body: tuple[Statement, ...]) -> Suite:
    return Suite(Line("if ", Chain(operands_of(condition)), ":"), body)


def _registered(made: Made, style: Style, scope: Names) -> Iterator[Statement]:
    if made.members is not None and any(member.condition is not True for member in made.members):
        listed = scope.take("layers", f"{made.item.name}_layers")
        yield from _list(listed, made.members, style)
        yield _register(made.item.name, call("nn.Sequential", f"*{listed}"))
    else:
        yield _register(made.item.name, _piece(made, style))


def _register(name: str, piece: Piece, annotation: str = "") -> Line:
    match access(name):
        case Access.ATTRIBUTE:
            return Line(f"self.{name}{annotation} = ", piece)
        case Access.BY_NAME:
            return Line("", call("self.add_module", literal(name), piece))
        case Access.HIDDEN:
            return Line(f"self._modules[{literal(name)}] = ", piece)


# Sequences


def _sequential_body(plan: Plan, style: Style, scope: Names) -> Iterator[Statement]:
    if any(member.condition is not True for member in plan.made):
        listed = scope.take("layers")
        yield from _list(listed, plan.made, style)
        yield Line("", call("super().__init__", f"*{listed}"))
    else:
        yield Line("", call("super().__init__", *_pieces(plan.made, style), tall=True))


def _list(name: str, members: Sequence[Made], style: Style) -> Iterator[Statement]:
    """The members of a sequence in a list, which leaves out what a condition forbids."""
    empty = True
    for condition, group in groupby(members, lambda member: member.condition):
        pieces = _pieces(tuple(group), style)
        if empty and condition is True:
            yield Line(f"{name}: list[nn.Module] = ", Brackets("[", pieces, "]", tall=True))
        elif empty:
            yield Line(f"{name}: list[nn.Module] = []", "")
        if condition is not True:
            yield _if(condition, (_extended(name, pieces),))
        elif not empty:
            yield _extended(name, pieces)
        empty = False


def _extended(name: str, pieces: tuple[Piece, ...]) -> Line:
    if len(pieces) == 1 and not flat(pieces[0]).startswith("*"):
        return Line("", call(f"{name}.append", pieces[0]))
    return Line(f"{name} += ", Brackets("[", pieces, "]", tall=True))


def _pieces(members: Sequence[Made], style: Style) -> tuple[Piece, ...]:
    """The members of a sequence; equal uses of a class in a row as a loop."""
    pieces: list[Piece] = []
    made = [(member, _piece(member, style)) for member in members]
    for (_, is_class), group in groupby(made, lambda pair: (pair[1], not isinstance(pair[0].item.example, Leaf))):
        row = [piece for _, piece in group]
        loop = f"*({flat(row[0])} for _ in range({len(row)}))"
        if is_class and len(row) >= FEWEST_FOLDED and width(loop) <= LONGEST_LOOP:
            pieces.append(loop)
        else:
            pieces += row
    return tuple(pieces)


def _piece(made: Made, style: Style) -> Piece:
    """The expression that makes a member."""
    if made.members is not None:
        return call("nn.Sequential", *_pieces(made.members, style), tall=True)
    part = made.item.example
    if isinstance(part, Leaf):
        target = style.helpers.get(part.torch.target, part.torch.target)
    else:
        target = style.classes[part.path]
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


def hides_children(plan: Plan) -> bool:
    """Whether a class has members that attributes of `nn.Module` hide."""
    chain = plan.template.bodies[0].chain
    return not chain and any(access(m.item.name) is Access.HIDDEN and not is_expression(m) for m in plan.made)

"""The ``forward`` of generated classes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from netspec.backends.python.code import Brackets, Chain, Line, Piece, Statement, Suite, call
from netspec.backends.python.values import literal
from netspec.backends.torch.constructor import Run, is_expression, runs
from netspec.backends.torch.helpers import CHILD
from netspec.backends.torch.names import Access, access
from netspec.backends.torch.plans import Made, Plan
from netspec.backends.torch.shape_comments import shape_comment
from netspec.backends.torch.structure import Leaf
from netspec.backends.torch.variables import Assignment, name_variables
from netspec.sizes import Shape

TENSOR = "torch.Tensor"


class Returned(NamedTuple):
    """What the net's own ``forward`` returns: a named tuple of this class, with these fields."""

    name: str
    fields: tuple[str, ...]


def forward(plan: Plan, shapes: Mapping[str, Shape], helpers: Mapping[str, str], returned: Returned | None) -> Suite:
    """The ``forward`` of a class that is no sequence."""
    variables = name_variables(plan)
    results = variables.results
    body: list[Statement] = []
    typed = set(variables.arguments)
    # A module's call may return anything, as far as types are known; what is returned alone says that it is a tensor.
    declared = {results[0]} if len(results) == 1 and returned is None else set[str]()
    for run in runs(plan):
        lines: list[Statement] = []
        for place in run.members:
            made, assignment = plan.made[place], variables.assignments[place]
            if assignment.copy is not None:
                # Whether or not the steps around it are skipped, a copy is made.
                body += _under(run, lines)
                lines = []
                to, source = assignment.copy
                body.append(Line(_target((to,), declared, typed), source))
            prefix = _target(assignment.results, declared, typed)
            lines.append(Line(prefix, _step(made, assignment, helpers), comment=shape_comment(made, plan, shapes)))
        body += _under(run, lines)
    body.append(_return(results, returned))
    if returned is not None:
        annotation = returned.name
    elif len(results) == 1:
        annotation = TENSOR
    else:
        annotation = f"tuple[{', '.join([TENSOR] * len(results))}]"
    parameters = ("self", *(f"{name}: {TENSOR}" for name in variables.arguments))
    return Suite(Line("", Brackets("def forward(", parameters, f") -> {annotation}:")), tuple(body))


def _under(run: Run, lines: list[Statement]) -> list[Statement]:
    """Lines of a run, under its condition if that is asked for here."""
    return [Suite(Line(f"if self.{run.flag}:", ""), tuple(lines))] if run.flag and lines else lines


def _target(names: tuple[str, ...], declared: set[str], typed: set[str]) -> str:
    first = names[0]
    annotated = len(names) == 1 and first in declared and first not in typed
    typed.update(names)
    return f"{first}: {TENSOR} = " if annotated else f"{', '.join(names)} = "


def _return(results: tuple[str, ...], returned: Returned | None) -> Line:
    if returned is None:
        return Line("return ", ", ".join(results))
    return Line("return ", call(returned.name, *map("{}={}".format, returned.fields, results)))


def _step(made: Made, assignment: Assignment, helpers: Mapping[str, str]) -> Piece:
    part, inputs = made.item.example, assignment.inputs
    if isinstance(part, Leaf) and is_expression(made):
        return _expression(part, inputs)
    return call(_child(made.item.name, helpers), *inputs)


def _child(name: str, helpers: Mapping[str, str]) -> str:
    match access(name):
        case Access.ATTRIBUTE:
            return f"self.{name}"
        case Access.BY_NAME:
            return f"self.get_submodule({literal(name)})"
        case Access.HIDDEN:
            return f"{helpers[CHILD]}(self, {literal(name)})"


def _expression(leaf: Leaf, inputs: tuple[str, ...]) -> Piece:
    first = inputs[0]
    match leaf.torch.form:
        case "add" | "mul":
            sign = "+" if leaf.torch.form == "add" else "*"
            return Chain((first, *(f"{sign} {name}" for name in inputs[1:])))
        case "concat":
            return call("torch.cat", Brackets("[", inputs, "]"), "dim=1")
        case "flatten":
            return call("torch.flatten", first, "1")
        case "reshape":
            return call(f"{first}.reshape", f"{first}.shape[0]", *map(str, leaf.node.output))
        case "slice":
            start, stop = (slot.value for slot in leaf.torch.slots)
            return f"{first}[:, {start or ''}:{stop}]"
        case "module":
            raise ValueError(f"{leaf.node.name} is no expression")

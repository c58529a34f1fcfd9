"""The ``forward`` of generated classes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from netspec.backends.python.code import Brackets, Chain, Line, Piece, Statement, Suite, call
from netspec.backends.python.values import literal
from netspec.backends.torch.attributes import is_expression, is_over_children, kept_numbers, slice_bounds
from netspec.backends.torch.constructor import Run, numbered_name, runs
from netspec.backends.torch.expressions import Expression, render
from netspec.backends.torch.helpers import CHILD as HIDDEN_CHILD
from netspec.backends.torch.names import Access, access
from netspec.backends.torch.plans import Loop, Made, Numbering, Parameter, Plan
from netspec.backends.torch.shape_comments import shape_comment
from netspec.backends.torch.structure import Leaf
from netspec.backends.torch.variables import CHILD, Assignment, Variables, name_variables
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
    typed = set(variables.arguments)
    # A module's call may return anything, as far as types are known; what is returned alone says that it is a tensor.
    declared = {results[0]} if len(results) == 1 and returned is None else set[str]()
    writer = _Writer(shapes, helpers, kept_numbers(plan), is_over_children(plan), plan.parameters, declared, typed)
    body = [*writer.lines(plan, variables), _return(results, returned)]
    if returned is not None:
        annotation = returned.name
    elif len(results) == 1:
        annotation = TENSOR
    else:
        annotation = f"tuple[{', '.join([TENSOR] * len(results))}]"
    parameters = ("self", *(f"{name}: {TENSOR}" for name in variables.arguments))
    return Suite(Line("", Brackets("def forward(", parameters, f") -> {annotation}:")), tuple(body))


class _Writer(NamedTuple):
    """What the lines of one ``forward`` share. `typed` are the variables whose type is known so far."""

    shapes: Mapping[str, Shape]
    helpers: Mapping[str, str]
    kept: Mapping[Expression, str]
    over_children: bool
    parameters: tuple[Parameter, ...]
    declared: set[str]
    typed: set[str]

    def lines(self, plan: Plan, variables: Variables, variable: str | None = None) -> list[Statement]:
        """The steps of a class, or of a turn of a loop in it."""
        body: list[Statement] = []
        for run in runs(plan):
            lines: list[Statement] = []
            for place in run.members:
                made, assignment = plan.made[place], variables.assignments[place]
                if assignment.copy is not None:
                    # Whether or not the steps around it are skipped, a copy is made.
                    body += _under(run, lines)
                    lines = []
                    to, source = assignment.copy
                    body.append(Line(self._target((to,)), source))
                if made.loop is not None and assignment.inner is not None:
                    lines.append(self._for(made.loop, assignment.results[0], assignment.inner))
                else:
                    comment = shape_comment(made, plan, self.parameters, variable, self.shapes)
                    lines.append(Line(self._target(assignment.results), self._step(made, assignment), comment=comment))
            body += _under(run, lines)
        return body

    def _for(self, loop: Loop, carried: str, inner: Variables) -> Suite:
        lines = self.lines(loop.turn, inner, loop.variable)
        if inner.results[0] != carried:
            lines.append(Line(f"{carried} = ", inner.results[0]))
        if self.over_children:
            return Suite(Line(f"for {CHILD} in self.children():", ""), tuple(lines))
        variable = loop.variable if any(isinstance(made.attribute, Numbering) for made in loop.turn.made) else "_"
        return Suite(Line(f"for {variable} in range({self._number(loop.times)}):", ""), tuple(lines))

    def _number(self, expression: Expression) -> str:
        return f"self.{self.kept[expression]}" if expression in self.kept else render(expression)

    def _target(self, names: tuple[str, ...]) -> str:
        first = names[0]
        annotated = len(names) == 1 and first in self.declared and first not in self.typed
        self.typed.update(names)
        return f"{first}: {TENSOR} = " if annotated else f"{', '.join(names)} = "

    def _step(self, made: Made, assignment: Assignment) -> Piece:
        part, inputs = made.item.example, assignment.inputs
        if isinstance(part, Leaf) and is_expression(made):
            return self._expression(made, part, inputs)
        return call(self._child(made.attribute), *inputs)

    def _child(self, name: str | Numbering) -> str:
        if isinstance(name, Numbering):
            return CHILD if self.over_children else f"self.get_submodule({numbered_name(name)})"
        match access(name):
            case Access.ATTRIBUTE:
                return f"self.{name}"
            case Access.BY_NAME:
                return f"self.get_submodule({literal(name)})"
            case Access.HIDDEN:
                return f"{self.helpers[HIDDEN_CHILD]}(self, {literal(name)})"

    def _expression(self, made: Made, leaf: Leaf, inputs: tuple[str, ...]) -> Piece:
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
                start, stop = ("" if bound is None else self._number(bound) for bound in slice_bounds(made))
                # As `ruff format` has it: a colon is set apart where a bound is more than a number.
                before, after = (" " if "." in bound else "" for bound in (start, stop))
                return f"{first}[:, {start}{before}:{after}{stop}]"
            case "module":
                raise ValueError(f"{leaf.node.name} is no expression")


def _under(run: Run, lines: list[Statement]) -> list[Statement]:
    """Lines of a run, under its condition if that is asked for here."""
    return [Suite(Line(f"if self.{run.flag}:", ""), tuple(lines))] if run.flag and lines else lines


def _return(results: tuple[str, ...], returned: Returned | None) -> Line:
    if returned is None:
        return Line("return ", ", ".join(results))
    return Line("return ", call(returned.name, *map("{}={}".format, returned.fields, results)))

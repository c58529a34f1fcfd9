"""Lowered programs as methods of the generated class."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netspec.backends.numpy.optimized.program import Argument, Called, Code, Operation, Program
from netspec.backends.python.code import Brackets, Line, Statement, Suite, Text, call
from netspec.backends.python.docstrings import comment, docstring
from netspec.backends.python.values import literal

INDENT = 8
"""Columns before the statements of a method."""

TRAINED = "BlockTrainedNetwork"
"""The base class of networks that are trained by a program."""


def attributes(programs: Sequence[Program]) -> Iterator[Line]:
    """The class attributes that list the programs, those for large batches first."""
    entries = tuple(_entry(program, program.smallest) for program in for_inference(programs))
    yield Line("programs = ", Brackets("(", entries, ",)" if len(entries) == 1 else ")"))
    for program in programs:
        if program.base == TRAINED:
            yield Line("training_program = ", _entry(program, 1))


def for_inference(programs: Sequence[Program]) -> list[Program]:
    """The programs that are not for training alone, those for large batches first."""
    return sorted((one for one in programs if one.smallest is not None), key=lambda one: -(one.smallest or 0))


def _entry(program: Program, smallest: int | None) -> Brackets:
    return call("PlannedProgram", literal(method_name(program)), f"smallest={smallest}", f"chunk={program.chunk}")


def method_name(program: Program) -> str:
    """The method that plans a program."""
    return f"plan_{program.name}"


def method(program: Program) -> Suite:
    """The method that plans a program."""
    body: list[Statement] = [Text(docstring(program.about, INDENT))]
    body += [Line(f"{name} = ", value.text) for name, value in program.variables]
    for operation in program.operations:
        body += _statements(operation)
    return Suite(Line(f"def {method_name(program)}(self, p: Plan) -> None:", ""), tuple(body))


def _statements(operation: Operation) -> Iterator[Statement]:
    if not operation.kernel:
        return
    if operation.layers:
        yield Text(comment(layers_text(operation.layers), INDENT))
    prefix = ""
    if operation.makes is not None:
        prefix = f"{operation.makes} = "
        if operation.buffer is not None:
            yield Line(prefix, _call(operation.buffer))
            prefix = ""
    yield Line(prefix, _call(Called(operation.kernel, (Code("p"), *operation.arguments), operation.options)))


def _call(called: Called) -> Brackets:
    """A call, or a tuple."""
    items = [_piece(argument) for argument in called.arguments]
    for name, argument in called.options:
        piece = _piece(argument)
        items.append(f"{name}={piece}" if isinstance(piece, str) else piece._replace(opening=f"{name}={piece.opening}"))
    single = not called.function and len(items) == 1
    return Brackets(f"{called.function}(", tuple(items), ",)" if single else ")")


def _piece(argument: Argument) -> str | Brackets:
    match argument:
        case Called():
            return _call(argument)
        case Code():
            return argument.text
        case _:
            return literal(argument)


def layers_text(layers: Sequence[str]) -> str:
    """The names of layers in one group or block, which is named once: ``layer1.0.conv1 + bn1 + relu1``."""
    first, *others = layers
    path = first.rpartition(".")[0]
    return " + ".join([first, *(name.removeprefix(f"{path}.") if path else name for name in others)])

"""``--optimize``: programs of plan kernels beside the readable form of a net, lowered with a reason for each layer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from netspec.backends.numpy.extract import READABLE, Section, definitions
from netspec.backends.numpy.module import Extension
from netspec.backends.numpy.optimized.batch_last import Unsuited
from netspec.backends.numpy.optimized.batch_last import lower as batch_last_program
from netspec.backends.numpy.optimized.explaining import explained
from netspec.backends.numpy.optimized.lowering import lower
from netspec.backends.numpy.optimized.program import Program
from netspec.backends.numpy.optimized.text import TRAINED, attributes, method
from netspec.backends.numpy.signatures import signature_of
from netspec.backends.python.code import Line, Statement
from netspec.ir import ShapedNet

__all__ = ["explain", "extension", "programs"]

_KERNELS = Path(__file__).with_name("kernels")


_BATCH_LAST = _KERNELS.parent / "batch_last" / "kernels"


def _section(heading: str, *names: str, folder: Path = _KERNELS) -> Section:
    return Section(heading, tuple(folder / f"{name}.py" for name in names))


SECTIONS = (
    *READABLE,
    _section("The plan of a program.", "plan", "blocks", "windows", "products", "filters"),
    _section(
        "Plan kernels: what a program is made of.",
        "activations",
        "convolutions",
        "winograd",
        "depthwise",
        "transposed",
        "pools",
        "elementwise",
        "moving",
    ),
    _section("What every optimized network can do.", "network"),
    _section("How a batch is trained in blocks.", "training", "values", "weights", folder=_BATCH_LAST),
    _section(
        "Plan kernels with the batch last.",
        "tiling",
        "convolution",
        "pooling",
        "dense",
        "activation",
        "regularization",
        folder=_BATCH_LAST,
    ),
    _section("What every network trained in blocks can do.", "block_network", folder=_BATCH_LAST),
)
"""The readable kernels and the plan kernels, in the order in which a module has them."""

ABOUT = """\
Calling it follows a plan, made when a batch size comes first: steps on buffers that are
used again and again. `forward` and `backward` are the readable form of the same."""


def programs(net: ShapedNet) -> tuple[Program, ...]:
    """The programs that run a net."""
    return _found(net)[0]


def _found(net: ShapedNet) -> tuple[tuple[Program, ...], tuple[str, ...]]:
    """The programs that run a net, and why others do not."""
    batch_last = batch_last_program(net)
    if isinstance(batch_last, Unsuited):
        return (lower(net, definitions(SECTIONS)),), (f"The batch does not come last: {batch_last.reason}.",)
    if batch_last.smallest == 1:
        return (batch_last,), ()
    return (batch_last, lower(net, definitions(SECTIONS))), ()


def extension(net: ShapedNet) -> Extension:
    """What the programs of a net add to its readable module."""
    return extension_by(net, programs(net))


def extension_by(net: ShapedNet, found: Sequence[Program]) -> Extension:
    """What these programs add to a net's readable module."""
    needs = {"Plan", "PlannedProgram"}
    for program in found:
        for operation in program.operations:
            needs |= {operation.kernel, *operation.needs}
    lines: list[Statement] = [*attributes(found)]
    result = signature_of(net, definitions(SECTIONS)).result
    if result:
        lines.append(Line("result = ", result))
    bases = {program.base for program in found}
    return Extension(
        base=TRAINED if TRAINED in bases else "OptimizedNetwork",
        attributes=tuple(lines),
        methods=tuple(map(method, found)),
        needs=frozenset(needs - {""}),
        sections=SECTIONS,
        about=ABOUT,
    )


def explain(net: ShapedNet) -> str:
    """How each layer of a net is computed, and why, as tables."""
    found, notes = _found(net)
    return explained(net.name, found, notes)

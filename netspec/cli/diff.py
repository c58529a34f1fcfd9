"""`netspec diff`: what differs between two nets."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from netspec.cli.common import (
    CLEAN,
    PROBLEMS,
    Failure,
    Parser,
    command,
    options_of,
    paint_for,
    print_problems,
    read_spec,
    the_one_of,
)
from netspec.ir import ShapedNet

if TYPE_CHECKING:
    from netspec.backends.diff import Comparison
    from netspec.diagnostics.text import Paint

DIFFERENT = PROBLEMS

DIFF = """\
Show what differs between two nets: layers added (+), removed (-) and changed (~), with the change in parameters and
MACs. Layers that only follow, with other shapes or counts because of what comes before them, have no sign.

  netspec diff lenet.net lenet_relu.net
  netspec diff models.net:VGG11 models.net:VGG16           two nets of a file
  netspec diff resnet18.net resnet18.net --set-new classes=10
  netspec diff resnet18.net resnet50.net --input 3x64x64   both with another input
  netspec diff old.net new.net --format markdown           for a pull request

Names tell which layers belong together, but alone they make no difference: nets with the same layers, connected in the
same way, are the same, whether they are written with blocks or without, and however their layers are called.

Exit status: 0 the nets are the same, 1 they differ, 2 the command could not be carried out or a spec has problems.
"""


def add(commands: argparse._SubParsersAction[Parser]) -> None:
    """Make the command known."""
    parser = command(commands, "diff", "what differs between two nets", DIFF)
    parser.add_argument("old", metavar="OLD", help="a spec, or - for standard input; FILE:NAME for one of several nets")
    parser.add_argument("new", metavar="NEW", help="another one")
    parser.add_argument("--format", choices=("text", "markdown", "json"), default="text", help="of the comparison")
    parser.add_argument("--all", action="store_true", help="list the layers that are the same, too")
    for which, nets in (("", "both nets"), ("-old", "the first net"), ("-new", "the second net")):
        parser.add_argument(
            f"--set{which}", metavar="K=V", action="append", default=[], help=f"set a parameter of {nets}"
        )
    parser.add_argument("--input", metavar="SHAPE", help="the shape of the input of both, instead of the specs'")
    parser.set_defaults(run=_diff)


def _diff(given: argparse.Namespace) -> int:
    from netspec.backends.diff import Comparison
    from netspec.passes.diff import compare

    old, old_title = _net(given.old, [*given.set, *given.set_old], given.input)
    new, new_title = _net(given.new, [*given.set, *given.set_new], given.input)
    comparison = Comparison(compare(old, new), old_title, new_title)
    sys.stdout.write(_rendered(comparison, given.format, paint_for(sys.stdout), everything=given.all))
    return CLEAN if comparison.diff.is_same else DIFFERENT


def _net(place: str, settings: list[str], shape: str | None) -> tuple[ShapedNet, str]:
    """The net at FILE or FILE:NAME, and what to call it. Raises :class:`Failure`."""
    file, colon, name = place.rpartition(":")
    if not colon or not name.isidentifier() or Path(place).exists():
        file, name = place, ""
    options = options_of(argparse.Namespace(net=name or None, settings=settings, shape=shape, shape_option="--input"))
    result = read_spec(file, options)
    if result.diagnostics:
        print_problems(result, tables=False)
        raise Failure(f"{file} has problems, so there is nothing to compare")
    if len(result.nets) > 1:
        names = ", ".join(net.name for net in result.nets)
        raise Failure(f"{file} has several nets; choose one as in {file}:{result.nets[0].name}, of {names}")
    net = the_one_of(file, result).shaped
    if net is None:
        raise TypeError("a net without problems is shaped")
    return net, f"{net.name} ({', '.join([file, *settings])})"


def _rendered(comparison: Comparison, format: str, paint: Paint, *, everything: bool) -> str:
    match format:  # only the format that is asked for is loaded
        case "json":
            from netspec.backends.diff.json import render_json

            return render_json(comparison, everything=everything)
        case "markdown":
            from netspec.backends.diff.markdown import render_markdown

            return render_markdown(comparison, everything=everything)
        case _:
            from netspec.backends.diff.text import render_text

            return render_text(comparison, everything=everything, paint=paint)

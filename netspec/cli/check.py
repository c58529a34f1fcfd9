"""`netspec check`: is every shape, count and claim right?"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from netspec.cli.common import (
    CLEAN,
    FAILED,
    PROBLEMS,
    Failure,
    Parser,
    add_choice_of_net,
    command,
    options_of,
    print_problems,
    read_spec,
    summary_of,
)
from netspec.compile import Result
from netspec.diagnostics.text import printable

if TYPE_CHECKING:
    from netspec.diagnostics import Diagnostic


CHECK = """\
Check specs. A sound net gives one line; everything that is wrong with the others goes to standard error.

  netspec check lenet.net
  netspec check specs/*.net --quiet              problems alone
  netspec check resnet.net --set classes=10      with another value of a parameter
  netspec check vgg.net --input 3x32x32          with another input
  netspec check broken.net --format json         for editors and scripts
  cat lenet.net | netspec check -                from standard input

Exit status: 0 all is well, 1 a spec has problems, 2 the command could not be carried out.
"""


def add(commands: argparse._SubParsersAction[Parser]) -> None:
    """Make the command known."""
    parser = command(commands, "check", "is every shape, count and claim right?", CHECK)
    parser.add_argument("files", nargs="+", metavar="FILE", help="a spec, or - for standard input")
    parser.add_argument("--format", choices=("human", "json"), default="human", help="how problems are told")
    parser.add_argument("--quiet", action="store_true", help="print problems alone")
    add_choice_of_net(parser)
    parser.set_defaults(run=_check)


def _check(given: argparse.Namespace) -> int:
    options = options_of(given)
    status = CLEAN
    diagnostics: list[Diagnostic] = []
    for file in given.files:
        try:
            result = read_spec(file, options)
        except Failure as failure:
            print(f"netspec: {printable(str(failure))}", file=sys.stderr)
            status = FAILED
            continue
        if result.diagnostics:
            status = max(status, PROBLEMS)
        if given.format == "json":
            diagnostics += result.diagnostics
            continue
        print_problems(result, tables=not given.quiet)
        if not given.quiet and not result.diagnostics:
            _print_sound(file, result)
    if given.format == "json":
        from netspec.diagnostics.json import render_json

        sys.stdout.write(render_json(diagnostics))
    return status


def _print_sound(file: str, result: Result) -> None:
    """A line for each net of a sound file."""
    from netspec.backends.summary import one_line

    for net in result.nets:
        if net.shaped is not None:
            print(one_line(summary_of(net), net.shaped.output))
    if not result.nets:
        print(f"{printable(file)}: {result.blocks} block{'' if result.blocks == 1 else 's'}, no net")

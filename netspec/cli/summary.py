"""`netspec summary`: the table of a net's layers."""

from __future__ import annotations

import argparse
import sys

from netspec.cli.common import (
    CLEAN,
    PROBLEMS,
    Parser,
    add_choice_of_net,
    command,
    options_of,
    print_problems,
    read_spec,
    summary_of,
    the_one_of,
)

SUMMARY = """\
Show the layers of a net: name, layer, output shape, parameters, MACs and receptive field.

  netspec summary lenet.net
  netspec summary lenet.net --format markdown > table.md
  netspec summary models.net --net VGG16 --input 3x64x64

MACs are the multiplications of convolutions and dense layers, for one example, without biases.
"""


def add(commands: argparse._SubParsersAction[Parser]) -> None:
    """Make the command known."""
    parser = command(commands, "summary", "the table of a net's layers", SUMMARY)
    parser.add_argument("file", metavar="FILE", help="a spec, or - for standard input")
    parser.add_argument("--format", choices=("text", "json", "csv", "markdown"), default="text", help="of the table")
    add_choice_of_net(parser)
    parser.set_defaults(run=_summary)


def _summary(given: argparse.Namespace) -> int:
    from netspec.backends.summary import RENDERERS

    result = read_spec(given.file, options_of(given))
    print_problems(result, tables=True)
    if result.diagnostics:
        return PROBLEMS
    several = given.format in ("text", "markdown") and result.nets
    for index, net in enumerate(result.nets if several else (the_one_of(given.file, result),)):
        if given.format in ("text", "markdown") and len(result.nets) > 1:
            print(f"{chr(10) if index else ''}{'## ' if given.format == 'markdown' else ''}{net.name}\n")
        sys.stdout.write(RENDERERS[given.format](summary_of(net)))
    return CLEAN

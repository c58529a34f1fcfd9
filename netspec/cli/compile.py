"""`netspec compile`: code from a net."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from netspec.cli.common import (
    CLEAN,
    Parser,
    add_choice_of_net,
    command,
    options_of,
    sound_net,
    write_file,
)
from netspec.ir import ShapedNet

TARGETS = ("torch", "json")

COMPILE = """\
Compile a net.

  netspec compile lenet.net --target torch                  a PyTorch module, to standard output
  netspec compile lenet.net --target torch -o lenet.py      to a file, replaced only when all is well
  netspec compile resnet.net --target torch --set classes=10
  netspec compile lenet.net --target json                   every layer with its shapes, weights and MACs
"""


def add(commands: argparse._SubParsersAction[Parser]) -> None:
    """Make the command known."""
    parser = command(commands, "compile", "make code from a net", COMPILE)
    parser.add_argument("file", metavar="FILE", help="a spec, or - for standard input")
    parser.add_argument("--target", choices=TARGETS, required=True, help="what to make")
    parser.add_argument("-o", "--output", metavar="OUT", help="the file to write, instead of standard output")
    add_choice_of_net(parser)
    parser.set_defaults(run=_compile)


def _compile(given: argparse.Namespace) -> int:
    net = sound_net(given.file, options_of(given))
    text = _generated(net, given.target)
    if given.output is None:
        sys.stdout.write(text)
    else:
        write_file(Path(given.output), text)
    return CLEAN


def _generated(net: ShapedNet, target: str) -> str:
    if target == "json":
        return net.to_json()
    from netspec.backends.torch import generate

    return generate(net)

"""`netspec compile`: code from a net."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from netspec.cli.common import (
    CLEAN,
    Failure,
    Parser,
    add_choice_of_net,
    command,
    options_of,
    sound_net,
    write_file,
)
from netspec.ir import ShapedNet

TARGETS = ("torch", "numpy", "json")

COMPILE = """\
Compile a net.

  netspec compile lenet.net --target torch                  a PyTorch module, to standard output
  netspec compile lenet.net --target torch -o lenet.py      to a file, replaced only when all is well
  netspec compile resnet.net --target torch --set classes=10
  netspec compile lenet.net --target numpy -o lenet.py      a module that needs NumPy alone: it runs and trains the net
  netspec compile lenet.net --target numpy --optimize       the same, but faster: planned, lowered, nothing allocated
  netspec compile lenet.net --target numpy --optimize --explain
  netspec compile lenet.net --target json                   every layer with its shapes, weights and MACs
"""


def add(commands: argparse._SubParsersAction[Parser]) -> None:
    """Make the command known."""
    parser = command(commands, "compile", "make code from a net", COMPILE)
    parser.add_argument("file", metavar="FILE", help="a spec, or - for standard input")
    parser.add_argument("--target", choices=TARGETS, required=True, help="what to make")
    parser.add_argument("--optimize", action="store_true", help="for numpy: planned programs beside the readable form")
    parser.add_argument("--explain", action="store_true", help="with --optimize: how each layer is computed, and why")
    parser.add_argument("-o", "--output", metavar="OUT", help="the file to write; - or nothing for standard output")
    add_choice_of_net(parser)
    parser.set_defaults(run=_compile)


def _compile(given: argparse.Namespace) -> int:
    if given.optimize and given.target != "numpy":
        raise Failure(f"--optimize is for --target numpy, not for {given.target}")
    if given.explain and not given.optimize:
        raise Failure("--explain tells what --optimize does: give both")
    net = sound_net(given.file, options_of(given))
    text = _generated(net, given)
    if given.output in (None, "-"):
        sys.stdout.write(text)
    else:
        write_file(Path(given.output), text)
    return CLEAN


def _generated(net: ShapedNet, given: argparse.Namespace) -> str:
    match given.target:
        case "json":
            return net.to_json()
        case "numpy" if given.explain:
            from netspec.backends.numpy.optimized import explain

            return explain(net)
        case "numpy":
            from netspec.backends.numpy import generate as generate_numpy

            return generate_numpy(net, optimize=given.optimize)
        case _:
            from netspec.backends.torch import generate

            return generate(net)

"""The command line: arguments in, exit status out. The only place that prints. Each command has a file here."""

from __future__ import annotations

import argparse
import contextlib
import gc
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from netspec.cli import check, compile, diff, draw, explain, fmt, running, summary
from netspec.cli.common import FAILED, PROBLEMS, Failure, Parser, Unsound
from netspec.diagnostics.text import printable

COMMANDS = (check, summary, explain, diff, compile, draw, running, fmt)

DESCRIPTION = """\
netspec proves a convolutional network consistent before anything runs, and compiles it.

  netspec check lenet.net                        is every shape, count and claim right?
  netspec summary lenet.net                      the table of its layers
  netspec explain lenet.net conv1                how each number comes about; also of a code
  netspec diff lenet.net lenet_relu.net          what differs between two nets
  netspec compile lenet.net --target torch       PyTorch code as one would write it by hand
  netspec draw lenet.net -o lenet.svg            a picture of it; also .pdf, .png, .html and .dot
  netspec run lenet.net --weights w.npz --input x.npy    what comes out, of any layer
  netspec fmt lenet.net                          the canonical layout, with shapes in one column
  netspec COMMAND --help                         more, with examples
"""


def run() -> NoReturn:
    """The `netspec` command."""
    gc.disable()  # a run is short and leaves no garbage worth looking for; a large spec is checked a third quicker
    sys.exit(main())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError):
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # what pytest puts there may lack it
    try:
        given = _arguments().parse_args(arguments)
        status: int = given.run(given)
        sys.stdout.flush()
    except Unsound:
        return PROBLEMS
    except Failure as failure:
        print(f"netspec: {printable(str(failure))}", file=sys.stderr)
        for line in failure.details:
            print(f"  {printable(line)}", file=sys.stderr)
        return FAILED
    except BrokenPipeError:
        # Whoever read the output has seen enough; Python would complain again when it closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except KeyboardInterrupt:
        return 130
    return status


def _arguments() -> argparse.ArgumentParser:
    from netspec import __version__

    parser = Parser(prog="netspec", description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--version", action="version", version=f"netspec {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=Parser)
    for command in COMMANDS:
        command.add(commands)
    return parser

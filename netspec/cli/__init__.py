"""The command line: arguments in, exit status out. The only place that prints. Each command has a file here.

Most of a short run is importing. So this file imports little, and of the commands the one that is asked for.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

COMMANDS = {
    "check": "netspec.cli.check",
    "summary": "netspec.cli.summary",
    "explain": "netspec.cli.explain",
    "diff": "netspec.cli.diff",
    "compile": "netspec.cli.compile",
    "draw": "netspec.cli.draw",
    "run": "netspec.cli.running",
    "train": "netspec.cli.train",
    "evaluate": "netspec.cli.evaluate",
    "fmt": "netspec.cli.fmt",
}
"""The module of each command, in the order of the help: its `add` makes the command known."""

DESCRIPTION = """\
netspec proves a convolutional network consistent before anything runs, and compiles it.

  netspec check lenet.net                        is every shape, count and claim right?
  netspec summary lenet.net                      the table of its layers
  netspec explain lenet.net conv1                how each number comes about; also of a code
  netspec diff lenet.net lenet_relu.net          what differs between two nets
  netspec compile lenet.net --target torch       PyTorch code as one would write it by hand
  netspec draw lenet.net -o lenet.svg            a picture of it; also .pdf, .png, .html and .dot
  netspec run lenet.net --weights w.npz --input x.npy    what comes out, of any layer
  netspec train lenet.net --data fashion-mnist   from the spec to measured accuracy; then: evaluate
  netspec fmt lenet.net                          the canonical layout, with shapes in one column
  netspec COMMAND --help                         more, with examples
"""


def run() -> NoReturn:
    """The `netspec` command."""
    # A run is short and leaves no garbage worth looking for; imports and large specs are a good deal quicker.
    gc.disable()
    # The command has no use for plugins, and to find them pydantic reads about every installed distribution.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    status = main()
    if "LOCAL_RANK" in os.environ:
        # One of torchrun's processes: threads of its group may live on, and abort a Python that ends around them
        # (https://github.com/pytorch/pytorch/pull/179291). After a mistake something may still wait to be written.
        with contextlib.suppress(OSError):
            sys.stdout.flush()
        os._exit(status)
    gc.freeze()  # nor is what is left worth looking through at the end, as Python would
    sys.exit(status)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    from netspec.cli.common import FAILED, INTERRUPTED, PROBLEMS, Failure, Unsound  # what `run` sets must come before
    from netspec.diagnostics.text import printable

    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError):
            stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # what pytest puts there may lack it
    try:
        arguments = sys.argv[1:] if arguments is None else arguments
        given = _parser(arguments).parse_args(arguments)
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
        return INTERRUPTED
    return status


def _parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    """The parser of these arguments: it knows the command that is asked for, or else, as for the help, all."""
    from netspec import __version__
    from netspec.cli.common import Parser

    parser = Parser(prog="netspec", description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--version", action="version", version=f"netspec {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=Parser)
    asked = [name for name in arguments[:1] if name in COMMANDS]
    for name in asked or COMMANDS:
        import_module(COMMANDS[name]).add(commands)
    return parser

"""The command line: arguments in, exit status out. The only place that prints."""

from __future__ import annotations

import argparse
import contextlib
import gc
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TextIO

from netspec.compile import STDIN, Checked, Options, Result, check_bytes, check_file, parse_shape, parse_value
from netspec.diagnostics.text import colour, plain, printable, render_text
from netspec.ir import Argument, ShapedNet
from netspec.sizes import Shape
from netspec.syntax.project import MAX_FILE_SIZE

if TYPE_CHECKING:
    from netspec.backends.summary import Summary
    from netspec.diagnostics import Diagnostic

CLEAN, PROBLEMS, FAILED = 0, 1, 2

PATIENCE = 2
"""Seconds after which a terminal is told what takes so long."""

LAST_LAYERS = 40
"""The layers before a mistake that are shown with it."""

TARGETS = ("torch", "json")

DESCRIPTION = """\
netspec proves a convolutional network consistent before anything runs, and compiles it.

  netspec check lenet.net                        is every shape, count and claim right?
  netspec summary lenet.net                      the table of its layers
  netspec compile lenet.net --target torch       PyTorch code as one would write it by hand
  netspec COMMAND --help                         more, with examples
"""

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

SUMMARY = """\
Show the layers of a net: name, layer, output shape, parameters, MACs and receptive field.

  netspec summary lenet.net
  netspec summary lenet.net --format markdown > table.md
  netspec summary models.net --net VGG16 --input 3x64x64

MACs are the multiplications of convolutions and dense layers, for one example, without biases.
"""

COMPILE = """\
Compile a net.

  netspec compile lenet.net --target torch                  a PyTorch module, to standard output
  netspec compile lenet.net --target torch -o lenet.py      to a file, replaced only when all is well
  netspec compile resnet.net --target torch --set classes=10
  netspec compile lenet.net --target json                   every layer with its shapes, weights and MACs
"""


class _Failure(Exception):
    """The command cannot be carried out; the message is the one line that says why."""


class _Parser(argparse.ArgumentParser):
    """argparse with one clear line for wrong arguments."""

    def error(self, message: str) -> NoReturn:
        self.exit(FAILED, f"{self.prog}: {printable(message)} (see {self.prog} --help)\n")


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
    except _Failure as failure:
        print(f"netspec: {printable(str(failure))}", file=sys.stderr)
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

    parser = _Parser(prog="netspec", description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--version", action="version", version=f"netspec {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=_Parser)

    check = _command(commands, "check", "is every shape, count and claim right?", CHECK)
    check.add_argument("files", nargs="+", metavar="FILE", help="a spec, or - for standard input")
    check.add_argument("--format", choices=("human", "json"), default="human", help="how problems are told")
    check.add_argument("--quiet", action="store_true", help="print problems alone")
    check.set_defaults(run=_check)

    summary = _command(commands, "summary", "the table of a net's layers", SUMMARY)
    summary.add_argument("file", metavar="FILE", help="a spec, or - for standard input")
    summary.add_argument("--format", choices=("text", "json", "csv", "markdown"), default="text", help="of the table")
    summary.set_defaults(run=_summary)

    compile_ = _command(commands, "compile", "make code from a net", COMPILE)
    compile_.add_argument("file", metavar="FILE", help="a spec, or - for standard input")
    compile_.add_argument("--target", choices=TARGETS, required=True, help="what to make")
    compile_.add_argument("-o", "--output", metavar="OUT", help="the file to write, instead of standard output")
    compile_.set_defaults(run=_compile)

    for command in (check, summary, compile_):
        command.add_argument("--net", metavar="NAME", help="which net of the file is meant")
        command.add_argument(
            "--set", metavar="K=V", action="append", default=[], dest="settings", help="set a parameter of the net"
        )
        command.add_argument("--input", metavar="SHAPE", help="the shape of the input, instead of the spec's")
    return parser


def _command(
    commands: argparse._SubParsersAction[_Parser], name: str, help: str, description: str
) -> argparse.ArgumentParser:
    return commands.add_parser(
        name, help=help, description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )


def _check(given: argparse.Namespace) -> int:
    options = _options(given)
    status = CLEAN
    diagnostics: list[Diagnostic] = []
    for file in given.files:
        try:
            result = _read(file, options)
        except _Failure as failure:
            print(f"netspec: {printable(str(failure))}", file=sys.stderr)
            status = FAILED
            continue
        if result.diagnostics:
            status = max(status, PROBLEMS)
        if given.format == "json":
            diagnostics += result.diagnostics
            continue
        _print_problems(result, tables=not given.quiet)
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
            print(one_line(_summary_of(net), net.shaped.output))
    if not result.nets:
        print(f"{printable(file)}: {result.blocks} block{'' if result.blocks == 1 else 's'}, no net")


def _summary(given: argparse.Namespace) -> int:
    from netspec.backends.summary import RENDERERS

    result = _read(given.file, _options(given))
    _print_problems(result, tables=True)
    if result.diagnostics:
        return PROBLEMS
    several = given.format in ("text", "markdown") and result.nets
    for index, net in enumerate(result.nets if several else _named(result, given)):
        if given.format in ("text", "markdown") and len(result.nets) > 1:
            print(f"{chr(10) if index else ''}{'## ' if given.format == 'markdown' else ''}{net.name}\n")
        sys.stdout.write(RENDERERS[given.format](_summary_of(net)))
    return CLEAN


def _compile(given: argparse.Namespace) -> int:
    result = _read(given.file, _options(given))
    if result.diagnostics:
        _print_problems(result, tables=False)
        return PROBLEMS
    (net,) = _named(result, given)
    if net.shaped is None:
        raise TypeError("a net without problems is shaped")
    text = _generated(net.shaped, given.target)
    if given.output is None:
        sys.stdout.write(text)
    else:
        _write(Path(given.output), text)
    return CLEAN


def _generated(net: ShapedNet, target: str) -> str:
    if target == "json":
        return net.to_json()
    from netspec.backends.torch import generate

    return generate(net)


def _named(result: Result, given: argparse.Namespace) -> tuple[Checked, ...]:
    """The one net that the command is about."""
    if not result.nets:
        raise _Failure(f"{given.file} has blocks alone, and no net")
    if len(result.nets) > 1:
        names = ", ".join(net.name for net in result.nets)
        raise _Failure(f"{given.file} has several nets; choose one with --net: {names}")
    return result.nets


def _summary_of(net: Checked) -> Summary:
    from netspec.backends.summary import Summary

    return Summary(net.name, net.inputs, net.nodes, net.complete)


def _print_problems(result: Result, *, tables: bool) -> None:
    """Everything that is wrong, and the layers that led there."""
    if not result.diagnostics:
        return
    paint = colour if _coloured(sys.stderr) else plain
    for diagnostic in result.diagnostics:
        print(render_text(diagnostic, paint), file=sys.stderr)
    if tables:
        for net in result.nets:
            if net.faulty and net.nodes:
                from netspec.backends.summary import render_text as render_table

                title = net.name if net.complete else f"{net.name}, as far as it could be worked out"
                print(f"{title}:\n", file=sys.stderr)
                print(render_table(_summary_of(net), last=LAST_LAYERS), file=sys.stderr)
    count = len(result.diagnostics)
    print(f"{count} problem{'' if count == 1 else 's'} found.", file=sys.stderr)


def _coloured(stream: TextIO) -> bool:
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _options(given: argparse.Namespace) -> Options:
    settings: dict[str, Argument] = {}
    for setting in given.settings:
        name, equals, text = setting.partition("=")
        value = parse_value(text) if equals and name.strip() else None
        if value is None:
            raise _Failure(f"--set {setting}: write it as name=value, as in --set classes=10")
        settings[name.strip()] = value
    shape: Shape | None = None
    if given.input is not None:
        shape = parse_shape(given.input)
        if shape is None:
            raise _Failure(f"--input {given.input}: write a shape such as 3x224x224, 3xHxW or 784")
    return Options(given.net, settings, shape)


def _read(file: str, options: Options) -> Result:
    try:
        if file == "-":
            return check_bytes(sys.stdin.buffer.read(MAX_FILE_SIZE + 1), STDIN, Path(), options)
        with _progress(f"checking {file}"):
            return check_file(Path(file), options)
    except OSError as error:
        raise _Failure(f"{file}: {(error.strerror or str(error)).lower()}") from None
    except ValueError as error:  # a name that no file can have
        raise _Failure(f"{file}: {error}") from None


@contextlib.contextmanager
def _progress(doing: str) -> Iterator[None]:
    """On a terminal, say what takes so long and for how long already, from the second second on."""
    if not sys.stderr.isatty():
        yield
        return
    import threading

    done = threading.Event()

    def tell() -> None:
        seconds = PATIENCE
        while not done.wait(1 if seconds > PATIENCE else PATIENCE):
            print(f"\r{printable(doing)} … {seconds} s", end="", file=sys.stderr, flush=True)
            seconds += 1
        if seconds > PATIENCE:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield
    finally:
        done.set()
        teller.join()


def _write(path: Path, text: str) -> None:
    """Write a file as a whole or not at all: under a temporary name first, then renamed."""
    import tempfile  # it takes a while to import, and only this needs it

    try:
        if path.is_dir():
            raise _Failure(f"{path}: is a directory")
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            umask = os.umask(0)
            os.umask(umask)
            os.chmod(name, path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~umask)
            os.replace(name, path)
        except BaseException:
            os.unlink(name)
            raise
    except OSError as error:
        raise _Failure(f"{path}: {(error.strerror or str(error)).lower()}") from None


if __name__ == "__main__":
    run()

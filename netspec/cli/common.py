"""What the commands share: reading specs, telling what is wrong, writing files whole."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TextIO

from netspec.compile import STDIN, Checked, Options, Result, check_bytes, check_file, parse_shape, parse_value
from netspec.diagnostics.text import Paint, colour, plain, printable, render_text
from netspec.files import reason, write_whole
from netspec.ir import Argument, ShapedNet
from netspec.sizes import Shape
from netspec.syntax.project import MAX_FILE_SIZE

if TYPE_CHECKING:
    from netspec.backends.summary import Summary

CLEAN, PROBLEMS, FAILED, INTERRUPTED = 0, 1, 2, 130

PATIENCE = 2
"""Seconds after which a terminal is told what takes so long."""

LAST_LAYERS = 40
"""The layers before a mistake that are shown with it."""


class Failure(Exception):
    """The command cannot be carried out; the message is the one line that says why, `details` are what it lists."""

    def __init__(self, message: str, details: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.details = details


class Unsound(Exception):
    """The spec has problems, and they have been told."""


class Parser(argparse.ArgumentParser):
    """argparse with one clear line for wrong arguments."""

    def error(self, message: str) -> NoReturn:
        self.exit(FAILED, f"{self.prog}: {printable(message)} (see {self.prog} --help)\n")


def command(
    commands: argparse._SubParsersAction[Parser], name: str, help: str, description: str
) -> argparse.ArgumentParser:
    """A command's own parser."""
    return commands.add_parser(
        name, help=help, description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )


def add_choice_of_net(parser: argparse.ArgumentParser, shape_option: str = "--input") -> None:
    """The options that say which net is meant, with which parameters and shape of its input."""
    parser.add_argument("--net", metavar="NAME", help="which net of the file is meant")
    parser.add_argument(
        "--set", metavar="K=V", action="append", default=[], dest="settings", help="set a parameter of the net"
    )
    parser.add_argument(
        shape_option, metavar="SHAPE", dest="shape", help="the shape of the input, instead of the spec's"
    )
    parser.set_defaults(shape_option=shape_option)


def whole_number(least: int) -> Callable[[str], int]:
    """The type of an option that takes whole numbers from `least` up."""

    def number(text: str) -> int:
        if not text.isdecimal() or int(text) < least:
            raise argparse.ArgumentTypeError(f"must be a whole number from {least} up, not {text}")
        return int(text)

    return number


def options_of(given: argparse.Namespace) -> Options:
    """The choices of :func:`add_choice_of_net`. Raises :class:`Failure`."""
    settings: dict[str, Argument] = {}
    for setting in given.settings:
        name, equals, text = setting.partition("=")
        value = parse_value(text) if equals and name.strip() else None
        if value is None:
            raise Failure(f"--set {setting}: write it as name=value, as in --set classes=10")
        settings[name.strip()] = value
    shape: Shape | None = None
    if given.shape is not None:
        shape = parse_shape(given.shape)
        if shape is None:
            raise Failure(f"{given.shape_option} {given.shape}: write a shape such as 3x224x224, 3xHxW or 784")
    return Options(given.net, settings, shape)


def read_spec(file: str, options: Options) -> Result:
    """Check a file, or standard input for `-`. Raises :class:`Failure` where it cannot be read."""
    try:
        if file == "-":
            return check_bytes(sys.stdin.buffer.read(MAX_FILE_SIZE + 1), STDIN, Path(), options)
        with progress(f"checking {file}"):
            return check_file(Path(file), options)
    except OSError as error:
        raise Failure(f"{file}: {reason(error)}") from None
    except ValueError as error:  # a name that no file can have
        raise Failure(f"{file}: {error}") from None


def the_one_of(file: str, result: Result) -> Checked:
    """The one net of a file. Raises :class:`Failure` where there is none, or several."""
    if not result.nets:
        raise Failure(f"{file} has blocks alone, and no net")
    if len(result.nets) > 1:
        names = ", ".join(net.name for net in result.nets)
        raise Failure(f"{file} has several nets; choose one with --net: {names}")
    return result.nets[0]


def sound_net(file: str, options: Options) -> ShapedNet:
    """The one net that a command is about.

    Raises :class:`Unsound`, having told why, where the spec has problems, and :class:`Failure`.
    """
    result = read_spec(file, options)
    if result.diagnostics:
        print_problems(result, tables=False)
        raise Unsound
    shaped = the_one_of(file, result).shaped
    if shaped is None:
        raise TypeError("a net without problems is shaped")
    return shaped


def summary_of(net: Checked) -> Summary:
    """A checked net for the tables, as far as it is known; its formulas are for the sizes that fit."""
    from netspec.backends.summary import Summary, of_net

    region = net.fit.sizes.region if net.fit is not None and net.fit.sizes is not None else None
    if net.shaped is not None:
        return of_net(net.shaped, region)
    return Summary(net.name, net.inputs, net.nodes, net.complete, region=region)


def fit_of(net: Checked) -> list[str]:
    """Lines that say which sizes of the input fit; none for sizes that are fixed, where no others were asked for."""
    if net.fit is None:
        return []
    from netspec.backends.fit import render_fit

    return render_fit(net.fit, net.inputs)


def print_problems(result: Result, *, tables: bool) -> None:
    """Everything that is wrong, and the layers that led there; then what is most likely wrong."""
    paint = paint_for(sys.stderr)
    for diagnostic in result.diagnostics:
        print(render_text(diagnostic, paint), file=sys.stderr)
    if tables:
        for net in result.nets:
            if net.faulty and net.nodes:
                from netspec.backends.summary.text import render_text as render_table

                title = net.name if net.complete else f"{net.name}, as far as it could be worked out"
                print(f"{title}:\n", file=sys.stderr)
                print(render_table(summary_of(net), last=LAST_LAYERS), file=sys.stderr)
    for warning in result.warnings:
        print(render_text(warning, paint), file=sys.stderr)
    counts = [*_counted(result.diagnostics, "problem"), *_counted(result.warnings, "warning")]
    if counts:
        print(f"{' and '.join(counts)} found.", file=sys.stderr)


def _counted(found: Sequence[object], what: str) -> list[str]:
    return [f"{len(found)} {what}{'' if len(found) == 1 else 's'}"] if found else []


def paint_for(stream: TextIO) -> Paint:
    """How text for a stream is painted: in colour on a terminal that has not declined it."""
    if os.environ.get("FORCE_COLOR"):
        return colour
    coloured = stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return colour if coloured else plain


@contextlib.contextmanager
def progress(doing: str) -> Iterator[None]:
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


def write_file(path: Path, content: str | bytes) -> None:
    """Write a file as a whole or not at all. Raises :class:`Failure`."""
    if path.is_dir():
        raise Failure(f"{path}: is a directory")
    try:
        write_whole(path, content)
    except OSError as error:
        raise Failure(f"{path}: {reason(error)}") from None

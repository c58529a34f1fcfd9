"""`netspec fmt`: the canonical layout, and the shapes of the lines."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from netspec.cli.common import (
    CLEAN,
    FAILED,
    PROBLEMS,
    Failure,
    Parser,
    Unsound,
    command,
    print_problems,
    progress,
    write_file,
)
from netspec.compile import STDIN, Result, check_project, check_text
from netspec.diagnostics import MOST_DIAGNOSTICS, Code, Diagnostic
from netspec.diagnostics.text import printable
from netspec.files import reason
from netspec.source import Place, Source, Span
from netspec.syntax.parser import proofread
from netspec.syntax.project import MAX_FILE_SIZE, SUFFIX, NotASpec, decode, read_bytes, read_project

FMT = """\
Format specs: one layout for all, with comments and line breaks kept and shapes in one column.

  netspec fmt lenet.net                          put the file into the canonical layout
  netspec fmt specs/                             all *.net below a folder
  netspec fmt specs/ --check                     name the files that would change, and change none
  netspec fmt specs/ --diff                      show what would change, and change nothing
  netspec fmt lenet.net --annotate               write the shape of each line that changes it, and mend wrong ones
  cat lenet.net | netspec fmt -                  from standard input to standard output

A spec with syntax errors is left as it is.

Exit status: 0 all is well, 1 a spec has problems or, with --check, would change, 2 fmt could not be carried out.
"""


def add(commands: argparse._SubParsersAction[Parser]) -> None:
    """Make the command known."""
    parser = command(commands, "fmt", "put specs into the canonical layout", FMT)
    parser.add_argument("files", nargs="+", metavar="FILE", help="a spec, a folder of them, or - for standard input")
    parser.add_argument("--check", action="store_true", help="change nothing; exit status 1 if a file would change")
    parser.add_argument("--diff", action="store_true", help="change nothing; show what would change")
    parser.add_argument("--annotate", action="store_true", help="write the inferred shapes after =>")
    parser.set_defaults(run=_fmt)


def _fmt(given: argparse.Namespace) -> int:
    status = CLEAN
    changed = unchanged = 0
    for file in given.files:
        try:
            paths = _specs(file)
        except Failure as failure:
            status = _failed(failure)
            continue
        for path in paths:
            try:
                is_changed = _format(path, given)
            except Unsound:
                status = max(status, PROBLEMS)
                continue
            except Failure as failure:
                status = _failed(failure)
                continue
            changed += is_changed
            unchanged += not is_changed
    if given.check and changed:
        status = max(status, PROBLEMS)
    if given.files != ["-"] and (changed or unchanged):
        # Standard output may be a patch, or a spec.
        told = sys.stderr if given.diff or "-" in given.files else sys.stdout
        print(_summary(changed, unchanged, keeps=given.check or given.diff), file=told)
    return status


def _failed(failure: Failure) -> int:
    print(f"netspec: {printable(str(failure))}", file=sys.stderr)
    return FAILED


def _summary(changed: int, unchanged: int, *, keeps: bool) -> str:
    if not changed:
        return f"{_files(unchanged)} unchanged"
    done = f"{_files(changed)} {'would be formatted' if keeps else 'formatted'}"
    return f"{done}, {unchanged} unchanged" if unchanged else done


def _files(count: int) -> str:
    return f"{count} file{'' if count == 1 else 's'}"


def _specs(file: str) -> list[str]:
    """The specs that an argument means: itself, or those below a folder. Raises :class:`Failure`."""
    if file == "-" or not os.path.isdir(file):
        return [file]
    found = []
    for folder, inner, names in os.walk(file):
        inner[:] = [name for name in inner if not name.startswith(".")]
        found += [os.path.join(folder, name) for name in names if name.endswith(SUFFIX)]
    if not found:
        raise Failure(f"{file}: holds no spec (*{SUFFIX})")
    return sorted(found)


def _format(path: str, given: argparse.Namespace) -> bool:
    """Do what was asked with one file, and say whether it changes.

    Raises :class:`Unsound`, having told why, where the spec has problems, and :class:`Failure`.
    """
    name = STDIN if path == "-" else path
    data = _read(path)
    with progress(f"formatting {name}"):
        text = _formatted(data, name, Path() if path == "-" else Path(path).parent, given.annotate)
    is_changed = text.encode() != data
    if given.diff:
        _print_diff(name, data.decode(), text)
    elif given.check:
        if is_changed:
            print(f"would format {printable(name)}")
    elif path == "-":
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode())
    elif is_changed:
        write_file(Path(os.path.realpath(path)), text)  # the file itself, where the path is a link to it
        print(f"formatted {printable(name)}")
    return is_changed


def _read(path: str) -> bytes:
    """A file, or standard input for `-`. Raises :class:`Failure`."""
    try:
        return sys.stdin.buffer.read(MAX_FILE_SIZE + 1) if path == "-" else read_bytes(Path(path))
    except OSError as error:
        raise Failure(f"{path}: {reason(error)}") from None
    except ValueError as error:  # a name that no file can have
        raise Failure(f"{path}: {error}") from None


def _formatted(data: bytes, name: str, folder: Path, annotates: bool) -> str:
    """The text of a spec in the canonical layout. Raises :class:`Unsound`, having told why."""
    from netspec.syntax.format import format_text

    try:
        source = Source(name, decode(data))
    except NotASpec as error:
        _refuse((Diagnostic(error.code, f"this file {error}", Place(Source(name, ""), Span(0, 0))),))
    _refuse(proofread(source).problems)
    text = format_text(source.text)
    return _annotated(text, source, folder) if annotates else text


def _refuse(problems: Sequence[Diagnostic]) -> None:
    """Tell the problems that keep a spec from being formatted, if there are any, and raise :class:`Unsound`."""
    if problems:
        print_problems(Result((), tuple(problems)), tables=False)
        raise Unsound


def _annotated(text: str, written: Source, folder: Path) -> str:
    """A formatted text with the shapes of its lines. Raises :class:`Unsound` for one in which they cannot be found."""
    from netspec.passes.annotate import annotate
    from netspec.syntax.format import format_text

    while True:
        project = read_project(Source(written.name, text), folder)
        problems = check_project(project).diagnostics
        if not all(_is_mended(problem, written.name) for problem in problems):
            found = check_text(written.text, written.name, folder).diagnostics  # where the user sees them
            _refuse([problem for problem in found if not _is_mended(problem, written.name)])
        untrue = {problem.place.span for problem in problems if problem.place and problem.code is Code.STATED_SHAPE}
        text = format_text(annotate(project, untrue))
        if len(problems) < MOST_DIAGNOSTICS or not untrue:
            return text


def _is_mended(problem: Diagnostic, name: str) -> bool:
    """Whether a problem is a stated shape that will be mended, or is a claim, which no shape depends on."""
    own = problem.place is not None and problem.place.source.name == name
    return problem.code is Code.CLAIM_FAILS or (own and problem.code is Code.STATED_SHAPE)


def _print_diff(name: str, before: str, after: str) -> None:
    """What would change, as a patch."""
    import difflib  # only this needs it

    for line in difflib.unified_diff(_lines(before), _lines(after), name, name):
        sys.stdout.write(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n")


def _lines(text: str) -> list[str]:
    """The lines of a text with their ends: those that end in a line feed, and no others."""
    *lines, last = text.split("\n")
    return [f"{line}\n" for line in lines] + ([last] if last else [])

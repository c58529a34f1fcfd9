"""`netspec check`: is every shape, count and claim right?"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from netspec.cli.common import (
    CLEAN,
    FAILED,
    PROBLEMS,
    Failure,
    Parser,
    add_choice_of_net,
    command,
    fit_of,
    options_of,
    print_problems,
    read_spec,
    summary_of,
)
from netspec.cli.fixing import fixed, with_fixes
from netspec.compile import Result
from netspec.diagnostics.codes import Code
from netspec.diagnostics.text import printable
from netspec.passes.lints import BY_DEFAULT, LINTS, Choice

if TYPE_CHECKING:
    from netspec.diagnostics import Diagnostic


CHECK = """\
Check specs. A sound net gives one line; everything that is wrong with the others goes to standard error.

  netspec check lenet.net
  netspec check specs/*.net --quiet              problems alone
  netspec check resnet.net --set classes=10      with another value of a parameter
  netspec check vgg.net --input 3x32x32          with another input
  netspec check lenet.net --for-all              which sizes of the input would fit?
  netspec check lenet.net --fix                  make the best of the fixes that were tried
  netspec check lenet.net --fix --diff           show what it would change
  netspec check lenet.net --lint all --strict    every lint, also those about which opinions differ
  netspec check broken.net --format json         for editors and scripts; sarif and github too
  cat lenet.net | netspec check -                from standard input

After a problem come up to three single changes, each tried on the whole spec: with any of them everything checks.

Exit status: 0 all is well (with --fix: after it), 1 a spec has problems, 2 the command could not be carried out.
"""


def add(commands: argparse._SubParsersAction[Parser]) -> None:
    """Make the command known."""
    parser = command(commands, "check", "is every shape, count and claim right?", CHECK)
    parser.add_argument("files", nargs="+", metavar="FILE", help="a spec, or - for standard input")
    parser.add_argument(
        "--format", choices=("human", "json", "sarif", "github"), default="human", help="how problems are told"
    )
    parser.add_argument("--for-all", action="store_true", help="ask which sizes of the input fit, of fixed ones too")
    parser.add_argument(
        "--lint",
        metavar="CODES",
        default="default",
        help="`all`, `none`, or further codes: W0603,W0606",
    )
    parser.add_argument("--max-memory", metavar="SIZE", help="warn of a layer whose output is larger: 512KB, 64MB")
    parser.add_argument("--fix", action="store_true", help="make the best fix, in place; search longer for it")
    parser.add_argument("--diff", action="store_true", help="with --fix: print what would change, and change nothing")
    parser.add_argument("--strict", action="store_true", help="exit with 1 for warnings too")
    parser.add_argument("--quiet", action="store_true", help="print problems alone")
    add_choice_of_net(parser)
    parser.set_defaults(run=_check)


def _check(given: argparse.Namespace) -> int:
    if given.diff and not given.fix:
        raise Failure("--diff shows what --fix would change: give both")
    options = options_of(given)._replace(for_all=given.for_all, lints=_lints(given))
    status = CLEAN
    diagnostics: list[Diagnostic] = []
    for file in given.files:
        try:
            result = read_spec(file, options)
            if result.diagnostics:
                result = with_fixes(file, result, options, thorough=given.fix)
            if result.diagnostics and given.fix:
                result = fixed(file, result, options, shows_diff=given.diff)
        except Failure as failure:
            print(f"netspec: {printable(str(failure))}", file=sys.stderr)
            status = FAILED
            continue
        if result.diagnostics or (given.strict and result.warnings):
            status = max(status, PROBLEMS)
        if given.format != "human":
            diagnostics += [*result.diagnostics, *result.warnings]
            continue
        print_problems(result, tables=not given.quiet)
        if not given.quiet and not result.diagnostics and not (given.fix and file == "-"):
            _print_sound(file, result)
    if given.format != "human":
        sys.stdout.write(_renderer(given.format)(diagnostics))
    return status


def _renderer(format: str) -> Callable[[Sequence[Diagnostic]], str]:
    match format:
        case "json":
            from netspec.diagnostics.json import render_json

            return render_json
        case "sarif":
            from netspec.diagnostics.sarif import render_sarif

            return render_sarif
        case _:
            from netspec.diagnostics.github import render_github

            return render_github


def _lints(given: argparse.Namespace) -> Choice:
    """The lints that --lint and --max-memory ask for."""
    codes = set(BY_DEFAULT)
    match given.lint:
        case "all":
            codes = set(LINTS)
        case "none":
            codes = set()
        case "default":
            pass
        case listed:
            for word in filter(None, re.split(r"[,\s]+", listed)):
                if word not in LINTS:
                    known = ", ".join(sorted(LINTS))
                    raise Failure(f"--lint {listed}: `{word}` is the code of no lint; there are {known}")
                codes.add(Code(word))
    return Choice(frozenset(codes), _bytes(given.max_memory))


_UNITS = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}


def _bytes(text: str | None) -> int | None:
    """A size such as 64MB in bytes."""
    if text is None:
        return None
    found = re.fullmatch(r"(\d+)\s*([A-Za-z]*)", text.strip())
    if found is None or found[2].upper() not in _UNITS:
        raise Failure(f"--max-memory {text}: write a size such as 512KB, 64MB or 1GiB")
    return int(found[1]) * _UNITS[found[2].upper()]


def _print_sound(file: str, result: Result) -> None:
    """A line for each net of a sound file."""
    from netspec.backends.summary import one_line

    for net in result.nets:
        if net.shaped is not None:
            print(one_line(summary_of(net), net.shaped.output))
            for line in fit_of(net):
                print(f"  {line}")
    if not result.nets:
        print(f"{printable(file)}: {result.blocks} block{'' if result.blocks == 1 else 's'}, no net")

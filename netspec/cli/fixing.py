"""What `netspec check` does with fixes: it shows the best with the problems, and makes one where that is asked for."""

from __future__ import annotations

import sys
from pathlib import Path

from netspec.cli.common import progress, write_file
from netspec.compile import STDIN, Options, Result, check_text
from netspec.diagnostics import Fix
from netspec.diagnostics.text import printable
from netspec.source import Source


def with_fixes(file: str, result: Result, options: Options, *, thorough: bool) -> Result:
    """What a check found, with the fixes at the first problem in the file that is asked about."""
    name = STDIN if file == "-" else file
    places = (diagnostic.place for diagnostic in result.diagnostics)
    source = next((place.source for place in places if place is not None and _is(place.source, name)), None)
    if source is None or not source.text:
        return result
    from netspec.fixes import suggest  # only a spec that does not check pays for it
    from netspec.fixes.search import QUICK, THOROUGH

    with progress(f"looking for fixes of {name}"):
        effort = THOROUGH if thorough else QUICK
        fixes = suggest(source.text, source.name, _folder(file), options, effort, known=result)
    at = next(i for i, d in enumerate(result.diagnostics) if d.place is not None and d.place.source is source)
    first = result.diagnostics[at]._replace(fixes=fixes)
    return result._replace(diagnostics=(*result.diagnostics[:at], first, *result.diagnostics[at + 1 :]))


def fixed(file: str, result: Result, options: Options, *, shows_diff: bool) -> Result:
    """Make the best fix, or print what it would change; what a check of the file then finds.

    Raises :class:`netspec.cli.common.Failure` where the file cannot be written.
    """
    fix = next((fix for diagnostic in result.diagnostics for fix in diagnostic.fixes), None)
    if fix is None:
        return result
    source = fix.place.source
    before = source.text
    after = before[: fix.place.span.start] + fix.text + before[fix.place.span.end :]
    if shows_diff:
        _print_diff(source.name, before, after)
        return result
    if file == "-":
        sys.stdout.write(after)
    else:
        _write(Path(file), after)
    print(f"{printable(source.shown)}:{fix.place.position.line}: fixed: {printable(_done(fix))}", file=sys.stderr)
    return check_text(after, source.name, _folder(file), options)


def _is(source: Source, name: str) -> bool:
    return source.name == name


def _folder(file: str) -> Path:
    return Path() if file == "-" else Path(file).parent


def _done(fix: Fix) -> str:
    """The title of a fix without what it leads to."""
    return fix.title.removesuffix(": then everything checks")


def _write(path: Path, text: str) -> None:
    """Write a spec, with the mark at its beginning that it had."""
    has_mark = path.read_bytes().startswith(b"\xef\xbb\xbf")
    write_file(path, text.encode("utf-8-sig" if has_mark else "utf-8"))


def _print_diff(name: str, before: str, after: str) -> None:
    """What would change, as a patch."""
    import difflib

    lines = (before.splitlines(keepends=True), after.splitlines(keepends=True))
    for line in difflib.unified_diff(*lines, name, name):
        sys.stdout.write(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n")

"""The fixes of a spec, best first: the stages of the search in their order."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from itertools import chain
from pathlib import Path

from netspec.compile import AS_WRITTEN, Options, Result, check_text
from netspec.diagnostics import Code, Fix
from netspec.fixes import heads, insertions, lines, numbers, punctuation, words
from netspec.fixes.describe import described
from netspec.fixes.edit import Edit, Kind
from netspec.fixes.script import Line
from netspec.fixes.search import MOST_FIXES, QUICK, Case, Effort
from netspec.fixes.suspects import suspects
from netspec.fixes.windows import Window, claimed_windows, failing_window
from netspec.source import Place, Source, Span


def suggest(
    text: str,
    name: str,
    folder: Path,
    options: Options = AS_WRITTEN,
    effort: Effort = QUICK,
    known: Result | None = None,
) -> tuple[Fix, ...]:
    """Single edits of a spec after each of which it checks as a whole, best first; at most three.

    None for a sound spec, and for one of which nothing was found within the `effort`. `known` is what a check of the
    spec with the same options came to, if there was one.
    """
    case = Case(text, name, folder, options, effort, known)
    if not case.diagnostics or case.left <= 0 or case.has("E00"):
        return ()  # what is only too large is for its author to make smaller
    look_for_fixes(case)
    source = Source(name, text)
    best = _best(case.found)[: 1 if case.is_large else MOST_FIXES]
    if "\r\n" in text:
        best = [edit._replace(text=re.sub(r"(?<!\r)\n", "\r\n", edit.text)) for edit in best]
    return tuple(
        Fix(f"{described(case, edit)}: then everything checks", Place(source, Span(edit.start, edit.end)), edit.text)
        for edit in best
        if not check_text(edit.applied(text), name, folder, case.options).diagnostics
    )


def _best(found: list[Edit]) -> list[Edit]:
    """The first few, the least change in meaning first. A claim that could be the mistake itself is among them."""
    kept = [edit for edit in found if edit.kind is not Kind.REMOVAL] or found
    ranked = sorted(kept, key=lambda edit: edit.change)
    best = ranked[:MOST_FIXES]
    claims = [edit for edit in ranked if edit.kind is Kind.CLAIM]
    if claims and claims[0] not in best:
        best[-1] = claims[0]
    return best


_NO_WORDS = (Code.RESERVED_WORD, Code.DEFINED_TWICE, Code.MISPLACED, Code.UNUSED_VALUE, Code.BAD_INPUT)
"""What is wrong with these is not how a word is spelt."""


def look_for_fixes(case: Case) -> None:
    """Look for fixes where they are likeliest; the stages that cost least come first."""
    near, far = suspects(case)
    if any(d.code.startswith(("E01", "E02")) and d.code not in _NO_WORDS for d in case.diagnostics):
        _search_words(case, near, near + far)
        if case.has("E01") or case.found:
            return
    else:
        case.attempt_all(numbers.restated(case), 0.1)
        with case.at_most(0.1):
            numbers.solve_claims(case)
    if all(diagnostic.code is Code.CLAIM_FAILS for diagnostic in case.diagnostics):
        _search_sums(case)
    else:
        window = None
        with case.at_most(0.3):
            window = failing_window(case)
        with case.within(window):
            _search_near(case, near)
    if all(edit.kind is Kind.CLAIM for edit in case.found):
        _search_far(case, near, far)


def _search_words(case: Case, near: tuple[Line, ...], every: tuple[Line, ...]) -> None:
    """Misspelt words; where there are syntax errors, also heads, signs and braces. It ends where something is found."""
    stages = [(words.respelt(case, near), 0.3), (words.respelt(case, every), 0.3)]
    if case.has("E01"):
        stages += [
            (heads.headed(case), 0.3),
            (insertions.structural(case, near), 0.3),
            (lines.swapped_lines(case, every), 0.3),
            (lines.swapped_parts(case, near), 0.2),
            (punctuation.repunctuated(case, near), 0.3),
            (insertions.structural(case, every), 0.8),
            (punctuation.repunctuated(case, every), 0.9),
        ]
    for edits, share in stages:
        case.attempt_all(edits, share)
        if case.found:
            return


def _search_near(case: Case, near: tuple[Line, ...]) -> None:
    """Between the last shape that is right and the first mistake."""
    case.run(
        (insertions.vectors(case), 0.2),
        (chain(numbers.told(case, near), numbers.named(case, near)), 0.25),
        (chain(lines.swapped_lines(case, near), lines.swapped_parts(case, near[:3])), 0.25),
        (lines.swapped_parts(case, near), 0.15),
        (chain(insertions.projected(case, near), lines.padded(near[:1])), 0.2),
        (chain(numbers.evened(near), lines.padded(near), numbers.small(near)), 0.5),
        (insertions.inserted(case, near, fitting=True), 0.3),
        (partial(numbers.solve, case, near), 0.2),
        (insertions.inputs(case), 0.3),
        (partial(insertions.solve_inputs, case), 0.3),
        (insertions.used_values(case, near), 0.2),
        (insertions.inserted(case, near), 0.4),
        (numbers.nearby(near, reach=4), 0.2),
        (numbers.resized(case), 0.2),
        (chain(numbers.seen(case, near), numbers.nearby(near, reach=16), numbers.decimals(case, near)), 0.2),
        (lines.arguments_added(case, near), 0.3),
    )
    if any(line.has("_GIVES") or line.statement == "ASSERT" for line in case.script.lines):
        case.run((lines.removed(case, near), 0.3))  # where a claim tells whether that is right
    case.run((partial(insertions.solve_inserted, case, near), 0.3))


def _search_sums(case: Case) -> None:
    """Where sums over the whole net are not as claimed: in each part by itself."""
    script = case.script
    parts: list[Window] = []
    with case.at_most(0.3):
        parts += claimed_windows(case)
    parts.sort(key=lambda part: part.layers)
    heads = tuple(line for line in script.lines if line.statement in ("NET", "INPUT"))
    blocks = tuple(line for item in script.items if item[0].statement == "BLOCK" for line in item)
    case.run(
        (partial(numbers.solve, case, heads), 0.2),
        (insertions.restored(case, script.lines), 0.4),
        (partial(_search_parts, case, parts, _numbers_of_part), 0.3),
        (partial(_search_parts, case, parts, _order_of_part), 0.3),
        (chain(lines.swapped_parts(case, blocks), lines.swapped_lines(case, blocks)), 0.3),
        (partial(_search_parts, case, parts, _lines_of_part), 0.6),
    )


def _search_parts(case: Case, parts: list[Window], search: Callable[[Case, tuple[Line, ...]], None]) -> None:
    """Every part, with its share of the effort."""
    waiting = sum(part.layers for part in parts)
    for part in parts:
        with case.within(part), case.at_most(part.layers / waiting):
            search(case, part.lines)
        waiting -= part.layers
        if case.settled():
            return


def _numbers_of_part(case: Case, near: tuple[Line, ...]) -> None:
    numbers.solve(case, near)


def _order_of_part(case: Case, near: tuple[Line, ...]) -> None:
    case.run((lines.swapped_parts(case, near), 0.7), (lines.swapped_lines(case, near), 1))


def _lines_of_part(case: Case, near: tuple[Line, ...]) -> None:
    case.run((insertions.inserted(case, near), 0.4), (partial(insertions.solve_inserted, case, near), 1))


def _search_far(case: Case, near: tuple[Line, ...], far: tuple[Line, ...]) -> None:
    """Everywhere."""
    if all(diagnostic.code is Code.CLAIM_FAILS for diagnostic in case.diagnostics):
        case.run(
            (partial(numbers.solve, case, near), 0.1),
            (chain(lines.swapped_parts(case, near), numbers.usual(near)), 0.1),
        )
    case.run(
        (numbers.told(case, far), 0.2),
        (partial(numbers.solve, case, far), 0.4),
        (lines.swapped_lines(case, far), 0.3),
        (insertions.structural(case, near), 0.2),
        (insertions.inserted(case, near + far), 0.4),
        (chain(numbers.evened(far), numbers.nearby(far, reach=2)), 0.5),
        (lines.swapped_parts(case, far), 0.5),
        (partial(insertions.solve_inserted, case, near + far), 0.7),
        (lines.arguments_added(case, far), 1),
    )

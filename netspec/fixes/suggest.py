"""The fixes of a spec, best first: the stages of the search in their order."""

from __future__ import annotations

import re
from itertools import chain
from pathlib import Path

from netspec.compile import AS_WRITTEN, Options, check_text
from netspec.diagnostics import Code, Fix
from netspec.fixes import insertions, lines, numbers, punctuation, words
from netspec.fixes.describe import described
from netspec.fixes.edit import Edit, Kind
from netspec.fixes.script import Line
from netspec.fixes.search import MOST_FIXES, QUICK, Case, Effort
from netspec.fixes.suspects import suspects
from netspec.fixes.windows import claimed_windows, failing_window
from netspec.source import Place, Source, Span


def suggest(
    text: str, name: str, folder: Path, options: Options = AS_WRITTEN, effort: Effort = QUICK
) -> tuple[Fix, ...]:
    """Single edits of a spec after each of which it checks as a whole, best first; at most three.

    None for a sound spec, and for one of which nothing was found within the `effort`.
    """
    case = Case(text, name, folder, options, effort)
    if not case.diagnostics or case.left <= 0 or case.has("E00"):
        return ()  # what is only too large is for its author to make smaller
    _search(case)
    source = Source(name, text)
    best = _best(case.found)
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


def _search(case: Case) -> None:
    """Look for fixes where they are likeliest; the stages that cost least come first."""
    near, far = suspects(case)
    if any(d.code.startswith(("E01", "E02")) and d.code not in _NO_WORDS for d in case.diagnostics):
        _search_words(case, near, near + far)
        if case.has("E01") or case.satisfied():
            return
    else:
        case.attempt_all(numbers.restated(case), 0.1)
        with case.at_most(0.1):
            numbers.solve_claims(case)
    if all(diagnostic.code is Code.CLAIM_FAILS for diagnostic in case.diagnostics):
        _search_parts(case)
    else:
        with case.within(failing_window(case)):
            _search_near(case, near, far)
    if all(edit.kind is Kind.CLAIM for edit in case.found):
        _search_far(case, near, far)


def _search_words(case: Case, near: tuple[Line, ...], every: tuple[Line, ...]) -> None:
    """Misspelt words; where there are syntax errors, also signs and braces."""
    case.attempt_all(words.respelt(case, near), 0.3)
    if not case.found:
        case.attempt_all(words.respelt(case, every), 0.3)
    if case.has("E01"):
        case.attempt_all(insertions.structural(case, near), 0.3)
        case.attempt_all(lines.swapped_lines(case, every), 0.3)
        case.attempt_all(lines.swapped_parts(case, near), 0.2)
        case.attempt_all(punctuation.repunctuated(case, near), 0.3)
        case.attempt_all(insertions.structural(case, every), 0.8)
        case.attempt_all(punctuation.repunctuated(case, every), 0.9)


def _search_near(case: Case, near: tuple[Line, ...], far: tuple[Line, ...]) -> None:
    """Between the last shape that is right and the first mistake."""
    case.attempt_all(insertions.vectors(case), 0.2)
    case.attempt_all(chain(numbers.told(case, near), numbers.named(case, near)), 0.25)
    case.attempt_all(chain(lines.swapped_lines(case, near), lines.swapped_parts(case, near[:3])), 0.25)
    case.attempt_all(chain(numbers.evened(near), lines.swapped_parts(case, near)), 0.15)
    case.attempt_all(chain(insertions.projected(case, near), lines.padded(near)), 0.2)
    case.attempt_all(numbers.nearby(near, reach=1), 0.3)
    case.attempt_all(numbers.usual(near), 0.3)
    with case.at_most(0.2):
        numbers.solve(case, near)
    if case.satisfied():
        return
    case.attempt_all(insertions.inputs(case, near), 0.3)
    case.attempt_all(insertions.used_values(case, near), 0.2)
    case.attempt_all(insertions.inserted(case, near, far), 0.4)
    case.attempt_all(numbers.nearby(near, reach=4), 0.2)
    case.attempt_all(numbers.resized(case), 0.2)
    case.attempt_all(chain(numbers.seen(case, near), numbers.nearby(near, reach=16), numbers.decimals(case, near)), 0.2)
    case.attempt_all(lines.arguments_added(case, near), 0.3)
    if any(line.has("_GIVES") or line.statement == "ASSERT" for line in case.script.lines):
        case.attempt_all(lines.removed(case, near), 0.3)  # where a claim tells whether that is right
    if not case.satisfied():
        with case.at_most(0.3):
            insertions.solve_inserted(case, near, far)


def _search_parts(case: Case) -> None:
    """Where sums over the whole net are not as claimed: in each part by itself."""
    parts = sorted(claimed_windows(case), key=lambda part: part.layers)
    for search, share in ((_numbers_of_part, 0.4), (_order_of_part, 0.5), (_lines_of_part, 0.7)):
        with case.at_most(share):
            waiting = sum(part.layers for part in parts)
            for part in parts:
                with case.within(part), case.at_most(part.layers / waiting):
                    search(case, part.lines)
                waiting -= part.layers
                if case.satisfied():
                    return


def _numbers_of_part(case: Case, near: tuple[Line, ...]) -> None:
    numbers.solve(case, near)


def _order_of_part(case: Case, near: tuple[Line, ...]) -> None:
    case.attempt_all(lines.swapped_parts(case, near), 0.7)
    case.attempt_all(lines.swapped_lines(case, near), 1)


def _lines_of_part(case: Case, near: tuple[Line, ...]) -> None:
    case.attempt_all(insertions.inserted(case, near, ()), 0.4)
    with case.at_most(1):
        insertions.solve_inserted(case, near, ())


def _search_far(case: Case, near: tuple[Line, ...], far: tuple[Line, ...]) -> None:
    """Everywhere."""
    if all(diagnostic.code is Code.CLAIM_FAILS for diagnostic in case.diagnostics):
        with case.at_most(0.1):
            numbers.solve(case, near)
        case.attempt_all(chain(lines.swapped_parts(case, near), numbers.usual(near)), 0.1)
    case.attempt_all(numbers.told(case, far), 0.2)
    with case.at_most(0.4):
        numbers.solve(case, far)
    case.attempt_all(lines.swapped_lines(case, far), 0.3)
    case.attempt_all(insertions.structural(case, near), 0.2)
    case.attempt_all(insertions.inserted(case, near + far, ()), 0.4)
    case.attempt_all(chain(numbers.evened(far), numbers.nearby(far, reach=2)), 0.5)
    case.attempt_all(lines.swapped_parts(case, far), 0.5)
    with case.at_most(0.7):
        insertions.solve_inserted(case, near + far, ())
    case.attempt_all(lines.arguments_added(case, far), 1)

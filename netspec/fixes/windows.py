"""A part of a net to try edits on: from a shape that is known to the next that is stated, so that a try costs little.

What passes there is still tried on the whole spec; what fails there need not be.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from netspec.fixes.edit import Edit
from netspec.fixes.script import Line
from netspec.fixes.search import Case
from netspec.layers import LAYERS

_SUMS = ("params", "macs")
"""Measures that are sums over all layers: what a part lacks of one, the whole lacks."""

_BEFORE = 3
"""So many statements before a mistake are looked at with it, where no stated shape tells where to begin."""


class Window(NamedTuple):
    """Some lines of a net that make one of their own: `start` to `end` in the text, between `head` and `tail`.

    `tail` has claims that hold if the rest of the net stays as it is, and the part still ends in the shape that is
    stated at `exit`; so an edit `around` or beyond that is tried without them.
    """

    lines: tuple[Line, ...]
    start: int
    end: int
    around: tuple[tuple[int, int], ...]
    head: str
    exit: int
    tail: str = ""
    layers: int = 1

    def applied(self, text: str, edit: Edit | None) -> str | None:
        """The part with an edit made, as a spec of its own; None if the edit reaches beyond it."""
        if edit is not None and self.start <= edit.start and edit.end <= self.end:
            own = text[self.start : edit.start] + edit.text + text[edit.end : self.end]
            tail = self.tail if edit.end <= self.exit else ""
            return "".join([self.head, own, tail, "\n}\n\n", *(text[a:b] for a, b in self.around)])
        pieces = [self.head, text[self.start : self.end], "\n}\n\n"]
        inside = False
        for start, end in self.around:
            if edit is not None and start <= edit.start and edit.end <= end and not inside:
                pieces.append(text[start : edit.start] + edit.text + text[edit.end : end])
                inside = True
            else:
                pieces.append(text[start:end])
        return "".join(pieces) if inside or edit is None else None


class _Unit(NamedTuple):
    """A statement of a body, with all its lines, and the shape that it states."""

    lines: tuple[Line, ...]
    stated: str | None


class _Run(NamedTuple):
    """Statements that follow each other, up to one that states its shape. `entry`: the shape that goes in.

    It is None where it is not known, and empty where the first of them is the input.
    """

    entry: str | None
    units: tuple[_Unit, ...]


class _Windows:
    """The parts of the first net."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.item = next((item for item in case.script.items if item[0].statement == "NET"), ())
        if not self.item or self.item[0].tokens[-1].kind != "LBRACE":
            self.item = ()
            return
        net_start, net_end = case.script.start_of(self.item[0].number), self.item[-1].end
        self.around = tuple((a, b) for a, b in ((0, net_start), (net_end, len(case.text))) if case.text[a:b].strip())
        self.header = case.text[self.item[0].start : self.item[0].end]
        self.labels = {
            token.text.rstrip(": "): line.number for line in self.item for token in line.tokens if token.kind == "LABEL"
        }

    def runs(self) -> Iterator[_Run]:
        """All statements of the net's body, those of groups too, up to stated shapes."""
        waiting: list[tuple[tuple[Line, ...], str | None]] = [(self.item[1:-1], None)]
        while waiting:
            body, entry = waiting.pop()
            run: list[_Unit] = []
            for unit in _units(self.case, body):
                first = unit.lines[0]
                if first.statement == "ASSERT":
                    continue
                if first.statement in ("OUTPUT", "FROM", "INPUT") or _is_group(unit):
                    if run:
                        yield _Run(entry, tuple(run))
                    run, entry = [], ""
                if _is_group(unit):
                    waiting.append((unit.lines[1:-1], self._before(first, entry)))
                    entry = unit.stated
                    continue
                if not run and first.statement not in ("INPUT", "FROM"):
                    entry = self._before(first, entry)
                run.append(unit)
                if unit.stated is not None:
                    yield _Run(entry, tuple(run))
                    run, entry = [], unit.stated
            if run:
                yield _Run(entry, tuple(run))

    def _before(self, line: Line, stated: str | None) -> str | None:
        """The shape that goes into a line: the one stated before it, or the one that was found."""
        return stated or self.case.known.entering.get(line.start)

    def window(self, run: _Run) -> Window | None:
        """A run as a net; None where it is not known what goes in."""
        if run.entry is None:
            return None
        case, lines = self.case, tuple(line for unit in run.units for line in unit.lines)
        start = case.script.start_of(lines[0].number)
        end = case.text.find("\n", lines[-1].end)
        head = [self.header]
        for label in self._referred(lines):
            if label not in case.known.values:
                return None
            head.append(f"{label}: input {case.known.values[label]}")
        if run.entry:
            head.append(f"entry_: input {run.entry}" if len(head) > 1 else f"input {run.entry}")
        end = len(case.text) if end < 0 else end
        exit = lines[-1].before_stated if run.units[-1].stated is not None else end
        return Window(lines, start, end, self.around, "\n".join(head) + "\n", exit)

    def _referred(self, lines: tuple[Line, ...]) -> list[str]:
        """The labels from before some lines that stand in them as values."""
        found: dict[str, None] = {}
        for line in lines:
            for token in line.tokens:
                if token.kind == "NAME" and token.text not in LAYERS:
                    number = self.labels.get(token.text, lines[0].number)
                    if number < lines[0].number:
                        found.setdefault(token.text)
        return list(found)


def _is_group(unit: _Unit) -> bool:
    return unit.lines[0].statement == "LBRACE" and len(unit.lines) > 2


def _units(case: Case, lines: tuple[Line, ...]) -> Iterator[_Unit]:
    depth = 0
    own: list[Line] = []
    for line in lines:
        own.append(line)
        depth += sum((t.kind in ("LBRACE", "LPAR")) - (t.kind in ("RBRACE", "RPAR")) for t in line.tokens)
        if depth <= 0 and line.tokens[-1].kind != "_ARROW":
            stated = case.text[line.before_stated : line.end].strip().removeprefix("=>").strip()
            yield _Unit(tuple(own), stated or None)
            own, depth = [], 0


def failing_window(case: Case) -> Window | None:
    """The part in which the first mistake is, if it has it by itself too."""
    first = case.diagnostics[0]
    windows = _Windows(case)
    if first.place is None or not windows.item:
        return None
    places = [first.place, *(label.place for label in first.labels)]
    numbers = {case.script.number_at(place.span.start) for place in places if place.source.name == case.name}
    runs = list(windows.runs())
    for run in sorted(runs, key=lambda run: len(run.units)):
        failing = [at for at, unit in enumerate(run.units) if numbers & {line.number for line in unit.lines}]
        if not failing:
            continue
        begin = max(failing[0] - _BEFORE, 0)
        if begin and run.units[begin - 1].stated is None:
            entry = case.known.entering.get(run.units[begin].lines[0].start)
            run_here = run if entry is None else _Run(entry, run.units[begin:])
        else:
            run_here = run
        window = windows.window(run_here)
        if window is None:
            continue
        text = window.applied(case.text, None) or ""
        if [diagnostic.code for diagnostic in case.checked(text, of_part=True).diagnostics] == [first.code]:
            return window if run_here is not run else _with_sums(case, windows, runs, run, window)
    return None


def _with_sums(case: Case, windows: _Windows, runs: list[_Run], run: _Run, window: Window) -> Window:
    """The window with what the claims about the whole leave for it, where all the rest is known."""
    totals = _totals(case)
    if not totals or run.units[-1].stated is None:
        return window
    left = dict(totals)
    for other in runs:
        if other is not run:
            counts = _counts(case, windows.window(other))
            if counts is None:
                return window
            left = {measure: count - counts[measure] for measure, count in left.items()}
    return _claiming(window, left)


def _claiming(window: Window, counts: dict[str, int]) -> Window:
    if not counts or min(counts.values()) < 0:
        return window
    return window._replace(tail="".join(f"\nassert {measure} == {count}" for measure, count in counts.items()))


def _counts(case: Case, window: Window | None) -> dict[str, int] | None:
    """The sums over a part that is sound."""
    if window is None:
        return None
    result = case.checked(window.applied(case.text, None) or "", of_part=True)
    if result.diagnostics or len(result.nets) != 1 or result.nets[0].shaped is None:
        return None
    shaped = result.nets[0].shaped
    macs = shaped.macs
    if not isinstance(macs, int):
        return None
    return {"params": shaped.params, "macs": macs, "layers": len(shaped.nodes)}


def _totals(case: Case) -> dict[str, int]:
    """What the spec claims of sums over the whole net."""
    found: dict[str, int] = {}
    for line in case.script.lines:
        claim = re.fullmatch(r"assert (params|macs) == ([\d_]+)", case.text[line.start : line.end])
        if claim:
            found[claim[1]] = int(claim[2])
    return found


def claimed_windows(case: Case) -> Iterator[Window]:
    """All parts, where claims about the whole fail: each claims for itself what would put the whole right."""
    gaps: dict[str, int] = {}
    for diagnostic in case.diagnostics:
        if diagnostic.gap is None or diagnostic.place is None:
            continue  # the whole spec is tried in the end
        line = diagnostic.place.source.line(diagnostic.place.position.line)
        measure = line.partition("==")[0].strip().removeprefix("assert ")
        if measure in _SUMS and len(diagnostic.gap.found) == len(diagnostic.gap.wanted) == 1:
            gaps[measure] = diagnostic.gap.found[0] - diagnostic.gap.wanted[0]
    windows = _Windows(case)
    if not gaps or not windows.item:
        return
    for measure in _totals(case):
        gaps.setdefault(measure, 0)
    for run in windows.runs():
        window = windows.window(run)
        counts = _counts(case, window)
        if window is None or counts is None:
            continue
        wanted = {measure: counts[measure] - gap for measure, gap in gaps.items()}
        if min(wanted.values()) >= 0:
            yield _claiming(window, wanted)._replace(layers=counts["layers"] + 5)

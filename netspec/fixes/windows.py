"""A part of a net to try edits on: from a shape that is known to the next, so that a try costs a few layers.

What passes there is still tried on the whole spec; what fails there need not be.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from netspec.compile import check_text
from netspec.fixes.edit import Edit
from netspec.fixes.script import Line
from netspec.fixes.search import Case

_WHOLE = {"assert params ==": "params", "assert macs ==": "macs"}
"""Claims about sums over all layers: what a part lacks of the one, the whole lacks."""


class Window(NamedTuple):
    """Some lines of a net that make one of their own: `start` to `end` in the text, between `head` and `tail`."""

    lines: tuple[Line, ...]
    start: int
    end: int
    around: tuple[tuple[int, int], ...]
    head: str
    tail: str = ""
    layers: int = 1

    def applied(self, text: str, edit: Edit | None) -> str | None:
        """The part with an edit made; None if the edit reaches beyond it."""
        pieces = [self.head]
        inside = False
        for start, end in ((self.start, self.end), *self.around):
            if edit is not None and start <= edit.start and edit.end <= end and not inside:
                pieces.append(text[start : edit.start] + edit.text + text[edit.end : end])
                inside = True
            else:
                pieces.append(text[start:end])
            if start == self.start:
                pieces.append(f"\n{self.tail}}}\n\n")
        return "".join(pieces) if inside or edit is None else None


class _Unit(NamedTuple):
    """A statement of a body, with all its lines, and the shape that it states."""

    lines: tuple[Line, ...]
    stated: str | None


def windows(case: Case) -> Iterator[Window]:
    """The parts of the first net between shapes that are stated."""
    item = next((item for item in case.script.items if item[0].statement == "NET"), None)
    if item is None or item[0].tokens[-1].kind != "LBRACE":
        return
    net_start, net_end = case.script.start_of(item[0].number), item[-1].end
    around = tuple((a, b) for a, b in ((0, net_start), (net_end, len(case.text))) if case.text[a:b].strip())
    header = case.text[item[0].start : item[0].end]
    for shape, units in _runs(case, item[1:-1]):
        lines = tuple(line for unit in units for line in unit.lines)
        start = case.script.start_of(lines[0].number)
        end = case.text.find("\n", lines[-1].end)
        yield Window(lines, start, len(case.text) if end < 0 else end, around, f"{header}\n{shape}")


def _runs(case: Case, lines: tuple[Line, ...]) -> Iterator[tuple[str, tuple[_Unit, ...]]]:
    """Statements that follow each other, up to one that states its shape, with the input that they need."""
    waiting: list[tuple[tuple[Line, ...], str | None]] = [(lines, None)]
    while waiting:
        body, shape = waiting.pop()
        run: list[_Unit] = []
        for unit in _units(case, body):
            first = unit.lines[0]
            if first.statement == "ASSERT":
                continue
            if first.statement in ("OUTPUT", "FROM"):
                shape, run = None, []
                continue
            if first.statement == "INPUT":
                shape, run = "", [unit]
                continue
            if first.statement == "LBRACE" and len(unit.lines) > 2:
                inner = shape if not run else f"{case.text[run[0].lines[0].start : run[0].lines[0].end]}\n"
                is_input = len(run) == 1 and run[0].lines[0].statement == "INPUT"
                waiting.append((unit.lines[1:-1], inner if not run or is_input else None))
            if shape is not None:
                run.append(unit)
            if unit.stated is not None:
                if shape is not None:
                    yield shape, tuple(run)
                shape, run = f"input {unit.stated}\n", []
        if run and shape is not None:
            yield shape, tuple(run)


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
    if first.place is None:
        return None
    places = [first.place, *(label.place for label in first.labels)]
    numbers = {case.script.number_at(place.span.start) for place in places if place.source.name == case.name}
    fitting = [w for w in windows(case) if numbers & {line.number for line in w.lines}]
    for window in sorted(fitting, key=lambda window: len(window.lines)):
        text = window.applied(case.text, None) or ""
        result = check_text(text, case.name, case.folder, case.options._replace(most=1, net=None, settings={}))
        if [diagnostic.code for diagnostic in result.diagnostics] == [first.code]:
            return window
    return None


def claimed_windows(case: Case) -> Iterator[Window]:
    """All parts, where claims about the whole fail: each claims for itself what would put the whole right."""
    gaps: dict[str, int] = {}
    for diagnostic in case.diagnostics:
        if diagnostic.gap is None or diagnostic.place is None:
            continue  # the whole spec is tried in the end
        line = diagnostic.place.source.line(diagnostic.place.position.line)
        measure = _WHOLE.get(line.partition("==")[0].strip() + " ==")
        if measure is not None and len(diagnostic.gap.found) == len(diagnostic.gap.wanted) == 1:
            gaps[measure] = diagnostic.gap.found[0] - diagnostic.gap.wanted[0]
    if not gaps:
        return
    for window in windows(case):
        text = window.applied(case.text, None) or ""
        result = check_text(text, case.name, case.folder, case.options._replace(net=None, settings={}))
        if result.diagnostics or len(result.nets) != 1 or result.nets[0].shaped is None:
            continue
        shaped = result.nets[0].shaped
        own = {"params": shaped.params, "macs": shaped.macs}
        wanted = {measure: _of(own[measure]) - gap for measure, gap in gaps.items()}
        if min(wanted.values()) >= 0:
            claims = "".join(f"assert {measure} == {count}\n" for measure, count in wanted.items())
            yield window._replace(tail=claims, layers=len(shaped.nodes) + 5)


def _of(size: object) -> int:
    """A count of a part whose input is fixed; 0 where it is not, so that nothing is found."""
    return size if isinstance(size, int) else 0

"""The comparison for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from netspec.backends.diff import Comparison
from netspec.backends.diff.entries import ARROW, Entry, count_text, entries, renamed_layers, totals
from netspec.backends.summary import layers_text
from netspec.backends.table import Notes, aligned, rule_of, widths_of
from netspec.diagnostics.text import Paint, plain
from netspec.passes.diff import Change

SIGNS = {Change.REMOVED: "-", Change.ADDED: "+", Change.CHANGED: "~", None: " "}

HEADINGS = ("", "name", "layer", "output", "parameters", "MACs")
_RIGHT = (False, False, False, False, True, True)


def render_text(comparison: Comparison, *, everything: bool = False, paint: Paint = plain) -> str:
    """The lines aligned for a terminal, with a sign each, and the totals; of equal nets one line, and other names."""
    diff, old_title, new_title = comparison
    if diff.is_same and not everything:
        return _same(comparison)
    notes = Notes()
    listed = entries(diff, everything=everything)
    body = [[SIGNS[entry.change], *entry[1:5], notes.short(entry.macs)] for entry in listed]
    sums = [["", *cells, notes.short(macs)] for *cells, macs in totals(diff)]
    # A line that only counts layers ends with the count, which may be longer than any layer.
    wide = [cells for entry, cells in zip(listed, body, strict=True) if entry.output]
    widths = widths_of([HEADINGS, *wide, *sums])
    rule = rule_of(widths)[1:]
    lines = [f"{old_title} {ARROW} {new_title}", "", paint("bold", _line(HEADINGS, widths)), rule]
    lines += [_painted(entry, _line(cells, widths), paint) for entry, cells in zip(listed, body, strict=True)]
    lines += [rule, *(_line(cells, widths) for cells in sums[:-1]), paint("bold", _line(sums[-1], widths))]
    return "\n".join([*lines, "", f"Layers: {count_text(diff)}.", *notes.lines]) + "\n"


def _same(comparison: Comparison) -> str:
    """What is said of nets that compute the same."""
    diff, old_title, new_title = comparison
    count = layers_text(len(diff.old.nodes))
    if diff.has_same_names:
        return f"{old_title} and {new_title} are the same: {count}\n"
    names = list(renamed_layers(diff))
    width = max(len(old) for old, _ in names)
    head = f"{old_title} and {new_title} have the same layers under other names: {count}"
    return "\n".join([head, "", *(f"{old.ljust(width)}  {ARROW}  {new}" for old, new in names)]) + "\n"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    """A row: its sign, one space, and the columns."""
    return f"{cells[0].ljust(widths[0])} {aligned(cells[1:], widths[1:], _RIGHT[1:])}".rstrip()


def _painted(entry: Entry, line: str, paint: Paint) -> str:
    return line if entry.change is None else paint(entry.change, line)

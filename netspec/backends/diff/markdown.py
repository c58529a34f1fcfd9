"""The comparison for a pull request or a wiki."""

from __future__ import annotations

from netspec.backends.diff import Comparison
from netspec.backends.diff.entries import ARROW, count_text, entries, renamed_layers, totals
from netspec.backends.summary import layers_text


def render_markdown(comparison: Comparison, *, everything: bool = False) -> str:
    """A table with what became of each layer in words, and the totals."""
    diff, old_title, new_title = comparison
    if diff.is_same and not everything:
        return _same(comparison)
    table = [["", "name", "layer", "output", "parameters", "MACs"], ["---", "---", "---", "---", "---:", "---:"]]
    table += [[entry.change or "", *entry[1:]] for entry in entries(diff, everything=everything)]
    table += [["", f"**{title}**", *cells] for title, *cells in totals(diff)]
    rows = "".join(f"| {' | '.join(cells)} |\n" for cells in table)
    return f"**{old_title} {ARROW} {new_title}**\n\n{rows}\nLayers: {count_text(diff)}.\n"


def _same(comparison: Comparison) -> str:
    diff, old_title, new_title = comparison
    count = layers_text(len(diff.old.nodes))
    if diff.has_same_names:
        return f"{old_title} and {new_title} are the same: {count}.\n"
    rows = "".join(f"| {old} | {new} |\n" for old, new in renamed_layers(diff))
    head = f"{old_title} and {new_title} have the same layers under other names: {count}."
    return f"{head}\n\n| old | new |\n| --- | --- |\n{rows}"

"""The table for a terminal."""

from __future__ import annotations

from netspec.backends.summary import DEFAULT_VIEW, Summary, View, layers_text, number_text
from netspec.backends.summary.columns import Numbers, byte_text, columns_for_people
from netspec.backends.summary.rows import rows_of
from netspec.backends.table import Notes, aligned, rule_of, widths_of
from netspec.diagnostics.text import Paint, plain

INDENT = "  "


def render_text(summary: Summary, view: View = DEFAULT_VIEW, *, last: int | None = None, paint: Paint = plain) -> str:
    """Columns aligned for a terminal; of a long table, if `last` is given, the last rows alone."""
    numbers, columns, notes = Numbers(summary, view), columns_for_people(view), Notes()
    rows = rows_of(summary, view.depth)
    cut = max(len(rows) - last, 0) if last is not None else 0
    table = [["…", f"({cut:,} before)", *("" for _ in columns)]] if cut else []
    for row in rows[cut:]:
        cells = [notes.short(column.text(row, numbers)) for column in columns]
        table.append([INDENT * row.level + row.label, row.layer, *cells])
    totals = {"parameters": number_text(summary.params), "macs": number_text(summary.macs)}
    cells = [notes.short(totals.get(column.key, "")) for column in columns]
    table.append(["total" if summary.complete else "so far", layers_text(len(summary.nodes)), *cells])

    headings = [["name"], ["layer"], *(column.heading.split() for column in columns)]
    height = max(map(len, headings))
    heads = [list(line) for line in zip(*([""] * (height - len(words)) + words for words in headings), strict=True)]
    right = [False, False, *(column.numeric for column in columns)]
    widths = widths_of([*heads, *table])
    rule = rule_of(widths)

    *body, total = (aligned(cells, widths, right) for cells in table)
    bold = [False] * bool(cut) + [row.kind == "module" for row in rows[cut:]]
    lines = [paint("bold", aligned(line, widths, right)) for line in heads]
    lines += [rule, *(paint("bold", line) if is_bold else line for line, is_bold in zip(body, bold, strict=True))]
    lines += [rule, paint("bold", total)]
    if summary.outputs:
        lines += ["", _memory_line(numbers, notes)]
    return "\n".join([*lines, *notes.lines]) + "\n"


def _memory_line(numbers: Numbers, notes: Notes) -> str:
    """What the weights, all activations together, and inference take."""
    view = numbers.view
    return (
        f"memory ({view.dtype}, batch {view.batch:,}): weights {byte_text(numbers.weight_bytes)}, "
        f"activations {notes.short(byte_text(numbers.activation_bytes))}, peak of inference {numbers.peak_text}"
    )

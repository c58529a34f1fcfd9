"""The table for a README or a wiki."""

from __future__ import annotations

from netspec.backends.summary import DEFAULT_VIEW, Summary, View, layers_text, number_text
from netspec.backends.summary.columns import Numbers, byte_text, columns_for_people
from netspec.backends.summary.rows import rows_of


def render_markdown(summary: Summary, view: View = DEFAULT_VIEW) -> str:
    """A table with whole names; modules are bold, since Markdown has no indentation."""
    numbers, columns = Numbers(summary, view), columns_for_people(view)
    totals = {"parameters": number_text(summary.params), "macs": number_text(summary.macs)}
    table = [
        ["name", "layer", *(column.heading for column in columns)],
        ["---", "---", *("---:" if column.numeric else "---" for column in columns)],
    ]
    for row in rows_of(summary, view.depth):
        name = f"**{row.name}**" if row.kind == "module" else row.name
        table.append([name, row.layer, *(column.text(row, numbers) for column in columns)])
    table.append(["total", layers_text(len(summary.nodes)), *(totals.get(column.key, "") for column in columns)])
    memory = (
        f"\nMemory ({view.dtype}, batch {view.batch:,}): weights {byte_text(numbers.weight_bytes)}, "
        f"activations {byte_text(numbers.activation_bytes)}, peak of inference {numbers.peak_text}.\n"
    )
    return "".join(f"| {' | '.join(cells)} |\n" for cells in table) + memory

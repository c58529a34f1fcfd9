"""The table as comma-separated values."""

from __future__ import annotations

import csv
import io

from netspec.backends.summary import DEFAULT_VIEW, Summary, View
from netspec.backends.summary.columns import Column, Numbers, columns_for_programs
from netspec.backends.summary.rows import Row, rows_of


def render_csv(summary: Summary, view: View = DEFAULT_VIEW) -> str:
    """A row for each layer, or module that `depth` folds, so that columns add up to the totals. Memory is in bytes."""
    numbers, columns = Numbers(summary, view), columns_for_programs(view)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("name", "layer", *(column.key for column in columns)))
    for row in rows_of(summary, view.depth):
        if row.kind == "layer" or row.folded:
            writer.writerow((row.name, row.layer, *(_cell(column, row, numbers) for column in columns)))
    return out.getvalue()


def _cell(column: Column, row: Row, numbers: Numbers) -> object:
    """A number as it is; of several, as for shapes, the text."""
    data = column.data(row, numbers)
    return column.text(row, numbers) if isinstance(data, list) else data

"""The table of layers: as text, Markdown, CSV and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from netspec.ir import Input, ShapedNode, total_macs, total_params
from netspec.passes.measure import Measures
from netspec.passes.receptive_field import format_field
from netspec.sizes import Shape, Size, format_shape

HEADINGS = ("name", "layer", "output", "parameters", "MACs", "receptive field")
_NUMERIC = (3, 4, 5)


class Summary(NamedTuple):
    """The layers of a net (or of the part of it that is known) in numbers."""

    name: str
    inputs: tuple[Input, ...]
    nodes: tuple[ShapedNode, ...]
    complete: bool

    @property
    def measures(self) -> Measures:
        """What the table's columns are taken from."""
        return Measures(self.inputs, self.nodes, self.complete)

    @property
    def params(self) -> int:
        """Trainable values of all layers."""
        return total_params(self.nodes)

    @property
    def macs(self) -> Size:
        """Multiplications of all layers, for one example."""
        return total_macs(self.nodes)


def number_text(size: Size) -> str:
    """A count with its thousands apart, or a formula."""
    return f"{size:,}" if isinstance(size, int) else str(size)


def _rows(summary: Summary) -> list[tuple[str, ...]]:
    fields = summary.measures.fields
    inputs = [(value.name, "input", format_shape(value.shape), "", "", "") for value in summary.inputs]
    layers = [
        (
            node.name,
            node.layer.call_text(),
            format_shape(node.output),
            number_text(node.params) if node.weights else "",
            number_text(node.macs) if node.macs != 0 else "",
            format_field(fields[node.name]),
        )
        for node in summary.nodes
    ]
    return [*inputs, *layers]


def _totals(summary: Summary) -> tuple[str, ...]:
    title = "total" if summary.complete else "so far"
    count = len(summary.nodes)
    layers = f"{count:,} layer{'' if count == 1 else 's'}"
    return (title, layers, "", number_text(summary.params), number_text(summary.macs), "")


def render_text(summary: Summary, last: int | None = None) -> str:
    """Columns aligned for a terminal; of a long table, if `last` is given, the last rows alone."""
    layers = _rows(summary)
    if last is not None and len(layers) > last:
        left = len(layers) - last
        layers = [("…", f"({left:,} before)", "", "", "", ""), *layers[-last:]]
    rows = [HEADINGS, *layers, _totals(summary)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    lines = [_aligned(row, widths) for row in rows]
    rule = "─" * (sum(widths) + 2 * (len(widths) - 1))
    return "\n".join([lines[0], rule, *lines[1:-1], rule, lines[-1]]) + "\n"


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [
        cell.rjust(width) if column in _NUMERIC else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
    return "  ".join(cells).rstrip()


def render_markdown(summary: Summary) -> str:
    """A table for a README or a wiki."""
    rule = ["---:" if column in _NUMERIC else "---" for column in range(len(HEADINGS))]
    rows = [HEADINGS, rule, *_rows(summary), _totals(summary)]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def render_csv(summary: Summary) -> str:
    """Comma-separated values with plain numbers, one row a layer, without totals."""
    import csv  # each format pays for its own
    import io

    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("name", "layer", "output", "parameters", "macs", "receptive_field"))
    fields = summary.measures.fields
    for node in summary.nodes:
        field = format_field(fields[node.name])
        writer.writerow((node.name, node.layer.call_text(), format_shape(node.output), node.params, node.macs, field))
    return out.getvalue()


def render_json(summary: Summary) -> str:
    """The table as data. Sizes that are not fixed are formulas in text."""
    import json  # each format pays for its own

    fields = summary.measures.fields
    data = {
        "name": summary.name,
        "inputs": [{"name": value.name, "shape": _plain_shape(value.shape)} for value in summary.inputs],
        "layers": [
            {
                "name": node.name,
                "kind": node.layer.kind,
                "layer": node.layer.call_text(),
                "output": _plain_shape(node.output),
                "parameters": node.params,
                "macs": _plain(node.macs),
                "receptive_field": [_plain(field.extent) for field in fields[node.name] or ()],
            }
            for node in summary.nodes
        ],
        "total": {"layers": len(summary.nodes), "parameters": summary.params, "macs": _plain(summary.macs)},
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def _plain(size: Size) -> Any:
    return size if isinstance(size, int) else str(size)


def _plain_shape(shape: Shape) -> list[Any]:
    return [_plain(size) for size in shape]


RENDERERS = {"text": render_text, "json": render_json, "csv": render_csv, "markdown": render_markdown}


def one_line(summary: Summary, output: Shape) -> str:
    """A sound net in one line: ``LeNet: 1x28x28 → 10, 12 layers, 61,706 parameters, 416,520 MACs``."""
    shapes = " and ".join(format_shape(value.shape) for value in summary.inputs)
    count = len(summary.nodes)
    return (
        f"{summary.name}: {shapes} → {format_shape(output)}, {count:,} layer{'' if count == 1 else 's'}, "
        f"{number_text(summary.params)} parameters, {number_text(summary.macs)} MACs"
    )

"""The table as JSON."""

from __future__ import annotations

import json
import re
from typing import Any

from netspec.backends.summary import DEFAULT_VIEW, Summary, View, in_layout
from netspec.backends.summary.columns import Column, Numbers, columns_for_programs, plain
from netspec.backends.summary.rows import Row, rows_of


def render_json(summary: Summary, view: View = DEFAULT_VIEW) -> str:
    """The layers and the modules, each in order, and the totals. Sizes that are not fixed are formulas in text.

    Memory is in bytes. What `depth` folds has no layers here.
    """
    numbers, columns = Numbers(summary, view), columns_for_programs(view)
    rows = rows_of(summary, view.depth)
    data = {
        "name": summary.name,
        "layout": view.layout,
        "inputs": [
            {"name": value.name, "shape": [plain(size) for size in in_layout(value.shape, view.layout)]}
            for value in summary.inputs
        ],
        "layers": [_layer(row, columns, numbers) for row in rows if row.kind == "layer"],
        "modules": [_module(row, columns, numbers) for row in rows if row.kind == "module"],
        "total": {"layers": len(summary.nodes), "parameters": summary.params, "macs": plain(summary.macs)},
        "memory": {
            "dtype": view.dtype,
            "batch": view.batch,
            "weights": numbers.weight_bytes,
            "activations": plain(numbers.activation_bytes),
            "peak": plain(numbers.peak_bytes),
            "peak_at": numbers.usage.peak_at,
        },
    }
    return lists_on_one_line(json.dumps(data, indent=2, ensure_ascii=False)) + "\n"


def lists_on_one_line(text: str) -> str:
    """Indented JSON in which a list of numbers or words takes one line."""
    return _LIST.sub(lambda found: f"[{', '.join(item.strip() for item in found[1].split(','))}]", text)


_LIST = re.compile(r"\[\s+([^][{}]*?)\s+\]")
"""What is within one pair of brackets. No name has any; a formula that does keeps its lines."""


def _layer(row: Row, columns: list[Column], numbers: Numbers) -> dict[str, Any]:
    values = {column.key: column.data(row, numbers) for column in columns}
    return {"name": row.name, "kind": row.nodes[0].layer.kind, "layer": row.layer, **values}


def _module(row: Row, columns: list[Column], numbers: Numbers) -> dict[str, Any]:
    if row.module is None:
        raise TypeError("the row of a module has one")
    head = {"name": row.name, "block": row.module.block, "arguments": dict(row.module.arguments)}
    values = {column.key: column.data(row, numbers) for column in columns if column.key != "kernel"}
    return {**head, "layers": len(row.nodes), "folded": row.folded, **values}

"""The comparison as JSON."""

from __future__ import annotations

import json
from typing import Any

from netspec.backends.diff import Comparison
from netspec.backends.diff.entries import changed_arguments
from netspec.backends.summary.columns import plain
from netspec.backends.summary.json import lists_on_one_line
from netspec.ir import Input, Output, ShapedNet, ShapedNode
from netspec.passes.diff import Change, Pair
from netspec.sizes import Shape


def render_json(comparison: Comparison, *, everything: bool = False) -> str:
    """Both nets, whether they are the same, and what became of each layer; those that are quite the same only if
    `everything` is asked for. Sizes that are not fixed are formulas in text."""
    diff = comparison.diff
    pairs = [*diff.inputs, *diff.layers]
    data = {
        "old": _net(diff.old, comparison.old_title),
        "new": _net(diff.new, comparison.new_title),
        "same": diff.is_same,
        "same_names": diff.has_same_names,
        "changes": [_pair(pair) for pair in pairs if everything or pair.change is not Change.SAME],
        "outputs": [{"old": _output(old), "new": _output(new)} for old, new in diff.outputs],
        "total": {
            "layers": len(diff.new.nodes) - len(diff.old.nodes),
            "parameters": diff.params,
            "macs": plain(diff.macs),
        },
    }
    return lists_on_one_line(json.dumps(data, indent=2, ensure_ascii=False)) + "\n"


def _net(net: ShapedNet, title: str) -> dict[str, Any]:
    return {
        "title": title,
        "name": net.name,
        "inputs": [_sizes(given.shape) for given in net.inputs],
        "output": _sizes(net.output),
        "layers": len(net.nodes),
        "parameters": net.params,
        "macs": plain(net.macs),
    }


def _pair(pair: Pair) -> dict[str, Any]:
    arguments = {}
    if isinstance(pair.old, ShapedNode) and isinstance(pair.new, ShapedNode):
        arguments = changed_arguments(pair.old.layer, pair.new.layer)
    return {
        "change": pair.change,
        "old": _part(pair.old),
        "new": _part(pair.new),
        "arguments": {name: {"old": old, "new": new} for name, (old, new) in arguments.items()},
        "rewired": pair.rewired,
        "parameters": pair.params,
        "macs": plain(pair.macs),
    }


def _part(part: ShapedNode | Input | None) -> dict[str, Any] | None:
    match part:
        case None:
            return None
        case Input():
            return {"name": part.name, "layer": "input", "inputs": [], "output": _sizes(part.shape)}
        case ShapedNode():
            text = part.layer.call_text()
            return {"name": part.name, "layer": text, "inputs": list(part.inputs), "output": _sizes(part.output)}


def _output(output: Output | None) -> dict[str, str] | None:
    return None if output is None else {"name": output.name, "value": output.value}


def _sizes(shape: Shape) -> list[Any]:
    return [plain(size) for size in shape]

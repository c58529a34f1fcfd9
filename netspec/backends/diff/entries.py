"""The lines of a comparison: what is said of each layer, and what is said of many at once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from netspec.backends.summary import layers_text, number_text
from netspec.backends.summary.rows import module_text
from netspec.ir import Input, Output, ShapedNet, ShapedNode
from netspec.layers import AnyLayer, arguments
from netspec.layers.arguments import default_text, value_text
from netspec.passes.diff import Change, Diff, Pair
from netspec.sizes import Shape, Size, format_shape

ARROW = "→"

UNKNOWN = "–"
"""A change that depends on the input's symbols in too involved a way."""


class Entry(NamedTuple):
    """A line of the table. `change` is None for layers that are what they were, one or many."""

    change: Change | None
    name: str
    layer: str
    output: str
    parameters: str
    macs: str


def entries(diff: Diff, *, everything: bool = False) -> list[Entry]:
    """The lines in order. Unless `everything` is asked for, layers that stay what they were are counted in one line,
    and so is a group or call of a block that was added or removed as a whole."""
    found = [_entry(pair) for pair in diff.inputs if everything or pair.change is not Change.SAME]
    if everything:
        found += map(_entry, diff.layers)
    else:
        whole = {**_whole(diff.old, diff, Change.REMOVED), **_whole(diff.new, diff, Change.ADDED)}
        for key, group in groupby(diff.layers, key=lambda pair: _line_of(pair, whole)):
            pairs = list(group)
            if len(pairs) == 1:
                found.append(_entry(pairs[0]))
            elif isinstance(key, _Whole):
                found.append(_module(key, pairs))
            elif key == "quiet":
                found.append(_counted(pairs))
            else:
                found += map(_entry, pairs)
    return [*found, *(_output(old, new) for old, new in diff.outputs)]


class _Whole(NamedTuple):
    """A group or call of a block of which all layers were added, or removed."""

    change: Change
    path: str
    text: str
    output: str


def _whole(net: ShapedNet, diff: Diff, change: Change) -> dict[tuple[Change, str], _Whole]:
    """For the layers of one net that were added (or removed), the outermost module that was so as a whole."""
    inside = defaultdict(list)
    kept = set()
    for pair in diff.layers:
        part = pair.new if change is Change.ADDED else pair.old
        if part is not None:
            parts = part.name.split(".")
            levels = [".".join(parts[:end]) for end in range(1, len(parts))]
            for path in levels:
                inside[path].append(part.name)
            if pair.change is not change:
                kept.update(levels)
    found: dict[tuple[Change, str], _Whole] = {}
    for module in net.modules:  # from the outermost inwards
        if module.path in inside and module.path not in kept:
            names = inside[module.path]
            text = module_text(module, len(names), folded=True)
            whole = _Whole(change, module.path, text, format_shape(net.shape_of(module.exit)))
            for name in names:
                found.setdefault((change, name), whole)
    return found


def _line_of(pair: Pair, whole: Mapping[tuple[Change, str], _Whole]) -> object:
    """What pairs in one line have in common; pairs with a line of their own have only that."""
    if _is_quiet(pair):
        return "quiet"
    name = pair.new.name if pair.new is not None else pair.old.name if pair.old is not None else ""
    return whole.get((pair.change, name))


def _module(whole: _Whole, pairs: Sequence[Pair]) -> Entry:
    params = sum(pair.params for pair in pairs)
    macs: Size | None = 0
    for pair in pairs:
        macs = None if macs is None or pair.macs is None else macs + pair.macs
    return Entry(whole.change, whole.path, whole.text, whole.output, signed(params), signed(macs))


def changed_arguments(old: AnyLayer, new: AnyLayer) -> dict[str, tuple[object, object]]:
    """The arguments of a layer that are others now, each with its old and its new value."""
    if old.kind != new.kind:
        return {}
    pairs = ((name, getattr(old, name), getattr(new, name)) for name in arguments(type(old)))
    return {name: (before, after) for name, before, after in pairs if before != after}


def layer_text(old: AnyLayer, new: AnyLayer) -> str:
    """A layer before and after, in one: ``conv 64→96 3x3 padding=1``, ``sigmoid → relu``."""
    if old == new:
        return new.call_text()
    if old.kind != new.kind:
        return f"{old.call_text()} {ARROW} {new.call_text()}"
    before, after = _said(old), _said(new)
    words: list[str] = [old.kind]
    for name, field in arguments(type(old)).items():
        if name not in before and name not in after:
            continue
        one, other = before.get(name) or _value_text(old, name), after.get(name) or _value_text(new, name)
        value = one if one == other else f"{one}{ARROW}{other}"
        words.append(value if default_text(field) is None else f"{name}={value}")
    return " ".join(words)


def signed(size: Size | None) -> str:
    """A change with its sign; nothing for none."""
    if size is None:
        return UNKNOWN
    if isinstance(size, int):
        return f"{size:+,}" if size else ""
    text = number_text(size)
    return text if text.startswith("-") else f"+{text}"


def totals(diff: Diff) -> list[list[str]]:
    """Both nets and the change from one to the other: title, layers, output, parameters, MACs."""
    rows = [
        [title, layers_text(len(net.nodes)), format_shape(net.output), number_text(net.params), number_text(net.macs)]
        for title, net in (("old", diff.old), ("new", diff.new))
    ]
    layers = len(diff.new.nodes) - len(diff.old.nodes)
    more = f"{layers:+,} layer{'' if abs(layers) == 1 else 's'}" if layers else ""
    return [*rows, ["change", more, "", signed(diff.params) or "0", signed(diff.macs) or "0"]]


def count_text(diff: Diff) -> str:
    """How many layers became what: ``1 changed, 2 added, 12 the same``."""
    counts = Counter(pair.change for pair in diff.layers)
    words = {
        Change.CHANGED: "changed",
        Change.REMOVED: "removed",
        Change.ADDED: "added",
        Change.FOLLOWS: "that follow",
        Change.RENAMED: "renamed",
        Change.SAME: "the same",
    }
    return ", ".join(f"{counts[change]:,} {word}" for change, word in words.items() if counts[change])


def _said(layer: AnyLayer) -> dict[str, str]:
    """The arguments that a layer's text says, by name."""
    required = [name for name, field in arguments(type(layer)).items() if default_text(field) is None]
    words = layer.call_text().split()[1:]
    named = (word.partition("=") for word in words[len(required) :])
    return {**dict(zip(required, words, strict=False)), **{name: text for name, _, text in named}}


def _value_text(layer: AnyLayer, name: str) -> str:
    value = getattr(layer, name)
    one_for_all = isinstance(value, tuple) and len(set(value)) == 1
    return value_text(value[0] if one_for_all else value)


def _is_quiet(pair: Pair) -> bool:
    if pair.change is Change.FOLLOWS:
        return pair.params == 0 and pair.macs == 0
    return pair.change in (Change.SAME, Change.RENAMED)


def _entry(pair: Pair) -> Entry:
    change = pair.change
    told = change if change in (Change.REMOVED, Change.ADDED, Change.CHANGED) else None
    return Entry(told, _name(pair), _what(pair), _shapes(pair), signed(pair.params), signed(pair.macs))


def _counted(pairs: Sequence[Pair]) -> Entry:
    """Layers that are what they were."""
    renamed = sum(_names(pair)[0] != _names(pair)[1] for pair in pairs)
    reshaped = sum(pair.change is Change.FOLLOWS for pair in pairs)
    apart = [(count, what) for count, what in ((renamed, "renamed"), (reshaped, "of other shapes")) if count]
    text = f"{layers_text(len(pairs))} the same"
    if all(count == len(pairs) for count, _ in apart):
        text = ", ".join([text, *(what for _, what in apart)])
    else:
        text += f" ({', '.join(f'{count:,} {what}' for count, what in apart)})"
    return Entry(None, "…", text, "", "", "")


def _names(pair: Pair) -> tuple[str | None, str | None]:
    return pair.old.name if pair.old is not None else None, pair.new.name if pair.new is not None else None


def _name(pair: Pair) -> str:
    return f" {ARROW} ".join(dict.fromkeys(name for name in _names(pair) if name is not None))


def _what(pair: Pair) -> str:
    match pair.old, pair.new:
        case ShapedNode() as old, ShapedNode() as new:
            text = layer_text(old.layer, new.layer)
            return f"{text} (of {', '.join(old.inputs)} {ARROW} {', '.join(new.inputs)})" if pair.rewired else text
        case (ShapedNode() as node, None) | (None, ShapedNode() as node):
            return node.layer.call_text()
        case _:
            return "input"


def _shapes(pair: Pair) -> str:
    shapes = [format_shape(_shape(part)) for part in (pair.old, pair.new) if part is not None]
    return f" {ARROW} ".join(dict.fromkeys(shapes))


def _shape(part: ShapedNode | Input) -> Shape:
    return part.output if isinstance(part, ShapedNode) else part.shape


def _output(old: Output | None, new: Output | None) -> Entry:
    change = Change.ADDED if old is None else Change.REMOVED if new is None else Change.CHANGED
    names = dict.fromkeys(output.name for output in (old, new) if output is not None)
    values = dict.fromkeys(output.value for output in (old, new) if output is not None)
    return Entry(change, f" {ARROW} ".join(names), f"output of {f' {ARROW} '.join(values)}", "", "", "")


def renamed_layers(diff: Diff) -> Iterator[tuple[str, str]]:
    """The names of layers that have another one now, old and new."""
    for pair in (*diff.inputs, *diff.layers):
        old, new = _names(pair)
        if old is not None and new is not None and old != new:
            yield old, new

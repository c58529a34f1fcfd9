"""Lints about names: what the syntax tree shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from netspec.layers import LAYERS, Layer, Unary
from netspec.passes.lints.finding import Finding
from netspec.passes.measure import MEASURES
from netspec.source import Place, Span
from netspec.syntax import tree
from netspec.syntax.project import SpecFile

NAMELESS = frozenset(
    kind
    for kind, layer in LAYERS.items()
    if layer.weights is Layer.weights or (issubclass(layer, Unary) and layer.weights_for is Unary.weights_for)
)
"""The layers without weights, whose names are in no weights file."""


def unused_names(file: SpecFile, items: Sequence[Item]) -> Iterator[Finding]:
    """Blocks that no net of the file comes to, and parameters that nothing reads."""
    blocks = [item.item for item in items if isinstance(item.item, tree.Block)]
    reached = _reached(file, items) if blocks else frozenset()
    for block in blocks:
        if block.name.text not in reached:
            message = f"no net of this file uses the block `{block.name.text}`"
            yield Finding(message, Place(file.source, block.name.span))
    for item in items:
        for parameter in item.item.parameters:
            if parameter.name.text not in item.read:
                message = f"nothing in `{item.name}` reads its parameter `{parameter.name.text}`"
                yield Finding(message, Place(file.source, parameter.name.span))


def unused_labels(file: SpecFile, items: Sequence[Item]) -> Iterator[Finding]:
    """Labels of layers without weights to name, which nothing refers to."""
    for item in items:
        for label in item.nameless:
            if label.text not in item.read:
                message = f"nothing refers to `{label.text}`, and there are no weights that it names"
                yield Finding(message, Place(file.source, label.span))


def hiding_names(file: SpecFile, items: Sequence[Item]) -> Iterator[Finding]:
    """Parameters called like a layer or a measure, which then cannot be meant any more."""
    for item in items:
        for parameter in item.item.parameters:
            name = parameter.name.text
            if name in LAYERS or name in MEASURES:
                what = "layer" if name in LAYERS else "measure"
                message = f"the parameter `{name}` hides the {what} of that name in `{item.name}`"
                yield Finding(message, Place(file.source, parameter.name.span))


_NAMES_NOTHING = frozenset({Span, type(None), tree.Number, tree.Truth, tree.Window})


class Item(NamedTuple):
    """A net or block: every name that is read in it, and the labels of layers without weights."""

    item: tree.Net | tree.Block
    read: frozenset[str]
    nameless: tuple[tree.Word, ...]

    @property
    def name(self) -> str:
        """What it is called."""
        return self.item.name.text


def read_item(item: tree.Net | tree.Block) -> Item:
    """The names in a net or block, its parameters' defaults among them."""
    read: set[str] = set()
    nameless: list[tree.Word] = []
    waiting: list[object] = [item.body, *(parameter.default for parameter in item.parameters)]
    while waiting:
        part = waiting.pop()
        if type(part) in _NAMES_NOTHING:
            continue
        if isinstance(part, tree.Chain):
            waiting += part.steps
            waiting.append(part.stated)
        elif isinstance(part, tree.Call):
            if part.label is not None and part.name.text in NAMELESS:
                nameless.append(part.label)
            read.add(part.name.text)
            waiting += part.parts
        elif isinstance(part, tree.Group):
            waiting += part.body.statements
        elif isinstance(part, tree.Word):
            read.add(part.text)
        elif isinstance(part, tree.Path):
            read.update(part.parts)
        elif isinstance(part, tuple):
            waiting += part
    return Item(item, frozenset(read), tuple(nameless))


def own_blocks(file: SpecFile) -> list[tree.Block]:
    """The blocks that a file defines."""
    return [found.block for found in file.blocks.values() if found.file is file]


def _reached(file: SpecFile, items: Sequence[Item]) -> frozenset[str]:
    """The names of the file's blocks that its nets come to. Some of them have been read."""
    blocks = {block.name.text: block for block in own_blocks(file)}
    known = {id(item.item): item.read for item in items}
    reached: set[str] = set()
    waiting: list[tree.Net | tree.Block] = list(file.nets)
    while waiting:
        present = waiting.pop()
        for name in known.get(id(present)) or read_item(present).read:
            if name in blocks and name not in reached:
                reached.add(name)
                waiting.append(blocks[name])
    return frozenset(reached)

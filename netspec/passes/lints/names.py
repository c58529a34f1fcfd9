"""Lints about names: what the syntax tree shows."""

from __future__ import annotations

from collections.abc import Iterator

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


def unused_names(file: SpecFile, net: tree.Net) -> Iterator[Finding]:
    """Blocks that no net of the file comes to, and parameters that nothing reads."""
    reached = _reached(file)
    for block in _own_blocks(file):
        if block.name.text not in reached:
            message = f"no net of this file uses the block `{block.name.text}`"
            yield Finding(message, Place(file.source, block.name.span))
    for item in _items(file, net):
        read = {*_words(item.body), *_defaults(item)}
        for parameter in item.parameters:
            if parameter.name.text not in read:
                message = f"nothing in `{item.name.text}` reads its parameter `{parameter.name.text}`"
                yield Finding(message, Place(file.source, parameter.name.span))


def unused_labels(file: SpecFile, net: tree.Net) -> Iterator[Finding]:
    """Labels of layers without weights to name, which nothing refers to."""
    for item in _items(file, net):
        read = set(_words(item.body, labels=False))
        for call in _calls(item.body):
            if call.label is not None and call.name.text in NAMELESS and call.label.text not in read:
                message = f"nothing refers to `{call.label.text}`, and there are no weights that it names"
                yield Finding(message, Place(file.source, call.label.span))


def hiding_names(file: SpecFile, net: tree.Net) -> Iterator[Finding]:
    """Parameters called like a layer or a measure, which then cannot be meant any more."""
    for item in _items(file, net):
        for parameter in item.parameters:
            name = parameter.name.text
            if name in LAYERS or name in MEASURES:
                what = "layer" if name in LAYERS else "measure"
                message = f"the parameter `{name}` hides the {what} of that name in `{item.name.text}`"
                yield Finding(message, Place(file.source, parameter.name.span))


def _own_blocks(file: SpecFile) -> list[tree.Block]:
    return [found.block for found in file.blocks.values() if found.file is file]


def _items(file: SpecFile, net: tree.Net) -> list[tree.Net | tree.Block]:
    return [net, *_own_blocks(file)]


def _reached(file: SpecFile) -> set[str]:
    """The names of the file's blocks that its nets come to."""
    blocks = {block.name.text: block for block in _own_blocks(file)}
    reached: set[str] = set()
    waiting = [word for net in file.nets for word in (*_words(net.body), *_defaults(net))]
    while waiting:
        name = waiting.pop()
        if name in blocks and name not in reached:
            reached.add(name)
            waiting += [*_words(blocks[name].body), *_defaults(blocks[name])]
    return reached


def _defaults(item: tree.Net | tree.Block) -> Iterator[str]:
    return (word for parameter in item.parameters for word in _words(parameter.default))


def _words(*roots: object, labels: bool = True) -> Iterator[str]:
    """Every name that is written in a part of the tree."""
    waiting = list(roots)
    while waiting:
        part = waiting.pop()
        match part:
            case tree.Word():
                yield part.text
            case tree.Path():
                yield from part.parts
            case Span():
                pass
            case tree.Call() if not labels:
                waiting += [part.name, *part.parts]
            case tree.Group() if not labels:
                waiting.append(part.body)
            case tuple():
                waiting += part
            case _:
                pass  # a number, or nothing


def _calls(body: tree.Body) -> Iterator[tree.Call]:
    waiting: list[object] = [body]
    while waiting:
        part = waiting.pop()
        if isinstance(part, tree.Call):
            yield part
        if isinstance(part, tuple) and not isinstance(part, (Span, tree.Word)):
            waiting += part

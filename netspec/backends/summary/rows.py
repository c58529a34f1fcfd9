"""The rows of the table: the tree of a net's names, in which each group and block is a row above what is in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple, TypeAlias

from netspec.backends.summary import Summary, layers_text
from netspec.ir import Module, ShapedNode
from netspec.sizes import Shape

Kind: TypeAlias = Literal["input", "layer", "module"]


class Row(NamedTuple):
    """An input, a layer, or a group or call of a block, which stands for all that is in it.

    `label`: the name on its own level. `layer`: how it is written. `value`: the value that leaves it, of which `output`
    is the shape. `nodes`: the layers that it counts. `folded`: what is in the module has no rows of its own.
    """

    name: str
    label: str
    level: int
    kind: Kind
    layer: str
    value: str
    output: Shape
    nodes: Sequence[ShapedNode]
    module: Module | None = None
    folded: bool = False


def rows_of(summary: Summary, depth: int | None = None) -> list[Row]:
    """The rows in order, each module before what is in it; of a net that is not known as a whole, the layers alone."""
    inputs = [Row(value.name, value.name, 0, "input", "input", value.name, value.shape, ()) for value in summary.inputs]
    return [*inputs, *_tree(summary, depth)]


def _tree(summary: Summary, depth: int | None) -> Iterator[Row]:
    modules = {module.path: module for module in summary.modules}
    shapes = {value.name: value.shape for value in summary.inputs}
    shapes.update((node.name, node.output) for node in summary.nodes)
    members = _members(summary.nodes, modules)
    entered: set[str] = set()
    for node in summary.nodes:
        levels = _levels(node.name, modules)
        for level, path in enumerate(levels):
            if path not in entered and (depth is None or level < depth):
                entered.add(path)
                module, folded = modules[path], level + 1 == depth
                inside, label = members[path], _label(path, levels[:level])
                text, output = module_text(module, len(inside), folded=folded), shapes[module.exit]
                yield Row(path, label, level, "module", text, module.exit, output, inside, module, folded)
        if depth is None or len(levels) < depth:
            label, text = _label(node.name, levels), node.layer.call_text()
            yield Row(node.name, label, len(levels), "layer", text, node.name, node.output, (node,))


def _members(nodes: Sequence[ShapedNode], modules: dict[str, Module]) -> dict[str, list[ShapedNode]]:
    members: dict[str, list[ShapedNode]] = {path: [] for path in modules}
    for node in nodes:
        for path in _levels(node.name, modules):
            members[path].append(node)
    return members


def _levels(name: str, modules: dict[str, Module]) -> list[str]:
    """The modules around something, from the outermost."""
    at = [place for place, sign in enumerate(name) if sign == "."]
    return [name[:place] for place in at if name[:place] in modules]


def _label(name: str, levels: Sequence[str]) -> str:
    return name.removeprefix(f"{levels[-1]}.") if levels else name


def module_text(module: Module, layers: int, *, folded: bool) -> str:
    """A module as the language writes it: ``basic 64 stride=2``; of a group, what it holds: ``{ 3 layers }``."""
    held = f"{{ {layers_text(layers)} }}"
    if module.block is None:
        return held
    return f"{module.call_text()} {held}" if folded else module.call_text()

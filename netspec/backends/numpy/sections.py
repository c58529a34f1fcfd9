"""A net's layers in paragraphs: those of one group or block together, with a comment where each begins."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import TypeAlias

from netspec.backends.python.code import BLANK, Statement, Text
from netspec.backends.python.docstrings import comment
from netspec.ir import Module, ShapedNet, ShapedNode
from netspec.layers.arguments import value_text

INDENT = 8
"""Columns before the statements of a method."""

Writer: TypeAlias = Callable[[ShapedNode], Iterable[Statement]]


def sections(net: ShapedNet, nodes: Sequence[ShapedNode], write: Writer, *, about: bool) -> Iterator[Statement]:
    """The statements of layers in this order, which is the net's or the other way round, in paragraphs.

    A module is named where it is first met; if `about`, what its block is about stands by its first call.
    """
    modules = {module.path: module for module in net.modules}
    told: set[str | None] = set()
    several = bool(modules)
    for path, group in groupby(nodes, lambda node: node.name.rpartition(".")[0]):
        lines = [statement for node in group for statement in write(node)]
        if not lines:
            continue
        if several:
            yield BLANK
        module = modules.pop(path, None)
        if module is not None:
            yield Text(comment(_title(module), INDENT))
            if about and module.doc and module.block not in told:
                yield Text(comment(module.doc.strip().partition("\n\n")[0], INDENT))
                told.add(module.block)
        yield from lines
    if several:
        yield BLANK


def _title(module: Module) -> str:
    """``layer1.0: basic 64 stride=2``, as the spec calls the block; the path alone for a group."""
    if module.block is None:
        return module.path
    words = [module.block]
    defaults = dict(module.defaults)
    for name, value in module.arguments:
        if name not in defaults:
            words.append(value_text(value))
        elif value != defaults[name]:
            words.append(f"{name}={value_text(value)}")
    return f"{module.path}: {' '.join(words)}"

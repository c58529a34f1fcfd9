"""What rules look at, and what they find."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple, TypeVar, cast

from netspec.diagnostics import Label
from netspec.ir import ShapedNet, ShapedNode
from netspec.layers import Layer
from netspec.passes.places import place_of
from netspec.source import Place, Source

Kind = TypeVar("Kind", bound=Layer)


class Finding(NamedTuple):
    """One thing that a rule found, at its place."""

    message: str
    place: Place
    caption: str = ""
    labels: tuple[Label, ...] = ()
    help: tuple[str, ...] = ()


class Subject:
    """A sound net, and the texts that it was made from."""

    def __init__(self, net: ShapedNet, sources: Mapping[str, Source]) -> None:
        self.net, self.sources = net, sources

    def layers(self, kinds: Collection[type[Kind]]) -> list[tuple[ShapedNode, Kind]]:
        """The nodes whose layers are of these kinds, each with its layer."""
        # By their type, since every rule asks for every layer, and `isinstance` takes long for pydantic's classes.
        return [(node, cast(Kind, node.layer)) for node in self.net.nodes if type(node.layer) in kinds]

    @cached_property
    def made_by(self) -> Mapping[str, ShapedNode]:
        """The layer that makes each value."""
        return {node.name: node for node in self.net.nodes}

    @cached_property
    def readers(self) -> Mapping[str, Sequence[ShapedNode]]:
        """The layers that read each value."""
        readers: dict[str, list[ShapedNode]] = {}
        for node in self.net.nodes:
            for name in node.inputs:
                readers.setdefault(name, []).append(node)
        return readers

    def before(self, node: ShapedNode) -> ShapedNode | None:
        """The layer whose output this one alone reads."""
        (name, *others) = node.inputs
        return self.made_by.get(name) if not others and len(self.readers[name]) == 1 else None

    def place(self, node: ShapedNode) -> Place:
        """Where a layer is written."""
        return place_of(node.origin, self.sources)

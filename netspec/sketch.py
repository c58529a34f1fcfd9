"""The sketch: a net as far as it is known, which is all that a picture of a net with mistakes can show."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from netspec.ir import Input, Module, Net, Node, Output
from netspec.source import Place


class Fault(NamedTuple):
    """A step that came to no layer: what is written there, and the values that would have gone in."""

    name: str
    text: str
    inputs: tuple[str, ...]
    place: Place


Drawn: TypeAlias = Node | Fault
"""A layer (with shapes where they are known), or what stands in the place of one."""


class Sketch(NamedTuple):
    """A net as it came out, sound or not: layers in order, with the modules and the outputs that were reached.

    `stated`: the places where a shape is stated that is another, with the value meant.
    """

    name: str
    inputs: tuple[Input, ...]
    nodes: tuple[Drawn, ...]
    modules: tuple[Module, ...] = ()
    outputs: tuple[Output, ...] = ()
    stated: tuple[tuple[Place, str], ...] = ()


def sketch_of(net: Net) -> Sketch:
    """The sketch of a whole net."""
    return Sketch(net.name, net.inputs, net.nodes, net.modules, net.outputs)

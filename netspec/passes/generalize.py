"""A net of fixed sizes for all sizes: the same layers with the same weights, behind inputs whose sizes are open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from netspec.diagnostics import Code
from netspec.ir import Input, ShapedNet, ShapedNode
from netspec.layers import AnyLayer, Misfit, Need, facts
from netspec.passes.expand.limits import MOST_OPEN
from netspec.passes.infer import shaped_node
from netspec.passes.validity import TooInvolved
from netspec.sizes import Shape, Size, symbol

AXES = {1: ("W",), 2: ("H", "W"), 3: ("D", "H", "W")}
"""The symbols of spatial axes, by how many there are."""


class General(NamedTuple):
    """The inputs and layers for all sizes, and what they need besides: that the weights stay what they are.

    After a flatten the number of features depends on the sizes, but a dense layer has weights for one number. From
    there on the shapes are those of the net itself, and `pins` says what must be equal, by the name of the layer.
    """

    inputs: tuple[Input, ...]
    nodes: tuple[ShapedNode, ...]
    pins: Mapping[str, tuple[Need, ...]]


def generalized(net: ShapedNet) -> General:
    """The net for all sizes of its inputs. Raises :class:`TooInvolved`."""
    different: set[tuple[AnyLayer, tuple[Shape, ...]]] = set()
    for node in net.nodes:
        different.add((node.layer, node.input_shapes))
        if len(different) > MOST_OPEN:
            raise TooInvolved(node, f"there are more than {MOST_OPEN:,} different layers up to here")
    inputs = _opened(net.inputs)
    shapes: dict[str, Shape] = {given.name: given.shape for given in inputs}
    nodes = []
    pins: dict[str, tuple[Need, ...]] = {}
    for node in net.nodes:
        given = tuple(shapes[name] for name in node.inputs)
        try:
            found = facts(node.layer, given)
        except Misfit as misfit:
            if misfit.code is not Code.NOT_FIXED:
                raise TooInvolved(node, misfit.caption or misfit.message) from None
            given, pins[node.name] = _pinned(given, node.input_shapes)
            found = facts(node.layer, given)
        shapes[node.name] = found.output
        nodes.append(shaped_node(node, given, found))
    return General(inputs, tuple(nodes), pins)


def _opened(inputs: Sequence[Input]) -> tuple[Input, ...]:
    """The inputs with a symbol for each spatial size; equal sizes of one axis share theirs."""
    symbols: dict[tuple[str, int], Size] = {}
    opened = []
    for given in inputs:
        sizes = []
        for axis, size in zip(AXES.get(len(given.shape) - 1, ()), given.shape[1:], strict=True):
            if isinstance(size, int):
                number = 1 + sum(other == axis for other, _ in symbols)
                size = symbols.setdefault((axis, size), symbol(axis if number == 1 else f"{axis}{number}"))
            sizes.append(size)
        opened.append(Input(given.name, (given.shape[0], *sizes), given.origin))
    return tuple(opened)


def _pinned(given: tuple[Shape, ...], fixed: tuple[Shape, ...]) -> tuple[tuple[Shape, ...], tuple[Need, ...]]:
    """Shapes with the numbers of features that the net has, and what makes them so."""
    pinned = tuple((own[0], *shape[1:]) for shape, own in zip(given, fixed, strict=True))
    needs = (Need(shape[0], "==", own[0]) for shape, own in zip(given, fixed, strict=True) if shape[0] != own[0])
    return pinned, tuple(needs)

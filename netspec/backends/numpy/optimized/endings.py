"""How a group's computation ends: the batchnorm in its weights, a sum, a pooling, an activation."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from netspec.backends.numpy.optimized.grouping import Group
from netspec.backends.numpy.optimized.program import Argument, Called, Code
from netspec.backends.numpy.optimized.tasks import Compute, Operand, Reading
from netspec.backends.python.values import Value, collapsed, equal
from netspec.ir import ShapedNode
from netspec.layers import BatchNorm, LeakyRelu


def computed(
    group: Group,
    kernel: str,
    lowering: str,
    reason: str,
    *operands: Operand,
    over: str | None = None,
    options: Mapping[str, Operand] = MappingProxyType({}),
    needs: frozenset[str] = frozenset(),
) -> Compute:
    """The task of a group, with the options that say how it ends."""
    options = dict(options)
    if group.pool is not None:
        options["pool"] = True
    if group.plus is not None:
        options["plus"] = Reading(group.plus)
    if group.activation is not None:
        options["activation"] = activation_code(group.activation)
        needs |= {activation_kernel(group.activation)}
    return Compute(
        group.layers,
        group.value,
        kernel,
        operands,
        tuple(options.items()),
        over,
        needs,
        lowering,
        reason,
    )


def filters_code(group: Group) -> Called:
    """The weights of a group's main layer, with the batchnorm after it."""
    names: tuple[str, ...] = (group.main.name,)
    options: tuple[tuple[str, float], ...] = ()
    if group.batchnorm is not None:
        names = (*names, group.batchnorm.name)
        layer = group.batchnorm.layer
        if isinstance(layer, BatchNorm) and layer.eps != 1e-5:
            options = (("eps", layer.eps),)
    return Called("filters", (Code("p"), *names), options)


def activation_kernel(node: ShapedNode) -> str:
    """The plan function of an activation."""
    return f"{node.layer.kind}_in_place"


def activation_code(node: ShapedNode) -> Argument:
    """The plan function of an activation, with its argument."""
    if isinstance(node.layer, LeakyRelu) and node.layer.slope != 0.01:
        return Called("partial", (Code(activation_kernel(node)),), (("slope", node.layer.slope),))
    return Code(activation_kernel(node))


def differing(**options: tuple[Value, Value]) -> dict[str, Operand]:
    """Those of the options, each given with its default, that differ from it; equal numbers for all axes as one."""
    pairs = ((name, collapsed(value), default) for name, (value, default) in options.items())
    return {name: value for name, value, default in pairs if not equal(value, default)}

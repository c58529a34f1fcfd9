"""Backpropagation through a net as data: each layer's gradient rule, from the output back to the input."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from netspec.backends.explain.losses import Loss, losses
from netspec.backends.explain.notation import Symbol
from netspec.backends.explain.rules import Rule, gradient_rule
from netspec.ir import Input, ShapedNet, ShapedNode


class Use(NamedTuple):
    """A layer that uses a value, and what it calls it: the gradient by that comes back."""

    user: str
    symbol: Symbol


class Start(NamedTuple):
    """An output of the net, where a loss compares it with a target."""

    output: str
    losses: tuple[Loss, ...]


class Step(NamedTuple):
    """A layer on the way back.

    δ, the gradient by its output, is the sum of what comes back from `uses` and `starts`. Where nothing comes, since
    the output reaches no output of the net, `reached` is false.
    """

    node: ShapedNode
    rule: Rule
    uses: tuple[Use, ...]
    starts: tuple[Start, ...]
    reached: bool

    @property
    def name(self) -> str:
        """The name of the layer."""
        return self.node.name


class End(NamedTuple):
    """An input of the net, where the way back ends."""

    input: Input
    uses: tuple[Use, ...]

    @property
    def name(self) -> str:
        """The name of the input."""
        return self.input.name


def backward(net: ShapedNet) -> Iterator[Step | End]:
    """The way of the gradients through a net: the last layer first, its inputs at the end."""
    uses: dict[str, list[Use]] = {}
    outputs: dict[str, list[str]] = {}
    for output in net.outputs:
        outputs.setdefault(output.value, []).append(output.name)
    for node in reversed(net.nodes):
        rule = gradient_rule(node)
        reached = node.name in uses or node.name in outputs
        if reached:
            for name, gradient in reversed(list(zip(node.inputs, rule.inputs, strict=True))):
                uses.setdefault(name, []).append(Use(node.name, gradient.by))
        starts = tuple(Start(output, tuple(losses(node.layer, node.output))) for output in outputs.get(node.name, ()))
        yield Step(node, rule, tuple(reversed(uses.get(node.name, ()))), starts, reached)
    for given in net.inputs:
        yield End(given, tuple(reversed(uses.get(given.name, ()))))

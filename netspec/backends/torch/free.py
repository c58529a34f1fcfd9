"""Parameters of a net that stay parameters in the generated code: those that may take any value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from netspec.backends.python.values import collapsed
from netspec.backends.torch.expressions import (
    LONGEST,
    Channels,
    Expression,
    Given,
    Name,
    Unknown,
    names,
    operation,
    render,
    substitute,
)
from netspec.backends.torch.structure import Body, Leaf
from netspec.ir import Entering, Operation, ShapedNet
from netspec.ir import Expression as Written

_ADJUSTABLE = frozenset(
    {"filters", "units", "multiplier", "bias", "affine", "p", "eps", "momentum", "slope", "alpha", "beta", "k", "init"}
)
"""Arguments that fit whatever they are: sizes of windows, groups and the like do not."""

_RIGID = frozenset({"groupnorm", "reshape", "pixelshuffle", "shuffle", "slice"})
"""Layers that not every number of channels fits."""

_LONGEST = LONGEST * 2 // 3
"""With some room for names that must be changed."""


def free_parameters(net: ShapedNet, root: Body) -> frozenset[str]:
    """The parameters of a net that its class can take: used in arguments of its own layers, and right for any value."""
    values = {parameter.name: parameter.value for parameter in net.parameters}
    free = {
        parameter.name
        for parameter in net.parameters
        if parameter.free and isinstance(parameter.value, (bool, int, float))
    }
    while free:
        bound = set(_Walk(free, values).bound(root))
        if not bound:
            break
        free -= bound
    return frozenset(free)


class _Walk:
    """One pass over a net with some parameters left open."""

    def __init__(self, free: set[str], values: Mapping[str, object]) -> None:
        self.free, self.values = free, values
        self.known: dict[str, Expression] = {}

    def bound(self, body: Body) -> Iterator[str]:
        """The parameters that turn out to need the value that they have."""
        for member in body.members:
            if isinstance(member, Leaf):
                yield from self._layer(member)
            elif member.inline:
                yield from self._mentioned(member.module.when if member.module else ())
                yield from self.bound(member)
            else:
                for value in member.inputs:
                    yield from self._open(value)
                yield from self._inside(member)

    def _open(self, value: str) -> Iterator[str]:
        """The parameters that the channels of a value depend on."""
        yield from names(self.known.get(value))

    def _mentioned(self, expressions: Iterable[Written]) -> Iterator[str]:
        for expression in expressions:
            match expression:
                case str():
                    yield from {expression} & self.free
                case Entering():
                    yield from self._open(expression.value)
                case Operation():
                    yield from self._mentioned(expression.operands)
                case _:
                    pass

    def _inside(self, body: Body) -> Iterator[str]:
        """The parameters that a class mentions, which is not theirs to take."""
        if body.module is not None:
            yield from self._mentioned(body.module.when)
            yield from self._mentioned(expression for _, expression in body.module.written)
        if body.block is None:
            for member in body.members:
                if isinstance(member, Leaf):
                    yield from self._mentioned(member.node.when)
                    yield from self._mentioned(expression for _, expression in member.node.written)
                else:
                    yield from self._inside(member)

    def _layer(self, leaf: Leaf) -> Iterator[str]:
        node, layer = leaf.node, leaf.torch
        yield from self._mentioned(node.when)
        grouped = getattr(node.layer, "groups", 1) != 1
        for argument, expression in node.written:
            rigid = argument not in _ADJUSTABLE or (grouped and argument == "filters")
            if rigid or not self._writable(expression):
                yield from self._mentioned((expression,))
        incoming = {name for value in node.inputs for name in self._open(value)}
        channels = {self.known.get(value) for value in node.inputs}
        differing = layer.form in ("add", "mul") and len(channels) > 1
        if incoming and (grouped or node.layer.kind in _RIGID or differing):
            yield from incoming
        try:
            out = substitute(layer.channels, lambda name: self._ruled(name, leaf))
        except Unknown:
            yield from incoming
            return
        if any(names(out)):
            if len(render(out)) > _LONGEST:
                yield from names(out)
            self.known[node.name] = out

    def _writable(self, expression: Written) -> bool:
        """Whether generated code can say the expression."""
        try:
            return len(render(self._converted(expression))) <= _LONGEST
        except Unknown:
            return False

    def _ruled(self, name: Name | Channels | Given, leaf: Leaf) -> Expression:
        match name:
            case Channels():
                value = leaf.node.inputs[name.input]
                size = leaf.node.input_shapes[name.input][0]
                if value not in self.known and not isinstance(size, int):
                    raise Unknown(value)
                return self.known[value] if value in self.known else size if isinstance(size, int) else None
            case Given():
                written = dict(leaf.node.written)
                if name.argument in written:
                    return self._converted(written[name.argument])
                return collapsed(getattr(leaf.node.layer, name.argument))
            case Name():
                raise Unknown(name.name)

    def _converted(self, expression: Written) -> Expression:
        match expression:
            case str():
                if expression in self.free:
                    return Name(expression)
                return collapsed(self.values.get(expression))
            case Entering("channels" | "features", value) if value in self.known:
                return self.known[value]
            case Entering():
                raise Unknown(expression.measure)
            case Operation():
                return operation(expression.operator, *map(self._converted, expression.operands))
            case _:
                return expression

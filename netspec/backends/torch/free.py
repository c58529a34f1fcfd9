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


def free_parameters(net: ShapedNet, root: Body) -> Mapping[str, frozenset[str]]:
    """The parameters that stay open, of each class by its path: those of the net, at "", and what depends on them.

    A parameter of a net is open where its class is right for any value of it: where it sets nothing but arguments of
    layers, directly or as an argument of blocks.
    """
    free = {
        parameter.name
        for parameter in net.parameters
        if parameter.free and isinstance(parameter.value, (bool, int, float))
    }
    while True:
        values: dict[str, Expression] = {parameter.name: collapsed(parameter.value) for parameter in net.parameters}
        walk = _Walk()
        bound = set(walk.bound(root, values | {name: Name(name) for name in free}))
        if not bound:
            return walk.open
        free -= bound


Meanings = Mapping[str, Expression]
"""What each parameter of a block is, in terms of those of the net that are open."""


class _Walk:
    """One pass over a net with some parameters left open. `known` are the channels of values that depend on them."""

    def __init__(self) -> None:
        self.known: dict[str, Expression] = {}
        self.open: dict[str, frozenset[str]] = {}

    def bound(self, body: Body, meanings: Meanings) -> Iterator[str]:
        """The parameters that turn out to need the value that they have."""
        self.open[body.path] = frozenset(name for name, meaning in meanings.items() if any(names(meaning)))
        yield from self._members(body, meanings)

    def _members(self, body: Body, meanings: Meanings) -> Iterator[str]:
        for member in body.members:
            if isinstance(member, Leaf):
                yield from self._layer(member, meanings)
            elif isinstance(member, Body):
                if member.module is not None:
                    yield from self._mentioned(member.module.when, meanings)
                if member.inline:
                    yield from self._members(member, meanings)
                else:
                    yield from self._class(member, meanings)

    def _class(self, body: Body, meanings: Meanings) -> Iterator[str]:
        for value in body.inputs:
            yield from names(self.known.get(value))
        if body.module is None or body.block is None:
            yield from self.bound(body, meanings)
            return
        inner: dict[str, Expression] = {name: collapsed(value) for name, value in body.module.arguments}
        for parameter, written in (*body.module.written, *body.module.derived):
            around = inner if parameter in dict(body.module.derived) else meanings
            try:
                meaning = self._converted(written, around)
            except Unknown:
                yield from self._mentioned((written,), around)
                continue
            if len(render(meaning)) > _LONGEST:
                yield from names(meaning)
            inner[parameter] = meaning
        yield from self.bound(body, inner)

    def _layer(self, leaf: Leaf, meanings: Meanings) -> Iterator[str]:
        node, layer = leaf.node, leaf.torch
        yield from self._mentioned(node.when, meanings)
        grouped = getattr(node.layer, "groups", 1) != 1
        for argument, expression in node.written:
            rigid = argument not in _ADJUSTABLE or (grouped and argument == "filters")
            if rigid or not self._writable(expression, meanings):
                yield from self._mentioned((expression,), meanings)
        incoming = {name for value in node.inputs for name in names(self.known.get(value))}
        channels = {self.known.get(value) for value in node.inputs}
        differing = layer.form in ("add", "mul") and len(channels) > 1
        if incoming and (grouped or node.layer.kind in _RIGID or differing):
            yield from incoming
        try:
            out = substitute(layer.channels, lambda name: self._ruled(name, leaf, meanings))
        except Unknown:
            yield from incoming
            return
        if any(names(out)):
            if len(render(out)) > _LONGEST:
                yield from names(out)
            self.known[node.name] = out

    def _writable(self, expression: Written, meanings: Meanings) -> bool:
        """Whether generated code can say the expression."""
        try:
            return len(render(self._converted(expression, meanings))) <= _LONGEST
        except Unknown:
            return False

    def _ruled(self, name: Name | Channels | Given, leaf: Leaf, meanings: Meanings) -> Expression:
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
                    return self._converted(written[name.argument], meanings)
                return collapsed(getattr(leaf.node.layer, name.argument))
            case Name():
                raise Unknown(name.name)

    def _converted(self, expression: Written, meanings: Meanings) -> Expression:
        match expression:
            case str():
                return meanings.get(expression)
            case Entering("channels" | "features", value) if value in self.known:
                return self.known[value]
            case Entering():
                raise Unknown(expression.measure)
            case Operation():
                operands = (self._converted(operand, meanings) for operand in expression.operands)
                return operation(expression.operator, *operands)
            case _:
                return expression

    def _mentioned(self, expressions: Iterable[Written], meanings: Meanings) -> Iterator[str]:
        """The open parameters of the net that expressions depend on."""
        for expression in expressions:
            match expression:
                case str():
                    yield from names(meanings.get(expression))
                case Entering():
                    yield from names(self.known.get(expression.value))
                case Operation():
                    yield from self._mentioned(expression.operands, meanings)
                case _:
                    pass

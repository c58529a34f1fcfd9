"""The tree of modules that a flat net describes: who holds whom, and which values enter and leave each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from netspec.backends.torch.layers import TorchLayer, torch_layer
from netspec.diagnostics import Code, Diagnostic, SpecError
from netspec.ir import Argument, Expression, Module, ShapedNet, ShapedNode, Turn

DEEPEST_INLINE = 4
"""Sequences within sequences up to here stay expressions; beyond, they are classes of their own."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A layer at its place in a body."""

    name: str
    node: ShapedNode
    torch: TorchLayer


@dataclass(slots=True)
class Body:
    """The inside of a net, group, block call or turn of a loop, with its members in order. Filled by :func:`structure`.

    `outside` are values from around it, other than the one that enters; `leaving` those of its own, other than the one
    that leaves it last, that are used further on. `arguments` are those of the block (or net) that it is written in.
    """

    name: str
    path: str
    module: Module | None
    around: Body | None
    entry: str
    exit: str
    arguments: Mapping[str, Argument]
    start: int
    end: int = 0
    members: list[Member] = field(default_factory=list)
    uses_entry: bool = False
    outside: list[str] = field(default_factory=list)
    leaving: list[str] = field(default_factory=list)
    chain: bool = False
    inline: bool = False
    height: int = 0

    @property
    def block(self) -> str | None:
        """The block that this is a call of."""
        return self.module.block if self.module else None

    @property
    def definition(self) -> Module | None:
        """The call of a block that this is, or lies in."""
        body: Body | None = self
        while body is not None and body.block is None:
            body = body.around
        return None if body is None else body.module

    def given_arguments(self) -> Iterator[str]:
        """The parameters of the block around that its call gives, rather than the default."""
        if self.definition is not None:
            derived, defaults = dict(self.definition.derived), dict(self.definition.defaults)
            for name, value in self.definition.arguments:
                if name not in derived and (name not in defaults or defaults[name] != value):
                    yield name

    @property
    def inputs(self) -> tuple[str, ...]:
        """The values that come in, as the arguments of ``forward``."""
        return (*((self.entry,) if self.uses_entry else ()), *self.outside)

    @property
    def results(self) -> tuple[str, ...]:
        """The values that go out, as ``forward`` returns them."""
        return (self.exit, *self.leaving)


@dataclass(frozen=True, slots=True)
class Loop:
    """The turns of a `repeat` in a body, which all do the same, each with what the one before it made.

    `first` tells where it stands, and how many turns there are in general. `name` is none that a label could have.
    """

    name: str
    first: Turn
    turns: tuple[Body, ...]

    @property
    def inputs(self) -> tuple[str, ...]:
        """The values that come in: the one that enters the first turn, and those that every turn uses."""
        return self.turns[0].inputs

    @property
    def exit(self) -> str:
        """The value that goes out."""
        return self.turns[-1].exit


Member: TypeAlias = Leaf | Body | Loop


def is_unnamed(member: Member) -> bool:
    """Whether a member is known by its kind alone: a layer that learns nothing and has no label that says more."""
    if not isinstance(member, Leaf) or member.node.weights:
        return False
    return re.fullmatch(rf"{member.node.layer.kind}_?\d*", member.name) is not None


def conditions_of(member: Member) -> tuple[Expression, ...]:
    """The conditions under which the spec has a member at all."""
    match member:
        case Leaf():
            return member.node.when
        case Body():
            return member.module.when if member.module else ()
        case Loop():
            return conditions_of(member.turns[0].members[0])


def structure(net: ShapedNet) -> tuple[Body, tuple[Body, ...]]:
    """The net's own body, and all bodies, each after the one around it. Raises :class:`SpecError` if they interlock."""
    parameters = {parameter.name: parameter.value for parameter in net.parameters}
    entry = net.inputs[0].name
    root = Body("", "", None, None, entry, net.outputs[0].value, parameters, 0, len(net.nodes), uses_entry=True)
    bodies = _bodies(net, root)
    positions = {value.name: -1 for value in net.inputs}
    holders: dict[str, Body] = {}
    for position, node in enumerate(net.nodes):
        holder = bodies[node.name.rpartition(".")[0]]
        positions[node.name] = position
        holders[node.name] = holder
    ordered = tuple(bodies.values())
    _note_uses(net, ordered, positions, holders)
    root.outside = [value.name for value in net.inputs[1:]]
    root.leaving = [output.value for output in net.outputs[1:]]
    for body in reversed(ordered):
        _classify(body, positions)
    for body in ordered:
        depth = _inline_depth(body)
        body.inline = body.chain and body.module is not None and body.block is None and depth <= DEEPEST_INLINE
    return root, ordered


def _bodies(net: ShapedNet, root: Body) -> dict[str, Body]:
    """Every body by its path, with its members in order."""
    bodies = {"": root}
    waiting = list(reversed(net.modules))
    opened = [root]

    def open_next(position: int) -> None:
        module = waiting.pop()
        path, _, name = module.path.rpartition(".")
        around = opened[-1]
        if around.path != path or not name:
            raise malformed(f"the module {module.path} does not stand with what is around it")
        arguments = dict(module.arguments) if module.block is not None else around.arguments
        body = Body(name, module.path, module, around, module.entry, module.exit, arguments, position)
        around.members.append(body)
        bodies[module.path] = body
        opened.append(body)

    def close(path: str, position: int) -> None:
        """Close the bodies that a path is no longer in."""
        while opened[-1].path and not f"{path}.".startswith(f"{opened[-1].path}."):
            if waiting and waiting[-1].path.startswith(f"{opened[-1].path}."):
                open_next(position)  # it has no layers, or they would have come
            else:
                opened.pop().end = position

    for position, node in enumerate(net.nodes):
        path, _, name = node.name.rpartition(".")
        close(path, position)
        while path not in bodies and waiting:
            open_next(position)
            close(path, position)
        if opened[-1].path != path or not name:
            raise malformed(f"the layers around {node.name} do not stand together")
        opened[-1].members.append(Leaf(name, node, torch_layer(node)))
    close("", len(net.nodes))
    while waiting:
        open_next(len(net.nodes))
        close("", len(net.nodes))
    for body in bodies.values():
        # Empty sequences have a number as well, but no layer that tells where they stand.
        if all(member.name.isdecimal() for member in body.members):
            body.members.sort(key=lambda member: int(member.name))
        if len({member.name for member in body.members}) < len(body.members):
            raise malformed(f"two members of {body.path or net.name} have one name")
    return bodies


def malformed(problem: str) -> SpecError:
    """The error for a net whose modules are not within each other as modules are; only JSON can hold one."""
    return SpecError((Diagnostic(Code.BAD_NET, problem, None),))


def _note_uses(net: ShapedNet, bodies: tuple[Body, ...], positions: dict[str, int], holders: dict[str, Body]) -> None:
    """Find what each body needs from outside, and what of its own is needed there."""
    outside: dict[str, dict[str, None]] = {body.path: {} for body in bodies}
    leaving: dict[str, dict[str, None]] = {body.path: {} for body in bodies}

    def use(value: str, user: Body) -> None:
        around: Body | None = user
        while around is not None and around.module is not None:
            if around.start <= positions[value] < around.end:
                break
            if value == around.entry:
                around.uses_entry = True
                break
            outside[around.path][value] = None
            around = around.around
        maker = holders.get(value)
        while maker is not None and not _lies_in(user, maker):
            if value != maker.exit:
                leaving[maker.path][value] = None
            maker = maker.around

    for node in net.nodes:
        for name in node.inputs:
            use(name, holders[node.name])
    for body in reversed(bodies):
        inside = body.start <= positions[body.exit] < body.end
        if body.module is not None:
            if positions[body.entry] >= body.start or positions[body.exit] >= body.end:
                raise malformed(f"{body.path} is entered by `{body.entry}` and left by `{body.exit}`, out of order")
            if not inside:
                use(body.exit, body)
            if body.uses_entry and body.around is not None:
                use(body.entry, body.around)
    for output in net.outputs:
        use(output.value, bodies[0])
    for body in bodies:
        body.outside = list(outside[body.path])
        body.leaving = list(leaving[body.path])


def _lies_in(inner: Body, outer: Body) -> bool:
    return not outer.path or inner is outer or inner.path.startswith(f"{outer.path}.")


def _classify(body: Body, positions: Mapping[str, int]) -> None:
    """Whether a body is a plain chain, as `nn.Sequential` is, and how many levels it has."""
    body.height = 1 + max((member.height for member in body.members if isinstance(member, Body)), default=0)
    if body.module is None or body.outside or body.leaving:
        return
    value = body.entry
    for place, member in enumerate(body.members):
        if isinstance(member, Leaf):
            fits = member.node.inputs == (value,) and member.torch.target != ""
            value = member.node.name
        elif isinstance(member, Loop):
            return
        else:
            fits = member.inputs == (value,) and not member.leaving
            value = member.exit
        if not fits or member.name != str(place):
            return
    body.chain = value == body.exit


def _inline_depth(body: Body) -> int:
    depth = 1
    while body.around is not None and body.around.inline:
        body = body.around
        depth += 1
    return depth


def classes_within(body: Body) -> Iterator[Body]:
    """The bodies that need a class of their own in the class of this one, through sequences that stay expressions."""
    for member in body.members:
        if isinstance(member, Body):
            if member.inline:
                yield from classes_within(member)
            else:
                yield member


def label_of(value: str, body: Body) -> str:
    """What a value from outside is called around a body: by the member that makes it."""
    around = body.around
    while around is not None and around.path and not value.startswith(f"{around.path}."):
        around = around.around
    path = f"{around.path}." if around is not None and around.path else ""
    return value.removeprefix(path).partition(".")[0]

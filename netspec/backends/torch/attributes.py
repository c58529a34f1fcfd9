"""What a class calls its members and the numbers that it keeps.

Layers that learn nothing and have no label of their own share one module if they are the same: ``self.relu``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from typing import NamedTuple

from netspec.backends.torch.explaining import Unexplained
from netspec.backends.torch.expressions import Expression, Name, is_constant, names
from netspec.backends.torch.names import MODULE_ATTRIBUTES, Names
from netspec.backends.torch.plans import Made, Numbering, Plan
from netspec.backends.torch.structure import Leaf, is_unnamed


def is_expression(made: Made) -> bool:
    """Whether ``forward`` says a layer as an expression of its own, so that it is no module."""
    part = made.item.example
    return isinstance(part, Leaf) and part.torch.form != "module"


def with_attributes(made: tuple[Made, ...]) -> tuple[Made, ...]:
    """Members with the names of their attributes: where all layers of a kind are the same module, that of the kind.

    Raises :class:`Unexplained` for a member of a loop whose name does not go by the turn.
    """
    calls: dict[str, set[tuple[object, ...]]] = {}
    labels: set[str] = set()
    for member, always in _members(made):
        if not _is_unnamed(member):
            labels.add(member.item.name)
        elif always:
            calls.setdefault(_kind(member), set()).add(_call(member))
    shared = {kind for kind, different in calls.items() if len(different) == 1} - labels
    naming = _Naming(shared, Names(labels | shared))
    return tuple(naming.named(member, None, always=True) for member in made)


def _members(made: Iterable[Made], *, always: bool = True) -> Iterator[tuple[Made, bool]]:
    """All members, those of loops included, and whether they are there under all conditions."""
    for member in made:
        there = always and member.condition is True
        if member.loop is None:
            yield member, there
        else:
            yield from _members(member.loop.turn.made, always=there)


def _is_unnamed(made: Made) -> bool:
    """Whether a member is a module that is known by its kind alone."""
    return not is_expression(made) and all(is_unnamed(part) for part in made.item.parts if part is not None)


def _kind(made: Made) -> str:
    part = made.item.example
    return part.node.layer.kind if isinstance(part, Leaf) else "group"


def _call(made: Made) -> tuple[object, ...]:
    """What makes two modules the same."""
    part = made.item.example
    return part.torch.target if isinstance(part, Leaf) else "", made.arguments


class _Naming(NamedTuple):
    """The naming of attributes: the kinds whose layers share a module, and the names that are taken."""

    shared: Set[str]
    taken: Names

    def named(self, made: Made, variable: str | None, *, always: bool) -> Made:
        """A member with its attribute. `variable` is that of the loop around it."""
        always = always and made.condition is True
        if made.loop is not None:
            turn, variable = made.loop.turn, made.loop.variable
            inner = tuple(self.named(member, variable, always=always) for member in turn.made)
            return made._replace(loop=made.loop._replace(turn=turn._replace(made=inner)))
        if not _is_unnamed(made):
            if variable is not None and isinstance(made.attribute, str) and not is_expression(made):
                raise Unexplained
            return made
        if variable is not None and uses((made,), variable):
            raise Unexplained
        kind = _kind(made)
        return made._replace(attribute=kind if always and kind in self.shared else self.taken.take(made.item.name))


def taken_attributes(plan: Plan) -> Names:
    """A scope that has the names of all members."""
    return Names(member.attribute for member, _ in _members(plan.made) if isinstance(member.attribute, str))


def free_attribute(wanted: str, taken: Names) -> str:
    """The wanted name, or one like it that a module can still have."""
    name = taken.take(wanted)
    while name in MODULE_ATTRIBUTES:
        name = taken.take(wanted)
    return name


def kept_numbers(plan: Plan) -> Mapping[Expression, str]:
    """The numbers that ``forward`` needs and the constructor keeps, each with its attribute."""
    taken = taken_attributes(plan)
    kept: dict[Expression, str] = {}
    for wanted, expression in _needed(plan.made, over_children=is_over_children(plan)):
        if not is_constant(expression) and expression not in kept:
            kept[expression] = free_attribute(expression.name if isinstance(expression, Name) else wanted, taken)
    return kept


def _needed(made: Iterable[Made], *, over_children: bool) -> Iterator[tuple[str, Expression]]:
    for member in made:
        part = member.item.example
        if member.loop is not None:
            if not over_children:
                yield "turns", member.loop.times
            yield from _needed(member.loop.turn.made, over_children=over_children)
        elif isinstance(part, Leaf) and part.torch.form == "slice":
            yield from zip(("start", "stop"), slice_bounds(member), strict=True)


def slice_bounds(made: Made) -> tuple[Expression, Expression]:
    """Where a slice begins and ends; None where that is the first or the last of all channels."""
    start, stop = (argument.value for argument in made.arguments)
    whole = all(
        part.node.input_shapes[0][0] == part.torch.slots[1].value for part in made.item.parts if isinstance(part, Leaf)
    )
    return (None if start == 0 else start), (None if whole else stop)


def is_over_children(plan: Plan) -> bool:
    """Whether the class has no modules but those of one loop, one in each turn: a loop can go over its children."""
    modules = [member for member, _ in _members(plan.made) if not is_expression(member)]
    loops = [member for member in plan.made if member.loop is not None]
    return len(loops) == len(modules) == 1 and isinstance(modules[0].attribute, Numbering)


def uses(made: Iterable[Made], variable: str) -> bool:
    """Whether members depend on a variable."""
    return any(
        variable in names(member.condition)
        or any(variable in names(argument.value) for argument in member.arguments)
        or uses(member.members or (), variable)
        for member in made
    )

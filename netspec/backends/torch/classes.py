"""Which classes a net needs: one for each block and each group with labels, more where one cannot serve all uses."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import NamedTuple

from netspec.backends.torch.free import free_parameters
from netspec.backends.torch.loops import folded, worthwhile
from netspec.backends.torch.names import Names, camel_case, without_number
from netspec.backends.torch.planning import plan
from netspec.backends.torch.plans import Plan
from netspec.backends.torch.structure import Body, classes_within, malformed
from netspec.backends.torch.templates import Identity, Template, alike, merged, signature
from netspec.ir import ShapedNet
from netspec.sizes import Shape

MOST_MERGED = 32
"""So many different structures of one block are compared with each other; the rest have a class each."""


class Class(NamedTuple):
    """A class of the generated module."""

    name: str
    plan: Plan

    @property
    def body(self) -> Body:
        """The first of the bodies that it stands for."""
        return self.plan.template.bodies[0]


class Classes(NamedTuple):
    """All classes, each after those that it uses, the net's last; and that of each body, by path."""

    ordered: tuple[Class, ...]
    names: Mapping[str, str]


def plan_classes(
    net: ShapedNet, root: Body, bodies: Iterable[Body], shapes: Mapping[str, Shape], names: Names, net_name: str
) -> Classes:
    """The classes of a net. `names` gives out theirs."""
    plans: dict[str, tuple[Plan, int]] = {}
    by_path: dict[str, str] = {}
    classes: list[Class] = []
    opened = free_parameters(net, root)
    for definition in _ordered_definitions(bodies):
        free = frozenset[str]().union(*(opened.get(body.path, ()) for body in definition))
        found = _plans(definition, shapes, plans, by_path, free)
        wanted = _wanted_name(definition[0], several=len(definition) > 1)
        for number, made in enumerate(found):
            if definition[0] is root:
                name = net_name
            elif number == 0:
                name = wanted = names.take(wanted, f"{wanted}Block")
            else:
                name = names.take(wanted)
            for place, body in enumerate(made.template.bodies):
                plans[body.path] = (made, place)
                by_path[body.path] = name
            classes.append(Class(name, made))
    return Classes(tuple(classes), by_path)


def _plans(
    definition: list[Body],
    shapes: Mapping[str, Shape],
    plans: Mapping[str, tuple[Plan, int]],
    names: Mapping[str, str],
    free: frozenset[str],
) -> list[Plan]:
    """The plans that the bodies of one definition need: as few as their structures allow."""

    def identity(body: Body) -> str:
        return names[body.path]

    places = worthwhile(definition)
    if places:
        loops = [folded(body, places, identity) for body in definition]
        whole = [body for body in loops if body is not None]
        found = _fewest(whole, shapes, plans, identity, free) if len(whole) == len(loops) else None
        if found is not None:
            return found
    found = _fewest(definition, shapes, plans, identity, free)
    if found is None:
        raise ValueError(f"the bodies of {definition[0].path} are alike, yet have no plan")
    return found


def _fewest(
    definition: Sequence[Body],
    shapes: Mapping[str, Shape],
    plans: Mapping[str, tuple[Plan, int]],
    identity: Identity,
    free: frozenset[str],
) -> list[Plan] | None:
    """As few plans as the structures of bodies allow; None if some bodies cannot be planned, for their loops."""
    groups: dict[Hashable, list[Body]] = {}
    for body in definition:
        groups.setdefault(signature(body, identity), []).append(body)
    variants: list[tuple[Template, Plan | None]] = []
    for bodies in groups.values():
        template = alike(bodies)
        for place, (other, _) in enumerate(variants[:MOST_MERGED]):
            both = merged(other, template, identity)
            joint = plan(both, shapes, plans, free) if both is not None else None
            if both is not None and joint is not None:
                variants[place] = (both, joint)
                break
        else:
            variants.append((template, None))
    found = [made or plan(template, shapes, plans, free) for template, made in variants]
    return None if None in found else [made for made in found if made is not None]


def _key(body: Body) -> Hashable:
    """What tells bodies that are written in the same place of the spec."""
    if body.module is None or body.block is not None:
        return body.block
    way = []
    around: Body | None = body
    while around is not None and around.module is not None and around.block is None:
        way.append(without_number(around.name))
        around = around.around
    origin = body.module.origin
    return (*way, around.block if around else None, origin.file, origin.line, origin.column)


def _ordered_definitions(bodies: Iterable[Body]) -> list[list[Body]]:
    """Bodies by where they are written, each definition after those that it uses."""
    definitions: dict[Hashable, list[Body]] = {}
    for body in bodies:
        if not body.inline:
            definitions.setdefault(_key(body), []).append(body)
    uses = {
        key: list(dict.fromkeys(_key(inner) for body in group for inner in classes_within(body)))
        for key, group in definitions.items()
    }
    ordered: dict[Hashable, list[Body]] = {}
    opened: set[Hashable] = set()
    pending: list[tuple[Hashable, bool]] = [(None, False)]
    while pending:
        key, used = pending.pop()
        if used:
            ordered[key] = definitions[key]
        elif key not in ordered:
            if key in opened:
                raise malformed(f"{definitions[key][0].path} lies within another use of the same block")
            opened.add(key)
            pending.append((key, True))
            pending += [(inner, False) for inner in reversed(uses[key]) if inner not in ordered]
    return list(ordered.values())


def _wanted_name(body: Body, *, several: bool) -> str:
    if body.block is not None:
        return camel_case(body.block)
    if not body.name.isdecimal():
        return camel_case(without_number(body.name) if several else body.name)
    way = [body.name]
    around = body.around
    while around is not None and around.path and way[0].isdecimal():
        way.insert(0, around.block or around.name)
        around = around.around
    return camel_case("_".join(way))

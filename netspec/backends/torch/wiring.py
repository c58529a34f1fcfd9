"""The flow of values through a template: which value goes into which member, in every body alike."""

from __future__ import annotations

from typing import NamedTuple

from netspec.backends.torch.templates import Item, Template, ends


class Step(NamedTuple):
    """A member applied: the values that go in and come out, by number.

    `passes`: where the member is absent, the input (by place) that stands for its result, if any is needed.
    """

    inputs: tuple[int, ...]
    results: tuple[int, ...]
    passes: int | None


class Wiring(NamedTuple):
    """The flow of values: arguments come first and are numbered from 0; the steps are those of the template's items."""

    arguments: int
    steps: tuple[Step, ...]
    results: tuple[int, ...]


def wire(template: Template) -> Wiring | None:
    """The flow that all bodies of a template share; None where they differ in more than absent members."""
    made = [{value: place for place, value in enumerate(body.inputs)} for body in template.bodies]
    arguments = count = len(template.bodies[0].inputs)
    flows: list[dict[int, tuple[int, ...]]] = []
    results: list[tuple[int, ...]] = []
    for item in template.items:
        flow, given = _flow(item, made, count)
        flows.append(flow)
        results.append(tuple(range(count, count + given)))
        count += given
    leaving = {place: tuple(made[place][value] for value in body.results) for place, body in enumerate(template.bodies)}
    inputs = []
    for flow in (*flows, leaving):
        if len({len(taken) for taken in flow.values()}) > 1:
            return None
        # Where a member before it is absent in some bodies, the others tell the full flow: they take a later value.
        inputs.append(tuple(map(max, zip(*flow.values(), strict=True))))
    passes = _passes(template, [*flows, leaving], inputs, results)
    if passes is None:
        return None
    steps = tuple(map(Step, inputs, results, passes))
    return Wiring(arguments, steps, inputs[-1])


def _flow(item: Item, made: list[dict[str, int]], count: int) -> tuple[dict[int, tuple[int, ...]], int]:
    """The numbers of the values that go into a member, by body, and how many come out, numbered from `count`."""
    flow = {}
    given: tuple[str, ...] = ()
    for body in item.present:
        part = item.parts[body]
        if part is not None:
            taken, given = ends(part)
            flow[body] = tuple(made[body][value] for value in taken)
            made[body].update((value, count + place) for place, value in enumerate(given))
    return flow, len(given)


def _passes(
    template: Template,
    flows: list[dict[int, tuple[int, ...]]],
    inputs: list[tuple[int, ...]],
    results: list[tuple[int, ...]],
) -> list[int | None] | None:
    """For each step the input that stands for its result where it is absent; None if bodies do not agree on that."""
    passes: list[int | None] = [None] * len(results)
    owners = {number: step for step, numbers in enumerate(results) for number in numbers}
    for wanted, flow in zip(inputs, flows, strict=True):
        for body, actual in flow.items():
            for number, goal in zip(wanted, actual, strict=True):
                if number == goal:
                    continue
                for step, place in _way(template, number, goal, body, inputs, owners) or ((-1, -1),):
                    if step < 0 or passes[step] not in (None, place):
                        return None
                    passes[step] = place
    return passes


def _way(
    template: Template,
    number: int,
    goal: int,
    body: int,
    inputs: list[tuple[int, ...]],
    owners: dict[int, int],
) -> list[tuple[int, int]] | None:
    """How an earlier value stands for a later one through members that a body lacks: steps, and inputs by place."""
    came: dict[int, tuple[int, int, int]] = {}
    pending = [number]
    while pending:
        present = pending.pop()
        if present == goal:
            way = []
            while present != number:
                present, step, place = came[present]
                way.append((step, place))
            return way
        step = owners.get(present, -1)
        if step >= 0 and template.items[step].parts[body] is None:
            for place, source in enumerate(inputs[step]):
                if source not in came:
                    came[source] = (present, step, place)
                    pending.append(source)
    return None

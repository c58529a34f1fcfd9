"""Names for the values in a ``forward``: `x` for the main line, and what a reader would call the others."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from itertools import takewhile
from typing import NamedTuple

from netspec.backends.torch.constructor import runs
from netspec.backends.torch.names import Names, first_free, without_number
from netspec.backends.torch.plans import Loop, Plan
from netspec.backends.torch.structure import Body, Leaf, label_of
from netspec.backends.torch.structure import Loop as Turning
from netspec.backends.torch.wiring import Step

MAIN = "x"

CHILD = "layer"
"""The module of a turn, where a loop goes over the children of a module."""


class Assignment(NamedTuple):
    """The variables of a step: what it reads and what it sets; before that it may copy one (to, from) that it sets.

    `inner` are those within a turn of a loop.
    """

    inputs: tuple[str, ...]
    results: tuple[str, ...]
    copy: tuple[str, str] | None
    inner: Variables | None = None


class Variables(NamedTuple):
    """The variables of a ``forward``."""

    arguments: tuple[str, ...]
    assignments: tuple[Assignment, ...]
    results: tuple[str, ...]


def name_variables(plan: Plan) -> Variables:
    """The variables for the values of a class."""
    body = plan.template.bodies[0]
    if body.module is None and len(body.inputs) > 1:
        wanted = body.inputs
    else:
        alone = len(body.inputs) == 1
        wanted = tuple(MAIN if alone or value == body.entry else label_of(value, body) for value in body.inputs)
    scope = Names()
    return _Naming(plan, tuple(scope.take(name) for name in wanted)).variables()


class _Naming:
    """Values get names in the order in which they are made; a name is free again when its value is used up."""

    def __init__(
        self, plan: Plan, arguments: tuple[str, ...], *, in_turn: bool = False, reserved: frozenset[str] = frozenset()
    ) -> None:
        self.plan, self.arguments, self.in_turn, self.reserved = plan, arguments, in_turn, reserved
        self.main = arguments[0] if in_turn else MAIN
        self.steps = plan.wiring.steps
        self.uses: Counter[int] = Counter()
        self.last_use: dict[int, int] = {}
        for place, step in enumerate(self.steps):
            for value in set(step.inputs):
                self.uses[value] += 1
                self.last_use[value] = place
        for value in (*plan.wiring.results, *(range(1, len(arguments)) if in_turn else ())):
            self.uses[value] += 1
            self.last_use[value] = len(self.steps)
        self.name_of: dict[int, str] = {}
        self.holder: dict[str, int] = {}
        self.hints: dict[int, str] = {}
        self.fallbacks: dict[int, str] = {}
        self.saved: dict[int, int] = {}
        self.skipped = {place for run in runs(plan) if run.flag for place in run.members}
        self._find_branches()
        self.kept = set(self.saved.values())

    def variables(self) -> Variables:
        for value, name in enumerate(self.arguments):
            self.name_of[value] = name
            self.holder[name] = value
        assignments = tuple(self._assignment(place, step) for place, step in enumerate(self.steps))
        results = tuple(self.name_of[value] for value in self.plan.wiring.results)
        return Variables(self.arguments, assignments, results)

    # Branches

    def _find_branches(self) -> None:
        """See which steps lead from one value to one merge: such branches have names of their own."""
        maker = {value: place for place, step in enumerate(self.steps) for value in step.results}
        for place, step in enumerate(self.steps):
            part = self.plan.made[place].item.example
            if not (isinstance(part, Leaf) and part.torch.form in ("add", "mul", "concat")):
                continue
            branches = [self._branch(value, maker) for value in step.inputs]
            for number, (start, way) in enumerate(branches, start=1):
                if not way and start in maker and len(self.steps[maker[start]].inputs) > 1:
                    self.fallbacks.setdefault(maker[start], f"branch{number}")
            starts = Counter(start for start, _ in branches)
            start, count = starts.most_common(1)[0]
            if count > 1:
                ways = {number: way for number, (begin, way) in enumerate(branches, start=1) if begin == start}
                named = start in maker and self.uses[start] > 1 and self._label(maker[start]) is not None
                self._name_branches(part.torch.form, start, ways, named=named)

    def _branch(self, value: int, maker: dict[int, int]) -> tuple[int, list[int]]:
        """The steps that lead to a value along which nothing else is used, and the value that they start from."""
        way: list[int] = []
        while self.uses[value] == 1 and value in maker and len(self.steps[maker[value]].inputs) == 1:
            way.append(maker[value])
            value = self.steps[maker[value]].inputs[0]
        way.reverse()
        return value, way

    def _name_branches(self, form: str, start: int, ways: Mapping[int, list[int]], *, named: bool) -> None:
        """Name the ways from a value to a merge, by operand. `named`: the value has a name of its own."""
        taken = [way for way in ways.values() if way]
        if form == "add" and len(ways) == 2:
            # The longer one is the main line; what goes around it is kept aside where the two part.
            main = max(ways.values(), key=len)
            first = min(way[0] for way in taken)
            if main and first == main[0] and self.last_use.get(start, 0) > first:
                self.saved[first] = start
            elif main and main[0] != first:
                self._hint(min(taken, key=len), "shortcut")
        elif form == "mul" and len(ways) == 2:
            self._hint(taken[-1] if taken else [], "scale")
        elif form == "add" or len(taken) > 1:
            for number, way in ways.items():
                own = [label for place in way if (label := self._label(place))]
                self._hint(way, _common_name(own) or f"branch{number}")
        elif not named:
            self._hint(taken[0] if taken else [], "branch")
        else:
            self.fallbacks.update(dict.fromkeys(taken[0] if taken else [], "branch"))

    def _hint(self, way: list[int], name: str) -> None:
        for place in way:
            self.hints[place] = name

    def _label(self, place: int) -> str | None:
        """What the spec calls a member; None for names by kind and count."""
        item = self.plan.made[place].item
        part = item.example
        if isinstance(part, Turning):
            return None
        kind = part.node.layer.kind if isinstance(part, Leaf) else part.block or "group"
        if self.in_turn and item.name.isidentifier():
            return None if without_number(item.name) == kind else without_number(item.name)
        automatic = item.name.isdecimal() or re.fullmatch(rf"{kind}_?\d*", item.name)
        return None if automatic else item.name

    # Names

    def _assignment(self, place: int, step: Step) -> Assignment:
        copy = self._copied(place)
        # The copy is for later: here the value is still to be had under its old name.
        inputs = tuple(self.main if copy and self.name_of[v] == copy[0] else self.name_of[v] for v in step.inputs)
        loop = self.plan.made[place].loop
        passes = 0 if loop is not None else step.passes if place in self.skipped else None
        if passes is not None:
            # Where the step is left out, and before each turn, its input is its result: both have one variable.
            source = inputs[passes]
            if copy is not None or self.last_use[step.inputs[passes]] <= place:
                target = source
            else:
                wanted = self._wanted(place) if loop is None else self.hints.get(place, self.main)
                target = self._fresh(wanted, place)
                copy = (target, source)
        else:
            target = self._target(place, step)
        names = [target]
        self._hold(step.results[0], target)
        for value in step.results[1:]:
            names.append(self._fresh(self._leaving_name(place, value), place))
            self._hold(value, names[-1])
        return Assignment(inputs, tuple(names), copy, self._inner(place, loop, target, inputs) if loop else None)

    def _inner(self, place: int, loop: Loop, target: str, inputs: tuple[str, ...]) -> Variables:
        """The variables within a turn. The main line is what the loop carries on; what comes from outside stays."""
        needed = {name for name, value in self.holder.items() if self.last_use.get(value, -1) > place}
        reserved = self.reserved | needed | {loop.variable, CHILD}
        arguments = (target, *inputs[1:])
        return _Naming(loop.turn, arguments, in_turn=True, reserved=reserved - {target}).variables()

    def _leaving_name(self, place: int, value: int) -> str:
        part = self.plan.made[place].item.example
        step = self.steps[place]
        if not isinstance(part, Body):
            return part.name
        inner = part.results[step.results.index(value)]
        return inner.removeprefix(f"{part.path}.").partition(".")[0]

    def _copied(self, place: int) -> tuple[str, str] | None:
        """The value that the main line leaves behind here, under another name."""
        value = self.saved.get(place)
        if value is None or self.name_of[value] != self.main:
            return None
        name = self._fresh("identity", place)
        self._hold(value, name)
        del self.holder[self.main]
        return name, self.main

    def _target(self, place: int, step: Step) -> str:
        ending = [self.name_of[value] for value in step.inputs if self.last_use[value] <= place]
        hint = self.hints.get(place)
        if hint is not None:
            started = [name for name in ending if re.fullmatch(rf"{re.escape(hint)}\d*", name)]
            first = place - 1 not in self.hints or not started
            return self._fresh(hint, place) if first else started[0]
        label = self._label(place)
        if label is not None and (self.uses[step.results[0]] > 1 or step.results[0] in self.plan.wiring.results[1:]):
            return self._fresh(label, place)
        if self.main in ending:
            return self.main
        arguments = self.plan.wiring.arguments
        own = [self.name_of[v] for v in step.inputs if self.last_use[v] <= place and self._stays(v, arguments)]
        if own and len(step.inputs) == 1:
            return own[0]
        if self._is_free(self.main, place):
            return self.main
        return ending[0] if ending and self._nothing_better(place) else self._fresh(self._wanted(place), place)

    def _stays(self, value: int, arguments: int) -> bool:
        """Whether a value's variable goes on with what is made of it: an input's, or one kept aside."""
        return value < arguments or value in self.kept

    def _nothing_better(self, place: int) -> bool:
        """Whether a step that goes on from a branch has no name of its own."""
        return self._label(place) is None and place not in self.fallbacks

    def _wanted(self, place: int) -> str:
        return self._label(place) or self.fallbacks.get(place) or self.plan.made[place].item.name

    def _is_free(self, name: str, place: int) -> bool:
        if name in self.reserved:
            return False
        return name not in self.holder or self.last_use.get(self.holder[name], -1) <= place

    def _fresh(self, wanted: str, place: int) -> str:
        """The wanted name, or one like it that holds nothing that is still needed."""
        return first_free(lambda name: not self._is_free(name, place), wanted)

    def _hold(self, value: int, name: str) -> None:
        self.name_of[value] = name
        self.holder[name] = value


def _common_name(labels: list[str]) -> str:
    """The words that labels begin with alike: ``branch5x5`` of ``branch5x5_1`` and ``branch5x5_2``."""
    words = zip(*(label.split("_") for label in labels), strict=False)
    return "_".join(alike[0] for alike in takewhile(lambda word: len(set(word)) == 1, words))

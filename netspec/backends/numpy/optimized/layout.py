"""The layout of a program's memory: what is written where, the zeros around each value, and the slots."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from netspec.backends.numpy.optimized.homes import View, find_homes, parts_of, within
from netspec.backends.numpy.optimized.size_code import nominal
from netspec.backends.numpy.optimized.slots import Life, find_slots
from netspec.backends.numpy.optimized.tasks import Compute, Join, Place, Reading, Task
from netspec.ir import ShapedNet
from netspec.sizes import Shape, Size


class Step(NamedTuple):
    """A call, and the view that it fills."""

    task: Compute
    target: View


class Room(NamedTuple):
    """The memory of a home: its slot, its shape, and for each spatial axis the zeros that readers want around it.

    The widest of those listed are needed. `filled` is the number of the first step that writes there, -1 for an input.
    """

    slot: int
    shape: Shape
    before: tuple[tuple[Size, ...], ...]
    after: tuple[tuple[Size, ...], ...]
    filled: int

    @property
    def size(self) -> int:
        """The number of values with all zeros, for an input of usual size."""
        channels, *sizes = self.shape
        total = nominal(channels)
        for size, before, after in zip(sizes, self.before, self.after, strict=True):
            total *= nominal(size) + max(map(nominal, before)) + max(map(nominal, after))
        return total


@dataclass(frozen=True, slots=True)
class Layout:
    """The views of all values, the rooms of their homes, and the steps that fill them."""

    shapes: Mapping[str, Shape]
    views: Mapping[str, View]
    rooms: Mapping[str, Room]
    steps: tuple[Step, ...]

    def seen(self, reading: Reading) -> View:
        """What a kernel reads, as a view of a home."""
        return within(self.views[reading.value], View(reading.value, None, reading.before, reading.after))


def lay_out(net: ShapedNet, tasks: Sequence[Task]) -> Layout:
    """The layout for tasks in this order."""
    shapes, views = net.shapes(), find_homes(net, tasks)
    steps = tuple(_steps(tasks, shapes, views))
    homes = {view.of: None for view in views.values()}
    layout = Layout(shapes, views, {}, steps)

    first = {value.name: -1 for value in net.inputs}
    last = {views[output.value].of: len(steps) for output in net.outputs}
    before: dict[str, list[Shape]] = {home: [] for home in homes}
    after: dict[str, list[Shape]] = {home: [] for home in homes}
    for number, step in enumerate(steps):
        first.setdefault(step.target.of, number)
        last.setdefault(step.target.of, number)
        for view in (step.target, *map(layout.seen, step.task.readings())):
            last[view.of] = max(last.get(view.of, 0), number)
            before[view.of].append(view.before)
            after[view.of].append(view.after)
    for output in net.outputs:
        view = views[output.value]
        before[view.of].append(view.before)
        after[view.of].append(view.after)
    used = [home for home in homes if home in first]
    bare = {
        home: Room(
            0, shapes[home], _by_axis(before[home], shapes[home]), _by_axis(after[home], shapes[home]), first[home]
        )
        for home in used
    }
    slots = find_slots(Life(home, bare[home].size, first[home], last.get(home, first[home])) for home in used)
    rooms = {home: bare[home]._replace(slot=slots[home]) for home in used}
    return Layout(shapes, views, rooms, steps)


def _steps(tasks: Iterable[Task], shapes: Mapping[str, Shape], views: Mapping[str, View]) -> Iterator[Step]:
    """The calls, those included that copy the parts of joined values which are elsewhere."""
    for task in tasks:
        match task:
            case Compute():
                yield Step(task, views[task.value])
            case Join():
                for part, channels in parts_of(task, shapes):
                    target = within(views[task.value], View(task.value, channels))
                    if views[part] != target:
                        operands = (Reading(part), Place.OUTPUT)
                        yield Step(Compute(task.layers, task.value, "copy_map", operands), target)
            case _:
                pass


def _by_axis(shapes: Iterable[Shape], shape: Shape) -> tuple[tuple[Size, ...], ...]:
    """The different sizes on each spatial axis, 0 among them."""
    sizes: list[dict[Size, None]] = [{0: None} for _ in shape[1:]]
    for widths in shapes:
        for known, width in zip(sizes, widths, strict=False):
            known[width] = None
    return tuple(tuple(known) for known in sizes)

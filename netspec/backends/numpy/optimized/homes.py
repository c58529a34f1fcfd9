"""Where values live: in memory of their own, over a value that is read no more, or within one that they become."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from netspec.backends.numpy.optimized.tasks import Compute, Join, Same, Task
from netspec.ir import ShapedNet
from netspec.sizes import Shape


@dataclass(frozen=True, slots=True)
class View:
    """A value as a part of another one.

    `channels` are those that it has there, if not all; `before` and `after` how many of the zeros around the other one
    count as its own, on each spatial axis, if any.
    """

    of: str
    channels: tuple[int, int] | None = None
    before: Shape = ()
    after: Shape = ()


def find_homes(net: ShapedNet, tasks: Sequence[Task]) -> dict[str, View]:
    """The view of each value in its home: a value, possibly itself, that is no part of another one."""
    links = _links(net, tasks)
    views: dict[str, View] = {}
    for value in net.shapes():
        way = [value]
        while way[-1] in links and way[-1] not in views:
            way.append(links[way[-1]].of)
        view = views.setdefault(way[-1], View(way.pop()))
        for part in reversed(way):
            view = views[part] = within(view, links[part])
    return views


def parts_of(join: Join, shapes: Mapping[str, Shape]) -> Iterator[tuple[str, tuple[int, int]]]:
    """The parts of a value, and which of its channels they are."""
    start = 0
    for part in join.parts:
        stop = start + _channels(shapes[part])
        yield part, (start, stop)
        start = stop


def _links(net: ShapedNet, tasks: Sequence[Task]) -> dict[str, View]:
    """For each value that is part of another, which part."""
    shapes = net.shapes()
    made = {task.value: task for task in tasks}
    uses = Counter(value for task in tasks for value in _values_read(task))
    uses.update(output.value for output in net.outputs)
    links: dict[str, View] = {}

    def first_there(value: str) -> str:
        """The value that this one was written over, step by step."""
        while value in links and isinstance(made[value], Compute) and links[value].channels is None:
            value = links[value].of
        return value

    def may_be_lost(value: str) -> bool:
        """Whether a task alone reads a value that is no part of another, nor made of parts that others read."""
        waiting = [value]
        while waiting:
            value = waiting.pop()
            first = first_there(value)
            if uses[value] > 1 or (isinstance(made.get(first), Same) and first in links):
                return False
            task = made.get(first)
            if isinstance(task, Join):
                waiting += (part for part in task.parts if first_there(part) in links)
        return True

    for task in tasks:
        match task:
            case Same():
                links[task.value] = View(task.of, task.channels, task.before, task.after)
            case Compute():
                if task.over is not None and first_there(task.over) not in links and may_be_lost(task.over):
                    links[task.value] = View(task.over)
            case Join():
                for part, channels in parts_of(task, shapes):
                    first = first_there(part)
                    if first not in links and isinstance(made.get(first), (Compute, Join)):
                        links[first] = View(task.value, channels)
    return links


def _values_read(task: Task) -> Iterator[str]:
    match task:
        case Compute():
            yield from (reading.value for reading in task.readings())
        case Same():
            yield task.of
        case Join():
            yield from task.parts


def within(view: View, link: View) -> View:
    """A part of what a view is of, seen within that view's home."""
    channels = view.channels
    if link.channels is not None:
        start = channels[0] if channels is not None else 0
        channels = (start + link.channels[0], start + link.channels[1])
    return View(view.of, channels, summed(view.before, link.before), summed(view.after, link.after))


def summed(first: Shape, second: Shape) -> Shape:
    """Widths added, where none at all is an empty shape."""
    if not first or not second:
        return first or second
    return tuple(a + b for a, b in zip(first, second, strict=True))


def _channels(shape: Shape) -> int:
    if not isinstance(shape[0], int):
        raise TypeError(f"{shape} has no fixed number of channels")
    return shape[0]

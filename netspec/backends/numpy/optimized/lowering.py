"""The lowering pass: a shaped net as a program of plan kernels, channels last, with a reason for each layer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from netspec.backends.numpy.optimized.choices import chosen
from netspec.backends.numpy.optimized.grouping import grouped
from netspec.backends.numpy.optimized.homes import View
from netspec.backends.numpy.optimized.layout import Layout, Room, Step, lay_out
from netspec.backends.numpy.optimized.program import Argument, Called, Code, Operation, Program
from netspec.backends.numpy.optimized.size_code import largest_code, margins_code, size_code
from netspec.backends.numpy.optimized.tasks import (
    Compute,
    Join,
    Operand,
    Place,
    Readable,
    Reading,
    Same,
    Task,
    Together,
)
from netspec.backends.python.names import Names
from netspec.backends.python.values import literal
from netspec.ir import ShapedNet
from netspec.sizes import symbols_of

CACHE = 1 << 22
"""The values of all buffers up to which several examples run at once: 16 MiB in float32."""

MOST_EXAMPLES = 64

_AXES = {1: "length, ", 2: "height, width, ", 3: "depth, height, width, "}


def lower(net: ShapedNet, taken: Iterable[str] = ()) -> Program:
    """The program for any net. `taken` are names that its variables cannot have."""
    tasks = tuple(chosen(group) for group in grouped(net))
    layout = lay_out(net, tasks)
    slots: dict[int, int] = {}
    for room in layout.rooms.values():
        slots[room.slot] = max(slots.get(room.slot, 0), room.size)
    axes = _AXES.get(max(map(len, layout.shapes.values())) - 1)
    about = f"Channels last: a map is (n, {axes}channels)." if axes else "Dense layers: a value is (n, features)."
    writer = _Writer(net, layout, taken)
    return Program(
        "channels_last",
        about,
        tuple(writer.operations(tasks)),
        chunk=max(1, min(MOST_EXAMPLES, CACHE // sum(slots.values()))),
        variables=(("n", Code("p.n")), *writer.symbols()),
    )


class _Writer:
    """Writes tasks as operations of the generated code."""

    def __init__(self, net: ShapedNet, layout: Layout, taken: Iterable[str]) -> None:
        self._net = net
        self._layout = layout
        names = Names({"n", "p", *taken})
        symbols = [name for value in net.inputs for size in value.shape for name in symbols_of(size)]
        self._symbols = {symbol: names.take(symbol, f"{symbol}_") for symbol in dict.fromkeys(symbols)}
        self._variables = {home: names.take(home.replace(".", "_"), f"{home}_") for home in layout.rooms}

    def symbols(self) -> Iterator[tuple[str, Code]]:
        """The variables of the sizes left open, and where they are found."""
        for symbol, variable in self._symbols.items():
            for value in self._net.inputs:
                for axis, size in enumerate(value.shape, 1):
                    if str(size) == symbol:
                        yield variable, Code(f"p.shapes[{literal(value.name)}][{axis}]")
                        break
                else:
                    continue
                break

    def operations(self, tasks: Sequence[Task]) -> Iterator[Operation]:
        """The operations: inputs, layers, outputs."""
        for value in self._net.inputs:
            yield self._moved("take_input", value.name, View(value.name), filled=-1)
        steps = iter(enumerate(self._layout.steps))
        for task in tasks:
            match task:
                case Compute():
                    yield self._computed(*next(steps))
                case Join():
                    copies = [step for step in self._layout.steps if step.task.layers == task.layers]
                    yield from (self._computed(*next(steps)) for _ in copies)
                    count, places = len(task.parts), len(task.parts) - len(copies)
                    reason = f"{places if copies else 'all'} of {count} parts are written where they belong"
                    yield Operation(task.layers, lowering="in place", reason=reason)
                case Same():
                    yield Operation(task.layers, lowering="nothing", reason=task.reason)
        for output in self._net.outputs:
            yield self._moved("give_output", output.name, self._layout.views[output.value])

    def _moved(self, kernel: str, name: str, view: View, filled: int | None = None) -> Operation:
        makes, buffer = self._new(view.of, filled)
        return Operation((), kernel, (name, self._seen(view)), makes=makes, buffer=buffer)

    def _computed(self, number: int, step: Step) -> Operation:
        task = step.task
        makes, buffer = self._new(step.target.of, number)
        target = self._seen(step.target)
        return Operation(
            task.layers,
            task.kernel,
            tuple(self._operand(operand, target) for operand in task.operands),
            tuple((name, self._operand(operand, target)) for name, operand in task.options),
            makes,
            buffer,
            task.needs,
            task.lowering,
            task.reason,
        )

    def _new(self, home: str, number: int | None) -> tuple[str | None, Called | None]:
        """The variable and the buffer of a home that a step is the first to write in."""
        room = self._layout.rooms[home]
        return (self._variables[home], self._buffer(room)) if room.filled == number else (None, None)

    def _buffer(self, room: Room) -> Called:
        channels, *sizes = (Code(size_code(size, self._symbols)) for size in room.shape)
        shape = Called("", (Code("n"), *sizes, channels))
        if not sizes:
            return Called("p.buffer", (room.slot, shape))
        before, after = (
            [largest_code(widths, self._symbols) for widths in by_axis] for by_axis in (room.before, room.after)
        )
        margins = (Code(margins_code(before, after)),) if {*before, *after} != {"0"} else ()
        return Called("p.map", (room.slot, shape, *margins))

    def _operand(self, operand: Operand, target: Argument) -> Argument:
        match operand:
            case Place():
                return target
            case Reading():
                return self._read(operand)
            case Readable(kernel, values, arguments):
                seen = (Called("channels_first", (self._read(value),)) for value in values)
                return Called("partial", (Code(kernel), *seen, *map(Code, arguments)))
            case Together(values):
                return Called("", tuple(map(self._read, values)))
            case _:
                return operand

    def _read(self, reading: Reading) -> Argument:
        return self._seen(self._layout.seen(reading))

    def _seen(self, view: View) -> Argument:
        """A view of a home, as an array."""
        rank, text = len(self._layout.shapes[view.of]) - 1, self._variables[view.of]
        if rank == 0:
            return Code(text if view.channels is None else f"{text}[:, {view.channels[0]}:{view.channels[1]}]")
        if view.channels is not None:
            text += f".channels({view.channels[0]}, {view.channels[1]})"
        before, after = (
            [size_code(size, self._symbols) for size in widths or (0,) * rank] for widths in (view.before, view.after)
        )
        if {*before, *after} == {"0"}:
            return Code(f"{text}.inner")
        return Called(f"{text}.around", (Code(margins_code(before, after)),))

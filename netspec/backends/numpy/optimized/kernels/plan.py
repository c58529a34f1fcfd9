"""The plan of a program: its buffers, and the calls that run it."""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeAlias, TypeVar

import numpy as np

Made = TypeVar("Made")

Widths: TypeAlias = int | tuple[int, ...]
"""One number for all spatial axes, or one for each."""


def on_each_axis(widths: Widths, rank: int) -> tuple[int, ...]:
    """One number for each of `rank` spatial axes."""
    return (widths,) * rank if isinstance(widths, int) else widths


class Map(NamedTuple):
    """A planned value with zeros around it, for layers that read it with padding.

    `before` and `after` are the widths of the zeros on each spatial axis. The first
    and the last axis are not spatial: a map is (n, height, width, channels), or
    (channels, height, width, n).
    """

    whole: np.ndarray
    before: tuple[int, ...]
    after: tuple[int, ...]

    @property
    def inner(self) -> np.ndarray:
        """The value itself."""
        return self.around(0)

    def around(self, before: Widths, after: Widths | None = None) -> np.ndarray:
        """The value with so much of the zeros before it and after it.

        Without `after` it is alike on both sides.
        """
        rank = len(self.before)
        wanted = on_each_axis(before, rank)
        wanted_after = wanted if after is None else on_each_axis(after, rank)
        starts = (have - want for have, want in zip(self.before, wanted, strict=True))
        stops = (
            size - have + want
            for size, have, want in zip(
                self.whole.shape[1:-1], self.after, wanted_after, strict=True
            )
        )
        return self.whole[:, *map(slice, starts, stops)]

    def channels(self, start: int, stop: int) -> "Map":
        """Some of its channels, where these come last."""
        return Map(self.whole[..., start:stop], self.before, self.after)


class Plan:
    """Buffers for `n` examples, and the calls that run a program on them, in order.

    `shapes` are those of the inputs, and `prepared` is what plans of one network share.

    A buffer lies in a slot: memory that values share whose lives do not overlap. A plan
    is made twice: at first without `sizes`, to see how large each slot must be, then
    with them, in one piece of memory. So nothing is written before it runs.

    Steps move values by np.copyto, and compute by functions of NumPy on arrays that are
    contiguous and of one shape: on others these are several times slower, and allocate.
    """

    LINE = 64  # the bytes of a cache line
    SCRATCH = -1  # the slot of what a kernel needs only while it runs
    SPARE = -2  # the same for an activation, which works while a kernel runs

    def __init__(
        self,
        shapes: Mapping[str, tuple[int, ...]],
        weights: Mapping[str, np.ndarray],
        dtype: Any,
        prepared: dict[Any, Any],
        sizes: Mapping[int, int] | None = None,
    ) -> None:
        self.shapes = shapes
        self.n = min(shape[0] for shape in shapes.values())
        self.weights = weights
        self.dtype = np.dtype(dtype)
        self.steps: list[Callable[[], object]] = []
        self.entries: dict[str, np.ndarray] = {}
        self.exits: dict[str, np.ndarray] = {}
        self.sizes: dict[int, int] = {}
        self._prepared = prepared
        self._constants: dict[float, np.ndarray] = {}
        self._unit = self.LINE // self.dtype.itemsize
        self._slots: dict[int, np.ndarray] = {}
        if sizes is not None:
            starts = np.cumsum([0, *map(self._rounded, sizes.values())]).tolist()
            memory = np.empty(starts[-1] + self._unit, self.dtype)
            first = -memory.ctypes.data % self.LINE // self.dtype.itemsize
            for slot, start, size in zip(sizes, starts, sizes.values(), strict=False):
                self._slots[slot] = memory[first + start : first + start + size]

    def _rounded(self, size: int) -> int:
        return -(-size // self._unit) * self._unit

    def buffer(self, slot: int, shape: Sequence[int]) -> np.ndarray:
        """An array in a slot. What it holds is lost when the slot is used again."""
        size = math.prod(shape)
        self.sizes[slot] = max(self.sizes.get(slot, 0), size)
        memory = self._slots.get(slot)
        if memory is None:
            memory = np.empty(size, self.dtype)
        return memory[:size].reshape(shape)

    def scratch(self, *shapes: Sequence[int]) -> list[np.ndarray]:
        """Arrays for the steps of one kernel; the next gets the same memory."""
        sizes = [math.prod(shape) for shape in shapes]
        memory = self.buffer(self.SCRATCH, (sum(map(self._rounded, sizes)),))
        arrays, start = [], 0
        for shape, size in zip(shapes, sizes, strict=True):
            arrays.append(memory[start : start + size].reshape(shape))
            start += self._rounded(size)
        return arrays

    def spare(self, shape: Sequence[int]) -> np.ndarray:
        """An array for the steps of one activation."""
        return self.buffer(self.SPARE, shape)

    def map(
        self,
        slot: int,
        shape: Sequence[int],
        before: Widths = 0,
        after: Widths | None = None,
    ) -> Map:
        """A value in a slot, with zeros before it and after it.

        Without `after` they are alike on both sides.
        """
        first, *sizes, last = shape
        margins = on_each_axis(before, len(sizes))
        others = margins if after is None else on_each_axis(after, len(sizes))
        spans = list(zip(margins, sizes, others, strict=True))
        whole = self.buffer(slot, (first, *map(sum, spans), last))
        for axis, (margin, size, _) in enumerate(spans, 1):
            for zeros in np.split(whole, [margin, margin + size], axis)[::2]:
                if zeros.size:
                    self.do(zeros.fill, 0)
        return Map(whole, margins, others)

    def constant(self, value: float, shape: Sequence[int]) -> np.ndarray:
        """An array that holds `value` throughout, for all who want it."""
        size = math.prod(shape)
        if value not in self._constants or self._constants[value].size < size:
            self._constants[value] = np.full(size, value, self.dtype)
        return self._constants[value][:size].reshape(shape)

    def of_layer(self, layer: str) -> list[np.ndarray]:
        """The weights of a layer, in order."""
        names = (name for name in self.weights if name.rpartition(".")[0] == layer)
        return [self.weights[name] for name in names]

    def prepared(self, key: tuple[object, ...], make: Callable[[], Made]) -> Made:
        """What `make` makes of the weights, made once for all plans of a network."""
        if key not in self._prepared:
            self._prepared[key] = make()
        made: Made = self._prepared[key]
        return made

    def entry(self, name: str, array: np.ndarray) -> None:
        """Where an input is copied to before the steps, seen as (n, channels, ...)."""
        self.entries[name] = array

    def exit(self, name: str, array: np.ndarray) -> None:
        """Where an output is after the steps, seen as (n, channels, ...)."""
        self.exits[name] = array

    def do(
        self, function: Callable[..., object], *arguments: Any, **options: Any
    ) -> None:
        """Append a call to the steps."""
        self.steps.append(partial(function, *arguments, **options))

    def run(self, inputs: Mapping[str, np.ndarray]) -> None:
        """Run the steps on inputs of the plan's shapes; the outputs are the exits."""
        for name, entry in self.entries.items():
            np.copyto(entry, inputs[name])
        with np.errstate(all="ignore"):
            for step in self.steps:
                step()

"""Plan kernels by themselves: planned, run, and where their operands lie."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from netspec.backends.numpy.optimized.kernels.plan import Plan

OUTSIDE = 12345.0
"""What surrounds results; it must stay there."""


def run(
    make: Callable[[Plan], object], dtype: Any = np.float64, weights: Mapping[str, np.ndarray] | None = None
) -> Plan:
    """Plan as a network does, twice, and run the plan two times."""
    prepared: dict[Any, Any] = {}
    shapes = {"input": (1,)}
    draft = Plan(shapes, weights or {}, dtype, prepared)
    make(draft)
    plan = Plan(shapes, weights or {}, dtype, prepared, draft.sizes)
    make(plan)
    plan.run({})
    plan.run({})
    return plan


def channels_last(x: np.ndarray) -> np.ndarray:
    """The same values, contiguous with the channels last."""
    return np.ascontiguousarray(np.moveaxis(x, 1, -1))


def channels_first(x: np.ndarray) -> np.ndarray:
    """The same memory seen channels first."""
    return np.moveaxis(x, -1, 1)


def surrounded(x: np.ndarray, width: int) -> np.ndarray:
    """A channels-last array as a part of a larger one, in which it is surrounded by NaN."""
    whole = np.full([x.shape[0], *(size + 2 * width for size in x.shape[1:])], np.nan, x.dtype)
    inner = whole[:, *(slice(width, width + size) for size in x.shape[1:])]
    inner[...] = x
    return inner


@contextmanager
def place_for(shape: tuple[int, ...], width: int, dtype: Any = np.float64) -> Iterator[np.ndarray]:
    """A channels-last array for a result of a channels-first shape, and a check that nothing around it changes."""
    n, channels, *sizes = shape
    inner_shape = (n, *sizes, channels)
    whole = np.full([n, *(size + 2 * width for size in inner_shape[1:])], OUTSIDE, dtype)
    spans = tuple(slice(width, width + size) for size in inner_shape[1:])
    inner = whole[:, *spans]
    inner[...] = np.nan
    yield inner
    around = np.ones(whole.shape, bool)
    around[:, *spans] = False
    assert (whole[around] == OUTSIDE).all()

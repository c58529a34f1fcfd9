"""Steps that move values: into another order, or next to others."""

from collections.abc import Callable

import numpy as np

from netspec.backends.numpy.optimized.kernels.activations import copy_result
from netspec.backends.numpy.optimized.kernels.plan import Plan, Widths, on_each_axis


def channels_first(x: np.ndarray) -> np.ndarray:
    """The same memory seen as (n, channels, *sizes), of (n, *sizes, channels)."""
    return np.moveaxis(x, -1, 1)


def take_input(p: Plan, name: str, x: np.ndarray) -> None:
    """An input is copied into `x`."""
    p.entry(name, channels_first(x))


def give_output(p: Plan, name: str, x: np.ndarray) -> None:
    """An output is found in `x`."""
    p.exit(name, channels_first(x))


def copy_map(p: Plan, x: np.ndarray, out: np.ndarray) -> None:
    """The same values in another place."""
    p.do(np.copyto, out, x)


def flatten_into(p: Plan, x: np.ndarray, out: np.ndarray) -> None:
    """A map as a vector, channels first.

    Shapes: x (n, *sizes, channels), out (n, channels·sizes), contiguous.
    """
    first = channels_first(x)
    p.do(np.copyto, out.reshape(first.shape), first)


def repeat_nearest(p: Plan, x: np.ndarray, out: np.ndarray, scale: Widths) -> None:
    """Each value repeated along each axis.

    Shapes: x (n, *sizes, channels), out (n, *(sizes·scale), channels).
    """
    n, *sizes, channels = x.shape
    spread = [
        part
        for size, times in zip(sizes, on_each_axis(scale, len(sizes)), strict=True)
        for part in (size, times)
    ]
    once = [part for size in sizes for part in (size, 1)]
    split = out.reshape(n, *spread, channels)
    p.do(np.copyto, split, x.reshape(n, *once, channels))


def spread_channels(p: Plan, x: np.ndarray, out: np.ndarray, factor: int) -> None:
    """Pixel shuffle: groups of factor² channels laid out in space.

    Shapes: x (n, height, width, channels·factor²), out (n, height·factor, width·factor,
    channels).
    """
    n, height, width, _ = x.shape
    channels = out.shape[-1]
    split = out.reshape(n, height, factor, width, factor, channels)
    source = x.reshape(n, height, width, channels, factor, factor)
    p.do(np.copyto, split, source.transpose(0, 1, 4, 2, 5, 3))


def interleave_channels(p: Plan, x: np.ndarray, out: np.ndarray, groups: int) -> None:
    """Channel shuffle: the first of each group, then the second of each, and so on."""
    grouped = x.reshape(*x.shape[:-1], groups, -1).swapaxes(-1, -2)
    p.do(np.copyto, out.reshape(grouped.shape), grouped)


def readable(p: Plan, out: np.ndarray, kernel: Callable[[], np.ndarray]) -> None:
    """What a readable kernel gives, channels first, copied to where it belongs."""
    p.do(copy_result, channels_first(out), kernel)

"""Work cut into pieces whose data stays in cache."""

import math
from collections.abc import Iterator

import numpy as np

from netspec.backends.numpy.optimized.kernels.plan import Plan

MOST_VALUES = 1 << 14
"""The values of one array in an operation on several, which then stay in cache."""


def parts(count: int, most: int) -> Iterator[slice]:
    """Parts of at most `most` things, all of one size but the last."""
    size = -(-count // -(-count // max(most, 1)))
    for start in range(0, count, size):
        yield slice(start, min(start + size, count))


def blocks(n: int, rows: int, size: int, most: int) -> Iterator[tuple[slice, slice]]:
    """Pieces of `n` examples with `rows` rows each: which examples, and which rows.

    A row takes `size` values, a piece at most `most`, if a row fits: several whole
    examples, or some rows of one.
    """
    if rows * size <= most:
        for examples in parts(n, most // (rows * size)):
            yield examples, slice(0, rows)
    else:
        for example in range(n):
            for piece in parts(rows, most // size):
                yield slice(example, example + 1), piece


def areas(shape: tuple[int, ...]) -> list[tuple[slice, ...]]:
    """Pieces of an array that stay in cache, as indices.

    Shapes: (n, *sizes, channels), or (n, features).
    """
    n, *sizes, channels = shape
    if not sizes:
        return [(part,) for part in parts(n, MOST_VALUES // channels)]
    return list(blocks(n, sizes[0], math.prod(sizes[1:]) * channels, MOST_VALUES))


def size_of(part: slice) -> int:
    """How many there are in a part."""
    return int(part.stop - part.start)


def by_pieces(
    p: Plan, inputs: tuple[np.ndarray, ...], out: np.ndarray, rooms: int = 0
) -> Iterator[tuple[np.ndarray, ...]]:
    """Contiguous arrays, piece by piece: of inputs, `rooms` for scratch, of the result.

    What the caller makes there of the result is copied to `out`. An input has its
    shape, or is repeated along axes where it has one place, or is one value a channel.
    """
    pieces = areas(out.shape)
    most = max(out[piece].size for piece in pieces)
    spaces = p.scratch(*[(most,)] * (len(inputs) + rooms + 1))
    for x, space in zip(inputs, spaces, strict=False):
        if x.ndim == 1:
            p.do(np.copyto, space.reshape(-1, x.size), x)
    for piece in pieces:
        target = out[piece]
        tiles = [space[: target.size].reshape(target.shape) for space in spaces]
        for place, x in enumerate(inputs):
            if x.ndim > 1:
                tiles[place] = contiguous(
                    p, np.broadcast_to(x, out.shape)[piece], tiles[place]
                )
        if target.flags.c_contiguous:
            tiles[-1] = target
        yield tuple(tiles)
        if not target.flags.c_contiguous:
            p.do(np.copyto, target, tiles[-1])


def contiguous(p: Plan, x: np.ndarray, room: np.ndarray) -> np.ndarray:
    """An array itself, if it is contiguous, or else its copy in `room`."""
    if x.flags.c_contiguous:
        return x
    p.do(np.copyto, room, x)
    return room

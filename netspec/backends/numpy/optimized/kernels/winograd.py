"""Convolutions of 3x3 by Winograd's minimal filtering."""

import numpy as np
from numpy.lib.stride_tricks import as_strided

from netspec.backends.numpy.optimized.kernels.activations import InPlace, no_activation
from netspec.backends.numpy.optimized.kernels.blocks import blocks, size_of
from netspec.backends.numpy.optimized.kernels.filters import Filters
from netspec.backends.numpy.optimized.kernels.plan import Plan
from netspec.backends.numpy.optimized.kernels.products import filter_blocks, multiply

LARGE_TILES = 1 << 19
"""The values that a piece of a convolution has before and after its products."""


def winograd_conv(
    p: Plan,
    x: np.ndarray,
    out: np.ndarray,
    filters: Filters,
    tile: int,
    activation: InPlace = no_activation,
    plus: np.ndarray | None = None,
    pool: bool = False,
) -> None:
    """A convolution of 3x3 with stride 1, by F(2x2, 3x3) or F(4x4, 3x3).

    A tile of outputs takes (tile + 2)² multiplications for each channel and filter,
    where summing windows takes (3·tile)². Both transforms are matrix products; a last
    column of the second adds the bias. `plus` is added before the activation; with
    `pool`, a maxpool of 2x2 comes first.

    Shapes: x (n, tile·rows + 2, tile·columns + 2, channels) or a bit more, with zeros
    where tiles reach over the map; out and plus (n, height, width, filters).
    """
    n, height, width, channels = x.shape
    count, side = len(filters.weight), tile + 2
    spots, results = side * side, tile * tile
    rows, columns = (height - 2) // tile, (width - 2) // tile
    before, weight, after, bias = p.prepared(
        ("winograd", filters.name, tile, pool),
        lambda: winograd_weights(p, filters, tile, pool),
    )

    most = max(LARGE_TILES, 2 * weight.size)  # weights are read no more often than data
    pieces = list(blocks(n, rows, columns * spots * (channels + count), most))
    sizes = sorted(
        {columns * size_of(some) * size_of(lines) for some, lines in pieces},
        reverse=True,
    )
    largest = sizes[0]
    inputs, transformed, outputs, terms, *products = p.scratch(
        (largest, spots, channels),
        (spots * largest * channels,),
        (results * largest * count,),
        (results * largest * count if plus is not None else 0,),
        *((spots + 1, size, count) for size in sizes),
    )
    for found in products:
        p.do(np.copyto, found[spots], bias)

    first, *steps, last = x.strides
    apart = (first, *(tile * step for step in steps), *steps, last)
    for some, lines in pieces:
        shape = (size_of(some), size_of(lines), columns)
        size = shape[0] * shape[1] * columns
        found = products[sizes.index(size)]
        windows = as_strided(
            x[some, lines.start * tile :], (*shape, side, side, channels), apart
        )
        spread = transformed[: spots * size * channels].reshape(spots, size, channels)
        y = outputs[: results * size * count].reshape(results, size, count)

        p.do(np.copyto, inputs[:size].reshape(windows.shape), windows)
        p.do(np.matmul, before, inputs[:size], out=spread.swapaxes(0, 1))
        multiply(p, spread, weight, found[:spots])
        p.do(np.matmul, after, found.swapaxes(0, 1), out=y.swapaxes(0, 1))
        edge = tile
        if pool:
            edge = tile // 2
            corners = y.reshape(4, -1)
            for corner in corners[1:]:
                p.do(np.maximum, corners[0], corner, out=corners[0])
            y = y[: results // 4]
        if plus is not None:
            term = terms[: y.size].reshape(y.shape)
            place_tiles(p, term, plus[some], shape, edge, lines.start, gather=True)
            p.do(np.add, y, term, out=y)
        activation(p, y)
        place_tiles(p, y, out[some], shape, edge, lines.start, gather=False)


def place_tiles(
    p: Plan,
    tiles: np.ndarray,
    area: np.ndarray,
    shape: tuple[int, int, int],
    tile: int,
    first: int,
    gather: bool,
) -> None:
    """Copy tiles to where they belong in a map, or what is there into the tiles.

    They are cut where they reach over the map's edges.

    Shapes: tiles (tile², n·rows·columns, channels) with `shape` (n, rows, columns), the
    rows counted from `first`; area (n, height, width, channels).
    """
    _, rows, columns = shape
    _, height, width, channels = area.shape
    split = tiles.reshape(tile, tile, *shape, channels).transpose(2, 3, 0, 4, 1, 5)
    for top, bottom, high in whole_and_cut(first, first + rows, tile, height):
        for left, right, wide in whole_and_cut(0, columns, tile, width):
            some = split[:, top - first : bottom - first, :high, left:right, :wide]
            place = area[
                :,
                top * tile : (bottom - 1) * tile + high,
                left * tile : (right - 1) * tile + wide,
            ].reshape(some.shape)
            p.do(np.copyto, *((some, place) if gather else (place, some)))


def whole_and_cut(
    start: int, stop: int, tile: int, size: int
) -> list[tuple[int, int, int]]:
    """The tiles that are whole, and the one that is not: start, stop and width."""
    full = max(start, min(stop, size // tile))
    pieces = [(start, full, tile), (full, full + 1, size - full * tile)]
    return [
        piece for piece in pieces if piece[0] < min(piece[1], stop) and piece[2] > 0
    ]


def winograd_weights(
    p: Plan, filters: Filters, tile: int, pool: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The inputs' transform, transformed filters, the products' transform, the bias.

    With `pool`, the results of a tile are put in another order: first those that are in
    the upper left of a window, then those in the upper right, and so on.
    """
    count, channels = filters.weight.shape[:2]
    before, middle, after = (np.kron(matrix, matrix) for matrix in WINOGRAD[tile])
    kernels = filters.weight.transpose(2, 3, 1, 0).reshape(9, channels * count)
    weight = filters.scaled((middle @ kernels).reshape(1, -1, channels, count))[0]
    if pool:
        places = np.arange(tile * tile).reshape(tile // 2, 2, tile // 2, 2)
        after = after[places.transpose(1, 3, 0, 2).reshape(-1)]
    after = np.concatenate([after, np.ones((len(after), 1))], 1)
    bias = filters.total_bias()
    return (
        before.astype(p.dtype),
        filter_blocks(weight.astype(p.dtype)),
        after.astype(p.dtype),
        np.zeros(count, p.dtype) if bias is None else bias.astype(p.dtype),
    )


WINOGRAD = {
    2: (
        np.array([[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]]),
        np.array([[2, 0, 0], [1, 1, 1], [1, -1, 1], [0, 0, 2]]) / 2,
        np.array([[1, 1, 1, 0], [0, 1, -1, -1]]),
    ),
    4: (
        np.array(
            [
                [4, 0, -5, 0, 1, 0],
                [0, -4, -4, 1, 1, 0],
                [0, 4, -4, -1, 1, 0],
                [0, -2, -1, 2, 1, 0],
                [0, 2, -1, -2, 1, 0],
                [0, 4, 0, -5, 0, 1],
            ]
        ),
        np.array(
            [[6, 0, 0], [-4, -4, -4], [-4, 4, -4], [1, 2, 4], [1, -2, 4], [0, 0, 24]]
        )
        / 24,
        np.array(
            [
                [1, 1, 1, 1, 1, 0],
                [0, 1, -1, 2, -2, 0],
                [0, 1, 1, 4, 4, 0],
                [0, 1, -1, 8, -8, 1],
            ]
        ),
    ),
}
"""For tiles of 2 and of 4 outputs, what transforms inputs, filters and products on one
axis. Source: Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2015,
where they are called Bᵀ, G and Aᵀ.
"""

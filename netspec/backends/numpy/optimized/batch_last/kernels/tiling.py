"""How a convolution with the batch last becomes one matrix product a row of outputs."""

import itertools
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided


class Tiling(NamedTuple):
    """A convolution as matrix products, each of which makes a row of outputs.

    A product computes `tile` neighbouring columns at once. For them it sees, in each of
    `span` rows of inputs, the columns at `offsets` from the first. These columns, all
    channels of each, and a one for the bias are a slab. The slabs of neighbouring rows
    lie one after another, so that what a row of outputs sees is a matrix as it is.

    `size`: the rows of outputs, and the tiles in each. `margin`: how far the first
    windows begin above and left of the input.

    Shapes: slabs (seen, slab, tiles, n), matrix (tile · filters, span · slab).
    """

    channels: int
    filters: int
    kernel: tuple[int, int]
    size: tuple[int, int]
    tile: int
    stride: tuple[int, int]
    dilation: tuple[int, int]
    groups: int
    margin: tuple[int, int]

    @property
    def span(self) -> int:
        return self.dilation[0] * (self.kernel[0] - 1) + 1

    @property
    def seen(self) -> int:
        """The rows of inputs that the outputs see, margin included."""
        return self.stride[0] * (self.size[0] - 1) + self.span

    @property
    def offsets(self) -> list[int]:
        kernel = range(0, self.kernel[1] * self.dilation[1], self.dilation[1])
        return sorted(
            {t * self.stride[1] + k for t in range(self.tile) for k in kernel}
        )

    @property
    def slab(self) -> int:
        return len(self.offsets) * self.channels + 1

    @property
    def matrix_shape(self) -> tuple[int, int]:
        return self.products, self.span * self.slab

    @property
    def products(self) -> int:
        """The results of one product: the filters at each column of the tile."""
        return self.tile * self.filters

    def places(self) -> tuple[np.ndarray, np.ndarray]:
        """Where the matrix, as one row, has each weight and each bias.

        Shapes: (tile, filters, channels / groups, *kernel), (tile, filters).
        """
        column, f, c, y, x = np.ix_(
            np.arange(self.tile),
            np.arange(self.filters),
            np.arange(self.channels // self.groups),
            np.arange(self.kernel[0]) * self.dilation[0],
            np.arange(self.kernel[1]) * self.dilation[1],
        )
        start = (column * self.filters + f) * self.span * self.slab
        channel = (
            f // (self.filters // self.groups) * (self.channels // self.groups) + c
        )
        offset = np.searchsorted(self.offsets, column * self.stride[1] + x)
        weights = start + y * self.slab + offset * self.channels + channel
        return weights, start[:, :, 0, 0, 0] + self.slab - 1

    def rows(self, height: int) -> tuple[slice, slice]:
        """The rows of slabs that are no margin, and the rows of the input they see."""
        start = self.margin[0]
        stop = max(start, min(start + height, self.seen))
        return slice(start, stop), slice(0, stop - start)

    def seen_by(self, row: int) -> tuple[int, int]:
        """The first and the last row of outputs that see a row of slabs."""
        step, span = self.stride[0], self.span
        return max(0, -((span - 1 - row) // step)), min(self.size[0] - 1, row // step)

    def columns(self, width: int) -> Iterator[tuple[slice, slice, int, int]]:
        """The parts of the slabs that are no margin.

        Yields the range of offsets, that of tiles, the first column of the input that
        they see, and how many columns further the next tile is.
        """
        step, offsets = self.tile * self.stride[1], self.offsets

        def tiles_inside(place: int) -> tuple[int, int, int]:
            first = offsets[place] - self.margin[1]
            stop = min(self.size[1], (width - 1 - first) // step + 1)
            return max(0, -(first // step)), stop, offsets[place] - place

        for (start, stop, _), group in itertools.groupby(
            range(len(offsets)), tiles_inside
        ):
            places = list(group)
            if start < stop:
                column = offsets[places[0]] - self.margin[1] + start * step
                span = slice(places[0], places[-1] + 1)
                yield span, slice(start, stop), column, step


def overlapping_rows(slabs: np.ndarray, rows: int, count: int, step: int) -> np.ndarray:
    """`rows` matrices of `count` slabs each; the next begins `step` slabs further.

    Shapes: slabs (seen, slab, ...); result (rows, count · slab, the rest as one axis).
    """
    columns = int(np.prod(slabs.shape[2:]))
    shape = rows, count * slabs.shape[1], columns
    strides = step * slabs.strides[0], slabs.strides[1], slabs.itemsize
    return as_strided(slabs, shape, strides)

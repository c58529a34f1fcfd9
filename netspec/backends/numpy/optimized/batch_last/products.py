"""A convolution with the batch last, in numbers: its matrix products and what they cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from netspec.backends.numpy.optimized.batch_last.stages import Stage, Unsuited
from netspec.ir import ShapedNode
from netspec.layers import Conv, Depthwise
from netspec.layers.window import same_padding
from netspec.sizes import Shape, fixed, format_shape


@dataclass(frozen=True, slots=True)
class Products:
    """The products of a convolution, one for each row of outputs, as the kernel `batch_last_conv` makes them.

    A product computes `tile` columns at once, in `tiles` places of a row. Of each of `span` rows of inputs it sees
    `columns` columns. A map of one axis is one row. `rows` and `tiles` leave out what a pooling does not look at.
    """

    channels: int
    filters: int
    kernel: tuple[int, int]
    stride: tuple[int, int]
    dilation: tuple[int, int]
    margin: tuple[int, int]
    window: tuple[int, int] | None
    rows: int
    tiles: int

    @property
    def tile(self) -> int:
        """The columns of outputs that are computed at once."""
        return 1 if self.window is None else self.window[1]

    @property
    def columns(self) -> int:
        """The columns of inputs that a tile sees."""
        (_, step), (_, wide), (_, apart) = self.stride, self.kernel, self.dilation
        return len({column * step + k * apart for column in range(self.tile) for k in range(wide)})

    @property
    def inputs(self) -> int:
        """The columns of the matrix: what one output could see, and a one for the bias with each row."""
        return (self.dilation[0] * (self.kernel[0] - 1) + 1) * (self.columns * self.channels + 1)

    @property
    def each(self) -> int:
        """The multiplications of one product, for one example."""
        return self.tile * self.filters * self.inputs * self.tiles

    @property
    def values(self) -> int:
        """The results of all products, for one example."""
        return self.rows * self.tiles * self.tile * self.filters

    @property
    def copies(self) -> float:
        """How often each input is copied, margins aside."""
        return self.columns / (self.tile * self.stride[1])


def products(stage: Stage) -> Products:
    """The products of a stage that begins with a convolution. Raises :class:`Unsuited` for maps of three axes."""
    node, layer = stage.main, stage.main.layer
    assert isinstance(layer, (Conv, Depthwise))
    channels, *sizes = numbers(node.input_shapes[0])
    if len(sizes) > 2:
        raise Unsuited(f"the maps of {node.name} have {len(sizes)} axes")
    rows, tiles = pair(numbers(node.output)[1:], 1)
    window = None
    if stage.pool is not None and stage.window is not None:
        high, _ = window = pair(stage.window, 1)
        pooled_rows, tiles = pair(numbers(stage.pool.output)[1:], 1)
        rows = pooled_rows * high
    return Products(
        channels,
        numbers(node.output)[0],
        pair(layer.kernel, 1),
        pair(layer.stride, 1),
        pair(layer.dilation, 1),
        pair(_margin(layer, sizes), 0),
        window,
        rows,
        tiles,
    )


def pair(values: Sequence[int], one: int) -> tuple[int, int]:
    """A number for rows and one for columns; `one` for the rows of maps that have columns alone."""
    high, wide = (one, *values)[-2:]
    return high, wide


def numbers(shape: Shape) -> tuple[int, ...]:
    """The sizes of a shape. Raises :class:`Unsuited` where one is open."""
    sizes = fixed(shape)
    if sizes is None:
        raise Unsuited(f"its sizes are open: {format_shape(shape)}")
    return sizes


def _margin(layer: Conv | Depthwise, sizes: Sequence[int]) -> tuple[int, ...]:
    """How far the first windows lie before the map."""
    if layer.padding != "same":
        return layer.padding
    axes = zip(sizes, layer.kernel, layer.stride, layer.dilation, strict=True)
    paddings = (same_padding(*axis) for axis in axes)
    return tuple(padding // 2 for padding in paddings if isinstance(padding, int))


def macs(node: ShapedNode) -> int:
    """The multiplications that a layer has by definition, for one example."""
    (count,) = numbers((node.macs,))
    return count


def groups(node: ShapedNode) -> int:
    """The groups of a convolution."""
    layer = node.layer
    if isinstance(layer, Depthwise):
        return numbers(node.input_shapes[0])[0]
    return layer.groups if isinstance(layer, Conv) else 1

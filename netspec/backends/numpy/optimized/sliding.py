"""The choice of a kernel for each convolution, and why: by Winograd, from a matrix of windows, channel by channel."""

from __future__ import annotations

import math
from collections.abc import Iterator

from netspec.backends.numpy.optimized.endings import computed, differing, filters_code
from netspec.backends.numpy.optimized.grouping import Group
from netspec.backends.numpy.optimized.tasks import Compute, Place, Reading
from netspec.layers import Conv, ConvTranspose, Depthwise
from netspec.layers.arguments import value_text
from netspec.layers.base import channels
from netspec.layers.window import same_padding
from netspec.sizes import Shape, format_shape

FEWEST_CHANNELS = 16
"""Below this, Winograd's transforms cost more than its products save."""

LARGE_MAP = 20
"""From this size on F(4x4, 3x3) is faster; below it F(2x2, 3x3), whose weights take less than half of the memory."""

SMALLEST_MAP = 4
"""Below this, most of a tile would lie outside of the map."""

FILTERS = frozenset({"filters"})
"""The function that gives a layer's weights."""


def transposed(group: Group, layer: ConvTranspose) -> Compute:
    """The task of a transposed convolution."""
    (shape,) = group.main.input_shapes
    window = zip(layer.kernel, layer.stride, layer.padding, layer.dilation, strict=True)
    before, after = [], []
    for axis, size, output in zip(window, shape[1:], group.main.output[1:], strict=True):
        kernel, stride, padding, dilation = axis
        # The first output sees inputs before the map, the last ones after it.
        before.append((dilation * (kernel - 1) - padding) // stride)
        after.append((output - 1 + padding) // stride + 1 - size)
    origin = tuple(max(0, width) for width in before)
    depth, several = channels(layer, shape), math.prod(layer.stride)
    kinds = f"{several} ordinary convolutions of {depth} channels, for each {value_text(layer.stride)} outputs"
    options = differing(
        stride=(layer.stride, 1),
        padding=(layer.padding, 0),
        dilation=(layer.dilation, 1),
        groups=(layer.groups, 1),
        origin=(origin, 0),
    )
    return computed(
        group,
        "transposed_conv",
        "matrix of windows",
        f"{_window(layer)}, stride {value_text(layer.stride)}: {kinds}",
        Reading(group.main.inputs[0], origin, tuple(after)),
        Place.OUTPUT,
        filters_code(group),
        options=options,
        needs=FILTERS,
    )


def convolution(group: Group, layer: Conv | Depthwise) -> Compute:
    """The task of a convolution."""
    (shape,) = group.main.input_shapes
    depth = channels(layer, shape)
    groups = layer.groups if isinstance(layer, Conv) else depth
    if groups == depth > 1:
        return _by_slices(group, layer, shape)
    if group.pool is None and groups == 1 and _is_plain(layer):
        return computed(
            group,
            "pointwise_conv",
            "product",
            f"{_window(layer)}: at each place {depth} channels times {group.main.output[0]} filters, without copying",
            Reading(group.main.inputs[0]),
            Place.OUTPUT,
            filters_code(group),
            needs=FILTERS,
        )
    obstacle = _obstacle(group, layer, groups)
    if obstacle is None:
        return _by_winograd(group, layer, shape)
    before, after = margins(layer, shape)
    values = math.prod(layer.kernel) * depth // groups
    several = f" in {groups} groups" if groups > 1 else ""
    return computed(
        group,
        "im2col_conv",
        "matrix of windows",
        f"{obstacle}: rows of {values} values{several} times {group.main.output[0]} filters",
        Reading(group.main.inputs[0], before, after),
        Place.OUTPUT,
        filters_code(group),
        options=differing(stride=(layer.stride, 1), dilation=(layer.dilation, 1), groups=(groups, 1)),
        needs=FILTERS,
    )


def _by_slices(group: Group, layer: Conv | Depthwise, shape: Shape) -> Compute:
    before, after = margins(layer, shape)
    return computed(
        group,
        "depthwise_conv",
        "slices",
        f"{_window(layer)} on each channel by itself: {math.prod(layer.kernel)} slices times factors, added up",
        Reading(group.main.inputs[0], before, after),
        Place.OUTPUT,
        filters_code(group),
        options=differing(stride=(layer.stride, 1), dilation=(layer.dilation, 1)),
        needs=FILTERS,
    )


def _by_winograd(group: Group, layer: Conv | Depthwise, shape: Shape) -> Compute:
    """By F(tile x tile, 3x3): the zeros after the map also fill its last tiles."""
    sizes = _results(group)
    least = min((size for size in sizes if isinstance(size, int)), default=LARGE_MAP)
    tile = 4 if least >= LARGE_MAP else 2
    before, _ = margins(layer, shape)
    # Of a size left open it is not known how far the last tile reaches; more zeros do no harm.
    after = tuple(
        (result + tile - 1) // tile * tile + 2 - size - margin if isinstance(size, int) else margin + tile - 1
        for result, size, margin in zip(sizes, shape[1:], before, strict=True)
    )
    spots, results = (tile + 2) ** 2, tile**2
    return computed(
        group,
        "winograd_conv",
        f"Winograd F({tile}x{tile}, 3x3)",
        f"{spots} multiplications for {results} results, not {9 * results}, on {format_shape(sizes)}",
        Reading(group.main.inputs[0], before, after),
        Place.OUTPUT,
        filters_code(group),
        options={"tile": tile},
        needs=FILTERS,
    )


def _obstacle(group: Group, layer: Conv | Depthwise, groups: int) -> str | None:
    """What keeps a convolution from Winograd's algorithm."""
    sizes = _results(group)
    words = [_window(layer)]
    words += [f"{name} {value_text(value)}" for name, value in _unusual(layer)]
    if len(words) > 1 or layer.kernel != (3, 3):
        return ", ".join(words)
    if groups > 1:
        return f"{_window(layer)}, in groups"
    fewest = min(channels(layer, group.main.input_shapes[0]), *group.main.weights[0].shape[:1])
    if fewest < FEWEST_CHANNELS:
        return f"{_window(layer)}, with {fewest} channels too few for Winograd"
    if any(isinstance(size, int) and size < SMALLEST_MAP for size in sizes):
        return f"{_window(layer)}, a map of {format_shape(sizes)} too small for Winograd"
    return None


def _unusual(layer: Conv | Depthwise) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Stride and dilation, if they are not 1."""
    for name, value in (("stride", layer.stride), ("dilation", layer.dilation)):
        if set(value) != {1}:
            yield name, value


def _results(group: Group) -> Shape:
    """The size of the convolution's own result."""
    return group.main.output[1:]


def _is_plain(layer: Conv | Depthwise) -> bool:
    return {*layer.kernel} == {*layer.stride} == {1} and (layer.padding == "same" or not any(layer.padding))


def _window(layer: Conv | Depthwise | ConvTranspose) -> str:
    return value_text(layer.kernel)


def margins(layer: Conv | Depthwise, shape: Shape) -> tuple[Shape, Shape]:
    """The zeros before and after each axis that a convolution wants."""
    if layer.padding != "same":
        return layer.padding, layer.padding
    axes = zip(shape[1:], layer.kernel, layer.stride, layer.dilation, strict=True)
    totals = [same_padding(*axis) for axis in axes]
    return tuple(total // 2 for total in totals), tuple(total - total // 2 for total in totals)

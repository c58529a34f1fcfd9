"""Transposed convolutions as several ordinary ones."""

from functools import partial
from itertools import product

import numpy as np

from netspec.backends.numpy.optimized.kernels.activations import InPlace, no_activation
from netspec.backends.numpy.optimized.kernels.blocks import by_pieces
from netspec.backends.numpy.optimized.kernels.convolutions import (
    im2col_weights,
    multiply_windows,
)
from netspec.backends.numpy.optimized.kernels.filters import Filters
from netspec.backends.numpy.optimized.kernels.plan import Plan, Widths, on_each_axis
from netspec.backends.numpy.optimized.kernels.windows import window_view


def transposed_conv(
    p: Plan,
    x: np.ndarray,
    out: np.ndarray,
    filters: Filters,
    stride: Widths = 1,
    padding: Widths = 0,
    dilation: Widths = 1,
    groups: int = 1,
    origin: Widths = 0,
    activation: InPlace = no_activation,
) -> None:
    """A transposed convolution as one ordinary convolution for every stride-th output.

    Only some positions of the kernel reach an output: those whose distance to it is a
    multiple of the stride. For outputs that are the stride apart they are the same.

    Shapes: x (n, *in, channels) with zeros around it, `origin` of them before the map;
    out (n, *out, filters).
    """
    kernel = filters.weight.shape[2:]
    strides, margins, dilations, origins = (
        on_each_axis(widths, len(kernel))
        for widths in (stride, padding, dilation, origin)
    )
    for phase in product(*map(range, strides)):
        target = out[
            :, *(slice(r, None, s) for r, s in zip(phase, strides, strict=True))
        ]
        if not target.size:
            continue
        axes = zip(phase, kernel, strides, margins, dilations, strict=True)
        reaching = [reaching_positions(*axis) for axis in axes]
        if not all(reaching):
            fill_with_bias(p, target, filters, activation)
            continue
        weight = p.prepared(
            ("transposed", filters.name, phase),
            partial(phase_weights, p, filters, groups, reaching),
        )
        starts = [
            slice(first + positions[0][1], None)
            for first, positions in zip(origins, reaching, strict=True)
        ]
        steps = tuple(
            positions[1][1] - positions[0][1] if len(positions) > 1 else 1
            for positions in reaching
        )
        smaller = tuple(map(len, reaching))
        windows = window_view(x[:, *starts], smaller, 1, steps, groups)
        windows = windows[:, :, *map(slice, target.shape[1:-1])]
        multiply_windows(p, windows, weight, target, activation)


def reaching_positions(
    output: int, kernel: int, stride: int, padding: int, dilation: int
) -> list[tuple[int, int]]:
    """Which positions in a kernel reach an output, and from which input, on one axis.

    The inputs are in order. For the output that is `stride` further on they are all 1
    further on.
    """
    found = []
    for position in reversed(range(kernel)):
        distance = output + padding - dilation * position
        if distance % stride == 0:
            found.append((position, distance // stride))
    return found


def phase_weights(
    p: Plan, filters: Filters, groups: int, reaching: list[list[tuple[int, int]]]
) -> np.ndarray:
    """The positions that reach some outputs, as filters of an ordinary convolution."""
    few = filters.weight.shape[1]
    weight = filters.weight
    for axis, positions in enumerate(reaching, 2):
        weight = weight.take([position for position, _ in positions], axis)
    channels, kernel = len(weight), weight.shape[2:]
    weight = weight.reshape(groups, channels // groups, few, *kernel).swapaxes(1, 2)
    weight = weight.reshape(groups * few, channels // groups, *kernel)
    return im2col_weights(p, filters._replace(weight=weight), groups)


def fill_with_bias(
    p: Plan, out: np.ndarray, filters: Filters, activation: InPlace
) -> None:
    """Outputs that no input reaches."""
    bias = filters.total_bias()
    if bias is None:
        bias = np.zeros(out.shape[-1])
    for value, y in by_pieces(p, (bias.astype(p.dtype),), out):
        p.do(np.copyto, y, value)
        activation(p, y)

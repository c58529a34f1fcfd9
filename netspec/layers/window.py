"""Sliding windows: the output-size formula, written once, and the check that a window fits."""

from __future__ import annotations

from netspec.diagnostics.codes import Code
from netspec.layers.arguments import value_text
from netspec.layers.base import Layer, Misfit
from netspec.layers.formula import Minimum, Number, Sizing, Term, Variable, evaluate, render
from netspec.layers.reach import Reach, sliding, whole
from netspec.sizes import Shape, Size, format_shape, holds

IN = Variable("in")
KERNEL = Variable("kernel")
STRIDE = Variable("stride")
PADDING = Variable("padding")
DILATION = Variable("dilation")
OUTPUT_PADDING = Variable("output_padding")

EXTENT: Term = DILATION * (KERNEL - 1) + 1
"""How many inputs a window spans."""

FORWARD: Term = (IN + Number(2) * PADDING - DILATION * (KERNEL - 1) - 1) // STRIDE + 1
"""Convolution and pooling. Source: PyTorch, Conv2d; Dumoulin and Visin, "A guide to convolution arithmetic", 2016."""

CEILING: Term = Minimum(
    (IN + Number(2) * PADDING - DILATION * (KERNEL - 1) - 1 + STRIDE - 1) // STRIDE + 1,
    (IN + PADDING - 1) // STRIDE + 1,
)
"""Pooling with ``ceil=true``: the last window starts inside the input or its left padding. Source: PyTorch, Pool.h."""

SAME: Term = (IN + STRIDE - 1) // STRIDE
"""``padding=same``: ⌈in / stride⌉, as in TensorFlow."""

TRANSPOSED: Term = (IN - 1) * STRIDE - Number(2) * PADDING + DILATION * (KERNEL - 1) + OUTPUT_PADDING + 1
"""The input size that FORWARD maps to `in`. Source: PyTorch, ConvTranspose2d."""


def slide(layer: Layer, shape: Shape, sizing: Sizing) -> Shape:
    """The spatial sizes that a formula gives on each axis. Raises :class:`Misfit` where one is below 1."""
    sizes: list[Size] = []
    before: dict[str, Size] = {}
    for axis, size in enumerate(shape[1:]):
        values = sizing.values(axis, size)
        if values == before:  # nearly every window is square, as is what it looks at
            sizes.append(sizes[-1])
            continue
        before = values
        out = evaluate(sizing.formula, values)
        if holds(out, ">=", 1) is False:
            kernel, padding = sizing.arguments["kernel"], sizing.arguments.get("padding", (0,))
            raise _too_large(layer, shape, sizing.formula, values, out, kernel, padding)
        sizes.append(out)
    return tuple(sizes)


def _too_large(
    layer: Layer,
    shape: Shape,
    formula: Term,
    values: dict[str, Size],
    out: Size,
    kernel: tuple[int, ...],
    padding: tuple[int, ...],
) -> Misfit:
    what = f"the {value_text(kernel)} window of `{layer.kind}`"
    if formula is TRANSPOSED:
        message = (
            f"{what} leaves nothing of its input {format_shape(shape)}: padding={value_text(padding)} removes it all"
        )
    else:
        padded = f", even with padding={value_text(padding)}" if any(padding) else ""
        message = f"{what} does not fit into its input {format_shape(shape)}{padded}"
    return Misfit(Code.WINDOW_TOO_LARGE, message, caption=f"{render(formula, values)} = {out}")


def window_reaches(
    kernel: tuple[int, ...], stride: tuple[int, ...], padding: tuple[int, ...], dilation: tuple[int, ...]
) -> tuple[Reach, ...]:
    """How a sliding window looks at each axis."""
    axes = zip(kernel, stride, padding, dilation, strict=True)
    return tuple(sliding(d * (k - 1) + 1, s, p) for k, s, p, d in axes)


def same_padding(size: Size, kernel: int, stride: int, dilation: int) -> Size:
    """The whole padding of an axis under ``padding=same``; half goes before, the rest after. Zero if none is needed."""
    values = {"in": size, "kernel": kernel, "stride": stride, "dilation": dilation}
    total = (evaluate(SAME, values) - 1) * stride + evaluate(EXTENT, values) - size
    return 0 if holds(total, "<", 0) else total


def whole_map(shape: Shape) -> tuple[Reach, ...]:
    """How a layer looks at each axis where every output sees all of it."""
    return tuple(whole(size) for size in shape[1:])

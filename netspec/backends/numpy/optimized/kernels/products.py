"""Matrix products in blocks that BLAS is fast on."""

from itertools import pairwise

import numpy as np

from netspec.backends.numpy.optimized.kernels.blocks import parts
from netspec.backends.numpy.optimized.kernels.plan import Plan

SMALL_PRODUCT = 1_000_000
"""The multiplications up to which OpenBLAS computes a product without first copying its
operands into another order. Source: OpenBLAS, sgemm_small_matrix_permit.
"""


def filter_blocks(weight: np.ndarray) -> np.ndarray:
    """The right side of products, cut into blocks of columns.

    Shapes: weight (..., inputs, filters); result (..., blocks, inputs, width).
    """
    *batch, inputs, filters = weight.shape
    widest = 32 if 128 < inputs < SMALL_PRODUCT // 1024 else 64
    width = max(size for size in range(1, widest + 1) if filters % size == 0)
    if width < 16:
        width = filters
    blocks = weight.reshape(*batch, inputs, filters // width, width)
    return np.ascontiguousarray(np.swapaxes(blocks, -3, -2))


def multiply(p: Plan, x: np.ndarray, blocks: np.ndarray, out: np.ndarray) -> None:
    """out = x @ weight, for a weight in blocks of columns.

    Shapes: x (..., rows, inputs), blocks (..., blocks, inputs, width), out (..., rows,
    filters).
    """
    *batch, rows, inputs = x.shape
    count, _, width = blocks.shape[-3:]
    most = SMALL_PRODUCT // (inputs * width)
    size = next(parts(rows, most if most >= 16 else rows)).stop
    whole = rows - rows % size
    for start, stop in ((0, whole), (whole, rows)):
        if start < stop:
            shape = (-1, min(size, stop - start))
            left = x[..., start:stop, :].reshape(*batch, *shape, 1, inputs)
            right = out[..., start:stop, :].reshape(*batch, *shape, count, width)
            p.do(
                np.matmul,
                np.swapaxes(left, -3, -2),
                np.expand_dims(blocks, -4),
                out=np.swapaxes(right, -3, -2),
            )


def as_matrix(x: np.ndarray) -> np.ndarray | None:
    """The same memory as (rows, channels), if its rows are equally spaced."""
    spaced = [
        (size, step)
        for size, step in zip(x.shape[:-1], x.strides[:-1], strict=True)
        if size > 1
    ]
    for (_, step), (inner_size, inner_step) in pairwise(spaced):
        if step != inner_size * inner_step:
            return None
    return x.reshape(-1, x.shape[-1])

"""Sizes: integers, and exact functions of a symbol such as the H of ``input 3 x H x W``.

A size that reaches a layer through convolutions and poolings is *quasi-affine* in its symbol: with a period L it is
an affine function of q on each residue class H = L·q + r. Such functions are closed under ``+``, ``·k`` and ``//k``,
so a shape rule written once for integers gives the exact formula for a symbol. Products of sizes (after ``flatten``)
and their sums are kept as they are.
"""

from netspec.sizes.arithmetic import (
    MAX_PERIOD,
    MOST_FACTORS,
    MOST_TERMS,
    Polynomial,
    QuasiAffine,
    Shape,
    Size,
    Unrepresentable,
    common_period,
    fixed,
    is_canonical,
    is_symbol,
    numbers_in,
    product,
    substitute,
    symbol,
    symbols_of,
    total,
)
from netspec.sizes.comparison import Relation, holds, minimum
from netspec.sizes.text import format_shape, format_size

__all__ = [
    "MAX_PERIOD",
    "MOST_FACTORS",
    "MOST_TERMS",
    "Polynomial",
    "QuasiAffine",
    "Relation",
    "Shape",
    "Size",
    "Unrepresentable",
    "common_period",
    "fixed",
    "format_shape",
    "format_size",
    "holds",
    "is_canonical",
    "is_symbol",
    "minimum",
    "numbers_in",
    "product",
    "substitute",
    "symbol",
    "symbols_of",
    "total",
]

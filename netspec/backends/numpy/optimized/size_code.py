"""Sizes as Python expressions in the symbols of the inputs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from netspec.sizes import Polynomial, QuasiAffine, Size, substitute, symbols_of

NOMINAL = 224
"""What a symbol counts as where plans weigh one size against another."""


def nominal(size: Size) -> int:
    """A size for a usual input, if it depends on symbols."""
    known = substitute(size, dict.fromkeys(symbols_of(size), NOMINAL))
    assert isinstance(known, int)
    return known


def tuple_code(items: Iterable[str]) -> str:
    """Expressions as a tuple."""
    texts = tuple(items)
    return f"({texts[0]},)" if len(texts) == 1 else f"({', '.join(texts)})"


def margins_code(before: Sequence[str], after: Sequence[str]) -> str:
    """The widths of zeros as arguments: one for all, or for all axes before and after."""
    first, second = (widths[0] if len(set(widths)) == 1 else tuple_code(widths) for widths in (before, after))
    return first if first == second else f"{first}, {second}"


def largest_code(sizes: Iterable[Size], names: Mapping[str, str]) -> str:
    """The largest of sizes, none of which is negative."""
    distinct = dict.fromkeys(sizes)
    numbers = max((size for size in distinct if isinstance(size, int)), default=0)
    texts = [size_code(size, names) for size in distinct if not isinstance(size, int)]
    if numbers or not texts:
        texts.insert(0, str(numbers))
    return texts[0] if len(texts) == 1 else f"max({', '.join(texts)})"


def size_code(size: Size, names: Mapping[str, str]) -> str:
    """A size as Python computes it; `names` are the variables of the symbols: ``(H + 3) // 4``."""
    match size:
        case int():
            return str(size)
        case QuasiAffine():
            return _quasi_affine(size, names[size.symbol])
        case Polynomial():
            terms = []
            for coefficient, factors in size.terms:
                parts = [_parenthesised(_quasi_affine(factor, names[factor.symbol])) for factor in factors]
                terms.append(" * ".join([str(coefficient), *parts] if coefficient != 1 or not parts else parts))
            return " + ".join(terms)


def _parenthesised(text: str) -> str:
    return text if text.isidentifier() else f"({text})"


def _quasi_affine(size: QuasiAffine, name: str) -> str:
    """``f·⌊(p·H + c) / s⌋ + m`` where the function has that form, else its values by residue."""
    factor = math.gcd(size.slope, *(i - size.intercepts[0] for i in size.intercepts)) or 1
    for scale in dict.fromkeys((1, factor)):
        offset = size.intercepts[0] % scale
        floor = _floor(size, scale, offset, name)
        if floor is not None:
            text = floor if scale == 1 else f"{scale} * ({floor})"
            return f"{text} + {offset}" if offset else text
    table = f"{size.intercepts}[{name} % {size.period}]"
    return f"{size.slope} * ({name} // {size.period}) + {table}" if size.slope else table


def _floor(size: QuasiAffine, scale: int, offset: int, name: str) -> str | None:
    slope, values = size.slope // scale, [(i - offset) // scale for i in size.intercepts]
    common = math.gcd(slope, size.period)
    if not slope:
        return None
    growth, divisor = slope // common, size.period // common
    low = max(divisor * value - growth * residue for residue, value in enumerate(values))
    high = min(divisor * value + divisor - 1 - growth * residue for residue, value in enumerate(values))
    if low > high:
        return None
    constant = max(low, min(high, 0))
    text = name if growth == 1 else f"{growth} * {name}"
    if constant:
        text = f"{text} {'+' if constant > 0 else '-'} {abs(constant)}"
    if divisor == 1:
        return text
    return f"({text}) // {divisor}" if constant else f"{text} // {divisor}"

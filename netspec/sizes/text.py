"""Sizes and shapes as text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netspec.sizes.arithmetic import QuasiAffine, Shape, Size


def format_size(size: Size) -> str:
    """A size as text: ``28``, ``⌊(H+3)/4⌋``."""
    return str(size)


def format_shape(shape: Shape) -> str:
    """A shape as the language writes it: ``6x28x28``, ``3 x H x W``, ``64 x ⌊(H+3)/4⌋ x (W-1)``."""
    if all(isinstance(size, int) for size in shape):
        return "x".join(str(size) for size in shape)
    return " x ".join(f"({size})" if len(shape) > 1 and _is_sum(str(size)) else str(size) for size in shape)


def _is_sum(text: str) -> bool:
    """Whether a formula has a sum outside of brackets."""
    depth = 0
    for character in text:
        depth += (character in "⌊(") - (character in "⌋)")
        if depth == 0 and character in "+-":
            return True
    return False


def formula(size: QuasiAffine) -> str:
    """The shortest of ``k·⌊(p·H+c)/s⌋+m`` that equals the function, else its values by residue."""
    scale = math.gcd(size.slope, *(i - size.intercepts[0] for i in size.intercepts))
    for factor in (1, scale) if scale > 1 else (1,):
        offset = size.intercepts[0] % factor
        inner = [(i - offset) // factor for i in size.intercepts]
        text = _single_floor(size.symbol, size.period, size.slope // factor, inner)
        if text is not None:
            scaled = text if factor == 1 else f"{factor}·{parenthesised(text)}"
            return scaled + (f"+{offset}" if offset else "")
    values = ", ".join(map(str, size.intercepts))
    return f"{size.slope}·⌊{size.symbol}/{size.period}⌋+({values})[{size.symbol} mod {size.period}]"


def formula_of_terms(terms: Sequence[tuple[int, Sequence[QuasiAffine]]]) -> str:
    """A sum of products: ``8·⌊H/2⌋·W + 3·H - 2``. What is taken away comes last."""
    found = ""
    for is_negative, text in sorted(map(_signed_term, terms), key=lambda term: term[0]):
        sign = "-" if is_negative else "+" if found else ""
        found += f" {sign} {text}" if found else f"{sign}{text}"
    return found


def _signed_term(term: tuple[int, Sequence[QuasiAffine]]) -> tuple[bool, str]:
    """Whether a term is negative, and its text without the sign."""
    coefficient, factors = term
    if len(factors) == 1:  # one function, whose own sign counts
        size = factors[0] * coefficient
        is_negative = getattr(size, "slope", 0) < 0
        text = str(-size if is_negative else size)
        return is_negative, f"({text})" if is_negative and _is_sum(text) else text
    parts = [parenthesised(str(factor)) for factor in factors]
    if abs(coefficient) != 1 or not parts:
        parts.insert(0, str(abs(coefficient)))
    return coefficient < 0, "·".join(parts)


def _single_floor(name: str, period: int, slope: int, intercepts: list[int]) -> str | None:
    """``⌊(p·H+c)/s⌋`` where p/s is the mean growth, if some c fits every residue."""
    common = math.gcd(slope, period)
    numerator, divisor = slope // common, period // common
    low = max(divisor * i - numerator * r for r, i in enumerate(intercepts))
    high = min(divisor * i + divisor - 1 - numerator * r for r, i in enumerate(intercepts))
    if low > high or numerator == 0:
        return None
    constant = max(low, min(high, 0))
    head = name if numerator == 1 else f"-{name}" if numerator == -1 else f"{numerator}·{name}"
    text = f"{head}{constant:+d}" if constant else head
    if divisor == 1:
        return text
    return f"⌊{parenthesised(text) if constant else text}/{divisor}⌋"


def parenthesised(text: str) -> str:
    """A formula as it stands within another: in brackets unless it is one name, number or floor."""
    atomic = text.isalnum() or (text.startswith("⌊") and text.endswith("⌋") and text.count("⌊") == 1)
    return text if atomic else f"({text})"

"""Sizes, and the arithmetic under which they are closed: quasi-affine functions, and sums of products of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

from netspec.sizes.text import formula, formula_of_terms

MAX_PERIOD = 1 << 12
"""The longest period that is carried; beyond it a size is :class:`Unrepresentable`."""


MOST_FACTORS, MOST_TERMS = 16, 256
"""In a product, and in a sum or product of sums: what has more is :class:`Unrepresentable`, but for :func:`total`."""


class Unrepresentable(Exception):
    """A size depends on its symbols in a way that is no sum of products of quasi-affine functions."""


class _Symbolic:
    """The arithmetic that follows from ``+``, ``*`` and ``//``. No ABC: `isinstance` would take five times as long."""

    __slots__ = ()

    def __add__(self, other: Size) -> Size:
        raise NotImplementedError

    def __mul__(self, other: Size) -> Size:
        raise NotImplementedError

    def __floordiv__(self, divisor: Size) -> Size:
        raise NotImplementedError

    def __radd__(self, other: int) -> Size:
        return self + other

    def __rmul__(self, other: int) -> Size:
        return self * other

    def __neg__(self) -> Size:
        return self * -1

    def __sub__(self, other: Size) -> Size:
        return self + -other

    def __rsub__(self, other: int) -> Size:
        return -self + other

    def __mod__(self, divisor: Size) -> Size:
        return self - self // divisor * divisor

    def __rfloordiv__(self, other: int) -> Size:
        raise Unrepresentable(f"{other} // ({self})")


@dataclass(frozen=True, slots=True)
class QuasiAffine(_Symbolic):
    """``slope·(n // period) + intercepts[n % period]`` for the number n ≥ 1 that the symbol stands for.

    Made by :func:`symbol` and arithmetic, which keep the period minimal; so equal functions are equal objects.
    """

    symbol: str
    period: int
    slope: int
    intercepts: tuple[int, ...]

    def at(self, n: int) -> int:
        """The size where the symbol is n."""
        return self.slope * (n // self.period) + self.intercepts[n % self.period]

    def _stretched(self, period: int) -> tuple[int, list[int]]:
        """Slope and intercepts over a multiple of the period."""
        turns = period // self.period
        if turns == 1:
            return self.slope, list(self.intercepts)
        return self.slope * turns, [
            self.slope * turn + intercept for turn in range(turns) for intercept in self.intercepts
        ]

    def __add__(self, other: Size) -> Size:
        if isinstance(other, int):
            return QuasiAffine(self.symbol, self.period, self.slope, tuple([i + other for i in self.intercepts]))
        period = math.lcm(self.period, other.period) if isinstance(other, QuasiAffine) else 0
        if not isinstance(other, QuasiAffine) or other.symbol != self.symbol or period > MAX_PERIOD:
            return _sum(self, other)
        slope, intercepts = self._stretched(period)
        other_slope, other_intercepts = other._stretched(period)
        return canonical(
            self.symbol,
            period,
            slope + other_slope,
            [a + b for a, b in zip(intercepts, other_intercepts, strict=True)],
        )

    def __mul__(self, other: Size) -> Size:
        if isinstance(other, int):
            if other == 1:
                return self
            return canonical(self.symbol, self.period, self.slope * other, [i * other for i in self.intercepts])
        return _product(self, other)

    def __floordiv__(self, divisor: Size) -> Size:
        if not isinstance(divisor, int):
            raise Unrepresentable(f"{self} // {divisor}")
        if divisor == 1:
            return self
        turns = divisor // math.gcd(divisor, self.slope)
        slope, intercepts = self._stretched(common_period(self.period, self.period * turns))
        return canonical(self.symbol, self.period * turns, slope // divisor, [i // divisor for i in intercepts])

    def __str__(self) -> str:
        return formula(self)


@dataclass(frozen=True, slots=True)
class Polynomial(_Symbolic):
    """A sum of products of sizes, as ``flatten`` makes of C x H x W, and adding up MACs.

    `terms` are pairs of a coefficient and its factors, one pair for each list of factors. Made by :func:`product` and
    arithmetic.
    """

    terms: tuple[tuple[int, tuple[QuasiAffine, ...]], ...]

    def __add__(self, other: Size) -> Size:
        return _sum(self, other)

    def __mul__(self, other: Size) -> Size:
        return _product(self, other)

    def __floordiv__(self, divisor: Size) -> Size:
        if isinstance(divisor, int) and all(coefficient % divisor == 0 for coefficient, _ in self.terms):
            return _collected([(coefficient // divisor, factors) for coefficient, factors in self.terms])
        raise Unrepresentable(f"({self}) // {divisor}")

    def __str__(self) -> str:
        return formula_of_terms(self.terms)


Size: TypeAlias = int | QuasiAffine | Polynomial
Shape: TypeAlias = tuple[Size, ...]
"""Channels first, without the batch: (channels, *spatial), or (features,) for a vector."""


def fixed(shape: Shape) -> tuple[int, ...] | None:
    """A shape in numbers; None where a size is open."""
    sizes = tuple([size for size in shape if isinstance(size, int)])
    return sizes if len(sizes) == len(shape) else None


def symbol(name: str) -> QuasiAffine:
    """The size that is not fixed and goes by this name."""
    return QuasiAffine(name, 1, 1, (0,))


def is_symbol(name: str) -> bool:
    """Whether a name is written as symbols are: with a capital first."""
    return name[:1].isupper()


def symbols_of(size: Size) -> tuple[str, ...]:
    """The names of the symbols that a size depends on."""
    return tuple(dict.fromkeys(factor.symbol for _, factors in _terms(size) for factor in factors))


def product(*sizes: Size) -> Size:
    """The product of sizes, symbolic or not."""
    number, symbolic = 1, []
    for size in sizes:
        if isinstance(size, int):
            number *= size
        else:
            symbolic.append(size)
    return math.prod(symbolic, start=number)


def total(sizes: Iterable[Size]) -> Size:
    """The sum of sizes. Like terms are collected once, so that a sum of many takes linear time."""
    number = 0
    terms: list[tuple[int, tuple[QuasiAffine, ...]]] = []
    for size in sizes:
        if isinstance(size, int):
            number += size
        else:
            terms += _terms(size)
    return _collected([*terms, (number, ())]) if terms else number


def numbers_in(size: Size) -> int:
    """How many numbers a size that depends on symbols is carried by; 0 for an integer."""
    match size:
        case int():
            return 0
        case QuasiAffine():
            return size.period
        case Polynomial():
            return sum(factor.period for _, factors in size.terms for factor in factors)


def _sum(one: Size, other: Size) -> Size:
    terms = [*_terms(one), *_terms(other)]
    _bound(len(terms))
    return _collected(terms)


def _bound(terms: int) -> None:
    if terms > MOST_TERMS:
        raise Unrepresentable(f"a sum of {terms} products")


def _product(one: Size, other: Size) -> Size:
    """The product of sums of products."""
    terms = [(a * b, (*f, *g)) for a, f in _terms(one) for b, g in _terms(other)]
    _bound(len(terms))
    most = max([len(factors) for _, factors in terms], default=0)
    if most > MOST_FACTORS:
        raise Unrepresentable(f"a product of {most} sizes")
    return _collected(terms)


def _terms(size: Size) -> list[tuple[int, tuple[QuasiAffine, ...]]]:
    match size:
        case int():
            return [(size, ())]
        case QuasiAffine():
            return [(1, (size,))]
        case Polynomial():
            return list(size.terms)


def _collected(terms: list[tuple[int, tuple[QuasiAffine, ...]]]) -> Size:
    """The sum of products in canonical form: like terms together, common divisors of factors in the coefficient."""
    linear: dict[str, list[Size]] = {}
    collected: dict[tuple[QuasiAffine, ...], int] = {}
    for coefficient, factors in terms:
        if len(factors) == 1:
            _gather(linear.setdefault(factors[0].symbol, []), factors[0] * coefficient)
            continue
        primitive = []
        for factor in factors:
            content = math.gcd(factor.slope, *factor.intercepts)
            coefficient *= content
            primitive.append(factor if content == 1 else _divided(factor, content))
        key = tuple(sorted(primitive, key=lambda f: (f.symbol, f.period, f.slope, f.intercepts)))
        collected[key] = collected.get(key, 0) + coefficient
    functions = [size for sizes in linear.values() for size in sizes]
    for size in functions:
        if isinstance(size, QuasiAffine):
            # A constant goes where it keeps the form unique: out of the function, into the sum of all.
            constant = size.intercepts[0] if collected or len(functions) > 1 else 0
            rest = size - constant
            collected[()] = collected.get((), 0) + constant
            if isinstance(rest, QuasiAffine):
                collected[(rest,)] = 1
        elif isinstance(size, int):
            collected[()] = collected.get((), 0) + size
    kept = sorted(
        ((coefficient, factors) for factors, coefficient in collected.items() if coefficient),
        key=lambda term: (-len(term[1]), [(f.symbol, f.period, f.slope, f.intercepts) for f in term[1]]),
    )
    match kept:
        case []:
            return 0
        case [(coefficient, ())]:
            return coefficient
        case [(coefficient, (factor,))]:
            return factor * coefficient
        case [(coefficient, (factor,)), (constant, ())]:
            return factor * coefficient + constant
        case _:
            return Polynomial(tuple(kept))


def _gather(functions: list[Size], size: Size) -> None:
    """Add a function of one symbol to the first of these with which it has a period that is carried."""
    for place, function in enumerate(functions):
        periods = [one.period for one in (function, size) if isinstance(one, QuasiAffine)]
        if math.lcm(*periods) <= MAX_PERIOD:
            functions[place] = function + size
            return
    functions.append(size)


def _divided(size: QuasiAffine, content: int) -> QuasiAffine:
    intercepts = tuple(i // content for i in size.intercepts)
    return QuasiAffine(size.symbol, size.period, size.slope // content, intercepts)


def substitute(size: Size, values: Mapping[str, int]) -> Size:
    """The size with numbers in place of the symbols that `values` names."""
    match size:
        case int():
            return size
        case QuasiAffine():
            return size.at(values[size.symbol]) if size.symbol in values else size
        case Polynomial():
            return total(
                product(coefficient, *(substitute(factor, values) for factor in factors))
                for coefficient, factors in size.terms
            )


def is_canonical(size: Size) -> bool:
    """Whether the size is in the form that arithmetic gives: for sizes that were read, not computed."""
    match size:
        case int():
            return True
        case QuasiAffine():
            named = is_symbol(size.symbol) and size.symbol.isascii() and size.symbol.isidentifier()
            sound = named and 1 <= size.period <= MAX_PERIOD and len(size.intercepts) == size.period
            return sound and canonical(size.symbol, size.period, size.slope, list(size.intercepts)) == size
        case Polynomial():
            factors = [factor for _, factors in size.terms for factor in factors]
            return all(map(is_canonical, factors)) and _collected(list(size.terms)) == size


def common_period(*periods: int) -> int:
    """The shortest period of functions that have these. Raises :class:`Unrepresentable` beyond :data:`MAX_PERIOD`."""
    period = math.lcm(*periods)
    if period > MAX_PERIOD:
        raise Unrepresentable(f"a period of {period}")
    return period


def canonical(name: str, period: int, slope: int, intercepts: list[int]) -> Size:
    """The function with its smallest period; a plain integer if it is constant."""
    for prime in _primes(period):
        # Whatever has periods a and b has gcd(a, b) too, so each prime can be tried by itself.
        while period % prime == 0 and slope % prime == 0:
            smaller, step = period // prime, slope // prime
            if intercepts[smaller] != intercepts[0] + step:
                break
            if intercepts[smaller:] != [i + step for i in intercepts[:-smaller]]:
                break
            period, slope, intercepts = smaller, step, intercepts[:smaller]
    if period == 1 and slope == 0:
        return intercepts[0]
    return QuasiAffine(name, period, slope, tuple(intercepts))


@cache
def _primes(number: int) -> tuple[int, ...]:
    """The prime divisors of a number up to :data:`MAX_PERIOD`."""
    found = []
    divisor = 2
    while divisor * divisor <= number:
        if number % divisor == 0:
            found.append(divisor)
            while number % divisor == 0:
                number //= divisor
        divisor += 1
    return (*found, number) if number > 1 else tuple(found)

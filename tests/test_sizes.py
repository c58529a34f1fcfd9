"""Laws of symbolic sizes: they are the functions that they stand for, and equal functions are equal objects."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from fractions import Fraction
from typing import NamedTuple, get_args

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from netspec.sizes import (
    QuasiAffine,
    Relation,
    Shape,
    Size,
    Unrepresentable,
    format_shape,
    holds,
    is_canonical,
    minimum,
    product,
    substitute,
    symbol,
    total,
)
from netspec.sizes.arithmetic import MOST_TERMS

H, W = symbol("H"), symbol("W")

laws = settings(database=None, max_examples=500)


class Function(NamedTuple):
    """A size, and the same function of n in plain integers."""

    size: Size
    at: Callable[[int], int]


STEPS: dict[str, Callable[[Function, int], Function]] = {
    "+": lambda f, k: Function(f.size + k, lambda n: f.at(n) + k),
    "-": lambda f, k: Function(k - f.size, lambda n: k - f.at(n)),
    "*": lambda f, k: Function(f.size * k, lambda n: f.at(n) * k),
    "//": lambda f, k: Function(f.size // k, lambda n: f.at(n) // k),
    "%": lambda f, k: Function(f.size % k, lambda n: f.at(n) % k),
    "+H": lambda f, k: Function(f.size + H * k, lambda n: f.at(n) + n * k),
}


@st.composite
def functions(draw: st.DrawFn, name: str = "H") -> Function:
    """Up to three steps from a symbol; division and addition as in chains of windows come up most."""
    function = Function(symbol(name), lambda n: n)
    steps = ("+", "//", "+", "//", "*", "-", "%") + (("+H",) if name == "H" else ())
    for step in draw(st.lists(st.sampled_from(steps), max_size=3)):
        low = 1 if step in ("//", "%") else -5
        function = STEPS[step](function, draw(st.integers(low, 5)))
    return function


def value(size: Size, h: int, w: int = 1) -> int:
    """The size at these values of the symbols."""
    number = substitute(size, {"H": h, "W": w})
    assert isinstance(number, int)
    return number


def telling(*sizes: Size) -> range:
    """Numbers that tell such functions apart: two of each residue, and on to where the last sign has changed."""
    periods = [size.period for size in sizes if isinstance(size, QuasiAffine)]
    largest = max(abs(i) for size in sizes for i in (size.intercepts if isinstance(size, QuasiAffine) else (0,)))
    return range(1, math.lcm(1, *periods) * (largest + 3))


@laws
@given(functions())
def test_arithmetic_is_that_of_the_function(f: Function) -> None:
    numbers = range(1, 100)
    assert [value(f.size, n) for n in numbers] == [f.at(n) for n in numbers]
    assert is_canonical(f.size)


@laws
@given(functions(), functions())
def test_sums_and_differences_are_those_of_the_functions(f: Function, g: Function) -> None:
    total, difference = f.size + g.size, f.size - g.size
    for n in range(1, 60):
        assert value(total, n) == f.at(n) + g.at(n)
        assert value(difference, n) == f.at(n) - g.at(n)
    assert total == g.size + f.size
    assert difference + g.size == f.size


@laws
@given(functions(), st.integers(1, 6), st.integers(1, 6), st.integers(-6, 6))
def test_equal_functions_are_equal_objects(f: Function, a: int, b: int, c: int) -> None:
    size = f.size
    assert size * a // a == size
    assert size // a // b == size // (a * b)
    assert (size + c * a) // a == size // a + c
    assert size % a + size // a * a == size
    assert (size * b) // (a * b) == size // a
    assert size - size == 0
    assert hash(size * a // a) == hash(size)


@laws
@given(functions(), functions())
def test_different_functions_are_different_objects(f: Function, g: Function) -> None:
    same = all(f.at(n) == g.at(n) for n in telling(f.size - g.size))
    assert (f.size == g.size) == same


@laws
@given(functions(), functions(), st.sampled_from(get_args(Relation)))
def test_a_relation_holds_for_all_for_none_or_for_some(f: Function, g: Function, relation: Relation) -> None:
    compare = {
        "==": int.__eq__,
        "!=": int.__ne__,
        "<": int.__lt__,
        "<=": int.__le__,
        ">": int.__gt__,
        ">=": int.__ge__,
    }[relation]
    found = {compare(f.at(n), g.at(n)) for n in telling(f.size - g.size)}
    assert holds(f.size, relation, g.size) == (found.pop() if len(found) == 1 else None)


@laws
@given(functions(), st.integers(1, 5), st.integers(-8, 8), st.integers(1, 3))
def test_the_minimum_of_sizes_that_grow_alike(f: Function, divisor: int, shift: int, period: int) -> None:
    first = f.size // divisor
    second = (f.size + shift) // divisor + H % period
    assume(isinstance(first, QuasiAffine) and isinstance(second, QuasiAffine))
    least = minimum(first, second)
    for n in range(1, 80):
        assert value(least, n) == min(value(first, n), value(second, n))
    assert is_canonical(least)


def test_the_minimum_of_sizes_that_cross_is_not_carried() -> None:
    with pytest.raises(Unrepresentable):
        minimum(H, H * 2 - 5)


def test_only_the_sum_of_all_at_once_may_have_any_number_of_terms() -> None:
    terms = [(H + n) * (W + n * n) for n in range(MOST_TERMS + 1)]
    most = sum(terms[:-1], start=0)

    assert total(terms[:-1]) == most
    assert substitute(total(terms), {"H": 3, "W": 5}) == sum((3 + n) * (5 + n * n) for n in range(MOST_TERMS + 1))
    with pytest.raises(Unrepresentable):
        most + terms[-1]


def test_a_period_beyond_the_limit_is_not_carried() -> None:
    with pytest.raises(Unrepresentable):
        H // 16_411


@laws
@given(functions(), functions("W"), functions("W"), st.integers(-4, 4))
def test_sums_of_products_are_those_of_the_functions(f: Function, g: Function, k: Function, c: int) -> None:
    size = product(c, f.size, g.size) + k.size - f.size
    for h in range(1, 9):
        for w in range(1, 9):
            assert value(size, h, w) == c * f.at(h) * g.at(w) + k.at(w) - f.at(h)
    assert product(f.size, g.size) == product(g.size, f.size)
    assert size - size == 0
    assert is_canonical(size)


@laws
@given(functions(), functions("W"), st.integers(1, 5))
def test_products_divide_by_their_coefficient(f: Function, g: Function, c: int) -> None:
    size = product(f.size, g.size)
    assert product(size, c) // c == size
    assert product(size, c) % c == 0


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (H, "H"),
        (H + 2, "H+2"),
        (H - 4, "H-4"),
        (H * 2, "2·H"),
        (H * 2 + 1, "2·H+1"),
        (H // 2, "⌊H/2⌋"),
        ((H + 3) // 4, "⌊(H+3)/4⌋"),
        ((H - 1) // 2 + 1, "⌊(H+1)/2⌋"),
        ((((H + 1) // 2) + 1) // 2, "⌊(H+3)/4⌋"),
        ((H // 4) * 4, "4·⌊H/4⌋"),
        ((H // 4) * 4 + 2, "4·⌊H/4⌋+2"),
        (product(16, H // 2, W // 2), "16·⌊H/2⌋·⌊W/2⌋"),
        (product(H, W), "H·W"),
        (product(H + 1, W), "(H+1)·W"),
    ],
)
def test_a_formula_is_short(size: Size, text: str) -> None:
    assert str(size) == text


@laws
@given(functions(), functions("W"), st.integers(0, 4))
def test_a_formula_means_the_size(f: Function, g: Function, c: int) -> None:
    for size in (f.size, product(c, f.size, g.size) + f.size):
        source = str(size).replace("⌊", "floor(").replace("⌋", ")").replace("·", "*")
        source = re.sub(r"\[(\w) mod (\d+)\]", r"[int(\1 % \2)]", source)
        for n in range(1, 30):
            assert eval(source, {"floor": math.floor, "H": Fraction(n), "W": Fraction(n + 3)}) == value(size, n, n + 3)


@pytest.mark.parametrize(
    ("shape", "text"),
    [
        ((400,), "400"),
        ((6, 28, 28), "6x28x28"),
        ((3, H, W), "3 x H x W"),
        ((64, (H + 3) // 4, 7), "64 x ⌊(H+3)/4⌋ x 7"),
    ],
)
def test_a_shape_reads_as_it_is_written(shape: Shape, text: str) -> None:
    assert format_shape(shape) == text

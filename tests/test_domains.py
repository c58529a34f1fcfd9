"""Laws of sets of sizes: they hold exactly the numbers that they should, and equal sets are equal objects."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netspec.domains import EVERYWHERE, Region, Relation, cells, contains, described, meet, region_where
from netspec.sizes import Size, holds, substitute, symbol

H, W = symbol("H"), symbol("W")
UP_TO = range(1, 120)

laws = settings(database=None, max_examples=300)


@st.composite
def sizes(draw: st.DrawFn) -> Any:
    """What a few windows make of H."""
    size: Any = H
    for _ in range(draw(st.integers(0, 3))):
        size = (size + draw(st.integers(-6, 6))) // draw(st.integers(1, 4)) * draw(st.integers(1, 3))
    return size


relations: st.SearchStrategy[Relation] = st.sampled_from(("==", ">="))
comparisons = st.tuples(sizes(), relations, st.one_of(st.integers(0, 40), sizes()))


def numbers(region: Region) -> set[int]:
    return {n for n in UP_TO if contains(region, {"H": n})}


def where(left: Size, relation: Relation, right: Size) -> set[int]:
    """The same, tried one by one."""
    at = ({"H": n} for n in UP_TO)
    return {n["H"] for n in at if holds(substitute(left, n), relation, substitute(right, n))}


@laws
@given(comparisons)
def test_a_region_holds_the_sizes_for_which_its_relation_is_true(comparison: tuple[Size, Relation, Size]) -> None:
    assert numbers(region_where(*comparison)) == where(*comparison)


@laws
@given(comparisons, comparisons)
def test_what_is_in_both_regions_is_in_their_meet(
    one: tuple[Size, Relation, Size], other: tuple[Size, Relation, Size]
) -> None:
    both = meet(region_where(*one), region_where(*other))

    assert numbers(both) == where(*one) & where(*other)


@laws
@given(comparisons, comparisons)
def test_equal_regions_are_equal_objects(one: tuple[Size, Relation, Size], other: tuple[Size, Relation, Size]) -> None:
    first, second = region_where(*one), region_where(*other)
    again = meet(meet(first, second), first)

    assert again == meet(first, second) == meet(second, first)


@laws
@given(comparisons, comparisons)
def test_each_cell_of_a_region_has_a_point_and_points_tell_all(
    one: tuple[Size, Relation, Size], other: tuple[Size, Relation, Size]
) -> None:
    first, second = region_where(*one), region_where(*other)
    points = [point["H"] for point in cells(first, [second], ["H"])]

    assert points == sorted(points)
    assert set(points) <= where(*one) | {n for n in points if n not in UP_TO}
    outcomes = where(*other)
    for n in where(*one):
        assert any(p <= n and (p in outcomes) == (n in outcomes) for p in points), f"nothing stands for {n}"


def test_a_product_of_two_sizes_is_met_by_every_way_to_split_it() -> None:
    height, width = (H - 4) // 2, (W - 4) // 2
    region = region_where(16 * height * width, "==", 400)

    for h in range(1, 70):
        for w in range(1, 70):
            fits = height.at(h) > 0 and height.at(h) * width.at(w) == 25  # type: ignore[union-attr]
            assert contains(region, {"H": h, "W": w}) == fits


def test_a_product_reaches_a_number_where_either_is_large_enough() -> None:
    region = region_where(H * W, ">=", 6)

    assert all(contains(region, {"H": h, "W": w}) == (h * w >= 6) for h in range(1, 12) for w in range(1, 12))


def test_a_square_is_solved_on_one_axis() -> None:
    assert described(region_where(H * H, "==", 49)) == "H = 7"
    assert region_where(H * H, "==", 50) == ()


@pytest.mark.parametrize(
    ("region", "words"),
    [
        (EVERYWHERE, "every size"),
        ((), "no size"),
        (region_where(H, ">=", 33), "H ≥ 33"),
        (region_where(H // 32, ">=", 1), "H ≥ 32"),
        (region_where(H // 16 * 16, "==", H), "H a multiple of 16"),
        (meet(region_where(H // 16 * 16, "==", H), region_where(H, ">=", 40)), "H ≥ 48, a multiple of 16"),
        (region_where((H - 4) // 2, "==", 12), "H from 28 to 29"),
        (region_where(H, "==", 7), "H = 7"),
        (region_where((H + 1) // 2, "==", H // 2), "H even"),
        (region_where((H + 3) // 4, "==", H // 4 + 1), "H with H mod 4 from 1 to 3"),
        (
            meet(region_where(H, ">=", 32), region_where(W, ">=", 32)),
            "H and W ≥ 32",
        ),
        (
            meet(region_where(H // 2 * 2, "==", H), region_where(W, ">=", 5)),
            "H even and W ≥ 5",
        ),
        (region_where(H * W, "==", 3), "H = 1 and W = 3; or H = 3 and W = 1"),
    ],
)
def test_regions_are_told_in_words(region: Region, words: str) -> None:
    assert described(region) == words

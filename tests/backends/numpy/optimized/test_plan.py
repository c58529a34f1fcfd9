"""The plan itself: buffers, maps with zeros, pieces of work, products in blocks."""

from __future__ import annotations

from itertools import count

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netspec.backends.numpy.optimized.kernels.blocks import areas, blocks, parts
from netspec.backends.numpy.optimized.kernels.plan import Map, Plan
from netspec.backends.numpy.optimized.kernels.products import as_matrix, filter_blocks, multiply
from tests.backends.numpy.optimized.plans import run

COUNT = st.integers(1, 30)


# Buffers


def test_a_slot_is_as_large_as_its_largest_value() -> None:
    draft = Plan({"x": (1,)}, {}, np.float32, {})
    draft.buffer(0, (3, 5))
    draft.buffer(0, (2, 2))
    draft.buffer(1, (4,))
    assert draft.sizes == {0: 15, 1: 4}


def test_values_in_one_slot_share_memory_and_others_do_not() -> None:
    plan = Plan({"x": (1,)}, {}, np.float64, {}, {0: 15, 1: 4})
    first, second, other = plan.buffer(0, (3, 5)), plan.buffer(0, (2, 2)), plan.buffer(1, (4,))
    assert np.shares_memory(first, second)
    assert not np.shares_memory(first, other)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_buffers_begin_with_a_cache_line(dtype: str) -> None:
    plan = Plan({"x": (1,)}, {}, dtype, {}, {0: 5, 1: 7, Plan.SCRATCH: 64})
    arrays = [plan.buffer(0, (5,)), plan.buffer(1, (7,)), *plan.scratch((3,), (2, 2))]
    assert [array.ctypes.data % Plan.LINE for array in arrays] == [0] * len(arrays)


def test_scratch_arrays_do_not_overlap() -> None:
    draft = Plan({"x": (1,)}, {}, np.float32, {})
    draft.scratch((3, 3), (5,), (0,))
    plan = Plan({"x": (1,)}, {}, np.float32, {}, draft.sizes)
    one, other, none = plan.scratch((3, 3), (5,), (0,))
    assert not np.shares_memory(one, other)
    assert none.size == 0


def test_nothing_is_written_while_a_plan_is_made() -> None:
    plan = Plan({"x": (1,)}, {}, np.float32, {}, {0: 100})
    plan.buffer(0, (100,)).fill(7)
    plan.map(0, (1, 3, 3, 2), 1)
    assert (plan.buffer(0, (100,)) == 7).all()


def test_the_smallest_batch_of_the_inputs_is_the_plan_s() -> None:
    assert Plan({"left": (4, 3), "right": (4, 2, 2)}, {}, np.float32, {}).n == 4


def test_what_is_prepared_is_made_once_for_all_plans() -> None:
    numbers, prepared = count(1), dict[object, object]()
    for _ in range(2):
        plan = Plan({"x": (1,)}, {}, np.float32, prepared)
        assert plan.prepared(("weights",), lambda: next(numbers)) == 1


# Maps


@given(st.integers(1, 3), st.data())
def test_a_map_has_zeros_around_it_whenever_the_plan_is_run(rank: int, data: st.DataObject) -> None:
    sizes, before, after = (tuple(data.draw(st.integers(least, 3)) for _ in range(rank)) for least in (1, 0, 0))
    found: list[Map] = []

    def make(p: Plan) -> None:
        dirty = p.buffer(0, (2 * 3 * 9**rank,))
        p.do(dirty.fill, 5)
        found.append(p.map(0, (2, *sizes, 3), before, after))

    run(make)
    whole = found[-1].whole
    assert (found[-1].inner == 5).all()
    assert whole.sum() == 5 * found[-1].inner.size
    assert whole.shape == (2, *(b + s + a for b, s, a in zip(before, sizes, after, strict=True)), 3)


def test_a_map_is_seen_with_as_many_zeros_as_one_likes() -> None:
    whole = np.arange(36.0).reshape(1, 6, 6, 1)
    value = Map(whole, (2, 1), (1, 2))
    np.testing.assert_array_equal(value.inner, whole[:, 2:5, 1:4])
    np.testing.assert_array_equal(value.around(1), whole[:, 1:6, 0:5])
    np.testing.assert_array_equal(value.around((2, 0), (0, 2)), whole[:, 0:5, 1:6])
    np.testing.assert_array_equal(value.channels(0, 1).inner, value.inner)


# Pieces of work


@given(COUNT, COUNT)
def test_parts_cover_everything_once(total: int, most: int) -> None:
    found = list(parts(total, most))
    assert [place for part in found for place in range(total)[part]] == list(range(total))
    assert all(part.stop - part.start <= most for part in found)


@given(COUNT, COUNT, COUNT, st.integers(1, 500))
def test_blocks_cover_every_row_once_and_keep_to_their_size(n: int, rows: int, size: int, most: int) -> None:
    times = np.zeros((n, rows), int)
    for block in blocks(n, rows, size, most):
        times[block] += 1
        assert times[block].size * size <= max(most, size)
    assert (times == 1).all()


@given(st.lists(st.integers(1, 40), min_size=2, max_size=5))
def test_areas_cover_every_value_once(shape: list[int]) -> None:
    times = np.zeros(shape, np.int8)
    for area in areas(tuple(shape)):
        times[area] += 1
    assert (times == 1).all()


# Products


@pytest.mark.usefixtures("pieces")
@given(st.integers(1, 70), st.integers(1, 40), st.sampled_from([1, 7, 16, 48, 64, 67, 96, 128]), st.integers(0, 2))
def test_a_product_in_blocks_is_the_product(rows: int, inputs: int, filters: int, batch: int) -> None:
    rng = np.random.default_rng(0)
    x, weight = (
        rng.standard_normal((3,) * batch + (rows, inputs)),
        rng.standard_normal((3,) * batch + (inputs, filters)),
    )
    out = np.empty((3,) * batch + (rows, filters))
    run(lambda p: multiply(p, x, filter_blocks(weight), out))
    np.testing.assert_allclose(out, x @ weight, rtol=0, atol=1e-11)


def test_a_map_without_gaps_is_a_matrix_and_one_with_gaps_is_none() -> None:
    whole = np.zeros((2, 5, 6, 8))
    for view in (whole, whole[..., 2:5], whole[1:, 2:4], whole[:1, :1, 1:4], whole[:, :, :, None, :3]):
        matrix = as_matrix(view)
        assert matrix is not None
        assert np.shares_memory(matrix, whole)
        assert matrix.shape == (view.size // view.shape[-1], view.shape[-1])
    assert as_matrix(whole[:, 1:4, 1:4]) is None
    assert as_matrix(whole[:, ::2]) is None

"""Every kernel gives what torch gives: outputs, gradients, types."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from netspec.layers import GroupNorm, Lrn, Upsample
from tests.backends.numpy.kernels.calls import (
    KINDS,
    Arrays,
    Results,
    assert_close,
    layers_with_arrays,
    run,
    run_in_torch,
)

CERTAIN = [kind for kind in KINDS if kind not in ("dropout", "droppath")]
"""The layers in which nothing is left to chance."""

CHOOSING = ["maxpool", "adaptivemaxpool", "globalmaxpool"]

for_each_case = settings(max_examples=20, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])


def by_both(arrays: Arrays) -> tuple[Results, Results]:
    """What the kernels and torch find; where either divides by zero so does the other."""
    with np.errstate(divide="ignore", invalid="ignore"):
        found = run(arrays)
        # A dilated window may lie around the map and see none of it. torch then writes its gradient somewhere else.
        assume(not np.isneginf(found.output).any())
        return found, run_in_torch(arrays)


@pytest.mark.parametrize("kind", CERTAIN)
@for_each_case
@given(data=st.data())
def test_in_float64_a_kernel_equals_torch(kind: str, data: st.DataObject) -> None:
    arrays = data.draw(layers_with_arrays(kind))
    assume(not is_degenerate(arrays) and not is_refused_by_torch(arrays))
    found, expected = by_both(arrays)
    # torch's gradient of hardsigmoid takes 1/6 from float32.
    assert_close(found, expected, 1e-10 if kind != "hardsigmoid" else 1e-7)


@pytest.mark.parametrize("kind", CERTAIN)
@settings(for_each_case, max_examples=10)
@given(data=st.data())
def test_in_float32_a_kernel_rounds_no_worse_than_torch(kind: str, data: st.DataObject) -> None:
    arrays = data.draw(layers_with_arrays(kind)).astype(np.float32)
    assume(not is_degenerate(arrays) and not is_refused_by_torch(arrays))
    found, theirs = by_both(arrays)
    with np.errstate(divide="ignore", invalid="ignore"):
        exact = run(arrays.astype(np.float64))
    for one, other, true in zip(values(found), values(theirs), values(exact), strict=True):
        assert one.dtype == np.float32
        limit = max(10 * error(other, true), 1e-5 * np.abs(true).max(initial=1, where=np.isfinite(true)))
        assert error(one, true) <= limit


@pytest.mark.parametrize("kind", CHOOSING)
@for_each_case
@given(data=st.data())
def test_of_equal_values_the_same_one_as_in_torch_gets_the_gradient(kind: str, data: st.DataObject) -> None:
    arrays = data.draw(layers_with_arrays(kind))
    arrays = arrays._replace(inputs=tuple(np.round(x / 6) for x in arrays.inputs))
    found, expected = by_both(arrays)
    assert_close(found, expected, 1e-10)


@pytest.mark.parametrize("kind", CERTAIN)
@settings(for_each_case, max_examples=6)
@given(data=st.data())
def test_what_is_not_a_number_spreads_as_in_torch(kind: str, data: st.DataObject) -> None:
    arrays = data.draw(layers_with_arrays(kind))
    assume(not is_refused_by_torch(arrays) and not is_interpolation(arrays))
    for x in arrays.inputs:
        x.flat[data.draw(st.integers(0, x.size - 1))] = np.nan
    found, expected = by_both(arrays)
    # The gradient where the input is not a number depends in torch on how many values there are.
    np.testing.assert_allclose(found.output, expected.output, rtol=1e-10, atol=1e-10)


def values(results: Results) -> list[np.ndarray]:
    """All arrays of the results, in one order."""
    return [results.output, *results.inputs, *(results.weights[name] for name in sorted(results.weights))]


def error(found: np.ndarray, exact: np.ndarray) -> float:
    """The largest difference; values that are not finite must be the same."""
    finite = np.isfinite(exact)
    np.testing.assert_array_equal(found[~finite], exact[~finite])
    return float(np.abs(found - exact).max(initial=0, where=finite))


def is_degenerate(arrays: Arrays) -> bool:
    """Whether an lrn divides by a power of 0, whatever its input is."""
    return isinstance(arrays.layer, Lrn) and arrays.layer.k == arrays.layer.alpha == 0


def is_refused_by_torch(arrays: Arrays) -> bool:
    """Whether torch refuses a groupnorm of a single value, which it takes for a batchnorm in training."""
    return isinstance(arrays.layer, GroupNorm) and arrays.inputs[0].size == arrays.layer.groups


def is_interpolation(arrays: Arrays) -> bool:
    """Whether it is a matter of rounding which neighbours a pixel has, though with a share of 0."""
    return isinstance(arrays.layer, Upsample) and arrays.layer.mode != "nearest"

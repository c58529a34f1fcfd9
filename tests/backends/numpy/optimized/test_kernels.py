"""The other plan kernels against the readable ones: pooling, activations, what is done to each value, what is moved."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from netspec.backends.numpy.kernels import activation as readable_activations
from netspec.backends.numpy.kernels.normalization import batchnorm, layernorm
from netspec.backends.numpy.kernels.pooling import avgpool, globalavgpool, globalmaxpool, maxpool
from netspec.backends.numpy.kernels.rearranging import pixelshuffle, scale, shuffle, upsample
from netspec.backends.numpy.optimized.kernels import activations, elementwise, moving, pools
from netspec.backends.numpy.optimized.kernels.plan import Plan
from tests.backends.numpy.optimized.plans import channels_first, channels_last, place_for, run, surrounded

LAW = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
PIECES = pytest.mark.usefixtures("pieces")
SPECIAL = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 1e30, -1e30, 100, -100, 3, -3, 6])


@st.composite
def maps(draw: st.DrawFn, least: int = 1, rank: int | None = None) -> np.ndarray:
    """A map of any rank, channels first."""
    rank = rank or draw(st.integers(1, 3))
    sizes = [draw(st.integers(least, 9 if rank < 3 else 5)) for _ in range(rank)]
    rng = np.random.default_rng(draw(st.integers(0, 1000)))
    return rng.standard_normal((draw(st.integers(1, 3)), draw(st.integers(1, 5)), *sizes))


def assert_makes(kernel: Callable[[Plan, np.ndarray], object], y: np.ndarray, width: int) -> None:
    """A kernel writes y where its result belongs, and nothing elsewhere."""
    with place_for(y.shape, width) as out:
        run(lambda p: kernel(p, out))
        np.testing.assert_allclose(channels_first(out), y, rtol=0, atol=1e-12)


# Pooling


@PIECES
@pytest.mark.parametrize("kind", ["maxpool", "avgpool"])
@LAW
@given(x=maps(), width=st.integers(0, 1), data=st.data())
def test_pooling_by_slices(kind: str, x: np.ndarray, width: int, data: st.DataObject) -> None:
    rank = x.ndim - 2
    kernel, stride = (tuple(data.draw(st.integers(1, 3)) for _ in range(rank)) for _ in range(2))
    padding = tuple(data.draw(st.integers(0, k // 2)) for k in kernel)
    options: dict[str, Any] = {"padding": padding}
    if kind == "maxpool":
        options["dilation"] = tuple(data.draw(st.integers(1, 2)) for _ in range(rank))
    else:
        options["include_padding"] = data.draw(st.booleans())
    pool, by_slices = (maxpool, pools.sliced_maxpool) if kind == "maxpool" else (avgpool, pools.sliced_avgpool)
    spans = (d * (k - 1) + 1 for k, d in zip(kernel, options.get("dilation", (1,) * rank), strict=True))
    assume(all(size + 2 * p >= span for size, p, span in zip(x.shape[2:], padding, spans, strict=True)))
    y = pool(x, kernel, stride=stride, ceil=data.draw(st.booleans()), **options)

    operand = surrounded(channels_last(x), width)
    assert_makes(lambda p, out: by_slices(p, operand, out, kernel, stride, **options), y, width)


@pytest.mark.parametrize("maximum", [False, True])
@LAW
@given(x=maps(), width=st.integers(0, 1))
def test_pooling_of_the_whole_map(maximum: bool, x: np.ndarray, width: int) -> None:
    y = globalmaxpool(x) if maximum else globalavgpool(x)
    operand = surrounded(channels_last(x), width)
    assert_makes(lambda p, out: pools.global_pool(p, operand, out, maximum), y, width)


# Activations

ACTIVATIONS = ("relu", "relu6", "leakyrelu", "sigmoid", "silu", "hardsigmoid", "hardswish", "tanh", "gelu")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_activation_is_the_readable_one(name: str, dtype: str) -> None:
    x = np.concatenate([SPECIAL, np.linspace(-12, 12, 5000)]).astype(dtype)
    in_place, function = getattr(activations, f"{name}_in_place"), getattr(readable_activations, name)

    y = in_two_runs(in_place, x)

    with np.errstate(all="ignore"):
        wanted = function(x)
    finite = np.isfinite(wanted)
    assert np.array_equal(np.isnan(y[np.isnan(x)]), np.isnan(wanted[np.isnan(x)]))
    np.testing.assert_allclose(y[finite], wanted[finite], rtol=4e-6 if dtype == "float32" else 1e-13, atol=1e-35)


@pytest.mark.parametrize("slope", [-0.5, 0.0, 0.2, 1.0, 1.5])
def test_a_leaky_relu_of_any_slope(slope: float) -> None:
    x = np.linspace(-3, 3, 100)
    y = in_two_runs(partial(activations.leakyrelu_in_place, slope=slope), x)
    np.testing.assert_array_equal(y, readable_activations.leakyrelu(x, slope=slope))


def in_two_runs(in_place: Callable[[Plan, np.ndarray], None], x: np.ndarray) -> np.ndarray:
    """What an activation makes of x, in place, each time that the plan is run."""
    y = np.empty_like(x)

    def steps(p: Plan) -> None:
        p.do(np.copyto, y, x)
        in_place(p, y)

    run(steps, x.dtype)
    return y


@PIECES
@LAW
@given(x=maps(), width=st.integers(0, 1))
def test_an_activation_by_itself(x: np.ndarray, width: int) -> None:
    operand = surrounded(channels_last(x), width)
    relu = activations.relu_in_place
    assert_makes(lambda p, out: elementwise.activate(p, operand, out, relu), np.maximum(x, 0), width)


@PIECES
def test_an_activation_over_its_own_operand() -> None:
    x = np.random.default_rng(0).standard_normal((2, 5, 7, 3))
    y, place = np.maximum(x, 0), x.copy()
    run(lambda p: elementwise.activate(p, place, place, activations.relu_in_place))
    np.testing.assert_array_equal(place, y)


# Each value, each channel


@PIECES
@pytest.mark.parametrize("operation", [np.add, np.multiply])
@LAW
@given(x=maps(), count=st.integers(2, 4), width=st.integers(0, 1), data=st.data())
def test_a_merge(operation: np.ufunc, x: np.ndarray, count: int, width: int, data: st.DataObject) -> None:
    values = [x]
    for place in range(1, count):
        value = np.random.default_rng(place).standard_normal(x.shape)
        gate = operation is np.multiply and data.draw(st.booleans())
        values.append(globalavgpool(value) if gate else value)
    y = values[0]
    for value in values[1:]:
        y = operation(y, value)
    operands = tuple(surrounded(channels_last(value), width) for value in data.draw(st.permutations(values)))

    def kernel(p: Plan, out: np.ndarray) -> None:
        elementwise.merge(p, operands, out, operation, activations.relu_in_place)

    assert_makes(kernel, np.maximum(y, 0), width)


@PIECES
@pytest.mark.parametrize("affine", [False, True])
@LAW
@given(x=maps(), width=st.integers(0, 1))
def test_a_batchnorm_by_itself(affine: bool, x: np.ndarray, width: int) -> None:
    names = ("weight", "bias", "running_mean", "running_var")
    arrays = dict(zip(names, np.random.default_rng(0).uniform(0.5, 1.5, (4, x.shape[1])), strict=True))
    weights = {f"bn.{name}": array for name, array in arrays.items() if affine or name.startswith("running")}
    if not affine:
        arrays["weight"], arrays["bias"] = np.ones(x.shape[1]), np.zeros(x.shape[1])
    y = batchnorm(x, *arrays.values(), eps=0.01)
    operand = surrounded(channels_last(x), width)
    with place_for(y.shape, width) as out:
        run(lambda p: elementwise.normalize_batch(p, operand, out, "bn", 0.01), weights=weights)
        np.testing.assert_allclose(channels_first(out), y, rtol=0, atol=1e-12)


@PIECES
@pytest.mark.parametrize("affine", [False, True])
@LAW
@given(x=maps(), width=st.integers(0, 1))
def test_a_layernorm(affine: bool, x: np.ndarray, width: int) -> None:
    weight, bias = np.random.default_rng(0).standard_normal((2, x.shape[1])) if affine else (None, None)
    operand = surrounded(channels_last(x), width)
    y = layernorm(x, weight, bias, eps=0.1)
    assert_makes(lambda p, out: elementwise.normalize_channels(p, operand, out, weight, bias, 0.1), y, width)


@PIECES
@LAW
@given(x=maps(), width=st.integers(0, 1))
def test_a_factor_for_each_channel(x: np.ndarray, width: int) -> None:
    weight = np.random.default_rng(0).standard_normal((x.shape[1],))
    operand = surrounded(channels_last(x), width)
    assert_makes(lambda p, out: elementwise.scale_channels(p, operand, out, weight), scale(x, weight), width)


# What is moved


@LAW
@given(x=maps(), width=st.integers(0, 1), data=st.data())
def test_values_repeated(x: np.ndarray, width: int, data: st.DataObject) -> None:
    times = tuple(data.draw(st.integers(1, 3)) for _ in x.shape[2:])
    operand = surrounded(channels_last(x), width)
    assert_makes(lambda p, out: moving.repeat_nearest(p, operand, out, times), upsample(x, times), width)


@LAW
@given(x=maps(rank=2), factor=st.integers(1, 3), width=st.integers(0, 1))
def test_channels_spread_in_space(x: np.ndarray, factor: int, width: int) -> None:
    x = np.concatenate([x * place for place in range(1, factor**2 + 1)], 1)
    operand = surrounded(channels_last(x), width)
    assert_makes(lambda p, out: moving.spread_channels(p, operand, out, factor), pixelshuffle(x, factor), width)


@LAW
@given(x=maps(), groups=st.integers(1, 3), width=st.integers(0, 1))
def test_channels_interleaved(x: np.ndarray, groups: int, width: int) -> None:
    x = np.concatenate([x * place for place in range(1, groups + 1)], 1)
    operand = surrounded(channels_last(x), width)
    assert_makes(lambda p, out: moving.interleave_channels(p, operand, out, groups), shuffle(x, groups), width)


@LAW
@given(x=maps(), width=st.integers(0, 1))
def test_a_vector_has_the_channels_first(x: np.ndarray, width: int) -> None:
    operand = surrounded(channels_last(x), width)
    assert_makes(lambda p, out: moving.flatten_into(p, operand, out), x.reshape(len(x), -1), 0)

"""The plan kernels of convolutions against the readable ones, over random geometries, whole and in small pieces."""

from __future__ import annotations

import math
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netspec.backends.numpy.kernels.activation import relu
from netspec.backends.numpy.kernels.convolution import conv, convtranspose
from netspec.backends.numpy.kernels.pooling import maxpool
from netspec.backends.numpy.optimized.kernels.activations import no_activation, relu_in_place
from netspec.backends.numpy.optimized.kernels.convolutions import im2col_conv, linear, pointwise_conv
from netspec.backends.numpy.optimized.kernels.depthwise import depthwise_conv
from netspec.backends.numpy.optimized.kernels.filters import Filters
from netspec.backends.numpy.optimized.kernels.transposed import transposed_conv
from netspec.backends.numpy.optimized.kernels.winograd import winograd_conv
from tests.backends.numpy.optimized.plans import channels_first, channels_last, place_for, run, surrounded

LAW = settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
PIECES = pytest.mark.usefixtures("pieces")


class Case(NamedTuple):
    """A convolution's operands, and what comes after it."""

    x: np.ndarray
    filters: Filters
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    dilation: tuple[int, ...]
    groups: int
    width: int
    rng: np.random.Generator

    @property
    def padded(self) -> np.ndarray:
        """The input channels last, with its padding."""
        margins = [(0, 0), (0, 0), *((p, p) for p in self.padding)]
        return channels_last(np.pad(self.x, margins))

    @property
    def folded(self) -> tuple[np.ndarray, np.ndarray | None]:
        """The weight and bias with what is folded in."""
        weight, bias, factor = self.filters.weight, self.filters.bias, self.filters.factor
        if factor is None or self.filters.constant is None:
            return weight, bias
        total = self.filters.constant if bias is None else bias * factor + self.filters.constant
        return weight * factor.reshape(-1, *(1,) * (weight.ndim - 1)), total


@st.composite
def cases(draw: st.DrawFn, kernel: tuple[int, ...] | None = None, plain: bool = False) -> Case:
    """Small, of any rank, with and without bias and batchnorm."""
    rng = np.random.default_rng(draw(st.integers(0, 1000)))
    rank = len(kernel) if kernel else draw(st.integers(1, 3))
    each = partial(draw, st.integers(1, 3))
    shape = kernel or tuple(each() for _ in range(rank))
    stride = (1,) * rank if plain else tuple(each() for _ in range(rank))
    dilation = (1,) * rank if plain else tuple(draw(st.integers(1, 2)) for _ in range(rank))
    padding = tuple(draw(st.integers(0, 2)) for _ in range(rank))
    groups = 1 if plain else draw(st.integers(1, 3))
    channels, count = groups * each(), groups * draw(st.sampled_from([1, 2, 5, 16, 48]))
    spans = (d * (k - 1) + 1 for k, d in zip(shape, dilation, strict=True))
    least = (max(1, span - 2 * p) for span, p in zip(spans, padding, strict=True))
    sizes = [draw(st.integers(size, size + (9 if rank < 3 else 4))) for size in least]
    weight = rng.standard_normal((count, channels // groups, *shape))
    bias = rng.standard_normal(count) if draw(st.booleans()) else None
    factor, constant = (rng.standard_normal(count), rng.standard_normal(count)) if draw(st.booleans()) else (None, None)
    x = rng.standard_normal((draw(st.integers(1, 3)), channels, *sizes))
    filters = Filters("conv", weight, bias, factor, constant)
    return Case(x, filters, stride, padding, dilation, groups, draw(st.integers(0, 2)), rng)


def wanted(case: Case) -> np.ndarray:
    """The readable convolution."""
    weight, bias = case.folded
    result: np.ndarray = conv(
        case.x,
        weight,
        bias,
        stride=case.stride,
        padding=case.padding,
        dilation=case.dilation,
        groups=case.groups,
    )
    return result


def assert_computes(case: Case, kernel: Any, y: np.ndarray, width: int | None = None) -> None:
    """A kernel gives y, with a sum and an activation after it, or without, wherever the result lies."""
    width = case.width if width is None else width
    for plus, activation in ((None, no_activation), (case.rng.standard_normal(y.shape), relu_in_place)):
        with place_for(y.shape, width) as out:
            added = None if plus is None else surrounded(channels_last(plus), case.width)
            run(partial(kernel, out=out, plus=added, activation=activation))
            total = y if plus is None else relu(y + plus)
            np.testing.assert_allclose(channels_first(out), total, rtol=0, atol=1e-10)


@PIECES
@LAW
@given(case=cases())
def test_a_matrix_of_windows(case: Case) -> None:
    x = surrounded(case.padded, case.width)

    def kernel(p: Any, out: np.ndarray, **ending: Any) -> None:
        im2col_conv(p, x, out, case.filters, case.stride, case.dilation, case.groups, **ending)

    assert_computes(case, kernel, wanted(case))


@PIECES
@LAW
@given(case=cases(kernel=(3, 3)))
def test_a_matrix_of_windows_with_a_pool(case: Case) -> None:
    y = wanted(case)
    if min(y.shape[2:]) < 2:
        return
    y = maxpool(y, 2)

    def kernel(p: Any, out: np.ndarray, **ending: Any) -> None:
        im2col_conv(p, case.padded, out, case.filters, case.stride, case.dilation, case.groups, pool=True, **ending)

    assert_computes(case, kernel, y)


@PIECES
@pytest.mark.parametrize("tile", [2, 4])
@pytest.mark.parametrize("pool", [False, True])
@LAW
@given(case=cases(kernel=(3, 3), plain=True))
def test_winograd(tile: int, pool: bool, case: Case) -> None:
    y = wanted(case)
    height, width = y.shape[2:]
    x = case.padded
    beyond = [(0, (-size) % tile) for size in (height, width)]
    x = surrounded(np.pad(x, [(0, 0), *beyond, (0, 0)]), case.width)
    if pool:
        if min(height, width) < 2:
            return
        y = maxpool(y, 2)

    def kernel(p: Any, out: np.ndarray, **ending: Any) -> None:
        winograd_conv(p, x, out, case.filters, tile, pool=pool, **ending)

    assert_computes(case, kernel, y)


@PIECES
@LAW
@given(case=cases(kernel=(1, 1), plain=True))
def test_a_product_at_each_place(case: Case) -> None:
    case = case._replace(padding=(0, 0))
    x = surrounded(case.padded, case.width)

    def kernel(p: Any, out: np.ndarray, **ending: Any) -> None:
        pointwise_conv(p, x, out, case.filters, **ending)

    assert_computes(case, kernel, wanted(case))


@PIECES
@LAW
@given(case=cases(), several=st.integers(1, 3), contiguous=st.booleans())
def test_slices_of_each_channel(case: Case, several: int, contiguous: bool) -> None:
    channels, kernel_shape = case.x.shape[1], case.filters.weight.shape[2:]
    weight = case.rng.standard_normal((channels * several, 1, *kernel_shape))
    factor, constant = case.rng.standard_normal((2, channels * several))
    case = case._replace(filters=Filters("depthwise", weight, None, factor, constant), groups=channels)
    x = case.padded if contiguous else surrounded(case.padded, 1)

    def kernel(p: Any, out: np.ndarray, **ending: Any) -> None:
        depthwise_conv(p, x, out, case.filters, case.stride, case.dilation, **ending)

    assert_computes(case, kernel, wanted(case))


@PIECES
@LAW
@given(case=cases(), data=st.data())
def test_a_transposed_convolution(case: Case, data: st.DataObject) -> None:
    few, kernel_shape = data.draw(st.integers(1, 3)), case.filters.weight.shape[2:]
    weight = case.rng.standard_normal((case.x.shape[1], few, *kernel_shape))
    bias, factor, constant = case.rng.standard_normal((3, few * case.groups))
    window = list(zip(case.stride, case.dilation, kernel_shape, strict=True))
    extra = tuple(data.draw(st.integers(0, max(s, d) - 1)) for s, d, _ in window)
    spans = ((n - 1) * s + d * (k - 1) for n, (s, d, k) in zip(case.x.shape[2:], window, strict=True))
    padding = tuple(min(p, span // 2) for p, span in zip(case.padding, spans, strict=True))
    options: dict[str, Any] = {
        "stride": case.stride,
        "padding": padding,
        "dilation": case.dilation,
        "groups": case.groups,
    }
    y = convtranspose(case.x, weight, bias, output_padding=extra, **options)
    y = np.moveaxis(np.moveaxis(y, 1, -1) * factor + constant, -1, 1)

    origin = tuple(d * (k - 1) for _, d, k in window)
    margins = [(0, 0), (0, 0), *((o, o + s + 1) for o, s in zip(origin, case.stride, strict=True))]
    x = surrounded(channels_last(np.pad(case.x, margins)), case.width)
    filters = Filters("transposed", weight, bias, factor, constant)
    with place_for(y.shape, case.width) as out:
        run(lambda p: transposed_conv(p, x, out, filters, origin=origin, activation=relu_in_place, **options))
        np.testing.assert_allclose(channels_first(out), relu(y), rtol=0, atol=1e-10)


@LAW
@given(n=st.integers(1, 4), inputs=st.integers(1, 9), units=st.integers(1, 9), data=st.data())
def test_a_dense_layer(n: int, inputs: int, units: int, data: st.DataObject) -> None:
    rng = np.random.default_rng(0)
    x, weight = rng.standard_normal((n, inputs)), rng.standard_normal((units, inputs))
    bias, factor, constant = rng.standard_normal((3, units))
    y = x @ weight.T
    filters = Filters("fc", weight)
    if data.draw(st.booleans()):
        y, filters = y + bias, filters._replace(bias=bias)
    if data.draw(st.booleans()):
        y, filters = y * factor + constant, filters._replace(factor=factor, constant=constant)
    width = data.draw(st.integers(0, 1))
    with place_for(y.shape, width) as out:
        run(lambda p: linear(p, x, out, filters, activation=relu_in_place))
        np.testing.assert_allclose(out, relu(y), rtol=0, atol=1e-12)


@pytest.mark.parametrize("tile", [2, 4])
def test_winograd_in_float32_rounds_to_the_last_digits(tile: int) -> None:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((1, 32, 28, 28), np.float32)
    weight = rng.standard_normal((32, 32, 3, 3), np.float32) / np.float32(math.sqrt(288))
    y = conv(x.astype(np.float64), weight.astype(np.float64), padding=1)
    padded = np.pad(channels_last(x), [(0, 0), (1, 1), (1, 1), (0, 0)])

    with place_for(y.shape, 0, np.float32) as out:
        run(lambda p: winograd_conv(p, padded, out, Filters("conv", weight), tile), np.float32)

    assert np.abs(channels_first(out) - y).max() < {2: 2e-6, 4: 1e-5}[tile] * np.abs(y).max()

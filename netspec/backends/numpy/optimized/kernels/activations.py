"""Activations as steps of a plan, in place."""

import math
from collections.abc import Callable
from functools import partial
from typing import TypeAlias

import numpy as np

from netspec.backends.numpy.kernels.activation import gelu
from netspec.backends.numpy.optimized.kernels.plan import Plan

InPlace: TypeAlias = Callable[[Plan, np.ndarray], None]
"""Appends the steps that put a function of its values into a contiguous array."""


def no_activation(p: Plan, x: np.ndarray) -> None:
    """The values as they are."""


def copy_result(out: np.ndarray, function: Callable[[], np.ndarray]) -> None:
    """What a function gives, copied."""
    np.copyto(out, function())


def relu_in_place(p: Plan, x: np.ndarray) -> None:
    """max(0, x); an array of zeros is faster than the number."""
    p.do(np.maximum, x, p.constant(0, x.shape), out=x)


def relu6_in_place(p: Plan, x: np.ndarray) -> None:
    """min(max(0, x), 6)."""
    relu_in_place(p, x)
    p.do(np.minimum, x, p.constant(6, x.shape), out=x)


def leakyrelu_in_place(p: Plan, x: np.ndarray, slope: float = 0.01) -> None:
    """x where x > 0, slope·x elsewhere: the larger of the two, or the smaller."""
    sloped = p.spare(x.shape)
    p.do(np.multiply, x, p.dtype.type(slope), out=sloped)
    p.do(np.maximum if slope <= 1 else np.minimum, x, sloped, out=x)


def sigmoid_in_place(p: Plan, x: np.ndarray) -> None:
    """1 / (1 + e⁻ˣ)."""
    p.do(np.negative, x, out=x)
    p.do(np.exp, x, out=x)
    p.do(np.add, x, p.dtype.type(1), out=x)
    p.do(np.reciprocal, x, out=x)


def silu_in_place(p: Plan, x: np.ndarray) -> None:
    """x·sigmoid(x)."""
    factor = p.spare(x.shape)
    p.do(np.copyto, factor, x)
    sigmoid_in_place(p, factor)
    p.do(np.multiply, x, factor, out=x)


def hardsigmoid_in_place(p: Plan, x: np.ndarray) -> None:
    """min(max(0, x + 3), 6) / 6."""
    p.do(np.add, x, p.dtype.type(3), out=x)
    relu6_in_place(p, x)
    p.do(np.divide, x, p.dtype.type(6), out=x)


def hardswish_in_place(p: Plan, x: np.ndarray) -> None:
    """x·hardsigmoid(x)."""
    factor = p.spare(x.shape)
    p.do(np.copyto, factor, x)
    hardsigmoid_in_place(p, factor)
    p.do(np.multiply, x, factor, out=x)


def tanh_in_place(p: Plan, x: np.ndarray) -> None:
    """The hyperbolic tangent."""
    p.do(np.tanh, x, out=x)


def gelu_in_place(p: Plan, x: np.ndarray) -> None:
    """x·Φ(x) = max(0, x) − |x|·Φ(−|x|); in float64 by the readable kernel.

    Source of Φ in float32: Press et al., "Numerical Recipes", erfcc, with a relative
    error below 1.2e-7.
    """
    if p.dtype != np.float32:
        p.do(copy_result, x, partial(gelu, x))
        return
    size, share, power = p.spare((3, *x.shape))
    number = p.dtype.type
    p.do(np.absolute, x, out=size)
    p.do(np.minimum, size, p.constant(40, x.shape), out=size)  # beyond, Φ is 0
    p.do(np.multiply, size, number(math.sqrt(0.5) / 2), out=share)
    p.do(np.add, share, number(1), out=share)
    p.do(np.reciprocal, share, out=share)
    p.do(np.multiply, share, number(ERFCC[0]), out=power)
    for coefficient in ERFCC[1:-1]:
        p.do(np.add, power, number(coefficient), out=power)
        p.do(np.multiply, power, share, out=power)
    p.do(np.add, power, number(ERFCC[-1] - math.log(2)), out=power)
    p.do(np.multiply, share, size, out=share)
    p.do(np.square, size, out=size)
    p.do(np.multiply, size, number(0.5), out=size)
    p.do(np.subtract, power, size, out=power)
    p.do(np.exp, power, out=power)
    p.do(np.multiply, power, share, out=power)
    relu_in_place(p, x)
    p.do(np.subtract, x, power, out=x)


ERFCC = (
    0.17087277,
    -0.82215223,
    1.48851587,
    -1.13520398,
    0.27886807,
    -0.18628806,
    0.09678418,
    0.37409196,
    1.00002368,
    -1.26551223,
)
"""The polynomial in t = 1 / (1 + z/2) for which erfc(z) = t·exp(polynomial − z²)."""

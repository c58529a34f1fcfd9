"""What is given to the textbook's functions, as arrays and whole numbers that the kernels take."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike

Window: TypeAlias = int | Sequence[int]
"""One number for all spatial axes, or one for each."""

Gradients: TypeAlias = tuple[np.ndarray, np.ndarray, np.ndarray | None]
"""Those of x, w and bias, each in its shape; None for a bias that is not there."""


def numbers(name: str, value: ArrayLike) -> np.ndarray:
    """An array of float32 or float64. Raises ValueError for what holds no real numbers."""
    array = np.asarray(value)
    if array.dtype.kind not in "biuf":
        raise ValueError(f"{name} holds {array.dtype}, not real numbers")
    return array if array.dtype in (np.float32, np.float64) else array.astype(np.float64)


def numbers_if_given(name: str, value: ArrayLike | None) -> np.ndarray | None:
    """The same for what may be left out, as a bias."""
    return None if value is None else numbers(name, value)


def alike(grad: ArrayLike, x: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """The gradient of an output that has the shape of x, and x."""
    values = numbers("x", x)
    return gradient(grad, values.shape), values


def whole(name: str, value: Window, rank: int, least: int = 1) -> tuple[int, ...]:
    """One whole number for each of so many axes. Raises ValueError for anything else."""
    try:
        given = tuple(map(operator.index, value)) if isinstance(value, Sequence) else (operator.index(value),) * rank
    except TypeError:
        given = ()
    if len(given) != rank or min(given) < least:
        several = f", or {rank} of them" if rank > 1 else ""
        raise ValueError(f"{name} is a whole number from {least} up{several}, not {value!r}")
    return given


def gradient(grad: ArrayLike, shape: tuple[int, ...]) -> np.ndarray:
    """The gradient of an output of this shape. Raises ValueError for one of another shape."""
    values = numbers("grad", grad)
    if values.shape != shape:
        raise ValueError(f"the output is {shape}, so its gradient cannot be {values.shape}")
    return values


def with_axes(x: np.ndarray, added: int) -> np.ndarray:
    """The array with so many axes of one place before its own."""
    return x.reshape((1,) * added + x.shape)


def without_axes(x: np.ndarray, added: int) -> np.ndarray:
    """The array without so many axes of one place before its own."""
    return x[(0,) * added]

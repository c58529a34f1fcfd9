"""Weights before training, drawn as PyTorch draws them."""

import math
from typing import Any, NamedTuple

import numpy as np


class Initial(NamedTuple):
    """What a weight is before training: numbers drawn evenly around a centre.

    With spread 0 all are the centre itself. A `whole` one counts, in int64.
    """

    shape: tuple[int, ...]
    centre: float
    spread: float = 0.0
    whole: bool = False

    def draw(self, rng: np.random.Generator, dtype: Any) -> np.ndarray:
        """The array, of this type unless it counts."""
        if self.whole or not self.spread:
            kind = np.int64 if self.whole else dtype
            return np.full(self.shape, self.centre, kind)
        array: np.ndarray = rng.random(self.shape, dtype)
        array *= 2 * self.spread
        array += self.centre - self.spread
        return array


def uniform(shape: tuple[int, ...], fan_in: int) -> Initial:
    """Numbers from −1/√fan_in to 1/√fan_in: the more inputs a unit sums, the smaller.

    Source: PyTorch, reset_parameters of Linear and of the convolutions.
    """
    return Initial(shape, 0.0, 1 / math.sqrt(fan_in))


def constant(shape: tuple[int, ...], value: float) -> Initial:
    """The same number everywhere."""
    return Initial(shape, value)


def counter() -> Initial:
    """A count that begins at 0."""
    return Initial((), 0, whole=True)

"""What the training loop asks of a target."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol

import numpy as np


class Step(NamedTuple):
    """What one step of training came to, over the whole batch: the mean loss, and how many labels were right."""

    loss: float
    right: int


class Learner(Protocol):
    """A net that can take steps of training. Its random numbers depend on the seed and the epoch alone."""

    def begin(self, epoch: int) -> None:
        """Make ready for the steps of an epoch."""

    def step(self, x: np.ndarray, labels: np.ndarray, counted: int, batch: int) -> Callable[[], Step]:
        """Take a step. What is returned waits for its outcome, so that the next batch can be prepared meanwhile.

        Of these examples the first `counted` count; `batch` is the number of examples over all processes.
        """

    def predict(self, x: np.ndarray) -> np.ndarray:
        """The class with the largest score, for each example: (n,)."""

    def total(self, count: int) -> int:
        """The sum of a count over all processes."""

    def weights(self) -> dict[str, np.ndarray]:
        """The weights by name."""

    def state(self) -> dict[str, np.ndarray]:
        """What the optimizer remembers from step to step."""

    def restore(self, weights: Mapping[str, np.ndarray], state: Mapping[str, np.ndarray]) -> None:
        """Go on from what :meth:`weights` and :meth:`state` gave."""

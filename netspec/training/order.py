"""In which order the images are seen, and which process takes which."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from netspec.training.ranks import Ranks


class Part(NamedTuple):
    """What one process does of a batch: the places of its images, of which the first `counted` count.

    Every process has as many, since all must take the step; where the batch does not divide, some see an image twice.
    """

    places: np.ndarray
    counted: int
    batch: int


def batches(count: int, size: int, seed: int, epoch: int, ranks: Ranks) -> Iterator[Part]:
    """The parts of one process in an epoch over `count` images: the same batches, however many processes there are."""
    order = np.random.default_rng((seed, epoch)).permutation(count)
    for start in range(0, count, size):
        batch = order[start : start + size]
        mine = batch[ranks.rank :: ranks.processes]
        lacking = -(-len(batch) // ranks.processes) - len(mine)
        yield Part(np.concatenate([mine, batch[:lacking]]), len(mine), len(batch))

"""Batches: the same ones for any number of processes, each image in its place once."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from netspec.training.order import batches
from netspec.training.ranks import Ranks, ranks_of


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(1, 60), st.integers(1, 20), st.integers(1, 5), st.integers(0, 3))
def test_processes_share_the_batches_of_one(count: int, size: int, processes: int, seed: int) -> None:
    size = max(size, processes)
    alone = list(batches(count, size, seed, 1, Ranks()))
    shared = [list(batches(count, size, seed, 1, Ranks(rank, processes))) for rank in range(processes)]
    assert sorted(np.concatenate([part.places for part in alone]).tolist()) == list(range(count))
    for whole, *parts in zip(alone, *shared, strict=True):
        counted = np.concatenate([part.places[: part.counted] for part in parts])
        assert sorted(counted.tolist()) == sorted(whole.places.tolist())
        assert {part.batch for part in parts} == {len(whole.places)}
        assert len({len(part.places) for part in parts}) == 1


def test_each_epoch_and_seed_has_its_own_order() -> None:
    orders = {
        tuple(next(batches(50, 50, seed, epoch, Ranks())).places.tolist()) for seed in range(3) for epoch in range(3)
    }
    assert len(orders) == 9


def test_torchrun_says_which_process_this_is() -> None:
    assert ranks_of({"RANK": "5", "WORLD_SIZE": "8", "LOCAL_RANK": "1"}) == Ranks(5, 8, 1)
    assert ranks_of({}) == Ranks(0, 1, 0)

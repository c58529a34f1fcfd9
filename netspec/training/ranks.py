"""The processes that train together, as torchrun starts them."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import torch


class Ranks(NamedTuple):
    """Which process this is, of how many, and of those on this machine."""

    rank: int = 0
    processes: int = 1
    local: int = 0

    @property
    def first(self) -> bool:
        """Whether this process speaks and writes for all."""
        return self.rank == 0

    def sum(self, tensor: torch.Tensor) -> torch.Tensor:
        """A tensor added up over all processes."""
        if self.processes > 1:
            import torch.distributed

            torch.distributed.all_reduce(tensor)
        return tensor

    @contextlib.contextmanager
    def one_first(self) -> Iterator[None]:
        """On each machine one process does this before the others, which then find done what needs to be done once."""
        if self.processes > 1 and self.local:
            _wait()
        try:
            yield
        finally:
            if self.processes > 1 and not self.local:
                _wait()


ALONE = Ranks()


def ranks_of(environment: Mapping[str, str] = os.environ) -> Ranks:
    """What torchrun says of this process."""
    if "LOCAL_RANK" not in environment:
        return ALONE
    return Ranks(int(environment["RANK"]), int(environment["WORLD_SIZE"]), int(environment["LOCAL_RANK"]))


@contextlib.contextmanager
def joined(ranks: Ranks) -> Iterator[None]:
    """All processes in one group: over nccl between GPUs, over gloo between CPUs."""
    if ranks.processes == 1:
        yield
        return
    import torch.distributed

    torch.distributed.init_process_group()
    try:
        yield
    finally:
        torch.distributed.destroy_process_group()


def _wait() -> None:
    """Until all processes are here. Not `barrier`, which would choose a GPU before it is known which one is whose."""
    import torch

    torch.distributed.all_reduce(torch.zeros(1))

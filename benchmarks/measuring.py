"""Measuring whole processes and functions in alternation, so that a busy machine is busy for all candidates."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

ROOT = Path(__file__).parent.parent

_Result = TypeVar("_Result")

# Without .pyc files every start would compile all its modules again.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


class Cost(NamedTuple):
    """What a process took: seconds by the clock, and the most memory that it held, in MiB."""

    seconds: float
    memory: float


def cost(command: Sequence[str | Path], folder: Path = ROOT) -> Cost:
    """Run a command to its end. Raises RuntimeError if it fails."""
    with tempfile.TemporaryFile() as output:
        start = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, env=ENVIRONMENT, stdout=output, stderr=output)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            output.seek(0)
            raise RuntimeError(f"{command} failed:\n{output.read().decode(errors='replace')}")
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return Cost(seconds, usage.ru_maxrss / unit)


def seconds(function: Callable[[], object], times: int = 1) -> float:
    """The time of one call, as a mean of several."""
    start = time.perf_counter()
    for _ in range(times):
        function()
    return (time.perf_counter() - start) / times


def in_alternation(candidates: Mapping[str, Callable[[], _Result]], rounds: int) -> dict[str, list[_Result]]:
    """What each candidate gives, round by round: one of each in turn, after a round that does not count."""
    results: dict[str, list[_Result]] = {name: [] for name in candidates}
    for turn in range(rounds + 1):
        for name, candidate in candidates.items():
            result = candidate()
            if turn:
                results[name].append(result)
    return results


class Ratio(NamedTuple):
    """Quartiles of the ratios of paired measurements."""

    low: float
    median: float
    high: float

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.low:.2f} to {self.high:.2f})"


def ratio(these: Sequence[float], those: Sequence[float]) -> Ratio:
    """How many times the second the first takes."""
    ratios = [this / that for this, that in zip(these, those, strict=True)]
    return Ratio(*statistics.quantiles(ratios, n=4, method="inclusive")) if len(ratios) > 1 else Ratio(*ratios * 3)


def verdict(value: float, goal: float, *, at_most: bool = True) -> str:
    """A goal, and whether it was met."""
    met = value <= goal if at_most else value >= goal
    return f"goal: {'at most' if at_most else 'at least'} {goal:g}, {'met' if met else 'MISSED'}"

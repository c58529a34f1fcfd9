"""What it costs to check ResNet-50 for all heights and widths at once, beside one size.

As whole processes, and as calls in one process whose caches are warm, as in an editor. Run with
``python -m benchmarks.for_all``.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from functools import partial
from pathlib import Path

from benchmarks.measuring import ROOT, cost, in_alternation, ratio, seconds, verdict
from netspec.compile import Options, check_file, parse_shape

SPEC = ROOT / "specs" / "resnet50.net"
GOAL = 3.0

WAYS = {"one size": [], "3 x H x W": ["--input", "3xHxW"], "--for-all": ["--for-all"]}
"""Arguments of `netspec check`: the size of the spec, open sizes, and the question which others would fit."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    command: list[str | Path] = [sys.executable, "-m", "netspec.cli", "check", SPEC]
    processes = in_alternation({way: partial(cost, [*command, *more]) for way, more in WAYS.items()}, rounds)
    _print("as a process", {way: [one.seconds for one in found] for way, found in processes.items()})
    options = {"one size": Options(), "3 x H x W": Options(input_shape=parse_shape("3xHxW"))}
    options["--for-all"] = Options(for_all=True)
    calls = {way: partial(seconds, partial(check_file, SPEC, choice)) for way, choice in options.items()}
    _print("as a call", in_alternation(calls, rounds))


def _print(what: str, times: dict[str, list[float]]) -> None:
    for way, found in times.items():
        compared = ratio(found, times["one size"])
        told = f"  {compared} times; {verdict(compared.median, GOAL)}" if way != "one size" else ""
        print(f"{what:14}{way:12}{statistics.median(found) * 1000:6.0f} ms{told}")


if __name__ == "__main__":
    main()

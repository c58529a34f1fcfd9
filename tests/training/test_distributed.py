"""Two processes on one machine train as one does."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

SPEC = "specs/digits_8x8.net"


def run(processes: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run netspec, by torchrun in so many processes if there is to be more than one."""
    torchrun = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
    command = [sys.executable, *(torchrun if processes > 1 else ()), "-m", "netspec.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def losses(path: Path) -> list[float]:
    return [json.loads(line)["loss"] for line in (path / "steps.jsonl").read_text().splitlines()]


def test_two_processes_give_the_loss_curve_of_one(tmp_path: Path) -> None:
    options = ("--batch", "51", "--epochs", "2", "--lr", "0.1")  # 51 does not divide evenly among two
    paths = {count: tmp_path / str(count) for count in (1, 2)}
    for count, path in paths.items():
        done = run(count, "train", SPEC, *options, "--out", str(path))
        assert done.returncode == 0, done.stderr
        assert done.stdout.count("test accuracy ") == 2  # one process speaks: the table's head, and the last line
    np.testing.assert_allclose(losses(paths[2]), losses(paths[1]), atol=1e-4)
    one, two = ((path / "metrics.jsonl").read_text().splitlines()[-1] for path in paths.values())
    assert json.loads(two)["train_accuracy"] == pytest.approx(json.loads(one)["train_accuracy"], abs=0.005)
    assert json.loads(two)["test_accuracy"] == pytest.approx(json.loads(one)["test_accuracy"], abs=0.01)


def test_a_mistake_is_told_once(tmp_path: Path) -> None:
    done = run(2, "train", SPEC, "--target", "numpy", "--out", str(tmp_path / "run"))
    assert done.returncode != 0
    assert done.stderr.count("netspec: several processes are for --target torch") == 1
    assert not (tmp_path / "run").exists()

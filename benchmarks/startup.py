"""How long a check of LeNet takes as a whole process, from an installed wheel.

The yardstick is importing the two libraries that netspec depends on. Run with ``python -m benchmarks.startup``.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

from benchmarks.measuring import ENVIRONMENT, ROOT, cost, in_alternation, ratio, verdict

GOAL = 1.75


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=25)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as name:
        python = _installed(Path(name))
        commands: dict[str, list[str | Path]] = {
            "netspec check": [python.parent / "netspec", "check", ROOT / "specs" / "lenet.net"],
            "import lark, BaseModel": [python, "-c", "import lark; from pydantic import BaseModel"],
            "python -c pass": [python, "-c", "pass"],
        }
        costs = in_alternation({name: partial(cost, command) for name, command in commands.items()}, rounds)
    times = {name: [one.seconds for one in found] for name, found in costs.items()}
    for name, found in times.items():
        print(f"{name:24}{statistics.median(found) * 1000:6.0f} ms")
    check = ratio(times["netspec check"], times["import lark, BaseModel"])
    print(f"\nnetspec check / import: {check}; {verdict(check.median, GOAL)}")


def _installed(folder: Path) -> Path:
    """The python of a fresh environment that holds the wheel and what it depends on."""
    environment = folder / "environment"
    python = environment / "bin" / "python"
    _run("build", "--wheel", "--no-isolation", "--outdir", folder, ROOT)
    _run("venv", "--without-pip", environment)
    _run("pip", "--python", python, "install", "--quiet", *folder.glob("*.whl"))
    return python


def _run(module: str, *arguments: str | Path) -> None:
    command = [sys.executable, "-m", module, *map(str, arguments)]
    subprocess.run(command, check=True, capture_output=True, env=ENVIRONMENT)


if __name__ == "__main__":
    main()

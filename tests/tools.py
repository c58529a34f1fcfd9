"""The tools that judge generated code."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


def with_each_tool(*options_of_mypy: str) -> pytest.MarkDecorator:
    """A test for each way in which ruff and mypy look at code."""
    tools = [
        ("ruff", "format", "--isolated", "--diff"),
        ("ruff", "check", "--isolated"),
        ("ruff", "check", "--isolated", "--select", "E,F,I,UP,B,C4,SIM,RET501,RET503"),
        ("mypy", "--strict", *options_of_mypy, "--config-file="),
    ]
    return pytest.mark.parametrize("tool", tools, ids=" ".join)


def assert_silent(tool: tuple[str, ...], folder: Path) -> None:
    """Whether a tool finds nothing to say about the modules in a folder."""
    command = [sys.executable, "-m", *tool, "."]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr

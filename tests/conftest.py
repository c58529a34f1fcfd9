"""Options and fixtures of the whole suite."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

from tests.commands import BROKEN, TWO_NETS

# The tests themselves run in parallel, and small arrays gain nothing from threads. Before NumPy and torch are imported.
for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")

# The same examples each time, however busy the machine is: what looks further is `python -m tests.fuzz`.
settings.register_profile("netspec", derandomize=True, deadline=None)
settings.load_profile("netspec")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="write generated texts anew instead of comparing with them"
    )


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether golden texts are to be written anew. Read what changed in the diff."""
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test runs in a folder of its own, with two.net and broken.net, and nothing around it asks for colours."""
    monkeypatch.chdir(tmp_path)
    for variable in ("FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(variable, raising=False)
    Path("two.net").write_text(TWO_NETS, encoding="utf-8")
    Path("broken.net").write_text(BROKEN, encoding="utf-8")

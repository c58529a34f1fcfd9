"""What the tests of plan kernels share."""

from __future__ import annotations

import pytest

from netspec.backends.numpy.optimized.kernels import blocks, convolutions, depthwise, products, winograd

LIMITS = (
    (blocks, "MOST_VALUES", 40),
    (convolutions, "MOST_COLUMNS", 300),
    (depthwise, "MOST_FACTORS", 300),
    (products, "SMALL_PRODUCT", 3000),
    (winograd, "LARGE_TILES", 500),
)
"""How large pieces of work may be, so low that small arrays make several."""


@pytest.fixture(params=["whole", "in pieces"])
def pieces(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small arrays are worked on as wholes, or cut as large ones are."""
    if request.param == "in pieces":
        for module, name, limit in LIMITS:
            monkeypatch.setattr(module, name, limit)

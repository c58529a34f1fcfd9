"""Generated texts, compared with those that have been read and found good."""

from __future__ import annotations

from difflib import unified_diff
from pathlib import Path

GOLDEN = Path(__file__).parent / "golden"


def assert_golden(name: str, text: str, *, update: bool) -> None:
    """Whether a text is the one in the folder of golden texts, under this name."""
    path = GOLDEN / name
    if update:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    golden = path.read_text(encoding="utf-8") if path.exists() else ""
    difference = unified_diff(golden.splitlines(), text.splitlines(), str(path), "generated now", lineterm="")
    assert golden == text, "\n".join(difference)

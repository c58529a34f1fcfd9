"""The comparison of two nets, as text, Markdown and JSON."""

from __future__ import annotations

from typing import NamedTuple

from netspec.passes.diff import Diff


class Comparison(NamedTuple):
    """Two nets compared, and what each is called: its name and where it comes from."""

    diff: Diff
    old_title: str
    new_title: str

"""The formatter: one layout for a spec, by its tokens and its line breaks alone.

    text ── tokens ──▶ tokens ── layout ──▶ lines ── columns ──▶ text

No token is added, removed or moved, so that the meaning stays; each comment stays between the tokens that it stood
between.
"""

from __future__ import annotations

from netspec.syntax.format.columns import align
from netspec.syntax.format.layout import SHAPE_GAP, WIDTH, lay_out
from netspec.syntax.format.tokens import tokens

__all__ = ["SHAPE_GAP", "WIDTH", "format_text"]


def format_text(text: str) -> str:
    """A text without syntax errors in the canonical layout. Its first line end says what all of them are."""
    first, end, _ = text.partition("\n")
    end = "\r\n" if end and first.endswith("\r") else "\n"
    return "".join(f"{line}{end}" for line in align(lay_out(tokens(text))))

"""Fixes: single edits of a spec that does not check, each tried by the real check before it is offered."""

from netspec.fixes.suggest import suggest

__all__ = ["suggest"]

"""How each number of a layer comes about: its formula, the values in it, and the result."""

from netspec.backends.explain.text import render_markdown, render_text
from netspec.backends.explain.working import Dense, Explanation, Working, explain, workings

__all__ = ["Dense", "Explanation", "Working", "explain", "render_markdown", "render_text", "workings"]

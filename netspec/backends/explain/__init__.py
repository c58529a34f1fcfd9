"""How each number of a layer comes about: formula, values, result; and how gradients come back through it."""

from netspec.backends.explain.backward import End, Step, backward
from netspec.backends.explain.backward_text import backward_markdown, backward_text
from netspec.backends.explain.text import render_markdown, render_text
from netspec.backends.explain.working import Dense, Explanation, Working, explain, workings

__all__ = [
    "Dense",
    "End",
    "Explanation",
    "Step",
    "Working",
    "backward",
    "backward_markdown",
    "backward_text",
    "explain",
    "render_markdown",
    "render_text",
    "workings",
]

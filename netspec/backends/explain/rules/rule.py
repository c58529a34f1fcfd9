"""What a gradient rule is: for each thing that a layer uses, the gradient of the loss by it, with shapes."""

from __future__ import annotations

from typing import NamedTuple

from netspec.backends.explain.notation import Expression, Symbol
from netspec.sizes import Shape


class Gradient(NamedTuple):
    """∂L/∂ of an input or a weight, and how it is computed.

    `indices` name the first axes of the shape, where the formula speaks of them. `remark` says more in words.
    """

    by: Symbol
    shape: Shape
    formula: Expression
    indices: tuple[Expression, ...] = ()
    remark: str = ""


class Definition(NamedTuple):
    """What a symbol of a formula stands for; with its shape where that is of interest."""

    symbol: Symbol
    formula: Expression
    shape: Shape | None = None


class Rule(NamedTuple):
    """The gradients of a layer: by its inputs, and by its trainable weights, both in the layer's order.

    `summary` is the rule in a sentence. `untouched` are the places on each spatial axis of the input that no window
    sees, so that their gradient is 0.
    """

    summary: str
    inputs: tuple[Gradient, ...]
    weights: tuple[Gradient, ...] = ()
    definitions: tuple[Definition, ...] = ()
    notes: tuple[str, ...] = ()
    untouched: tuple[tuple[int, ...], ...] = ()


DELTA = Symbol("δ", r"\delta")
X, Y, W, B = Symbol("x", "x"), Symbol("y", "y"), Symbol("W", "W"), Symbol("b", "b")
C, F = Symbol("c", "c"), Symbol("f", "f")
I, J = Symbol("i", "i"), Symbol("j", "j")  # noqa: E741 # as in every textbook


def numbered(symbol: Symbol, number: int) -> Symbol:
    """x₁, x₂, ..."""
    lower = str(number).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))
    return Symbol(f"{symbol.text}{lower}", f"{symbol.latex}_{{{number}}}")


def primed(symbol: Symbol) -> Symbol:
    """x′: what a formula makes of x first."""
    return Symbol(f"{symbol.text}′", f"{symbol.latex}'")


def by_input(formula: Expression, shape: Shape, *indices: Expression) -> tuple[Gradient, ...]:
    """∂L/∂x of a layer with one input."""
    return (Gradient(X, shape, formula, indices),)

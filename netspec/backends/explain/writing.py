"""Expressions of gradient rules written as text and as LaTeX."""

from __future__ import annotations

import re

from netspec.backends.explain.notation import (
    Call,
    Cases,
    Comparison,
    Expression,
    Floor,
    Fraction,
    Gathered,
    Indexed,
    Number,
    Power,
    Product,
    Reduced,
    Stretched,
    Sum,
    Summation,
    Symbol,
    Transposed,
    Volume,
    number_text,
    setting_text,
    signed,
)
from netspec.sizes import Size, format_shape

CASES, SUM, PRODUCT, POWER, ATOM = range(5)
"""How tightly what is written binds."""

COMMA = r",\ "
LATEX_SIGNS = {"·": r"\cdot", "⊙": r"\odot", " ": "", "⋆": r"\star", "<": "<", "≤": r"\leq"}
LATEX_FUNCTIONS = {"exp": r"\exp", "tanh": r"\tanh", "σ": r"\sigma", "Φ": r"\Phi", "φ": r"\varphi", "min": r"\min"}


def as_text(expression: Expression) -> str:
    """The expression in a line of Unicode."""
    return _text(expression)[0]


def as_latex(expression: Expression) -> str:
    """The expression in LaTeX, for math mode."""
    return _latex(expression)[0]


def _text(term: Expression) -> tuple[str, int]:
    match term:
        case Symbol():
            return term.text, ATOM
        case Number():
            text = number_text(term.value)
            return text, _tightness(term.value)
        case Sum():
            sign, right = ("−", PRODUCT) if term.negative else ("+", PRODUCT)
            return f"{_bound(term.left, SUM)} {sign} {_bound(term.right, right)}", SUM
        case Product(left=Number(value=-1)):
            return f"−{_bound(term.right, PRODUCT)}", SUM
        case Product():
            sign = term.sign if term.sign in "· " else f" {term.sign} "
            left = POWER if isinstance(term.left, Fraction) else PRODUCT  # (2 / n)·y: 2 / n·y would be read otherwise
            return f"{_bound(term.left, left)}{sign}{_bound(term.right, POWER)}", PRODUCT
        case Fraction():
            return f"{_bound(term.over, PRODUCT)} / {_bound(term.under, POWER)}", PRODUCT
        case Power(exponent=Number(value=2 | 3 as exponent)):
            return f"{_bound(term.base, ATOM)}{'²' if exponent == 2 else '³'}", POWER
        case Power():
            return f"{_bound(term.base, ATOM)}^{_bound(term.exponent, ATOM)}", POWER
        case Floor():
            return f"⌊{_bound(term.over, PRODUCT)} / {_bound(term.under, POWER)}⌋", ATOM
        case Call(function="mod", settings=(divisor,)):
            return f"{_bound(term.argument, POWER)} mod {divisor}", PRODUCT
        case Call():
            return f"{term.function}({', '.join([as_text(term.argument), *_settings(term)])})", ATOM
        case Cases():
            branches = [f"{as_text(value)} where {_condition(condition)}" for value, condition in term.branches]
            return f"{', '.join([*branches, as_text(term.otherwise)])} elsewhere", CASES
        case Indexed():
            return f"{_bound(term.base, ATOM)}[{', '.join(map(as_text, term.indices))}]", ATOM
        case Transposed():
            return f"{_bound(term.base, ATOM)}ᵀ", ATOM
        case Summation():
            return f"Σ_{term.index.text} {_bound(term.body, PRODUCT)}", SUM
        case Reduced(how="Σ"):
            index = f"_{term.index.text}" if term.index else ""
            return f"Σ{index} {_bound(term.body, POWER)}", POWER
        case Reduced():
            return f"{term.how}({as_text(term.body)})", ATOM
        case Stretched():
            return f"{_bound(term.body, ATOM)}{term.sign}{setting_text(term.factors)}", ATOM
        case Gathered(whose="hold"):
            return f"Σ_(i∋j) {_bound(term.body, PRODUCT)}", SUM
        case Gathered():
            return f"Σ_(i: j = argmax i) {_bound(term.body, PRODUCT)}", SUM
        case Volume():
            return "n[i]", ATOM


def _bound(term: Expression, tightness: int) -> str:
    text, binding = _text(term)
    return text if binding >= tightness else f"({text})"


def _settings(term: Call) -> list[str]:
    """The settings of a function; a shape is whole, of margins and factors one stands for all axes that agree."""
    if term.function == "reshape":
        return [signed(format_shape(shape)) for shape in term.settings if isinstance(shape, tuple)]
    return [setting_text(setting) for setting in term.settings]


def _condition(condition: Comparison) -> str:
    operands = [as_text(operand) for operand in condition.operands]
    if condition.signs == ("<",):
        return f"{operands[1]} > {operands[0]}"
    signed = [f" {sign} {operand}" for sign, operand in zip(condition.signs, operands[1:], strict=True)]
    return operands[0] + "".join(signed)


def _latex(term: Expression) -> tuple[str, int]:
    match term:
        case Symbol():
            return term.latex, ATOM
        case Number():
            return _latex_number(number_text(term.value)), _tightness(term.value)
        case Sum():
            sign = "-" if term.negative else "+"
            return f"{_bound_latex(term.left, SUM)} {sign} {_bound_latex(term.right, PRODUCT)}", SUM
        case Product(left=Number(value=-1)):
            return f"-{_bound_latex(term.right, PRODUCT)}", SUM
        case Product():
            left, right = _bound_latex(term.left, PRODUCT), _bound_latex(term.right, POWER)
            return f"{left} {LATEX_SIGNS[term.sign]} {right}".replace("  ", " "), PRODUCT
        case Fraction():
            return rf"\frac{{{as_latex(term.over)}}}{{{as_latex(term.under)}}}", POWER
        case Power():
            return f"{_bound_latex(term.base, ATOM)}^{{{as_latex(term.exponent)}}}", POWER
        case Floor():
            return rf"\left\lfloor \frac{{{as_latex(term.over)}}}{{{as_latex(term.under)}}} \right\rfloor", ATOM
        case Call(function="mod", settings=(divisor,)):
            return rf"{_bound_latex(term.argument, POWER)} \bmod {divisor}", PRODUCT
        case Call(function="√"):
            return rf"\sqrt{{{as_latex(term.argument)}}}", ATOM
        case Call():
            name = LATEX_FUNCTIONS.get(term.function, rf"\mathrm{{{term.function}}}")
            settings = map(_latex_number, _settings(term))
            return rf"{name}\left({COMMA.join([as_latex(term.argument), *settings])}\right)", ATOM
        case Cases():
            branches = [rf"{as_latex(value)} & {_condition_latex(condition)}" for value, condition in term.branches]
            lines = r" \\ ".join([*branches, rf"{as_latex(term.otherwise)} & \text{{elsewhere}}"])
            return rf"\begin{{cases}} {lines} \end{{cases}}", CASES
        case Indexed():
            return rf"{_bound_latex(term.base, ATOM)}[{COMMA.join(map(as_latex, term.indices))}]", ATOM
        case Transposed():
            return rf"{_bound_latex(term.base, ATOM)}^\top", ATOM
        case Summation():
            return rf"\sum_{{{term.index.latex}}} {_bound_latex(term.body, PRODUCT)}", SUM
        case Reduced(how="Σ"):
            index = f"_{{{term.index.latex}}}" if term.index else ""
            return rf"\sum{index} {_bound_latex(term.body, POWER)}", POWER
        case Reduced():
            return rf"\mathrm{{{term.how}}}\left({as_latex(term.body)}\right)", ATOM
        case Stretched():
            arrow = r"\uparrow" if term.sign == "↑" else r"\downarrow"
            factors = _latex_number(setting_text(term.factors))
            return rf"{_bound_latex(term.body, ATOM)}_{{{arrow} {factors}}}", ATOM
        case Gathered(whose="hold"):
            return rf"\sum_{{i \ni j}} {_bound_latex(term.body, PRODUCT)}", SUM
        case Gathered():
            return rf"\sum_{{i\,:\ j = \mathrm{{argmax}}\ i}} {_bound_latex(term.body, PRODUCT)}", SUM
        case Volume():
            return "n[i]", ATOM


def _bound_latex(term: Expression, tightness: int) -> str:
    latex, binding = _latex(term)
    return latex if binding >= tightness else rf"\left({latex}\right)"


def _condition_latex(condition: Comparison) -> str:
    operands = [as_latex(operand) for operand in condition.operands]
    if condition.signs == ("<",):
        return f"{operands[1]} > {operands[0]}"
    signed = [f" {LATEX_SIGNS[s]} {operand}" for s, operand in zip(condition.signs, operands[1:], strict=True)]
    return operands[0] + "".join(signed)


def _latex_number(text: str) -> str:
    """A number, a size or a shape in LaTeX."""
    signs = {"⌊": r"\lfloor ", "⌋": r" \rfloor", "·": r" \cdot ", "−": "-", "x": r" \times "}
    words = {" or ": r"\text{ or }", " to ": r"\text{ to }"}
    for sign, latex in {**signs, **words}.items():
        text = text.replace(sign, latex)
    text = re.sub(r"^1e(-?\d+)$", r"10^{\1}", text.replace("  ", " "))
    return re.sub(r"e(-?\d+)$", r" \\cdot 10^{\1}", text)


def _tightness(value: float | Size) -> int:
    """How tightly a number binds: one with a sign, or a size that is a sum, as little as a sum."""
    if isinstance(value, int | float):
        return ATOM if value >= 0 else SUM
    text = str(value)
    return ATOM if text.isalnum() or (text[0] == "⌊" and text.find("⌋") == len(text) - 1) else SUM

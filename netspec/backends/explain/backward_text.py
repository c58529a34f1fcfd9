"""Backpropagation as text and as Markdown with LaTeX."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from netspec.backends.explain.backward import End, Start, Step, Use
from netspec.backends.explain.notation import Number
from netspec.backends.explain.rules import Definition, Gradient
from netspec.backends.explain.writing import COMMA, as_latex, as_text
from netspec.ir import Origin
from netspec.sizes import Shape, format_shape

TITLE = "Backpropagation through {}, from the loss L back to the input, for one example."
CONVENTIONS = (
    "Of each layer, x is the input, y the output, and δ = ∂L/∂y the gradient that comes back to it.",
    "Over a batch, L is the mean of the examples' losses: δ begins with 1/batch, and gradients of weights add up.",
)
LEGEND = {
    "⊙": "a ⊙ b: value by value",
    "⋆": "a ⋆ b: b slides over a, and what lies under it is multiplied and summed, as `conv` does",
    "rot180": "rot180: the kernel flipped on every axis",
    "pad(": "pad(a, n): n zeros on both sides; pad(a, m, n): m before and n after, and −n are cut away",
    "↑": "a↑n: n − 1 zeros put between neighbours",
    "↓": "a↓n: the first of every n",
}
"""What each sign means; told where it is used."""

WIDTH = 110
"""The longest line of words, in characters."""

UNREACHED = "It reaches no output: nothing comes back, and all its gradients are 0."


def backward_text(name: str, steps: Iterable[Step | End]) -> str:
    """Each layer with its gradients on the way back, a line for each."""
    blocks = ["\n".join(lines) for step in steps for lines in _blocks(step)]
    body = "\n\n".join(blocks)
    return "\n".join([TITLE.format(name), *CONVENTIONS, *_legend(body), "", body]) + "\n"


def backward_markdown(name: str, steps: Iterable[Step | End]) -> str:
    """The same for pages that show LaTeX."""
    steps = list(steps)
    text = backward_text(name, steps)
    head = [TITLE.format(name), "", " ".join(CONVENTIONS), "", *(f"- {line}" for line in _legend(text))]
    blocks = ["\n".join(lines) for step in steps for lines in _markdown(step)]
    return "\n".join(head) + "\n\n" + "\n\n".join(blocks) + "\n"


def _wrapped(sentence: str) -> list[str]:
    """A sentence below the name of its layer, in lines that a terminal holds."""
    return textwrap.wrap(sentence, WIDTH, initial_indent="  ", subsequent_indent="    ", break_long_words=False)


def _legend(body: str) -> list[str]:
    return [meaning for sign, meaning in LEGEND.items() if sign in body]


def _blocks(step: Step | End) -> list[list[str]]:
    if isinstance(step, End):
        return [[f"{step.input.name}: input", *(line for sentence in _end(step) for line in _wrapped(sentence))]]
    blocks = [_start(start, step.node.output) for start in step.starts]
    node, rule = step.node, step.rule
    lines = [f"{node.name}: {node.layer.call_text()}  ({_place(node.origin)})", f"  {_shapes(step)}"]
    if not step.reached:
        return [*blocks, [*lines, f"  {UNREACHED}"]]
    for sentence in _sum(step.uses, step.starts):
        lines += _wrapped(sentence)
    rows = [(_by(gradient), format_shape(gradient.shape), _formula(gradient)) for gradient in _gradients(step)]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    lines += [f"  {by:{widths[0]}}  {shape:{widths[1]}}  = {formula}" for by, shape, formula in rows]
    if rule.definitions:
        lines += _wrapped(f"with {', '.join(map(_definition, rule.definitions))}")
    for sentence in (rule.summary, *rule.notes):
        lines += _wrapped(sentence)
    return [*blocks, lines]


def _start(start: Start, shape: Shape) -> list[str]:
    width = max(len(loss.name) for loss in start.losses)
    lines = [f"loss of `{start.output}`: {format_shape(shape)}, with the target t"]
    for loss in start.losses:
        note = f"   ({loss.note})" if loss.note else ""
        lines.append(f"  {loss.name:{width}}  δ = {as_text(loss.gradient)}{note}")
    return lines


def _end(step: End) -> list[str]:
    shape = format_shape(step.input.shape)
    if not step.uses:
        return [f"∂L/∂x: {shape}", "Nothing comes back to it."]
    lines = [f"∂L/∂x: {shape}", *_sum(step.uses, (), "∂L/∂x")]
    return [*lines, "Nothing is learned here, so that training does not need it; it shows which pixels matter."]


def _shapes(step: Step) -> str:
    inputs = ", ".join(f"∂L/∂{given.by.text}: {format_shape(given.shape)}" for given in step.rule.inputs)
    return f"∂L/∂y: {format_shape(step.node.output)} → {inputs}"


def _sum(uses: Sequence[Use], starts: Sequence[Start], what: str = "δ") -> list[str]:
    """Where a value is used several times: that the gradients add."""
    if len(uses) + len(starts) < 2:
        return []
    users = [use.user for use in uses] + [f"the loss of `{start.output}`" for start in starts]
    terms = [f"∂L/∂{use.symbol.text}" for use in uses] + [f"∂L/∂y of `{start.output}`" for start in starts]
    return [f"used by {_and(list(dict.fromkeys(users)))}: their gradients add, {what} = {' + '.join(terms)}"]


def _gradients(step: Step) -> tuple[Gradient, ...]:
    return (*step.rule.weights, *step.rule.inputs)


def _by(gradient: Gradient) -> str:
    indices = f"[{', '.join(map(as_text, gradient.indices))}]" if gradient.indices else ""
    return f"∂L/∂{gradient.by.text}{indices}"


def _formula(gradient: Gradient) -> str:
    return as_text(gradient.formula) + (f"   {gradient.remark}" if gradient.remark else "")


def _definition(definition: Definition) -> str:
    shape = f": {format_shape(definition.shape)}" if definition.shape else ""
    return f"{definition.symbol.text} = {as_text(definition.formula)}{shape}"


def _place(origin: Origin) -> str:
    block = f", in {origin.uses[-1].block}" if origin.uses else ""
    return f"line {origin.line}{block}"


def _and(names: Sequence[str]) -> str:
    return " and ".join(names) if len(names) < 3 else f"{', '.join(names[:-1])} and {names[-1]}"


def _markdown(step: Step | End) -> list[list[str]]:
    if isinstance(step, End):
        return [[f"### `{step.input.name}`: input", "", *map(_escaped, _end(step))]]
    node, rule = step.node, step.rule
    blocks = []
    for start in step.starts:
        lines = [f"### The loss of `{start.output}`: {format_shape(node.output)}, with the target t", ""]
        for loss in start.losses:
            note = f" ({loss.note})" if loss.note else ""
            lines += [f"{loss.name}{note}:", "", "$$", rf"\delta = {as_latex(loss.gradient)}", "$$", ""]
        blocks.append(lines[:-1])
    lines = [f"### `{node.name}`: `{node.layer.call_text()}`, {_place(node.origin)}", "", _shapes(step)]
    if not step.reached:
        return [*blocks, [*lines, "", UNREACHED]]
    for line in _sum(step.uses, step.starts):
        lines += ["", _escaped(line)]
    rows = [_latex_row(gradient) for gradient in _gradients(step)]
    lines += ["", "$$", r"\begin{aligned}", " \\\\\n".join(rows), r"\end{aligned}", "$$"]
    if rule.definitions:
        lines += ["", f"with {', '.join(map(_latex_definition, rule.definitions))}"]
    return [*blocks, [*lines, "", _escaped(" ".join((rule.summary, *rule.notes)))]]


def _escaped(words: str) -> str:
    """Words in which an underscore is one, in Markdown and in LaTeX."""
    return words.replace("_", r"\_")


def _latex_row(gradient: Gradient) -> str:
    indices = f"[{COMMA.join(map(as_latex, gradient.indices))}]" if gradient.indices else ""
    remark = rf" \quad \text{{{_escaped(gradient.remark)}}}" if gradient.remark else ""
    left = rf"\frac{{\partial L}}{{\partial {gradient.by.latex}}}{indices}"
    return rf"{left} &= {as_latex(gradient.formula)}{remark} && ({_latex_shape(gradient.shape)})"


def _latex_definition(definition: Definition) -> str:
    shape = rf"\ ({_latex_shape(definition.shape)})" if definition.shape else ""
    return f"${definition.symbol.latex} = {as_latex(definition.formula)}{shape}$"


def _latex_shape(shape: Shape) -> str:
    return r" \times ".join(as_latex(Number(size)) for size in shape)

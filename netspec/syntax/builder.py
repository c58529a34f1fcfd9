"""From rules of the grammar to nodes of the tree: one function for each rule, called while parsing.

A function gets the place of what it covers and the rule's children: nodes, and a :class:`Word` for each token that has
a text of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from netspec.quick import quick_tuple
from netspec.source import Span
from netspec.syntax import tree
from netspec.syntax.tree import Expression, Word

_MOST_DIGITS = 40
"""No number in a spec needs more digits; longer ones are only kept as too large."""

# Most of a large spec is made of these.
_argument = quick_tuple(tree.Argument)
_body = quick_tuple(tree.Body)
_call = quick_tuple(tree.Call)
_chain = quick_tuple(tree.Chain)
_group = quick_tuple(tree.Group)
_number = quick_tuple(tree.Number)


def start(span: Span, *items: tree.Item) -> tree.File:
    return tree.File(items)


def use(span: Span, path: Word) -> tree.Use:
    return tree.Use(path.text[1:-1], span)


def block(span: Span, name: Word, parameters: tuple[tree.Parameter, ...] | None, body: tree.Body) -> tree.Block:
    return tree.Block(name, parameters or (), body, span)


def net(span: Span, name: Word, parameters: tuple[tree.Parameter, ...] | None, body: tree.Body) -> tree.Net:
    return tree.Net(name, parameters or (), body, span)


def parameters(span: Span, *items: tree.Parameter) -> tuple[tree.Parameter, ...]:
    return items


def parameter(span: Span, name: Word, default: Expression | None) -> tree.Parameter:
    return tree.Parameter(name, default, span)


def body(span: Span, *statements: tree.Statement) -> tree.Body:
    return _body((statements, span))


def _label(label: Word) -> Word:
    """The name in a label token, without its colon."""
    name = label.text[:-1].rstrip()
    return Word(name, Span(label.span.start, label.span.start + len(name)))


def input(span: Span, label: Word | None, shape: Expression) -> tree.Input:
    return tree.Input(label and _label(label), shape, span)


def chain(span: Span, *children: Any) -> tree.Chain:
    return _chain((children[:-1], children[-1], span))


def repeat(span: Span, count: Expression, body: tree.Body, stated: Expression | None) -> tree.Repeat:
    return tree.Repeat(count, body, stated, span)


def conditional(
    span: Span, condition: Expression, then: tree.Body, otherwise: tree.Body | tree.Conditional | None
) -> tree.Conditional:
    return tree.Conditional(condition, then, otherwise, span)


def go_on(span: Span, place: Word | tree.Path) -> tree.GoOn:
    return tree.GoOn(place, span)


def output(span: Span, label: Word, body: tree.Body) -> tree.Output:
    return tree.Output(_label(label), body, span)


def claim(span: Span, expression: Expression) -> tree.Claim:
    return tree.Claim(expression, span)


def call(span: Span, label: Word | None, name: Word, *parts: tree.Argument | tree.Operand) -> tree.Call:
    return _call((label and _label(label), name, parts, span))


def group(span: Span, label: Word | None, body: tree.Body) -> tree.Group:
    return _group((label and _label(label), body, span))


def argument(span: Span, value: Expression, condition: Expression | None) -> tree.Argument:
    return _argument((None, value, condition, span))


def keyword(span: Span, name: Word, value: Expression) -> tree.Argument:
    return _argument((name, value, None, span))


def operand(span: Span, body: tree.Body, condition: Expression | None) -> tree.Operand:
    return tree.Operand(body, condition, span)


def signed(span: Span, minus: Word, number: tree.Number) -> tree.Number:
    return tree.Number(-number.value, span)


def spaced(span: Span, *parts: Expression) -> tree.Spaced:
    return tree.Spaced(parts, span)


def window(span: Span, token: Word) -> tree.Window:
    sizes = re.split(r"[x×](?=[0-9A-Z])", token.text)
    return tree.Window(tuple(_integer(size) if size[0].isdigit() else size for size in sizes), span)


def truth(span: Span, token: Word) -> tree.Truth:
    return tree.Truth(token.text == "true", span)


def word(span: Span, token: Word) -> Word:
    return token


def path(span: Span, token: Word) -> tree.Path:
    return tree.Path(tuple(token.text.split(".")), span)


def choice(span: Span, function: Word, *operands: Expression) -> tree.Choice:
    return tree.Choice(function.text, operands, span)


def number(span: Span, token: Word) -> tree.Number:
    text = token.text.replace("_", "")
    return _number((_integer(text) if text.isdigit() else float(text), span))


def _integer(text: str) -> int:
    return int(text) if len(text) <= _MOST_DIGITS else 10**_MOST_DIGITS


def infix(span: Span, first: Expression, *rest: Any) -> tree.Infix:
    return tree.Infix(first, tuple(zip(rest[::2], rest[1::2], strict=True)), span)


def comparison(span: Span, left: Expression, operator: Word, right: Expression) -> tree.Infix:
    return tree.Infix(left, ((operator, right),), span)


def prefix(span: Span, *children: Any) -> tree.Prefix:
    return tree.Prefix(children[0].text, len(children) - 1, children[-1], span)


BUILDERS: dict[str, Callable[..., Any]] = {
    function.__name__: function
    for function in (
        start, use, block, net, parameters, parameter, body, input, chain, repeat, conditional, go_on, output, claim,
        call, group, argument, keyword, operand, signed, spaced, window, truth, word, path, choice, number, infix,
        comparison, prefix,
    )
}  # fmt: skip  # one name a line says no more

"""The parts of the printer: layout, names, docstrings, expressions."""

from __future__ import annotations

import ast
import builtins
import keyword
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from netspec.backends.python.code import Brackets, Chain, Line, call, laid_out
from netspec.backends.python.docstrings import docstring
from netspec.backends.python.values import literal
from netspec.backends.torch.expressions import Expression, Name, Unknown, evaluate, operation, render
from netspec.backends.torch.helpers import HELPERS
from netspec.backends.torch.names import MODULE_ATTRIBUTES, Access, Names, access, camel_case


def text(*lines: Line) -> str:
    return "\n".join(laid_out(lines))


# Layout


def test_what_fits_is_one_line() -> None:
    assert text(Line("x = ", call("f", "a", "b=1"))) == "x = f(a, b=1)"


def test_what_does_not_fit_is_split_at_its_brackets() -> None:
    items = ("a" * 30, "b" * 30, "c" * 15)
    assert text(Line("value = ", call("f", *items))) == f"value = f(\n    {', '.join(items)}\n)"


def test_what_does_not_fit_then_has_a_line_for_each_item() -> None:
    items = ("a" * 40, "b" * 40, "c" * 10)
    split = "\n".join(f"    {item}," for item in items)
    assert text(Line("x = ", call("f", *items))) == f"x = f(\n{split}\n)"


def test_a_tall_list_skips_the_second_form() -> None:
    items = ("a" * 30, "b" * 30, "c" * 15)
    split = "\n".join(f"    {item}," for item in items)
    assert text(Line("value = ", Brackets("[", items, "]", tall=True))) == f"value = [\n{split}\n]"


def test_a_long_chain_goes_into_parentheses() -> None:
    parts = ("a" * 40, "and " + "b" * 40)
    assert text(Line("x = ", Chain(parts))) == f"x = (\n    {parts[0]}\n    {parts[1]}\n)"


def test_a_comment_that_does_not_fit_goes_above() -> None:
    assert text(Line("x = ", call("f", "x" * 70), comment="3x224x224")) == f"# 3x224x224\nx = f({'x' * 70})"


@pytest.mark.parametrize("name", HELPERS)
def test_helpers_keep_to_the_width(name: str) -> None:
    assert max(map(len, HELPERS[name].text.splitlines())) <= 88


# Names


def test_every_attribute_of_a_module_is_known() -> None:
    assert {name for name in dir(nn.Module()) if not name.startswith("__")} <= MODULE_ATTRIBUTES


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("conv1", Access.ATTRIBUTE),
        ("match", Access.ATTRIBUTE),
        ("_private", Access.ATTRIBUTE),
        ("class", Access.BY_NAME),
        ("0", Access.BY_NAME),
        ("__mangled", Access.BY_NAME),
        ("forward", Access.HIDDEN),
        ("training", Access.HIDDEN),
        ("__dict__", Access.HIDDEN),
    ],
)
def test_how_children_are_reached(name: str, expected: Access) -> None:
    assert access(name) is expected


@given(st.lists(st.from_regex(r"\A[A-Za-z_][A-Za-z_0-9]{0,6}\Z") | st.sampled_from([*keyword.kwlist, *dir(builtins)])))
def test_names_are_distinct_and_can_be_assigned(wanted: list[str]) -> None:
    scope = Names()
    names = [scope.take(name) for name in wanted]
    assert len(set(names)) == len(names)
    assert not set(names) & {"self", "torch", "nn", "F", *dir(builtins)}
    for name in names:
        compile(f"class A:\n def f(self, {name}):\n  {name} = {name}", "", "exec")


@pytest.mark.parametrize(
    ("name", "expected"),
    [("basic", "Basic"), ("inverted_residual", "InvertedResidual"), ("BasicBlock", "BasicBlock"), ("__", "Block")],
)
def test_names_of_classes(name: str, expected: str) -> None:
    assert camel_case(name) == expected


# Docstrings


@given(st.text(), st.sampled_from([0, 4]))
def test_a_docstring_is_a_string_and_nothing_else(doc: str, indent: int) -> None:
    lines = docstring(doc, indent)
    if not lines:
        assert not doc.strip()
        return
    body = ast.parse("\n".join(lines)).body
    assert len(body) == 1
    assert isinstance(body[0], ast.Expr)
    assert isinstance(body[0].value, ast.Constant)
    value = body[0].value.value
    assert isinstance(value, str)
    assert value.split() == " ".join(doc.expandtabs(4).splitlines()).split() or not doc.isprintable()


DOCS = [
    '"quoted"',
    'ends with "one"',
    "ends with a backslash \\",
    'three """ quotes and four """" quotes',
    "tab\there, and trailing space  \n\n   indented\n      more\n",
    "a bell \a, a form feed \f and a right-to-left \u202e mark",
    "x" * 100,
    *("word " * 15 + "y" * size for size in range(1, 9)),
    "A first line.\n\n"
    + "a paragraph that is filled anew since this line of it is too long to stay, " * 2
    + "\nand goes on",
    "word " * 40,
    "卷积神经网络 " * 12,
    "ends in a long line " + "y" * 66,
    "first\n" + "second " * 20,
]


def test_docstrings_are_laid_out_as_ruff_does(tmp_path: Path) -> None:
    for number, doc in enumerate(DOCS):
        lines = "\n".join(f"    {line}".rstrip() for line in docstring(doc, 4))
        (tmp_path / f"doc{number}.py").write_text(f"class A:\n{lines}\n\n    x = 1\n", encoding="utf-8")
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--diff", "."]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


# Expressions

WIDTH, STRIDE = Name("width"), Name("stride")


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (operation("+", WIDTH, 0), "width"),
        (operation("+", WIDTH, WIDTH, 3, WIDTH), "3 * width + 3"),
        (operation("+", WIDTH, -3), "width - 3"),
        (operation("*", WIDTH, 1), "width"),
        (operation("*", 2, operation("*", WIDTH, 3)), "6 * width"),
        (operation("//", operation("+", WIDTH, 1), 2), "(width + 1) // 2"),
        (operation("-", WIDTH, operation("-", WIDTH, STRIDE)), "width - (width - stride)"),
        (operation("-", WIDTH, 0), "width"),
        (operation("-", operation("*", 2, WIDTH), WIDTH), "width"),
        (operation("-", operation("+", WIDTH, STRIDE), WIDTH), "stride"),
        (operation("-", WIDTH, STRIDE), "width - stride"),
        (operation("if", WIDTH, operation("==", STRIDE, 0), 64), "width if stride == 0 else 64"),
        (operation("if", WIDTH, operation("==", STRIDE, 0), WIDTH), "width"),
        (operation("*", 2, operation("if", WIDTH, STRIDE, 3)), "2 * (width if stride else 3)"),
        (operation("and", True, operation("==", STRIDE, 1)), "stride == 1"),
        (operation("not", operation("==", STRIDE, 1)), "stride != 1"),
        (
            operation("and", operation("or", WIDTH, STRIDE), operation("not", WIDTH)),
            "(width or stride) and not width",
        ),
        (operation("min", WIDTH, 64), "min(width, 64)"),
    ],
)
def test_expressions_are_simplified(expression: Expression, expected: str) -> None:
    assert render(expression) == expected


SIGNS = ("+", "-", "*", "//", "%", "min", "max")
RELATIONS = ("==", "!=", "<", "<=", ">", ">=")


def numbers() -> st.SearchStrategy[Expression]:
    leaves: st.SearchStrategy[Expression] = st.integers(-4, 4) | st.sampled_from([WIDTH, STRIDE])
    return st.recursive(
        leaves,
        lambda inner: (
            st.tuples(st.sampled_from(SIGNS), inner, inner).map(_made)
            | inner.map(lambda operand: operation("negate", operand))
        ),
        max_leaves=8,
    )


def _made(parts: tuple[str, Expression, Expression]) -> Expression:
    try:
        return operation(*parts)
    except Unknown:
        return 1


@given(st.tuples(st.sampled_from(RELATIONS), numbers(), numbers()).map(_made) | numbers(), st.integers(1, 9))
def test_the_text_of_an_expression_has_its_value(expression: Expression, width: int) -> None:
    values = {"width": width, "stride": 2}
    try:
        expected = evaluate(expression, values)
    except Unknown:
        with pytest.raises(ZeroDivisionError):
            eval(render(expression), dict(values))
    else:
        assert eval(render(expression), dict(values)) == expected


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_the_text_of_a_number_is_that_number(value: float) -> None:
    assert ast.literal_eval(literal(value)) == value

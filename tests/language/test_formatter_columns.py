"""The formatter's columns: tables, shapes, comments."""

from __future__ import annotations

import re
from textwrap import dedent

import pytest

from netspec.syntax.format import format_text

COLUMNS = {
    "the rows of groups have their arrows and braces in columns": """\
        stage1:  { basic 64              -> basic 64   }
        stage10: { basic 1024 stride=2   -> basic 1024 }
        relu
        stage3: { basic 64 -> basic 64 }
        """,
    "groups of other blocks are other rows": """\
        stage1: { basic 64 -> basic 64 }
        stage2: { basic 64 stride=2 -> relu -> basic 64 }
        """,
    "numbers are aligned throughout an item": """\
        a:   inception  64  96 128 16
        bcd: inception 192   8   3 16 stride=2
        relu
        e:   inception 256 160 320 32 -> relu
        """,
    "fewer numbers make no table": """\
        stage 64 3 1
        stage 128 12 1
        """,
    "a shape stands clear of the lines around it": """\
        relu            => 1x1
        conv 64 3x3

        conv 64 3x3 padding=1 -> batchnorm -> relu
        """,
    "claims and comments are not around it": """\
        relu      => 1x1
        # With a border of one zero the filters fit three times.
        assert params == 2 * (3 * 3 * 3 + 1)
        """,
    "shapes at all depths stand in one column": """\
        a: {
            conv 64 3x3
        }                   => 1x1
        repeat 2 {
            conv 64 3x3     => 1x1
        }                   => 1x1
        """,
    "a long line without a shape moves none": """\
        conv 64 3x3     => 1x1
        conv 64 3x3 stride=2 padding=1 bias=false -> batchnorm -> relu -> sigmoid -> tanh
        """,
    "a very long line has its shape to itself": """\
        conv 64 3x3     => 1x1
        conv 64 3x3 stride=2 padding=1 bias=false -> batchnorm -> relu -> sigmoid -> tanh -> gelu -> silu     => 1x1
        """,
    "a comment after a shape": """\
        relu            => 1x1   # one
        conv 64 3x3     => 1x10  # two
        """,
}


@pytest.mark.parametrize("expected", COLUMNS.values(), ids=COLUMNS.keys())
def test_columns(expected: str) -> None:
    inner = "".join(f"    {line}".rstrip() + "\n" for line in dedent(expected).splitlines())
    text = f"net N {{\n{inner}}}\n"

    assert format_text(re.sub(r"(?<=\S) +", " ", text)) == text


def test_each_item_has_its_own_column_of_shapes() -> None:
    text = "net A { relu }\n\nnet B {\n    relu      => 1\n}\n\nnet C {\n    conv 64 3x3     => 1\n}\n"

    assert format_text(text) == text

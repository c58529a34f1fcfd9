"""Annotating: the shapes of lines, written by the rule and true."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import netspec
from netspec.diagnostics import Code
from netspec.passes.annotate import annotate
from netspec.source import Source
from netspec.syntax.format import format_text
from netspec.syntax.project import read_project
from tests.language.test_random_nets import UNIT, body


def annotated(text: str) -> str:
    """A spec with the shapes of its lines."""
    text = format_text(text)
    untrue = {d.place.span for d in netspec.checks(text) if d.code is Code.STATED_SHAPE and d.place is not None}
    return format_text(annotate(read_project(Source("<text>", text), Path()), untrue))


def bare(text: str) -> str:
    """A spec without its shapes."""
    return re.sub(r" +=> [^#\n]*", "", text)


@pytest.mark.parametrize("name", ["lenet", "conv_demo", "simple_convnet", "digits", "mlp"])
def test_the_shapes_that_an_author_gave_are_found_again(name: str) -> None:
    text = format_text(Path(f"specs/{name}.net").read_text(encoding="utf-8"))
    stated, found = (re.findall(r"=> ([\dx_]+)", spec) for spec in (text, annotated(bare(text))))

    assert [shape.replace("_", "") for shape in found] == [shape.replace("_", "") for shape in stated]


RULES = {
    "a line that changes the shape says so": """\
        net N {
            input 3x8x8

            conv 4 3x3 -> relu     => 4x6x6
            relu
            maxpool 2x2            => 4x3x3
        }
        """,
    "nothing is said from vector to vector": """\
        net N {
            input 3x8x8
            globalavgpool -> flatten      => 3
            fc 10 -> relu
            fc 2
        }
        """,
    "large vectors have grouped digits": """\
        net N {
            input 3x100x100
            flatten      => 30_000
        }
        """,
    "a merge says it after its last brace, and its operands on their lines": """\
        net N {
            input 3x8x8
            concat {
                conv 4 1x1     => 4x8x8
                relu
            } {}               => 7x8x8
            add { conv 7 1x1 } {}
        }
        """,
    "a group says it only if its lines do not": """\
        net N {
            input 3x8x8
            a: {
                conv 4 1x1                 => 4x8x8
                relu
            }
            b: { conv 5 1x1 -> relu }      => 5x8x8
            c: {
                if true { conv 6 1x1 }
            }                              => 6x8x8
        }
        """,
    "a repeat says it where all turns agree": """\
        net N {
            input 3x8x8
            repeat 2 {
                conv (in.channels * 2) 1x1
                relu
            }                  => 12x8x8
            repeat 2 {
                conv 6 1x1     => 6x8x8
            }
            repeat 2 {
                maxpool 2x2
            }                  => 6x2x2
        }
        """,
    "outputs and conditions are annotated inside": """\
        net N {
            input 3x8x8
            if in.channels == 3 {
                conv 4 1x1     => 4x8x8
            } else {
                conv 5 1x1
            }
            output aux: {
                conv 1 1x1     => 1x8x8
            }
        }
        """,
    "a block is for all uses, so that nothing is written in it": """\
        block b(width) {
            conv width 3x3
        }

        net N {
            input 3x8x8
            b 4      => 4x6x6
        }
        """,
    "open sizes are written as the language reads them": """\
        net N {
            input 3 x H x W
            conv 8 3x3 stride=2             => 8 x ((H - 1) // 2) x ((W - 1) // 2)
            upsample 4                      => 8 x (4 * ((H - 1) // 2)) x (4 * ((W - 1) // 2))
            pad 1                           => 8 x (4 * ((H - 1) // 2) + 2) x (4 * ((W - 1) // 2) + 2)
            globalavgpool -> flatten        => 8
        }
        """,
}


@pytest.mark.parametrize("expected", RULES.values(), ids=RULES.keys())
def test_what_is_annotated(expected: str) -> None:
    text = format_text(dedent(expected))

    assert netspec.checks(text) == ()
    assert annotated(bare(text)) == text


KEPT = """\
block b(width) {
    conv width 3x3 padding=1      => width x in.height x in.width
}

net N(classes=10) {
    input 3x8x8
    b 4                     => 4x8x8
    relu                    => 4 x 8 x 8
    b 5                     => 5x8x8
    flatten -> fc 1000      => 1_000
    fc classes              => classes
}
"""


def test_a_shape_that_is_true_stays_as_it_is_written() -> None:
    assert annotated(KEPT) == KEPT


MENDED = {
    "in a net": (
        "net N {\ninput 3x8x8\nconv 4 3x3 => 4x8x8 # wrong\nrelu => 6x6\n}",
        "net N {\n    input 3x8x8\n    conv 4 3x3      => 4x6x6  # wrong\n    relu            => 4x6x6\n}\n",
    ),
    "in a block that is used once": (
        "block b { conv 4 3x3 => 4x8x8 }\nnet N {\ninput 3x8x8\n\nb => 9\n}",
        "block b { conv 4 3x3 => 4x6x6 }\n\nnet N {\n    input 3x8x8\n\n    b     => 4x6x6\n}\n",
    ),
    "not where uses differ": (
        "block b { maxpool 2x2 => 3x4x4 }\nnet N {\ninput 3x8x8\n\nb\nb\n}",
        "block b { maxpool 2x2 }\n\nnet N {\n    input 3x8x8\n\n    b     => 3x4x4\n    b     => 3x2x2\n}\n",
    ),
}


@pytest.mark.parametrize(("given", "expected"), MENDED.values(), ids=MENDED.keys())
def test_a_shape_that_is_not_true_is_mended(given: str, expected: str) -> None:
    assert annotated(given) == expected


@pytest.mark.parametrize(("length", "count"), [(106, 1), (107, 0)])
def test_a_shape_that_does_not_fit_is_left_away(length: int, count: int) -> None:
    line = f": conv 4 3x3 -> {' -> '.join(['batchnorm'] * 6)}"
    text = f"net N {{\n    input 3x8x8\n\n    {line.rjust(length - 4, 'a')}\n}}\n"

    assert annotated(text).count("    => 4x6x6") == count
    assert bare(annotated(text)) == text


def test_a_symbol_that_goes_by_the_name_of_a_parameter_is_left_away() -> None:
    text = "net N(H=4) {\n    input 3xHxW\n    conv H 1x1\n}\n"

    assert annotated(text) == text


@settings(max_examples=40)
@given(body(2, labels=False), st.sampled_from(["4x8x8", "4 x H x W"]))
def test_an_annotated_spec_checks_and_means_the_same(text: str, shape: str) -> None:
    text = f"{UNIT}net N {{\ninput {shape}\n{text}\n}}"
    assume(netspec.checks(text) == ())

    result = annotated(text)

    assert netspec.checks(result) == ()
    assert annotated(result) == result
    assert bare(result) == bare(format_text(text))
    assert [(n.name, n.layer, n.output) for n in netspec.loads(result).nodes] == [
        (n.name, n.layer, n.output) for n in netspec.loads(text).nodes
    ]

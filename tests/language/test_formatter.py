"""The formatter: what the one layout is."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent

import pytest

import netspec
from netspec.source import Source
from netspec.syntax.format import format_text
from netspec.syntax.parser import MAX_NESTING, parse

SPECS = sorted(Path("specs").rglob("*.net"))
PAGES = [Path("README.md"), *sorted(Path("docs").rglob("*.md"))]

LENET = """\
# LeNet as in "Dive into Deep Learning": sigmoid units, average pooling.
net LeNet {
    input 1x28x28

    conv 6 5x5 padding=2 -> sigmoid     => 6x28x28
    avgpool 2x2                         => 6x14x14
    conv 16 5x5 -> sigmoid              => 16x10x10
    avgpool 2x2                         => 16x5x5

    flatten                             => 400
    fc 120 -> sigmoid
    fc 84 -> sigmoid
    fc 10

    assert params == 61_706
}
"""

RESNET18 = """\
block basic(width, stride=1) {
    add {
        conv1: conv width 3x3 stride=stride padding=1 bias=false
        bn1: batchnorm -> relu
        conv2: conv width 3x3 padding=1 bias=false
        bn2: batchnorm
    } {
        if stride != 1 or in.channels != width {
            downsample: { conv width 1x1 stride=stride bias=false -> batchnorm }
        }
    }
    relu
}

net ResNet18(classes=1000) {
    input 3x224x224

    conv1: conv 64 7x7 stride=2 padding=3 bias=false      => 64x112x112
    bn1: batchnorm -> relu
    maxpool 3x3 stride=2 padding=1                        => 64x56x56

    layer1: { basic 64             -> basic 64  }         => 64x56x56
    layer2: { basic 128 stride=2   -> basic 128 }         => 128x28x28
    layer3: { basic 256 stride=2   -> basic 256 }         => 256x14x14
    layer4: { basic 512 stride=2   -> basic 512 }         => 512x7x7

    globalavgpool -> flatten                              => 512
    fc: fc classes

    assert params == 11_689_512
}
"""


@pytest.mark.parametrize("text", [LENET, RESNET18], ids=["LeNet", "ResNet18"])
def test_the_specs_of_the_design_are_in_the_layout(text: str) -> None:
    assert format_text(text) == text


@pytest.mark.parametrize("text", [LENET, RESNET18], ids=["LeNet", "ResNet18"])
def test_the_layout_is_found_again_without_its_spaces(text: str) -> None:
    bare = re.sub(r"(?<=\S) +", " ", re.sub(r"^ +", "", text, flags=re.MULTILINE))

    assert format_text(bare) == text


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_the_specs_are_in_the_layout(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert format_text(text) == text


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_the_specs_on_a_page_are_in_the_layout(path: Path) -> None:
    specs = re.findall(r"^```netspec[^\n]*\n(.*?)^```$", path.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    readable = [text for text in specs if not parse(Source(path.name, text)).problems]

    assert [format_text(text) for text in readable] == readable


def test_the_spec_of_the_page_checks() -> None:
    (text,) = re.findall(r"^```netspec\n(.*?)^```$", Path("docs/formatting.md").read_text(), re.DOTALL | re.MULTILINE)

    assert netspec.checks(text) == ()


SPACES = {
    "arguments": ("conv   6  5x5\tpadding = 2", "conv 6 5x5 padding=2"),
    "a label": ("a :conv 6 5x5->b:relu", "a: conv 6 5x5 -> b: relu"),
    "a label before a body": ("a:{relu}", "a: { relu }"),
    "an empty body": ("add { } {relu}if a==1", "add {} { relu } if a == 1"),
    "operators": ("conv (2*width//groups-1) 3", "conv (2 * width // groups - 1) 3"),
    "signs": ("assert -  a== - -1 and not a", "assert -a == --1 and not a"),
    "a sign among arguments": ("scale - 1 a=- 2", "scale -1 a=-2"),
    "a minus after a value in an expression": ("repeat units-1 {relu}", "repeat units - 1 { relu }"),
    "a minus that runs on, which is a mistake": ("conv width-1", "conv width-1"),
    "a condition and the argument after it": ("add a if b-1==0 c", "add a if b - 1 == 0 c"),
    "functions": ("conv min( 1,width ,3 ) 1", "conv min(1, width, 3) 1"),
    "parentheses within each other": ("conv ( ( a+1 )*2 ) 1", "conv ((a + 1) * 2) 1"),
    "sizes": ("input 3×H×W", "input 3xHxW"),
    "spaced sizes": ("input 3 ×  H x(W//2)", "input 3 x H x (W // 2)"),
    "a name that looks like the sign of sizes": ("conv (x) 3", "conv (x) 3"),
    "numbers": ("fc 61_706 a=1e-5", "fc 61_706 a=1e-5"),
    "a shape": ("a: {relu=>3x8x8}", "a: { relu => 3x8x8 }"),
    "a place within a group": ("from   layer1.0", "from layer1.0"),
    "else": ("if a==1{relu}else if b{tanh}else{}", "if a == 1 { relu } else if b { tanh } else {}"),
}


@pytest.mark.parametrize(("given", "expected"), SPACES.values(), ids=SPACES.keys())
def test_spaces_within_a_line(given: str, expected: str) -> None:
    assert format_text(f"net N {{\n{given}\n}}\n") == f"net N {{\n    {expected}\n}}\n"


LAYOUTS = {
    "nothing": ("", ""),
    "blank lines alone": ("\n \n\n", ""),
    "comments alone": ("\n\n# a\n\n\n#b\n\n", "# a\n\n# b\n"),
    "a last line without its end": ("net N { relu }", "net N { relu }\n"),
    "a blank line between items, above their comments": (
        'use "a.net"\nuse "b.net"\n# about a\nblock a { relu }\nnet N( a,b = 2 , ) { }# end\n',
        """\
        use "a.net"
        use "b.net"

        # about a
        block a { relu }

        net N(a, b=2,) {}  # end
        """,
    ),
    "one blank line, and none at the ends of a body": (
        "net N {\n\n\n relu\n\n\n tanh\n\n}\n\n\n\nblock a {\n\n# nothing\n\n}\n",
        """\
        net N {
            relu

            tanh
        }

        block a {
            # nothing
        }
        """,
    ),
    "a body on one line stays there, and one on several too": (
        "net N {\na:{conv 3 1->relu}\nb: {\nrelu\n}\nadd {\n} { tanh\n}\n}\n",
        """\
        net N {
            a: { conv 3 1 -> relu }
            b: {
                relu
            }
            add {} {
                tanh
            }
        }
        """,
    ),
    "then and else look alike": (
        "net N {\nif a { relu } else if b { tanh } else {\ngelu\n}\n}\n",
        """\
        net N {
            if a {
                relu
            } else if b {
                tanh
            } else {
                gelu
            }
        }
        """,
    ),
    "comments keep their places": (
        "#!/usr/bin/env netspec\n#about N\nnet N {# N\n  # one\nrelu ->  # two\n# three\n\ntanh # four\n # five\n}\n",
        """\
        #!/usr/bin/env netspec
        # about N
        net N {  # N
            # one
            relu ->  # two
                # three
                tanh  # four
            # five
        }
        """,
    ),
    "comments of adjacent lines stand in a column": (
        "net N {\nconv 3 1 # a\nrelu # b\n\ntanh # c\nadd {# d\nrelu # e\n} {}\n}\n",
        """\
        net N {
            conv 3 1  # a
            relu      # b

            tanh   # c
            add {  # d
                relu  # e
            } {}
        }
        """,
    ),
    "a chain that goes on in the next line": (
        "net N {\nconv 3 1->\nbatchnorm -> relu->\n\nadd {\nrelu\n}{}-> tanh => 3x8x8\n}\n",
        """\
        net N {
            conv 3 1 ->
                batchnorm -> relu ->
                add {
                    relu
                } {} -> tanh              => 3x8x8
        }
        """,
    ),
    "lines within parentheses": (
        "block b(\nwidth, # of the output\nstride=(1+\n0),\n) {\nassert (1 +\n# why\nmax(2,\n3)\n)==4\n}\n",
        """\
        block b(
            width,  # of the output
            stride=(1 +
                0),
        ) {
            assert (1 +
                # why
                max(2,
                    3)
            ) == 4
        }
        """,
    ),
}


@pytest.mark.parametrize(("given", "expected"), LAYOUTS.values(), ids=LAYOUTS.keys())
def test_lines_and_comments(given: str, expected: str) -> None:
    assert format_text(dedent(given)) == dedent(expected)


LONG = "conv_with_a_long_name 64 3x3 stride=2 padding=1 bias=false"

WIDE = {
    "as many steps as fit stand on a line": (
        f"{LONG} -> batchnorm -> relu -> {LONG} -> batchnorm -> relu -> flatten -> fc 10",
        f"""\
        {LONG} -> batchnorm -> relu ->
            {LONG} -> batchnorm -> relu -> flatten -> fc 10
        """,
    ),
    "the line breaks that are there stay": (
        f"relu ->\n{LONG} -> batchnorm -> relu -> {LONG} -> relu",
        f"""\
        relu ->
            {LONG} -> batchnorm -> relu ->
            {LONG} -> relu
        """,
    ),
    "a shape stays with its step": (
        f"{LONG} -> batchnorm -> relu -> tanh -> silu -> sigmoid -> gelu => 64x112x112",
        f"""\
        {LONG} -> batchnorm -> relu -> tanh -> silu -> sigmoid ->
            gelu      => 64x112x112
        """,
    ),
    "a group is broken": (
        f"features: {{ {LONG} -> batchnorm -> relu -> gelu -> sigmoid -> silu }}",
        f"""\
        features: {{
            {LONG} -> batchnorm -> relu -> gelu -> sigmoid -> silu
        }}
        """,
    ),
    "the operands of a merge are broken, all but the empty ones": (
        f"relu -> add {{ {LONG} }} {{}} {{ {LONG} }} -> relu",
        f"""\
        relu -> add {{
            {LONG}
        }} {{}} {{
            {LONG}
        }} -> relu
        """,
    ),
    "what is broken already leaves room": (
        f"relu -> add {{ {LONG} }} {{\n{LONG}\n}} -> relu",
        f"""\
        relu -> add {{ {LONG} }} {{
            {LONG}
        }} -> relu
        """,
    ),
    "bodies within each other are broken from outside": (
        f"repeat 2 {{ a: {{ b: {{ {LONG} -> batchnorm -> relu -> gelu -> sigmoid }} }} }}",
        f"""\
        repeat 2 {{
            a: {{ b: {{ {LONG} -> batchnorm -> relu -> gelu -> sigmoid }} }}
        }}
        """,
    ),
    "what cannot be broken stays long": (f"assert {' + '.join(['params'] * 16)}",) * 2,
}


@pytest.mark.parametrize(("given", "expected"), WIDE.values(), ids=WIDE.keys())
def test_a_line_that_is_too_long_is_broken(given: str, expected: str) -> None:
    inner = "".join(f"    {line}\n" for line in dedent(expected).splitlines())

    assert format_text(f"net N {{\n{given}\n}}\n") == f"net N {{\n{inner}}}\n"


def test_parameters_that_do_not_fit_have_a_line_each() -> None:
    parameters = [f"a_parameter_with_a_long_name_{number}=min(1, 2)" for number in range(3)]
    expected = "    " + ",\n    ".join(parameters)

    assert format_text(f"block b({', '.join(parameters)}) {{}}") == f"block b(\n{expected}\n) {{}}\n"


def test_the_first_line_end_says_what_all_are() -> None:
    assert format_text("net N {\r\n relu # a\r\n# b\n\r\n}") == "net N {\r\n    relu  # a\r\n    # b\r\n}\r\n"
    assert format_text("net N {\n relu\r\n}") == "net N {\n    relu\n}\n"


def test_bodies_may_be_as_deep_as_the_parser_lets_them() -> None:
    text = "net N " + "{\n" * MAX_NESTING + "relu\n" + "}\n" * MAX_NESTING

    assert format_text(text).splitlines()[MAX_NESTING] == " " * 4 * MAX_NESTING + "relu"

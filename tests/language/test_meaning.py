"""What each construct of the language means: the layers that come out of it, under which names, with which shapes."""

from __future__ import annotations

from pathlib import Path

import pytest

import netspec
from netspec.ir import Operation, Turn
from netspec.sizes import format_shape


def layers(text: str, **options: object) -> list[str]:
    """Each layer of the one net in a text as ``name: layer → shape``."""
    net = netspec.loads(text, **options)  # type: ignore[arg-type]  # the options of the cases below
    return [f"{node.name}: {node.layer.call_text()} → {format_shape(node.output)}" for node in net.nodes]


CASES = {
    "a chain runs in order, and may go on after an arrow": (
        "net N { input 1x8x8 \n conv 2 3x3 -> # why not\n   relu ->\n\n tanh }",
        ["conv1: conv 2 3x3 → 2x6x6", "relu1: relu → 2x6x6", "tanh1: tanh → 2x6x6"],
    ),
    "inside parentheses line ends do not count": (
        "net N { input 4 \n fc (2 *\n  3) }",
        ["fc1: fc 6 → 6"],
    ),
    "one number stands for all axes of the input": (
        "net N { input 3x16x20 \n conv 4 5 -> maxpool 2x4 }",
        ["conv1: conv 4 5x5 → 4x12x16", "maxpool1: maxpool 2x4 → 4x6x4"],
    ),
    "the axes come from the input: one": ("net N { input 1x100 \n conv 4 5 }", ["conv1: conv 4 5 → 4x96"]),
    "the axes come from the input: three": (
        "net N { input 1x8x9x10 \n conv 4 3 padding=1x0x1 }",
        ["conv1: conv 4 3x3x3 padding=1x0x1 → 4x8x7x10"],
    ),
    "shapes may be spaced, in arguments too, and × is x": (
        "net N { input 1 x 8 × 8 \n conv 4 3 x 3 => 4 x 6 x 6 \n reshape 4×36 }",
        ["conv1: conv 4 3x3 → 4x6x6", "reshape1: reshape 4x36 → 4x36"],
    ),
    "names: a label, else kind and count, past the labels": (
        "net N { input 4 \n fc2: fc 1 \n fc 2 \n fc 3 \n relu }",
        ["fc2: fc 1 → 1", "fc1: fc 2 → 2", "fc3: fc 3 → 3", "relu1: relu → 3"],
    ),
    "names: a group without labels counts places, activations included": (
        "net N { input 4 \n body: { fc 1 -> relu \n { fc 2 } -> fc 3 } }",
        ["body.0: fc 1 → 1", "body.1: relu → 1", "body.2.0: fc 2 → 2", "body.3: fc 3 → 3"],
    ),
    "names: a group with a label counts kinds": (
        "net N { input 4 \n body: { first: fc 1 -> relu -> fc 3 } }",
        ["body.first: fc 1 → 1", "body.relu1: relu → 1", "body.fc1: fc 3 → 3"],
    ),
    "names: operands and conditions add no level": (
        "net N(deep=true) { input 4 \n add { a: fc 4 } {} \n if deep { b: fc 4 } else { c: fc 4 } }",
        ["a: fc 4 → 4", "add1: add → 4", "b: fc 4 → 4"],
    ),
    "names: a repeat numbers its labels by the turn": (
        "net N { input 4 \n repeat 2 { repeat 2 { a: fc 4 } \n b: fc 4 } }",
        ["a1_1: fc 4 → 4", "a1_2: fc 4 → 4", "b1: fc 4 → 4", "a2_1: fc 4 → 4", "a2_2: fc 4 → 4", "b2: fc 4 → 4"],
    ),
    "names: a repeat in a plain group goes on counting places": (
        "net N { input 4 \n body: { repeat 2 { fc 4 -> relu } } }",
        ["body.0: fc 4 → 4", "body.1: relu → 4", "body.2: fc 4 → 4", "body.3: relu → 4"],
    ),
    "names do not change with a condition's outcome": (
        "block b(tall=false) { fc 4 \n if tall { extra: fc 4 } }\nnet N { input 4 \n b }",
        ["b1.fc1: fc 4 → 4"],
    ),
    "a block is a level, has defaults, and may come later in the file": (
        "net N { input 4 \n first: unit 8 \n unit 2 act=tanh }\n"
        "block unit(width, act=relu, half=(width // 2)) { fc width -> act -> fc half }",
        [
            "first.0: fc 8 → 8",
            "first.1: relu → 8",
            "first.2: fc 4 → 4",
            "unit1.0: fc 2 → 2",
            "unit1.1: tanh → 2",
            "unit1.2: fc 1 → 1",
        ],
    ),
    "a block can be a parameter": (
        "block twice(what) { what 8 -> what 8 }\nblock unit(n) { fc n -> relu }\nnet N { input 4 \n twice unit }",
        ["twice1.0.0: fc 8 → 8", "twice1.0.1: relu → 8", "twice1.1.0: fc 8 → 8", "twice1.1.1: relu → 8"],
    ),
    "a word passes through a parameter": (
        "block same_conv(pad) { conv 2 3 padding=pad }\nnet N { input 1x5x5 \n same_conv same }",
        ["same_conv1.0: conv 2 3x3 padding=same → 2x5x5"],
    ),
    "in is the value that entered the block, group, operand or turn": (
        "block half { conv (in.channels // 2) 1 }\n"
        "net N { input 16x2x2 \n half \n g: { conv (in.channels * 2) 1 } \n repeat 2 { conv (in.channels + 1) 1 } \n"
        " mul {} { globalavgpool -> conv (in.height) 1 -> conv in.channels 1 } }",
        [
            "half1.0: conv 8 1x1 → 8x2x2",
            "g.0: conv 16 1x1 → 16x2x2",
            "conv1: conv 17 1x1 → 17x2x2",
            "conv2: conv 18 1x1 → 18x2x2",
            "globalavgpool1: globalavgpool → 18x1x1",
            "conv3: conv 2 1x1 → 2x1x1",
            "conv4: conv 18 1x1 → 18x1x1",
            "mul1: mul → 18x2x2",
        ],
    ),
    "an operand that is a label stands for an earlier value": (
        "net N { input 2x4x4 \n skip: conv 3 1 -> relu \n concat {} skip }",
        ["skip: conv 3 1x1 → 3x4x4", "relu1: relu → 3x4x4", "concat1: concat → 6x4x4"],
    ),
    "a single operand that is left passes through": (
        "block unit(stride) { add { main: conv 2 1 stride=stride } {} if stride == 1 }\n"
        "net N { input 2x4x4 \n unit 1 -> unit 2 }",
        ["unit1.main: conv 2 1x1 → 2x4x4", "unit1.add1: add → 2x4x4", "unit2.main: conv 2 1x1 stride=2 → 2x2x2"],
    ),
    "a label may be an operand under a condition": (
        "net N(skip=true) { input 4 \n a: fc 4 -> relu \n add {} a if skip }",
        ["a: fc 4 → 4", "relu1: relu → 4", "add1: add → 4"],
    ),
    "from goes on from an earlier value": (
        "net N { input 4 \n a: fc 3 \n b: fc 5 \n from a \n fc 5 -> add {} b }",
        ["a: fc 3 → 3", "b: fc 5 → 5", "fc1: fc 5 → 5", "add1: add → 5"],
    ),
    "a path reaches into what has been left: groups, blocks, turns of a repeat": (
        "block unit { a: fc 3 -> relu }\n"
        "net N { input 4 \n g: { in1: unit \n repeat 2 { b: { fc 5 } } } \n from g.in1 \n fc 5 -> add {} g.b1 g.b2.0 \n"
        " h: { add {} g } }",
        [
            "g.in1.a: fc 3 → 3",
            "g.in1.relu1: relu → 3",
            "g.b1.0: fc 5 → 5",
            "g.b2.0: fc 5 → 5",
            "fc1: fc 5 → 5",
            "add1: add → 5",
            "h.add1: add → 5",
        ],
    ),
    "a repeat states the shape after its last turn": (
        "net N { input 4 \n repeat 2 { fc (in.features + 1) } => 6 }",
        ["fc1: fc 5 → 5", "fc2: fc 6 → 6"],
    ),
    "a default may use what entered the block": (
        "block unit(wide=(2 * in.features)) { fc wide -> fc in.features }\nnet N { input 4 \n unit -> unit wide=3 }",
        ["unit1.0: fc 8 → 8", "unit1.1: fc 4 → 4", "unit2.0: fc 3 → 3", "unit2.1: fc 4 → 4"],
    ),
    "a group sees the labels around it": (
        "net N { input 4 \n a: fc 4 \n relu \n g: { add {} a } }",
        ["a: fc 4 → 4", "relu1: relu → 4", "g.add1: add → 4"],
    ),
    "in a repeat a label means this turn's, after it the numbered ones": (
        "net N { input 4 \n repeat 2 { a: fc 4 -> relu -> add {} a } \n add {} a1 }",
        [
            "a1: fc 4 → 4",
            "relu1: relu → 4",
            "add1: add → 4",
            "a2: fc 4 → 4",
            "relu2: relu → 4",
            "add2: add → 4",
            "add3: add → 4",
        ],
    ),
    "several inputs have labels": (
        "net N { left: input 3x8x8 \n a: conv 4 3 \n right: input 1x8x8 \n b: conv 4 3 \n concat a b }",
        ["a: conv 4 3x3 → 4x6x6", "b: conv 4 3x3 → 4x6x6", "concat1: concat → 8x6x6"],
    ),
    "an output is a head of its own": (
        "net N { input 4 \n fc 8 \n output aux: { fc 2 } \n fc 3 }",
        ["fc1: fc 8 → 8", "aux.0: fc 2 → 2", "fc2: fc 3 → 3"],
    ),
    "else if": (
        "net N(n=2) { input 4 \n if n == 1 { fc 1 } else if n == 2 { fc 2 } else { fc 3 } }",
        ["fc1: fc 2 → 2"],
    ),
    "operators, loosest first": (
        "net N(a=7, b=(1 + 2 * 3 - 4 // 3 % 2)) { input 4 \n"
        " if not a < b and a != b or false { fc (max(a, b, 2) - min(3, 1)) } \n fc (-(-5) + - -1) }",
        ["fc1: fc 6 → 6", "fc2: fc 6 → 6"],
    ),
    "a repeat may run no turn": ("net N { input 4 \n repeat 0 { fc 9 } \n fc 2 }", ["fc1: fc 2 → 2"]),
    "symbols give formulas": (
        "net N { input 3 x H x W \n conv 4 3 stride=2 -> globalavgpool => 4 x 1 x 1 }",
        ["conv1: conv 4 3x3 stride=2 → 4 x ⌊(H-1)/2⌋ x ⌊(W-1)/2⌋", "globalavgpool1: globalavgpool → 4x1x1"],
    ),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES.keys())
def test_a_construct_means_these_layers(text: str, expected: list[str]) -> None:
    assert layers(text) == expected


@pytest.mark.parametrize(
    ("body", "meant"),
    [
        ("encoder: { skip: fc 4 -> relu } \n add {} skip", "encoder.skip"),
        ("encoder: { skip: fc 4 -> relu } \n add {} encoder.skp", "encoder.skip"),
        ("g: { encoder: unit \n add {} skip }", "g.encoder.skip"),
        ("from skp", None),
    ],
)
def test_a_label_in_a_group_is_found_for_who_misses_it(body: str, meant: str | None) -> None:
    (found,) = netspec.checks(f"block unit {{ skip: fc 4 -> relu }}\nnet N {{ input 4 \n {body} }}")

    assert found.code == "E0208"
    assert found.help[0] == f"did you mean `{meant}`?" if meant else not found.help


def test_parameters_are_set_from_outside() -> None:
    text = "net N(units, act=relu) { input 4 \n fc units -> act }"

    assert layers(text, parameters={"units": 3, "act": "tanh"}) == ["fc1: fc 3 → 3", "tanh1: tanh → 3"]


def test_claims_are_judged_for_the_net_as_written_only() -> None:
    text = "net N(units=2) { input 4 \n fc units => 2 \n assert params == 10 }"

    assert layers(text, parameters={"units": 3}) == ["fc1: fc 3 → 3"]
    assert layers(text, input="8") == ["fc1: fc 2 → 2"]


def test_a_comment_above_documents() -> None:
    net = netspec.loads("# far\n\n# One.\n#  Two.\nnet N { input 4 \n unit }\n# A unit.\nblock unit { fc 2 }")

    assert net.doc == "One.\n Two."
    assert [module.doc for module in net.modules] == ["A unit."]


def test_use_makes_the_blocks_of_another_file_known(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "inner.net").write_text("block inner { fc 3 }")
    (tmp_path / "parts" / "outer.net").write_text('use "inner.net"\nblock outer { inner -> relu }')
    (tmp_path / "main.net").write_text('use "parts/outer.net"\nnet N { input 4 \n outer }')

    net = netspec.load(tmp_path / "main.net")

    assert [node.name for node in net.nodes] == ["outer1.0.0", "outer1.1"]
    assert net.nodes[0].origin.uses[0].block == "outer"


def test_a_block_that_is_an_argument_means_what_it_means_where_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "twice.net").write_text("block twice(what) { again what }\nblock again(what) { what 8 -> what 8 }")
    (tmp_path / "main.net").write_text(
        'use "twice.net"\nblock unit(n, act=relu) { fc n -> act }\nnet N { input 4 \n twice unit -> twice fc }'
    )

    net = netspec.load(tmp_path / "main.net")

    assert [node.name for node in net.nodes] == [
        *("twice1.0.0.0", "twice1.0.0.1", "twice1.0.1.0", "twice1.0.1.1"),
        *("twice2.0.0", "twice2.0.1"),
    ]


def test_nodes_tell_the_turns_that_they_belong_to() -> None:
    text = "block unit(n) {\n repeat n + 1 { a: fc 4 -> { relu } } }\nnet N { input 4 \n unit 1 }"
    net = netspec.loads(text)

    count = Operation("+", ("n", 1))
    turns = [(Turn(2, 2, 1, count, "input"),), (Turn(2, 2, 2, count, "unit1.group1.0"),)]
    assert [node.turns for node in net.nodes] == [turns[0], (), turns[1], ()]
    assert [module.turns for module in net.modules] == [(), *turns]


def test_modules_tell_the_defaults_that_follow_from_others() -> None:
    block = "block unit(n, twice=(2 * n), act=relu, k=1) { fc twice -> fc k }"
    text = f"{block}\nnet N {{ input 4 \n unit 3 -> unit 3 twice=6 }}"
    first, second = netspec.loads(text).modules

    assert first.derived == (("twice", Operation("*", (2, "n"))),)
    assert second.derived == ()


def test_modules_tell_what_blocks_were_called_with() -> None:
    text = "block unit(width, k=1) { fc width -> { fc k } }\nnet N(n=3) { input 4 \n unit n k=2 }"
    net = netspec.loads(text)

    unit, group = net.modules
    assert (unit.block, unit.arguments, unit.written) == ("unit", (("width", 3), ("k", 2)), (("width", "n"),))
    assert (unit.entry, unit.exit, unit.sequential) == ("input", "unit1.1.0", True)
    assert (group.block, group.path) == (None, "unit1.1")
    assert net.nodes[0].written == (("units", "width"),)


@pytest.mark.parametrize(
    ("body", "free"),
    [
        ("fc n", True),
        ("fc 3 -> dropout p=(n * 0.1)", True),
        ("repeat n { fc 3 }", False),
        ("if n > 1 { fc 3 }", False),
        ("add {} { fc 4 } if n > 1", False),
        ("unit n", True),
        ("outer n", True),
        ("deep n", False),
        ("deep (n + 1)", False),
        ("by_default n", False),
        ("fc n -> { if in.features > 1 { fc 3 } }", False),
        ("fc n -> add { repeat in.features { fc 2 } } {fc 2}", False),
    ],
)
def test_a_parameter_is_free_where_it_decides_no_structure(body: str, free: bool) -> None:
    blocks = (
        "block unit(k) { fc k }\nblock outer(k) { unit (2 * k) -> unit 3 }\nblock deep(k) { inner (k * 2) }\n"
        "block inner(k) { repeat k { fc 3 } }\nblock by_default(k, times=(k + 1)) { repeat times { fc 3 } }\n"
    )
    net = netspec.loads(f"{blocks}net N(n=2) {{ input 4 \n {body} }}")

    assert [(parameter.name, parameter.free) for parameter in net.parameters] == [("n", free)]


CLAIMS = [
    "params == 61_706",
    "macs == 416_520",
    "depth == 5",
    "conv1.params == 156 and fc1.params == 48_120",
    "conv1.shape == 6x28x28",
    "avgpool1.shape == 6 x 14 x 14",
    "conv2.channels == 16 and conv2.height == conv2.width",
    "conv1.activations == 4_704",
    "conv2.receptive_field == 14",
    "flatten1.features == 400",
    "conv1.memory == 4 * (4_704 + 156)",
    "params > min(60_000, 70_000)",
    "not params < 10",
    "shape == 10 and fc1.shape != 10",
]


@pytest.mark.parametrize("claim", CLAIMS)
def test_claims_hold(claim: str) -> None:
    text = Path("specs/lenet.net").read_text().rstrip().removesuffix("}")

    assert netspec.checks(f"{text}\n assert {claim} }}") == ()


def test_a_claim_in_a_block_or_group_speaks_of_it() -> None:
    text = (
        "block unit { fc 3 \n assert params == in.features * 3 + 3 }\n"
        "net N { input 4 \n g: { a: unit -> fc 2 \n assert params == 15 + 8 \n assert a.params == 15 } \n"
        " relu \n assert g.a.params == 15 and g.shape == 2 }"
    )

    assert netspec.checks(text) == ()


@pytest.mark.parametrize(
    "body",
    [
        "repeat 1_000_000_000 { }",
        "repeat 1000 { repeat 1001 { relu } }",
        "repeat n { repeat n { repeat n { } } }",
        "larger",
    ],
)
def test_the_limit_on_layers_is_foreseen(body: str) -> None:
    blocks = "block large { repeat 1000 { repeat 600 { relu } } }\nblock larger { large -> large }\n"

    codes = [diagnostic.code for diagnostic in netspec.checks(f"{blocks}net N(n=1_000) {{ input 4 \n {body} }}")]

    assert codes == ["E0004"]


@pytest.mark.parametrize(
    "body",
    [
        "repeat 2000 { if in.features == 4 { fc 5 \n repeat 1000 { relu } } }",
        "repeat 2000 { repeat (in.features - 2) { fc 3 } }",
        "repeat 10_000 { if false { repeat 1_000_000 { relu } } }",
    ],
)
def test_what_runs_seldom_is_not_counted_often(body: str) -> None:
    assert netspec.checks(f"net N {{ input 4 \n {body} }}") == ()

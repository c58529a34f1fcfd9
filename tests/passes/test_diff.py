"""The comparison of two nets: which layers belong together, what became of them, and when two nets are the same."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import netspec
from netspec.ir import Input, ShapedNet, ShapedNode
from netspec.passes.diff import Change, Diff, Pair, alignment, compare
from netspec.sizes import Size, substitute
from tests.backends.torch.random_specs import specs

SPECS = sorted(Path("specs").glob("*.net"))


def loads(steps: str, shape: str = "3x16x16") -> ShapedNet:
    return netspec.loads(f"net N {{\ninput {shape}\n{steps}\n}}")


def told(diff: Diff) -> list[str]:
    """What became of each layer that is not the same: ``+ relu2``, ``conv1 > conv2``."""
    texts = []
    for pair in (*diff.inputs, *diff.layers):
        old, new = (part.name if part is not None else None for part in (pair.old, pair.new))
        match pair.change:
            case Change.ADDED:
                texts.append(f"+ {new}")
            case Change.REMOVED:
                texts.append(f"- {old}")
            case Change.CHANGED:
                texts.append(f"~ {new}")
            case Change.FOLLOWS:
                texts.append(f"follows {new}")
            case Change.RENAMED:
                texts.append(f"{old} > {new}")
            case Change.SAME:
                pass
    return texts


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("conv 4 3 -> relu", "conv 4 3 -> relu", []),
        # One layer changed, and what follows from it.
        ("conv 4 3 -> relu", "conv 4 3 padding=1 -> relu", ["~ conv1", "follows relu1"]),
        ("conv 4 3 -> sigmoid -> fc_", "conv 4 3 -> relu -> fc_", ["~ relu1"]),
        ("conv 4 3 -> conv 8 3", "conv 6 3 -> conv 8 3", ["~ conv1", "follows conv2"]),
        ("maxpool 2 -> conv 4 1", "avgpool 2 -> conv 4 1", ["~ avgpool1"]),
        ("a: maxpool 2\nconv 4 1", "a: conv 3 2 stride=2\nconv 4 1", ["~ a", "conv1 > conv1"]),
        # Layers put in and taken out.
        ("conv 4 3 -> relu", "conv 4 3 -> batchnorm -> relu", ["+ batchnorm1"]),
        ("conv 4 3 -> dropout -> relu", "conv 4 3 -> relu", ["- dropout1"]),
        ("conv 4 3 -> relu", "conv 4 3 -> relu -> conv 4 3 -> relu", ["+ conv2", "+ relu2"]),
        # In the middle of a run of equal layers the names tell which is new, or else it is the last.
        (
            "c1: conv 3 3 padding=1\nc3: conv 3 3 padding=1",
            "c1: conv 3 3 padding=1\nc2: conv 3 3 padding=1\nc3: conv 3 3 padding=1",
            ["+ c2"],
        ),
        (
            "f: { conv 3 3 -> relu -> maxpool 2 -> conv 3 3 -> relu }",
            "f: { conv 3 3 -> relu -> conv 3 1 -> relu -> maxpool 2 -> conv 3 3 -> relu }",
            ["+ f.2", "+ f.3", "f.2 > f.4", "f.3 > f.5", "f.4 > f.6"],
        ),
        # Names alone make no difference.
        ("conv 4 3 -> relu", "a: conv 4 3 \n b: relu", ["conv1 > a", "relu1 > b"]),
        ("conv 4 3 -> relu", "g: { conv 4 3 -> relu }", ["conv1 > g.0", "relu1 > g.1"]),
        # Branches may change places.
        (
            "add { conv 3 1 -> relu -> conv 3 1 } { batchnorm } \n conv 5 1",
            "add { batchnorm } { conv 3 1 -> relu -> conv 3 1 } \n conv 6 1",
            ["~ conv3"],
        ),
        # A merge of other values is another, the same layer elsewhere.
        ("a: relu\nb: sigmoid\nadd a {}", "a: relu\nb: sigmoid\nadd b {}", ["~ add1"]),
        ("concat { conv 2 1 } { relu }", "concat { relu } { conv 2 1 }", ["~ concat1"]),
        ("add { conv 3 1 } { relu }", "add { relu } { conv 3 1 }", []),
        # A skip taken away, a projection put on one.
        ("add { conv 3 1 } {} \n relu", "conv 3 1 -> relu", ["- add1"]),
        ("add { conv 3 1 } {} \n relu", "add { conv 3 1 } { p: conv 3 1 } \n relu", ["+ p"]),
        ("concat { relu } { tanh } { elu }", "concat { relu } { tanh }", ["- elu1", "follows concat1"]),
    ],
)
def test_what_became_of_the_layers(old: str, new: str, expected: list[str]) -> None:
    old, new = (text.replace("fc_", "flatten -> fc 2") for text in (old, new))
    expected = [text for text in expected if text.partition(" > ")[0] != text.partition(" > ")[2]]

    assert told(compare(loads(old), loads(new))) == expected


def test_another_input_is_a_change_that_all_layers_follow() -> None:
    old, new = loads("conv 4 3 -> relu"), loads("conv 4 3 -> relu", "3x8x8")

    assert told(compare(old, new)) == ["~ input", "follows conv1", "follows relu1"]


def test_inputs_belong_together_in_order() -> None:
    old = netspec.loads("net N { a: input 3x8x8 \n b: input 3x8x8 \n concat a b }")
    new = netspec.loads("net N { a: input 3x8x8 \n concat { conv 3 1 } a }")

    assert told(compare(old, new)) == ["- b", "+ conv1"]


def test_outputs_that_one_net_alone_has() -> None:
    text = "conv 4 3 \n output aux: { conv 2 1 } \n relu"
    diff = compare(loads(text), loads(text.replace("output aux: { conv 2 1 }", "")))

    assert [(old.name, new) for old, new in diff.outputs if old is not None] == [("aux", None)]


def test_an_output_from_elsewhere_is_a_change() -> None:
    old = loads("a: conv 4 1 \n b: conv 4 1 \n from a \n output aux: { relu } \n from b \n elu")
    new = loads("a: conv 4 1 \n b: conv 4 1 \n from b \n output aux: { relu } \n from b \n elu")

    assert told(compare(old, new)) == ["~ aux.0"]


def test_the_change_of_a_layer_in_numbers() -> None:
    diff = compare(loads("conv 4 3 -> relu"), loads("conv 6 3 -> relu"))

    (conv, _) = diff.layers
    assert (conv.params, conv.macs) == (56, 2 * 14 * 14 * 27)
    assert (diff.params, diff.macs) == (conv.params, conv.macs)


def test_of_symbols_the_change_is_a_formula() -> None:
    diff = compare(loads("conv 4 1", "3xHxW"), loads("conv 6 1", "3xHxW"))

    assert str(diff.macs) == "6·H·W"


def test_numbers_of_periods_that_have_no_common_one_are_compared() -> None:
    old = loads("maxpool 1x128 -> conv 1 1", "1x8xW")
    new = loads("maxpool 1x129 -> conv 1 1", "1x8xW")

    macs = compare(old, new).macs

    assert macs is not None
    assert [substitute(macs, {"W": width}) for width in (128, 129, 300 * 129)] == [-8, 0, 8 * 300 - 8 * 302]


# The same architecture


BLOCKS = """
block unit(width) {
    add { conv1: conv width 3 padding=1 -> batchnorm -> relu } {}
}
net N { input 4x8x8
    repeat 2 { unit 4 }
    head: { globalavgpool -> flatten -> fc 3 } }
"""

FLAT = """
net Flat { input 4x8x8
    add {} { a: conv 4 3 padding=1 -> batchnorm -> relu }
    add { b: conv 4 3 padding=1 -> batchnorm -> relu } {}
    globalavgpool -> flatten
    classes: fc 3 }
"""


def test_the_same_layers_in_blocks_and_without_are_the_same() -> None:
    diff = compare(netspec.loads(BLOCKS), netspec.loads(FLAT))

    assert diff.is_same
    assert not diff.has_same_names
    assert {pair.change for pair in diff.layers} == {Change.RENAMED}


@pytest.mark.parametrize(
    ("change", "by"),
    [
        ("batchnorm -> relu } {}\n    global", "batchnorm -> elu } {}\n    global"),
        ("fc 3", "fc 4"),
        ("input 4x8x8", "input 4x9x9"),
        ("a: conv 4 3 padding=1", "a: conv 4 3 padding=same"),
        ("add {} {", "mul {} {"),
    ],
)
def test_one_difference_is_one_too_many(change: str, by: str) -> None:
    assert change in FLAT

    assert not compare(netspec.loads(BLOCKS), netspec.loads(FLAT.replace(change, by))).is_same


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_a_net_is_the_same_as_itself(path: Path) -> None:
    net = netspec.load(path)

    assert compare(net, net).has_same_names


def test_twins_are_told_apart_by_what_uses_them() -> None:
    # Two equal layers on one input; either is the one that has the activation.
    old = loads("add { conv 4 1 } { conv 4 1 -> relu }")
    new = loads("add { conv 4 1 -> relu } { conv 4 1 }")

    assert compare(old, new).is_same


def test_one_layer_used_twice_is_not_two() -> None:
    old = loads("add { conv 4 1 } { conv 4 1 }")
    new = loads("a: conv 4 1\nadd a a")

    assert not compare(old, new).is_same


# Laws


def signature(pairs: tuple[Pair, ...], *, backwards: bool = False) -> Counter[object]:
    def name(part: ShapedNode | Input | None) -> str | None:
        return None if part is None else part.name

    return Counter(
        (name(pair.new), name(pair.old)) if backwards else (name(pair.old), name(pair.new)) for pair in pairs
    )


def assert_is_a_comparison(diff: Diff) -> None:
    """Every layer is in it once, in order, and the changes add up."""
    olds = Counter(pair.old.name for pair in diff.layers if pair.old is not None)
    news = [pair.new.name for pair in diff.layers if pair.new is not None]
    assert olds == Counter(node.name for node in diff.old.nodes)
    assert news == [node.name for node in diff.new.nodes]
    assert sum(pair.params for pair in diff.layers) == diff.params
    macs: Size = 0
    for pair in diff.layers:
        assert pair.macs is not None
        macs = macs + pair.macs
    assert macs == diff.macs


@settings(max_examples=30)
@given(specs(), specs())
def test_a_comparison_has_every_layer_once_and_adds_up(old: str, new: str) -> None:
    assume(not netspec.checks(old) and not netspec.checks(new))

    assert_is_a_comparison(compare(netspec.loads(old), netspec.loads(new)))


@settings(max_examples=30)
@given(specs(), specs())
def test_so_has_one_of_runs_that_are_too_long_to_be_weighed(old: str, new: str) -> None:
    assume(not netspec.checks(old) and not netspec.checks(new))

    with patch.object(alignment, "MOST_CELLS", 8):
        diff = compare(netspec.loads(old), netspec.loads(new))

    assert_is_a_comparison(diff)


def test_in_long_runs_the_layers_that_kept_their_names_hold_the_others_together() -> None:
    old = loads("repeat 9 { conv 3 3 padding=1 -> relu }")
    new = loads("repeat 4 { conv 3 3 padding=1 -> relu }\nput_in: tanh\nrepeat 5 { conv 4 3 padding=1 -> relu }")

    with patch.object(alignment, "MOST_CELLS", 8):
        diff = compare(old, new)

    changes = Counter(pair.change for pair in diff.layers)
    assert changes == {Change.SAME: 8, Change.ADDED: 1, Change.CHANGED: 5, Change.FOLLOWS: 5}


@settings(max_examples=30)
@given(specs(), specs())
def test_the_other_way_around_everything_is_the_other_way_around(old: str, new: str) -> None:
    assume(not netspec.checks(old) and not netspec.checks(new))
    one, other = netspec.loads(old), netspec.loads(new)

    forward, backward = compare(one, other), compare(other, one)

    assert (forward.params, forward.macs) == (-backward.params, -(backward.macs or 0))
    assert signature(forward.layers) == signature(backward.layers, backwards=True)
    assert forward.is_same == backward.is_same


@settings(max_examples=30)
@given(specs())
def test_a_net_under_other_names_is_the_same(text: str) -> None:
    assume(not netspec.checks(text))
    net = netspec.loads(text)
    flat = flattened(net)

    diff = compare(net, flat)

    assert diff.is_same
    assert diff.has_same_names == ([node.name for node in net.nodes] == [node.name for node in flat.nodes])


@settings(max_examples=30)
@given(specs(), st.data())
def test_one_layer_put_in_is_all_that_is_told(text: str, data: st.DataObject) -> None:
    assume(not netspec.checks(text))
    net = flattened(netspec.loads(text))
    place = data.draw(st.integers(0, len(net.nodes)))
    before = net.nodes[place].inputs[0] if place < len(net.nodes) else net.outputs[0].value
    lines = body_of(net)
    put_in = f"from {before}\nput_in: softplus"
    if place < len(net.nodes):
        lines[place] = lines[place].replace(f"from {before}\n", f"{put_in}\n", 1)
        if lines[place].startswith("x"):  # a merge, whose first operand it is
            lines[place] = f"{put_in}\n" + lines[place].replace(f" {before}", " put_in", 1)
    else:
        lines.append(put_in)
    changed = spec_of(net, lines)
    assume(not netspec.checks(changed))

    diff = compare(net, netspec.loads(changed))

    assert [text for text in told(diff) if not text.startswith("follows")] == ["+ put_in"]


def body_of(net: ShapedNet) -> list[str]:
    """A statement for each layer: where it goes on from, and its call."""
    lines = []
    for node in net.nodes:
        call = node.layer.call_text()
        if len(node.inputs) > 1:
            lines.append(f"{node.name}: {call} {' '.join(node.inputs)}")
        else:
            lines.append(f"from {node.inputs[0]}\n{node.name}: {call}")
    return lines


def spec_of(net: ShapedNet, lines: list[str]) -> str:
    inputs = [f"{given.name}: input {'x'.join(map(str, given.shape))}" for given in net.inputs]
    return "\n".join([f"net {net.name} {{", *inputs, *lines, "}"])


def flattened(net: ShapedNet) -> ShapedNet:
    """The same layers without blocks or groups, called x1, x2, ..."""
    names = {given.name: f"given{place}" for place, given in enumerate(net.inputs)}
    names |= {node.name: f"x{place}" for place, node in enumerate(net.nodes)}
    inputs = [f"{names[given.name]}: input {'x'.join(map(str, given.shape))}" for given in net.inputs]
    lines = []
    for node in net.nodes:
        operands = [names[name] for name in node.inputs]
        call = f"{names[node.name]}: {node.layer.call_text()}"
        lines.append(f"{call} {' '.join(operands)}" if len(operands) > 1 else f"from {operands[0]}\n{call}")
    last = f"from {names[net.outputs[0].value]}"
    return netspec.loads("\n".join([f"net {net.name} {{", *inputs, *lines, last, "}"]))

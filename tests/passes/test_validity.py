"""The sizes that fit: what is worked out at once for all of them is what trying each one finds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import netspec
from netspec.compile import Checked, Options, check_file, check_text
from netspec.domains import contains, described
from netspec.ir import Input, ShapedNet, ShapedNode
from netspec.layers import AnyLayer, Misfit
from netspec.passes.generalize import General, generalized
from netspec.passes.validity import Validity, validity
from netspec.sizes import Shape, substitute
from tests.language.test_random_nets import step

SPECS = sorted(path for path in Path("specs").rglob("*.net") if "net " in path.read_text(encoding="utf-8"))
LARGEST = 600

laws = settings(database=None)


def sizes_of(net: ShapedNet) -> tuple[General, Validity]:
    """A net of fixed sizes for all sizes, and those that fit."""
    general = generalized(net)
    return general, validity(general.inputs, general.nodes, general.pins)


def fits(inputs: Sequence[Input], nodes: Sequence[ShapedNode], at: Mapping[str, int]) -> bool:
    """Whether each layer, with the weights that it has, takes an input of these sizes: tried."""
    shapes: dict[str, Shape] = {given.name: tuple(substitute(size, at) for size in given.shape) for given in inputs}
    for node in nodes:
        given = tuple(shapes[name] for name in node.inputs)
        if node.weights and [shape[0] for shape in given] != [shape[0] for shape in node.input_shapes]:
            return False
        output = output_of(node.layer, given)
        if output is None:
            return False
        shapes[node.name] = output
    return True


@lru_cache(maxsize=1 << 16)
def output_of(layer: AnyLayer, inputs: tuple[Shape, ...]) -> Shape | None:
    try:
        return layer.output(inputs)
    except Misfit:
        return None


def ways(found: Validity) -> list[tuple[str, dict[str, int]]]:
    """Each symbol, with sizes that fit for the others."""
    points = [box.least(found.symbols) for box in found.region]
    return [(symbol, point) for point in points[:3] for symbol in found.symbols]


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_for_every_spec_and_all_sizes_up_to_600(path: Path) -> None:
    for checked in check_file(path).nets:
        assert checked.shaped is not None
        general, found = sizes_of(checked.shaped)
        for symbol, point in ways(found):
            for size in range(1, LARGEST + 1):
                at = point | {symbol: size}
                assert fits(general.inputs, checked.shaped.nodes, at) == contains(found.region, at), at


@st.composite
def nets(draw: st.DrawFn) -> str:
    """A net with skips around parts that shrink and grow, so that only some sizes fit."""
    shrinking = ["maxpool 2", "maxpool 3 2 ceil=true", "avgpool 3 2 1", "conv 4 3", "conv 4 5 stride=3 padding=1"]
    growing = ["upsample 2", "convtranspose 4 2 stride=2", "convtranspose 4 3 stride=2 padding=1", "pad 1 mode=reflect"]
    lines = []
    for _ in range(draw(st.integers(1, 4))):
        chain = [draw(st.sampled_from([*shrinking, *growing])) for _ in range(draw(st.integers(1, 3)))]
        body = " -> ".join([*chain, "conv 4 1"])
        lines.append(
            draw(st.sampled_from([body, body, f"add {{}} {{ {body} }}", f"concat {{}} {{ {body} }}\nconv 4 1"]))
        )
    return "net N {\ninput 4 x H x W\n" + "\n".join(lines) + "\n}\n"


def known(checked: Checked) -> Validity | None:
    """The sizes that fit, as far as they are known."""
    return None if checked.fit is None else checked.fit.sizes


@settings(laws, max_examples=60)
@given(nets())
def test_for_random_nets_and_all_sizes(text: str) -> None:
    (checked,) = check_text(text, "net", Path()).nets
    found = known(checked)
    assume(found is not None)
    assert found is not None
    smallest = found.smallest() if found.region else {"H": 64, "W": 64}
    for size in range(1, LARGEST + 1):
        for at in ({"H": size, "W": smallest["W"]}, {"H": smallest["H"], "W": size}):
            assert fits(checked.inputs, checked.nodes, at) == contains(found.region, at), (text, at)


def fitting(text: str) -> str:
    (checked,) = check_text(text, "net", Path(), Options(for_all=True)).nets
    found = known(checked)
    assert found is not None, text
    return described(found.region)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("input 3x64x64\nconv 8 7x7", "H and W ≥ 7"),
        ("input 3x64x64\nconv 8 7x5 dilation=2", "H ≥ 13 and W ≥ 9"),
        ("input 3x64x64\nmaxpool 2 -> maxpool 2 -> maxpool 2", "H and W ≥ 8"),
        ("input 3x64x64\nadd {} { maxpool 2 -> upsample 2 }", "H and W even"),
        ("input 1x28x28\nflatten -> fc 10", None),
        ("input 1x16000\nconv 8 80 stride=4 -> maxpool 4", "W ≥ 92"),
        ("input 3x16x112x112\nconv 8 3", "D and H and W ≥ 3"),
        ("input 784\nfc 10", "every size"),
        ("input 1x32x32\nconv 6 5 -> globalavgpool -> flatten -> fc 10", "H and W ≥ 5"),
        ("input 1x5x4\nreshape 20 -> fc 3", None),
        ("input 1x9x9\nmaxpool 3 2 ceil=true", "H and W ≥ 2"),
    ],
)
def test_nets_of_fixed_sizes_are_asked_for_all_sizes(body: str, words: str | None) -> None:
    text = f"net N {{\n{body}\n}}"
    if words is not None:
        assert fitting(text) == words
        return
    net = netspec.loads(text)
    _, found = sizes_of(net)
    features = 28 * 28 if "28" in body else 20
    splits = [(h, features // h) for h in range(1, features + 1) if features % h == 0]
    assert [tuple(box.least(found.symbols).values()) for box in found.region] == splits


@pytest.mark.parametrize(
    ("claim", "problem"),
    [
        ("upsample 2 => 4 x H x W", "first at H = 2 and W = 3: 4x2x2, not 4x2x3"),
        ("upsample 2 => 4 x (2 * (H // 2)) x (2 * (W // 2))", None),
        ("upsample 2\nadd {} start => 4 x H x W", None),
        ("upsample 2\nassert upsample1.height == H or upsample1.height == H - 1", None),
        ("assert maxpool1.height > 15", "not for H = 2 and W = 2, where `maxpool1.height` is 1"),
        ("assert maxpool1.height < 200", "not for H = 400 and W = 2, where `maxpool1.height` is 200"),
        ("assert maxpool1.height != 33 or maxpool1.width > 3", "not for H = 66 and W = 2"),
        ("assert macs >= 12", None),
        ("assert start.macs < 1_200_000", "not for H = 317 and W = 317, where `start.macs` is 1_205_868"),
        ("assert (H > 3) == true", "not for H = 2 and W = 2"),
        ("assert macs > 100", "not for H = 2 and W = 2, where `macs` is 48"),
    ],
)
def test_claims_are_judged_for_every_size_that_fits(claim: str, problem: str | None) -> None:
    text = f"net N {{\ninput 3 x H x W\nstart: conv 4 1\nmaxpool 2\n{claim}\n}}"
    found = check_text(text, "net", Path()).diagnostics

    if problem is None:
        assert not found
    else:
        (diagnostic,) = found
        assert problem in (diagnostic.caption or diagnostic.message)


@settings(laws, max_examples=100)
@given(
    st.lists(step(), min_size=1, max_size=3),
    st.integers(1, 40),
    st.sampled_from(["==", "!=", "<", "<=", ">", ">="]),
)
def test_the_first_counterexample_is_the_one_that_trying_finds(steps: list[str], number: int, relation: str) -> None:
    chain = "\n".join(["maxpool 2", *steps, "end: conv 2 1"])
    sound = f"net N {{\ninput 4 x H x W\n{chain}\n}}"
    shaped = netspec.loads(sound)
    (checked,) = check_text(sound, "net", Path()).nets
    found = known(checked)
    assert found is not None
    region = found.region
    points = sorted(((h, w) for h in range(1, 60) for w in range(1, 60)), key=lambda at: (sum(at), at))
    failing = (
        f"H = {h} and W = {w}"
        for h, w in points
        if contains(region, {"H": h, "W": w})
        and not eval(f"{substitute(shaped.output[1], {'H': h, 'W': w})} {relation} {number}")
    )

    claiming = sound.replace("\n}", f"\nassert end.height {relation} {number}\n}}")
    problems = check_text(claiming, "net", Path()).diagnostics

    first = next(failing, None)
    messages = [problem.message for problem in problems]
    if first is None:
        assert not [message for message in messages if "does not hold:" in message]
    else:
        assert len(messages) == 1
        assert first in messages[0] or "does not hold:" in messages[0]  # the latter: for no size at all

"""Fixes: what is suggested for which mistake, and that nothing is suggested that does not check."""

from __future__ import annotations

import random
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.fixes import KINDS, Breakage, same
from netspec.compile import AS_WRITTEN, Options, check_text
from netspec.diagnostics import Fix
from netspec.fixes import suggest
from netspec.fixes.reading import Reader
from netspec.fixes.search import QUICK, Case, Effort
from netspec.fixes.suggest import look_for_fixes

SPECS = Path(__file__).parent.parent / "specs"

LENET = (SPECS / "lenet.net").read_text(encoding="utf-8")

SMALL = [SPECS / name for name in ("lenet.net", "conv_demo.net", "mlp.net", "simple_convnet.net", "digits.net")]


def fixes_of(text: str) -> tuple[Fix, ...]:
    return suggest(text, "wrong.net", SPECS)


def applied(text: str, fix: Fix) -> str:
    return text[: fix.place.span.start] + fix.text + text[fix.place.span.end :]


def titles(text: str) -> list[str]:
    return [fix.title.removesuffix(": then everything checks") for fix in fixes_of(text)]


def net(*lines: str) -> str:
    return "net Wrong {\n" + "".join(f"    {line}\n" for line in lines) + "}\n"


FIRST_FIX = {
    "a padding forgotten": (
        net("input 1x28x28", "conv 6 5x5 -> sigmoid => 6x28x28", "avgpool 2x2 => 6x14x14", "flatten -> fc 10"),
        "write `conv 6 5x5 padding=2 -> sigmoid`",
    ),
    "a flatten forgotten": (
        net("input 1x28x28", "conv 6 5x5 -> relu -> maxpool 2x2", "fc 10"),
        "insert `flatten` before line 4",
    ),
    "a flatten forgotten within a chain": (
        net("input 1x28x28", "conv 6 5x5 -> relu -> fc 10"),
        "write `conv 6 5x5 -> relu -> flatten -> fc 10`",
    ),
    "a projection forgotten": (
        net("input 64x56x56", "add { conv 128 3x3 stride=2 padding=1 } {}", "relu"),
        "this branch needs `conv 128 1x1 stride=2`",
    ),
    "channels last": (
        net("input 32x32x3", "conv 6 5x5 => 6x28x28", "flatten -> fc 10", "assert params == 47_506"),
        "write `input 3x32x32`",
    ),
    "a word misspelt": (net("input 1x28x28", "conv 6 5x5 -> sigmod"), "write `sigmoid` instead of `sigmod`"),
    "a word of the grammar misspelt": (net("inptu 1x28x28", "relu"), "write `input` instead of `inptu`"),
    "the word of another tool": (
        net("input 1x28x28", "conv 6 5 strides=2 -> relu"),
        "write `stride` instead of `strides`",
    ),
    "a size with a capital": (net("input 1x28x28", "conv 6 5X5 -> relu"), "write `conv 6 5x5 -> relu`"),
    "a bracket forgotten": (net("input 1x28x28", "conv (2 * 3 5x5 -> relu"), "write `)` after `3`"),
    "a claim with a wrong count": (
        net("input 1x28x28", "conv 6 5x5", "assert params == 165"),
        "write `assert params == 156`",
    ),
    "filters that a claim tells": (
        net("input 1x28x28", "conv 8 5x5 => 6x24x24", "flatten -> fc 10", "assert params == 34_726"),
        "write `conv 6 5x5` in line 3",
    ),
    "two lines swapped": (
        net("input 1x28x28", "flatten => 784", "conv 6 5x5 => 6x24x24").replace("=> 784", "=> 3456"),
        "swap lines 3 and 4",
    ),
}


@pytest.mark.parametrize(("text", "first"), FIRST_FIX.values(), ids=FIRST_FIX)
def test_a_mistake_gets_the_fix_that_its_author_would_make(text: str, first: str) -> None:
    assert titles(text)[0].removesuffix(" in line 3") == first.removesuffix(" in line 3")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("padding=2 ", ""),
        ("conv 16", "conv 17"),
        ("=> 6x14x14", "=> 6x15x15"),
        ("61_706", "61_760"),
        ("    avgpool 2x2                         => 6x14x14\n", ""),
        ("    fc 84 -> sigmoid\n", ""),
        ("flatten ", "flaten "),
        ("net LeNet", "nett LeNet"),
        ("conv 16 5x5", "conv 5x5 16"),
    ],
)
def test_lenet_comes_back_when_it_is_broken(before: str, after: str) -> None:
    broken = LENET.replace(before, after, 1)
    breakage = Breakage("removed line", SPECS / "lenet.net", LENET, broken)

    assert broken != LENET
    assert any(same(applied(broken, fix), breakage) for fix in fixes_of(broken))


REMOVED = {
    "one of several like it": ("vgg16.net", "        maxpool 2x2                                     => 512x14x14\n"),
    "a stage between two others": ("resnet18.net", "    layer3: stage basic_block 256 2"),
    "the last layer, with a parameter of the net": ("resnet18.net", "    fc: fc classes\n"),
    "the head of a block": ("d2l/nin.net", "block nin_block(filters, kernel, stride=1, padding=0) {\n"),
    "the head of a net with a parameter": ("d2l/nin.net", "net NiN(classes=10) {\n"),
    "an input of a size that is not usual": ("mlp.net", "    input 1x1000x1000\n"),
}


@pytest.mark.parametrize(("name", "line"), REMOVED.values(), ids=REMOVED)
def test_a_line_comes_back_that_the_rest_tells(name: str, line: str) -> None:
    path = SPECS / name
    sound = path.read_text(encoding="utf-8")
    start = sound.index(line)
    broken = sound[:start] + sound[sound.index("\n", start) + 1 :]
    breakage = Breakage("removed line", path, sound, broken)

    fixes = suggest(broken, path.name, path.parent)

    assert any(same(applied(broken, fix), breakage) for fix in fixes)


@pytest.mark.parametrize("path", SMALL, ids=lambda path: path.stem)
def test_a_reader_finds_the_same_mistakes_as_a_check(path: Path) -> None:
    sound = path.read_text(encoding="utf-8")
    reader = Reader(path.name, path.parent)
    draw = random.Random(7)
    for text in (sound, *islice(KINDS["changed number"](sound, draw), 10)):
        found = reader.check(text, AS_WRITTEN).diagnostics
        expected = check_text(text, path.name, path.parent).diagnostics
        assert [(d.code, d.message) for d in found] == [(d.code, d.message) for d in expected]


def test_a_reader_parses_an_item_once() -> None:
    path = SPECS / "d2l" / "nin.net"
    text = path.read_text(encoding="utf-8")
    reader = Reader(path.name, path.parent)
    reader.check(text, AS_WRITTEN)
    before = reader.characters
    reader.check(text.replace("nin_block 96", "nin_block 95"), AS_WRITTEN)

    assert before == len(text)
    assert reader.characters - before == len(text) - text.index("net NiN")


@pytest.mark.parametrize("effort", [Effort(500, 1), QUICK])
def test_a_search_costs_no_more_than_its_effort_and_one_check(effort: Effort) -> None:
    path = SPECS / "squeezenet1_1.net"
    text = path.read_text(encoding="utf-8").replace("fire 16 64 ", "fire 16 65 ")
    case = Case(text, path.name, path.parent, AS_WRITTEN, effort)
    allowed = case.left
    look_for_fixes(case)

    assert 0 < allowed <= effort.layers + 200 * effort.checks
    assert case.left > -400


def test_a_search_counts_turns_that_make_no_layers() -> None:
    few, many = (net("input 3x8x8", f"repeat {turns} {{ }}", "fc 10") for turns in (10, 1_000))
    costs = []
    for variant in (few, many):
        case = Case(few, "wrong.net", SPECS, AS_WRITTEN, QUICK)
        before = case.left
        case.checked(variant)
        costs.append(before - case.left)

    assert costs[1] > costs[0] + 50


def test_a_long_spec_with_many_mistakes_is_not_searched() -> None:
    text = net("input 3x64x64", *["conf 64 3x3 -> rely"] * 2_000)
    assert Case(text, "wrong.net", SPECS, AS_WRITTEN, QUICK).left == 0


@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(SMALL), st.sampled_from(sorted(KINDS)), st.integers(0, 10_000))
def test_every_fix_that_is_offered_makes_the_spec_check(path: Path, kind: str, seed: int) -> None:
    sound = path.read_text(encoding="utf-8")
    draw = random.Random(seed)
    broken = draw.choice(list(KINDS[kind](sound, draw)))

    fixes = suggest(broken, path.name, path.parent, effort=Effort(1_500, 15))

    assert len(fixes) <= 3
    assert bool(fixes) <= bool(check_text(broken, path.name, path.parent).diagnostics)
    for fix in fixes:
        fixed = applied(broken, fix)
        assert fixed != broken
        assert check_text(fixed, path.name, path.parent).diagnostics == ()


def test_the_same_spec_gets_the_same_fixes() -> None:
    broken = LENET.replace("avgpool 2x2", "avgpool 3x3", 1)

    assert fixes_of(broken)
    assert [(f.title, f.place.span) for f in fixes_of(broken)] == [(f.title, f.place.span) for f in fixes_of(broken)]


def test_a_sound_spec_gets_none() -> None:
    assert fixes_of(LENET) == ()


def test_a_fix_keeps_to_the_options_of_the_check() -> None:
    text = net("input 3x8x8", "conv 4 3x3", "fc 10")
    for fix in suggest(text, "wrong.net", SPECS, Options(input_shape=(3, 16, 16))):
        assert check_text(applied(text, fix), "wrong.net", SPECS, Options(input_shape=(3, 16, 16))).diagnostics == ()


def test_a_mistake_in_a_used_file_gets_fixes_in_this_file_alone(tmp_path: Path) -> None:
    (tmp_path / "unit.net").write_text("block unit(width) { conv width 3x3 padding=1 }\n", encoding="utf-8")
    text = 'use "unit.net"\nnet N {\n    input 3x8x8\n    unit 8 2 => 8x8x8\n}\n'

    fixes = suggest(text, "main.net", tmp_path)

    assert all(fix.place.source.name == "main.net" for fix in fixes)
    assert [check_text(applied(text, fix), "main.net", tmp_path).diagnostics for fix in fixes] == [()] * len(fixes)

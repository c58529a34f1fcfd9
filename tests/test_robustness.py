"""No text, however broken, escapes as an exception, and every mistake is told at a place within the text.

``python -m tests.fuzz`` tries more of the same, for as long as one likes, and measures time and memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import netspec
from netspec.compile import Options, check_text
from netspec.fixes import suggest
from netspec.passes.expand.limits import CHARACTERS_A_LAYER, FREE_LAYERS, MOST_OPEN
from tests.fuzz.adversaries import ADVERSARIES
from tests.fuzz.grammar import LARGEST, random_spec
from tests.fuzz.mutations import MUTATIONS, PIECES, SPECS, any_mutation
from tests.fuzz.trials import FOR_ALL_SIZES, NAME, assert_sound, check, format_twice, is_inside

DICE = st.builds(Random, st.integers(0, 2**32))


@settings(max_examples=300)
@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    assert_sound(text, netspec.checks(text))


@settings(max_examples=400)
@given(st.lists(st.sampled_from(PIECES), max_size=60))
def test_any_row_of_words_of_the_language(pieces: list[str]) -> None:
    text = " ".join(pieces)
    assert_sound(text, netspec.checks(text))


@settings(max_examples=300)
@given(st.lists(st.sampled_from(PIECES), max_size=30))
def test_any_body(pieces: list[str]) -> None:
    text = f"block unit(w) {{ conv w 3 padding=1 -> relu }}\nnet N {{\ninput 3x32x32\n{' '.join(pieces)}\n}}\n"
    assert_sound(text, netspec.checks(text))


@pytest.mark.parametrize("mutation", MUTATIONS)
@settings(max_examples=150)
@given(st.sampled_from(SPECS), DICE)
def test_real_specs_with_mistakes(mutation: Callable[[str, Random], str], spec: str, dice: Random) -> None:
    text = mutation(spec, dice)
    assert_sound(text, netspec.checks(text))


@settings(max_examples=200)
@given(DICE)
def test_any_spec_by_the_grammar_for_all_sizes_and_with_every_lint(dice: Random) -> None:
    check(random_spec(dice), FOR_ALL_SIZES)


@settings(max_examples=150)
@given(DICE)
def test_any_spec_by_the_grammar_can_be_formatted(dice: Random) -> None:
    format_twice(random_spec(dice))


@settings(max_examples=8)
@given(DICE)
def test_fixes_are_looked_for_in_any_spec(dice: Random) -> None:
    text = any_mutation(dice.choice(SPECS[:5]) if dice.random() < 0.5 else random_spec(dice, 500), dice)
    for fix in suggest(text, NAME, Path()):
        assert is_inside(text, fix.place)


@pytest.mark.parametrize("idea", ADVERSARIES)
def test_what_is_made_to_break_netspec(idea: str) -> None:
    text = ADVERSARIES[idea](LARGEST // 16)

    assert len(text.encode()) <= LARGEST // 16
    check(text, FOR_ALL_SIZES)
    format_twice(text)


def test_a_text_never_has_more_layers_than_it_can_write_out() -> None:
    size = CHARACTERS_A_LAYER * FREE_LAYERS * 2
    explicit = ADVERSARIES["layers"](size)
    repeated = explicit.replace("relu", f"repeat {FREE_LAYERS * 2} {{ relu }}", 1)

    assert netspec.checks(explicit) == ()
    assert [diagnostic.code for diagnostic in netspec.checks(repeated)] == ["E0004"]


def test_nets_of_a_file_share_its_limit() -> None:
    nets = [f"net N{i} {{ input 4 \n repeat {FREE_LAYERS // 2} {{ relu }} }}\n" for i in range(3)]

    assert netspec.checks("".join(nets[:2])) == ()
    (diagnostic,) = netspec.checks("".join(nets))
    assert (diagnostic.code, diagnostic.message) == (
        "E0004",
        f"the nets of this file have more than {FREE_LAYERS:,} layers",
    )


def rows(lines: Iterable[str], input: str) -> str:
    return "net N {\n" + "\n".join([f"input {input}", *lines]) + "\n}\n"


@pytest.mark.parametrize(
    ("layers", "codes"),
    [
        ([f"conv {i + 1} 1" for i in range(MOST_OPEN)], []),
        ([f"conv {i + 1} 1" for i in range(MOST_OPEN + 1)], ["E0004"]),
        (["conv 3 1"] * (MOST_OPEN + 1), []),
    ],
    ids=["as many as may be", "one more", "all alike"],
)
def test_different_layers_of_open_sizes_have_a_limit(layers: list[str], codes: list[str]) -> None:
    assert [diagnostic.code for diagnostic in netspec.checks(rows(layers, "3 x H x W"))] == codes


def test_nets_of_a_file_share_the_limit_of_open_sizes() -> None:
    half = [f"conv {i + 1} 1" for i in range(MOST_OPEN // 2 + 1)]
    text = rows(half, "3 x H x W") + rows(half, "3 x H x W").replace("N", "M", 1)
    (diagnostic,) = netspec.checks(text)
    assert diagnostic.message == f"the nets of this file have more than {MOST_OPEN:,} different layers of open sizes"


@pytest.mark.parametrize(("more", "codes"), [(0, []), (1, ["E0006"])])
def test_the_question_about_all_sizes_has_the_same_limit(more: int, codes: list[str]) -> None:
    text = rows([f"conv {i + 1} 1" for i in range(MOST_OPEN + more)], "3x32x32")
    assert netspec.checks(text) == ()
    assert [each.code for each in check_text(text, NAME, Path(), Options(for_all=True)).diagnostics] == codes

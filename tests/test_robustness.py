"""No text, however broken, escapes as an exception, and every mistake is told at a place within the text."""

from __future__ import annotations

import random
import re
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

import netspec
from netspec import Diagnostic

SPECS = tuple(
    path.read_text(encoding="utf-8") for path in sorted((Path(__file__).parent.parent / "specs").glob("*.net"))
)

# Pieces of the language, so that what is made of them gets further than the first line.
_WORDS = """
{ } ( ) -> => = == != < <= > >= + - * // % , : # x × " . ; é 0 1 3 -1 3.5 1e9 3x3 1x28x28 3xHxW 99999999999999999999999
net block use input output assert repeat if else from and or not true false min max in
conv maxpool fc flatten relu add concat mul batchnorm depthwise convtranspose reshape upsample
stride=2 padding=same kernel=3 groups=3 in.channels in.height params conv1.params H W A b label: g:
"""
_STRETCHES = ("\n", "\r\n", "\t", "\0", 'use "x.net"', "net N {", "net N {\ninput 3x32x32\n", "block b(w=3) {")

PIECES = (*_WORDS.split(), *_STRETCHES)

TOKEN = re.compile(r"\w+|\s+|[^\w\s]")


def assert_sound(text: str, diagnostics: tuple[Diagnostic, ...]) -> None:
    for diagnostic in diagnostics:
        assert diagnostic.place is not None
        for place in (diagnostic.place, *(label.place for label in diagnostic.labels)):
            start, end = place.span
            assert 0 <= start <= end <= len(text), diagnostic
            line, column = place.position
            assert 1 <= line <= text.count("\n") + 1
            assert column >= 1
    assert str(netspec.SpecError(diagnostics)).count("error[") >= len(diagnostics)


@settings(max_examples=300, derandomize=True, deadline=None)
@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    assert_sound(text, netspec.checks(text))


@settings(max_examples=400, derandomize=True, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=60))
def test_any_row_of_words_of_the_language(pieces: list[str]) -> None:
    text = " ".join(pieces)
    assert_sound(text, netspec.checks(text))


@settings(max_examples=300, derandomize=True, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=30))
def test_any_body(pieces: list[str]) -> None:
    text = f"block unit(w) {{ conv w 3 padding=1 -> relu }}\nnet N {{\ninput 3x32x32\n{' '.join(pieces)}\n}}\n"
    assert_sound(text, netspec.checks(text))


@settings(max_examples=400, derandomize=True, deadline=None)
@given(st.sampled_from(SPECS), st.integers(0, 2**32), st.integers(1, 4))
def test_real_specs_with_tokens_deleted_doubled_swapped_or_replaced(spec: str, seed: int, times: int) -> None:
    dice = random.Random(seed)
    tokens = TOKEN.findall(spec)
    for _ in range(times):
        at, other = dice.randrange(len(tokens)), dice.randrange(len(tokens))
        match dice.randrange(4):
            case 0:
                del tokens[at]
            case 1:
                tokens.insert(at, tokens[at])
            case 2:
                tokens[at], tokens[other] = tokens[other], tokens[at]
            case _:
                tokens[at] = dice.choice(PIECES)
    text = "".join(tokens)
    assert_sound(text, netspec.checks(text))


@settings(max_examples=300, derandomize=True, deadline=None)
@given(st.sampled_from(SPECS), st.integers(0, 2**32), st.integers(1, 6))
def test_real_specs_with_characters_changed(spec: str, seed: int, times: int) -> None:
    dice = random.Random(seed)
    for _ in range(times):
        at = dice.randrange(len(spec))
        inserted = dice.choice(("", chr(dice.randrange(0x250)), dice.choice(spec)))
        spec = spec[:at] + inserted + spec[at + dice.randrange(3) :]
    assert_sound(spec, netspec.checks(spec))


@settings(max_examples=100, derandomize=True, deadline=None)
@given(st.sampled_from(SPECS), st.integers(0, 2**32))
def test_real_specs_cut_off(spec: str, seed: int) -> None:
    text = spec[: random.Random(seed).randrange(len(spec))]
    assert_sound(text, netspec.checks(text))

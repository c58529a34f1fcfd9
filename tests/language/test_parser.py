"""The parser: the grammar's language, its mistakes told once each, and the way on after them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from lark import Lark
from lark.exceptions import UnexpectedInput

from netspec.source import Source
from netspec.syntax import grammar, tree
from netspec.syntax.parser import MAX_NESTING, parse, proofread

SPECS = sorted(Path("specs").glob("*.net"))
LARK = Lark(grammar.grammar_path().read_text(encoding="utf-8"), parser="lalr", lexer="basic")

WORDS = "net block use input output from repeat if else assert and or not true false min max in conv relu a b a: b:"
VALUES = '3 0.5 1e-5 61_706 3x3 3xH 1x28x28 in.channels conv1.params "f.net"'
SIGNS = "{ } ( ) , = => -> - + * // % == != < <= > >= ×"
TOKENS = [*WORDS.split(" "), *VALUES.split(" "), *SIGNS.split(" "), "\n", "{\n", "\n}"]


def accepted_by_lark(text: str) -> bool:
    try:
        LARK.parse(text)
    except UnexpectedInput:
        return False
    return True


def problems(text: str) -> list[tuple[str, int]]:
    return [(d.code.value, d.place.position.line) for d in parse(Source("t.net", text)).problems if d.place]


def test_the_tables_are_those_of_the_grammar() -> None:
    assert grammar.main(["--check"]) == 0


def test_a_changed_grammar_is_noticed() -> None:
    text = grammar.grammar_path().read_bytes()

    assert grammar.build_tables(text + b"\n// changed\n").checksum != grammar.load_tables().checksum


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_lark_reads_the_same_language(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert accepted_by_lark(text)
    assert problems(text) == []


@settings(max_examples=400)
@given(st.lists(st.sampled_from(TOKENS), max_size=12))
def test_proofreading_finds_what_parsing_finds(tokens: list[str]) -> None:
    source = Source("t.net", " ".join(tokens))

    assert proofread(source)[1:] == parse(source)[1:]


@settings(max_examples=400)
@given(st.lists(st.sampled_from(TOKENS), max_size=12))
def test_the_loop_accepts_what_lark_accepts(tokens: list[str]) -> None:
    # Line ends in parentheses are dropped by the loop, so the two agree where there are none.
    assume(not any("(" in token for token in tokens) or not any("\n" in token for token in tokens))
    text = f"net N {{ {' '.join(tokens)} }}"

    assert (problems(text) == []) == accepted_by_lark(text)


@settings(max_examples=200)
@given(st.data())
def test_one_token_less_or_doubled_is_judged_as_lark_does(data: st.DataObject) -> None:
    words = data.draw(st.sampled_from(SPECS)).read_text(encoding="utf-8").split(" ")
    at = data.draw(st.integers(0, len(words) - 1))
    words[at : at + 1] = data.draw(st.sampled_from([[], [words[at]] * 2]))
    text = " ".join(words)

    assert (problems(text) == []) == accepted_by_lark(text)


MISTAKES = {
    "each line has its own": (
        "net N {\n conv 6 @\n conv % 3\n relu\n fc (3\n}",
        [(2, "E0103"), (3, "E0101"), (5, "E0101")],
    ),
    "a body within the wrong line is passed over": (
        "net N {\n add ! {\n relu\n }\n conv =\n}",
        [(2, "E0103"), (5, "E0101")],
    ),
    "the end of a body in the wrong line still counts": (
        "net N {\n a: { relu ? }\n conv =\n}",
        [(2, "E0103"), (3, "E0101")],
    ),
    "an unclosed brace is told at the brace": ("net N {\n relu\nnet M { relu }", [(1, "E0101")]),
    "the last brace is missing": ("net N {\n a: {\n relu\n }", [(1, "E0102")]),
    "an unclosed parenthesis is told at the parenthesis": ("net N {\n fc (3 + \n fc 2\n relu\n}", [(2, "E0101")]),
    "a brace too many": ("net N { relu }\n}\nnet M { relu }", [(2, "E0101")]),
    "cut off within a line": ("net N {\n conv 6", [(1, "E0102")]),
    "a word run into a number": ("net N {\n conv 6 3x\n}", [(2, "E0103")]),
    "a reserved word for a name": ("net net { relu }", [(1, "E0104")]),
    "letters that no name has": ("net N {\n größe\n}", [(2, "E0103")]),
    "not a spec at all": ("Dear Sir,\nplease find", [(1, "E0101"), (2, "E0101")]),
}


@pytest.mark.parametrize(("text", "expected"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_told_once_and_the_rest_is_read(text: str, expected: list[tuple[int, str]]) -> None:
    assert [(line, code) for code, line in problems(text)] == expected


@pytest.mark.parametrize(("opening", "closing"), [("{", "}"), ("a: {", "}"), ("add {", "} {}"), ("fc (", ")")])
def test_nesting_has_a_limit(opening: str, closing: str) -> None:
    fits = MAX_NESTING - 1 if "{" in opening else MAX_NESTING

    def nested(times: int) -> str:
        core = "3" if opening == "fc (" else "relu"
        first, rest = (opening, "(") if opening == "fc (" else (opening, opening)
        return f"net N {{ {first}{rest * (times - 1)} {core} {closing * times} }}"

    assert problems(nested(fits)) == []
    assert problems(nested(fits + 1)) == [("E0003", 1)]
    assert problems(nested(5000)) == [("E0003", 1)]


@pytest.mark.parametrize("chain", ["1 + ", "- ", "not ", "1 == 1 and "])
def test_a_long_expression_is_no_deep_one(chain: str) -> None:
    assert problems(f"net N {{ assert {chain * 50_000}1 }}") == []


def test_every_node_knows_its_place() -> None:
    text = "net N(a=1) { input 3x8x8 \n m: add { conv (a + 1) 3x3 } {} if a != 2 => 3x6x6 }"
    file = parse(Source("t.net", text)).file
    seen: dict[str, str] = {}

    def walk(node: object) -> None:
        if isinstance(node, tuple):
            span = getattr(node, "span", None)
            if span is not None:
                seen.setdefault(type(node).__name__, text[span.start : span.end])
            for child in node:
                walk(child)

    walk(file)
    assert seen == {
        "Net": text,
        "Word": "N",
        "Parameter": "a=1",
        "Number": "1",
        "Body": text[text.index("{") :],
        "Input": "input 3x8x8",
        "Window": "3x8x8",
        "Chain": text[text.index("m:") : -2],
        "Call": text[text.index("m:") : text.index(" =>")],
        "Operand": "{ conv (a + 1) 3x3 }",
        "Argument": "(a + 1)",
        "Infix": "a + 1",
    }


def test_a_tree_holds_what_was_written() -> None:
    (net,) = parse(Source("t.net", "net N { assert a.0.params == 61_706 }")).file.items

    assert isinstance(net, tree.Net)
    (claim,) = net.body.statements
    assert isinstance(claim, tree.Claim)
    assert isinstance(claim.expression, tree.Infix)
    assert claim.expression.first[0] == ("a", "0", "params")
    assert claim.expression.rest[0][1][0] == 61_706

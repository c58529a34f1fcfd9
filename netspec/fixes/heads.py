"""The first line of a net or block, where only its body is left: its name and parameters are told by their uses."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, permutations, product
from typing import NamedTuple

from netspec.diagnostics import Code
from netspec.fixes.edit import Edit, Kind
from netspec.fixes.script import Line, Script, Step, Token
from netspec.fixes.search import Case
from netspec.layers import LAYERS
from netspec.passes.measure import MEASURES

_DEFAULTS = {"stride": "1", "padding": "0", "dilation": "1", "groups": "1", "bias": "true"}
"""What a parameter of this name is when it is not given; any other is 1."""

_VALUES = ("1000", "10", "100", "2", "3", "1", "64", "32")
"""What the parameter of a net mostly is."""

_MOST = 40
"""So many heads are tried."""


class _Body(NamedTuple):
    """The lines of a body without a head, and what is named in them and defined nowhere."""

    lines: tuple[Line, ...]
    names: tuple[str, ...]


def headed(case: Case) -> Iterator[Edit]:
    """Heads for a body that has none."""
    if not any(diagnostic.code is Code.UNEXPECTED_TOKEN for diagnostic in case.diagnostics):
        return
    script = case.script
    body = _headless(script)
    if body is None:
        return
    at = script.start_of(body.lines[0].number)
    is_net = not any(line.statement == "NET" for line in script.lines)
    for head in islice(_net_heads(body) if is_net else _block_heads(script, body), _MOST):
        title = f"insert `{head}` before line {body.lines[0].number}"
        yield Edit(Kind.PUNCTUATION, at, at, f"{head}\n", title)


def _headless(script: Script) -> _Body | None:
    """The first lines that are in no body, up to the brace that would close one."""
    depth = 0
    found: list[Line] = []
    for line in script.lines:
        if depth == 0 and not found and line.statement in ("NET", "BLOCK", "USE"):
            depth += _opened(line)
            continue
        if depth == 0 or found:
            found.append(line)
            depth += _opened(line)
            if depth < 0:
                return _Body(tuple(found), _unknown_names(script, found))
        else:
            depth += _opened(line)
    return None


def _opened(line: Line) -> int:
    return sum((token.kind == "LBRACE") - (token.kind == "RBRACE") for token in line.tokens)


def _unknown_names(script: Script, lines: list[Line]) -> tuple[str, ...]:
    """Words that stand for values in some lines."""
    labels = {token.text.rstrip(": ") for token in script.tokens if token.kind == "LABEL"}
    known = {*LAYERS, *MEASURES, *script.bodies, *labels, "same", "bilinear", "nearest", "x"}
    found: dict[str, None] = {}
    for line in lines:
        called = {step.name.start for step in line.steps}
        for token, after in zip(line.tokens, (*line.tokens[1:], None), strict=True):
            is_value = token.kind == "NAME" and (after is None or after.kind != "_EQUALS")
            if is_value and token.start not in called and token.text not in known and not token.text[0].isupper():
                found.setdefault(token.text)
    return tuple(found)


def _net_heads(body: _Body) -> Iterator[str]:
    if len(body.names) > 2:
        return
    for values in product(_VALUES, repeat=len(body.names)):
        given = ", ".join(f"{name}={value}" for name, value in zip(body.names, values, strict=True))
        yield f"net Net({given}) {{" if given else "net Net {"


def _block_heads(script: Script, body: _Body) -> Iterator[str]:
    """For each name that is called and unknown: parameters in each order that its calls allow."""
    calls: dict[str, list[Step]] = {}
    for line in script.lines:
        for step in line.steps:
            if step.name.text not in LAYERS and step.name.text not in script.bodies:
                calls.setdefault(step.name.text, []).append(step)
    for name, steps in calls.items():
        by_keyword = [{argument[0].text for argument in step.arguments if _is_named(argument)} for step in steps]
        by_place = [sum(not _is_named(argument) for argument in step.arguments) for step in steps]
        named = set[str]().union(*by_keyword)
        likely = sorted(body.names, key=lambda word: (word in named, word in _DEFAULTS))
        for order in permutations(likely):
            parameters = []
            for place, word in enumerate(order):
                is_given = all(
                    place < count or word in keywords for count, keywords in zip(by_place, by_keyword, strict=True)
                )
                parameters.append(word if is_given else f"{word}={_DEFAULTS.get(word, '1')}")
            yield f"block {name}({', '.join(parameters)}) {{" if parameters else f"block {name} {{"


def _is_named(argument: tuple[Token, ...]) -> bool:
    return len(argument) > 1 and argument[1].kind == "_EQUALS"

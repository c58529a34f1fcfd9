"""Misspelt words, and the words of other tools."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from netspec.fixes.edit import Edit, Kind
from netspec.fixes.script import Line, Step, Token
from netspec.fixes.search import Case
from netspec.layers import LAYERS, arguments
from netspec.layers.foreign_words import argument_for, layer_for
from netspec.passes.measure import MEASURES
from netspec.syntax.machine import machine

_NEAR = 0.6
"""How alike two words must be, as difflib measures it."""

_MOST_WORDS = 600
"""So many words are compared with one that is not known."""

_MOST_PAIRS = 12_000
"""So many pairs of words are compared; the likeliest lines come first."""

_WORDS = frozenset({"NAME", "LABEL", "PATH", "BAD"})


def respelt(case: Case, lines: tuple[Line, ...]) -> Iterator[Edit]:
    """Each word of the lines as a known one that is like it; the words that a diagnostic marks come first."""
    marked = {d.place.span for d in case.diagnostics if d.place is not None and d.place.source.name == case.name}
    called = {step.start: step for line in lines for step in line.steps}
    keywords = machine().tables.keywords
    known = _known(case)
    counts = _counts(case)
    yield from _paths(case)
    # A message names what it does not know: the mistake is that word, or the one that it should be. After a syntax
    # error it may be any.
    told = {word for d in case.diagnostics for word in re.findall(r"`([\w.]+)`", d.message)}
    told |= {case.text[span.start : span.end].rstrip(": ") for span in marked}
    likely = sorted(told & set(known))
    anything = case.has("E01")
    options: list[tuple[bool, float, Token, str, str]] = []
    near: dict[tuple[str, bool], dict[str, float]] = {}
    pairs = 0
    step: Step | None = None
    for token in (token for line in lines for token in line.tokens):
        step = called.get(token.start, step)
        if token.kind not in _WORDS and token.text not in keywords:
            continue
        own = token.text.rstrip(": ")
        is_marked = any(span.start <= token.start < max(span.end, span.start + 1) for span in marked)
        foreign = {layer_for(own), *_foreign_argument(step, token, own)} - {own}
        options += [(not is_marked, -1.0, token, own, word) for word in sorted(filter(None, foreign))]
        if (own in LAYERS and counts[own] > 1) or layer_for(own):
            continue
        key = own, anything or is_marked or own in told
        if key not in near and pairs < _MOST_PAIRS:
            candidates = known if key[1] else likely
            pairs += len(candidates)
            case.compare(len(candidates))
            near[key] = {word: alike for word in candidates if (alike := _likeness(own, word)) >= _NEAR}
        for word, alike in near.get(key, {}).items():
            if word != own and not (counts.get(own, 0) > counts.get(word, 0) > 0):
                options.append((not is_marked, 1 - alike, token, own, word))
    for _, _, token, own, word in sorted(options, key=lambda option: option[:2]):
        yield Edit(Kind.SPELLING, token.start, token.start + len(own), word, f"write `{word}` instead of `{own}`")


def _foreign_argument(step: Step | None, token: Token, word: str) -> list[str | None]:
    """What another tool's word is for an argument of the layer that it is given to."""
    if step is None or not step.start <= token.start < step.end or step.name.text not in LAYERS:
        return []
    return [argument_for(step.name.text, word)]


def _known(case: Case) -> list[str]:
    """Every word that could be meant: those of the language, its layers and the file."""
    words = dict.fromkeys(machine().tables.keywords)
    words |= dict.fromkeys(LAYERS)
    for layer in LAYERS.values():
        words |= dict.fromkeys(arguments(layer))
    words |= dict.fromkeys((*MEASURES, "same", "in.channels", "in.height", "in.width", "in.features"))
    words |= dict.fromkeys(_used_blocks(case))
    words |= dict.fromkeys(case.script.bodies)
    for token in case.script.tokens:
        if token.kind in ("NAME", "LABEL", "PATH"):
            own = token.text.rstrip(": ")
            words.setdefault(own)
            if token.kind == "PATH" and not own.startswith("in."):
                words.setdefault(own.partition(".")[0])
        if len(words) >= _MOST_WORDS:
            break
    words |= dict.fromkeys(f"{label}.{measure}" for label in _labels(case) for measure in MEASURES)
    return [word for word in words if word]


def _labels(case: Case) -> list[str]:
    return [token.text.rstrip(": ") for token in case.script.tokens if token.kind == "LABEL"][:50]


def _used_blocks(case: Case) -> list[str]:
    """The blocks of the files that are used."""
    from netspec.fixes.script import Script

    found: list[str] = []
    for token in case.script.tokens:
        if token.kind == "STRING":
            try:
                text = (case.folder / token.text.strip('"')).read_text(encoding="utf-8")
            except (OSError, ValueError):
                continue
            found += Script(text[:100_000]).bodies
    return found


def _paths(case: Case) -> Iterator[Edit]:
    """The paths after ``use``, as those of specs nearby; and a ``use`` that is missing."""
    unknown = {
        case.text[d.place.span.start : d.place.span.end]
        for d in case.diagnostics
        if d.place is not None and d.code == "E0201" and d.place.source.name == case.name
    }
    wrong = [token for token in case.script.tokens if token.kind == "STRING"] if case.has("E0211") else []
    if not unknown and not wrong:
        return
    for path, text in _specs_nearby(case.folder):
        for token in wrong:
            if _likeness(token.text.strip('"'), path) >= _NEAR:
                yield Edit(Kind.SPELLING, token.start, token.end, f'"{path}"', f'use "{path}"')
        if any(f"block {word.split()[0]}" in text for word in unknown if word.split()):
            yield Edit(Kind.STEP, 0, 0, f'use "{path}"\n\n', f'begin with `use "{path}"`')


def _specs_nearby(folder: Path) -> list[tuple[str, str]]:
    """Specs in the folder and those right below it, by their path from there."""
    try:
        paths = sorted([*folder.glob("*.net"), *folder.glob("*/*.net")])[:50]
        return [(path.relative_to(folder).as_posix(), path.read_text(encoding="utf-8")[:100_000]) for path in paths]
    except (OSError, ValueError):
        return []


def _counts(case: Case) -> dict[str, int]:
    """How often each word stands in the file."""
    counts: dict[str, int] = dict.fromkeys(LAYERS, 1)
    for token in case.script.tokens:
        word = token.text.rstrip(": ")
        counts[word] = counts.get(word, 0) + 1
    return counts


@lru_cache(maxsize=1 << 14)
def _likeness(one: str, other: str) -> float:
    """How alike two words are, from 0 to 1."""
    from difflib import SequenceMatcher

    longer = max(len(one), len(other))
    if min(len(one), len(other)) * 2 < longer or ("." in one) != ("." in other):
        return 0
    letters, others = _letters(one), _letters(other)
    if 2 * len(letters & others) < _NEAR * min(len(letters), len(others)):
        return 0  # too few letters in common, which is soon seen
    one, other = one.lower(), other.lower()
    common = sum(min(one.count(letter), other.count(letter)) for letter in _letters(one) & _letters(other))
    if 2 * common < _NEAR * (len(one) + len(other)):
        return 0  # they would have to come in the same order besides
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


@lru_cache(maxsize=1 << 11)
def _letters(word: str) -> frozenset[str]:
    return frozenset(word)

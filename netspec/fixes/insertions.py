"""Lines and steps inserted: what the spec has elsewhere, and what is often forgotten."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import lru_cache, partial
from itertools import pairwise
from operator import attrgetter

from netspec.diagnostics import Code
from netspec.fixes.edit import Edit, Kind
from netspec.fixes.effects import UNKNOWN, effects, wanted
from netspec.fixes.gaps import Candidate, Gap, gap_before, gaps_at
from netspec.fixes.script import Line, Script
from netspec.fixes.search import Case, Text
from netspec.fixes.templates import USUAL, Template

_FARTHEST = 12
"""A place after so many likelier ones is no less likely than the last of them."""

_FEWEST = 4
"""A number up to this is not one of channels."""

_FAR = 4
"""A step that the spec has nowhere is so much less likely than one in the line before."""

_USUAL_INPUTS = ("1x28x28", "3x32x32", "3x224x224", "1x224x224", "3x227x227", "3x299x299", "1x32x32", "784")

_USUAL_SIZE = 32
"""Where the search for the size of an input begins."""

_BRACES = ("}", "{", "} {", "add {", "concat {", "} {}")


def restored(case: Case, lines: tuple[Line, ...]) -> Iterator[Edit]:
    """What has just the parameters and multiplications that the net lacks."""
    target = wanted(case)
    end = _end_of_net(case.script)
    gaps = [gap for gap in gaps_at(case.script, lines) if not gap.in_chain]
    for gap in sorted(gaps, key=lambda gap: gap.line < end):
        # Of what has the same sums, the plainest comes first: `batchnorm` before `batchnorm -> relu`.
        for text, _, _, effect in sorted(_with_effects(case, gap), key=lambda found: len(found[0].split())):
            if effect is not None and target.is_exact(effect) and (gap.line >= end or effect.after == effect.before):
                yield gap.holds(text)


def _end_of_net(script: Script) -> int:
    """The number of the line from which on the net has only claims."""
    item = next((item for item in script.items if item[0].statement == "NET"), ())
    count = len(item) - 1
    while count > 1 and item[count - 1].statement == "ASSERT":
        count -= 1
    return item[count].number if item else 1


def inserted(case: Case, near: tuple[Line, ...], *, fitting: bool = False) -> Iterator[Edit]:
    """What may be missing, where it may be missing, the likeliest first; with `fitting`, only what fits the shapes."""
    labels = _missing_labels(case)
    for candidate in _candidates(case, near):
        gap, text = candidate.gap, candidate.text
        if fitting and not candidate.fits:
            continue
        if labels and not gap.in_chain:
            for label in labels:
                yield gap.holds(f"{label}: {text}", candidate.rank)
        else:
            yield gap.holds(text, candidate.rank)


def solve_inserted(case: Case, near: tuple[Line, ...]) -> None:
    """The same with the numbers for which the claims hold."""
    labels = _missing_labels(case)
    for _, gap, text, template, _ in _candidates(case, near):
        for label in labels or [""]:
            prefix = f"{label}: " if label else ""
            if not template.numbers or text != template.text or (label and gap.in_chain):
                continue
            gaps = case.unsolved(gap.holds(prefix + template.text))
            if not gaps:
                continue
            for at in range(len(template.numbers)):
                number = template.number(at)
                if number > 0:
                    case.solve(partial(_written, gap, prefix, template, at), number, gaps, probes=3)
            if case.satisfied():
                return


def _written(gap: Gap, prefix: str, template: Template, at: int, value: int) -> Edit | None:
    return gap.holds(prefix + template.with_number(at, value)) if value > 0 else None


def structural(case: Case, lines: tuple[Line, ...]) -> Iterator[Edit]:
    """Lines that open and close bodies: those that make the braces match."""
    texts: dict[str, None] = {}
    for line in case.script.lines:
        if not line.balanced or line.statement in ("LBRACE", "RBRACE"):
            texts.setdefault(case.text[line.start : line.end])
        elif line.has("LBRACE"):
            brace = next(token for token in line.tokens if token.kind == "LBRACE")
            texts.setdefault(case.text[line.start : brace.end])
    texts |= dict.fromkeys(_BRACES)
    if not any(line.statement == "NET" for line in case.script.lines):
        texts = {"net Net {": None} | texts
    missing = -_opened(token.kind for token in case.script.tokens)
    fitting = [text for text in texts if _opened(token.kind for token in Script(text).tokens) == missing]
    steps = {line.number: _jump(case.script, before, line) for before, line in pairwise(case.script.lines)}
    gaps = [gap for gap in gaps_at(case.script, lines) if not gap.in_chain]
    for gap in sorted(gaps, key=lambda gap: -steps.get(gap.line, 0) * (1 if missing > 0 else -1)):
        for text in fitting:
            yield gap.holds(text)._replace(kind=Kind.PUNCTUATION)


def _jump(script: Script, before: Line, line: Line) -> int:
    """How much further in a line begins than the braces of the line before it tell, in columns."""
    opens, closes = before.tokens[-1].kind == "LBRACE", line.tokens[0].kind == "RBRACE"
    return len(script.indent(line)) - len(script.indent(before)) - _INDENT * (opens - closes)


_INDENT = 4
"""The columns by which a body is usually set in."""


def _opened(kinds: Iterable[str]) -> int:
    """How many more braces are opened than closed."""
    return sum((kind == "LBRACE") - (kind == "RBRACE") for kind in kinds)


def projected(case: Case, lines: tuple[Line, ...]) -> Iterator[Edit]:
    """A 1x1 convolution on the way around, where what is added has another shape."""
    for diagnostic in case.diagnostics[:1]:
        # The actual shapes of a mistake are in its message; there is no other list of them.
        shapes = [tuple(map(int, text.split("x"))) for text in re.findall(r"\d+(?:x\d+)+", diagnostic.message)]
        if diagnostic.code is not Code.OPERANDS_DIFFER or len(shapes) < 2 or len(shapes[0]) != len(shapes[1]):
            continue
        (channels, *sizes), (_, *others) = shapes[:2] if shapes[0][-1] <= shapes[1][-1] else shapes[1::-1]
        stride = -(-others[0] // sizes[0])
        for filters in dict.fromkeys((channels, shapes[0][0], shapes[1][0])):
            text = f"conv {filters} 1x1" + (f" stride={stride}" if stride > 1 else "")
            for line in lines:
                for one, other in pairwise(line.tokens):
                    if (one.kind, other.kind) == ("LBRACE", "RBRACE"):
                        title = f"this branch needs `{text}`"
                        yield Edit(Kind.STEP, one.start, other.end, f"{{ {text} }}", title, -0.5)


def vectors(case: Case) -> Iterator[Edit]:
    """Feature maps made a vector, where a layer needs one."""
    for diagnostic in case.diagnostics[:1]:
        if diagnostic.code is not Code.NOT_A_VECTOR or diagnostic.place is None:
            continue
        places = (diagnostic.place, *(label.place for label in diagnostic.labels))
        start = next((place.span.start for place in places if place.source.name == case.name), None)
        line = next((line for line in case.script.lines if start is not None and line.start <= start < line.end), None)
        if start is None or line is None or not line.steps:
            continue
        for text in USUAL[:2]:
            if start == line.steps[0].start:
                before = case.script.start_of(line.number)
                yield Gap(before, case.script.indent(line), "\n", line.number, False).holds(text)
            else:
                yield Edit(Kind.STEP, start, start, f"{text} -> ")


def inputs(case: Case) -> Iterator[Edit]:
    """An input, where there is none."""
    for gap in _input_gaps(case):
        for shape in _USUAL_INPUTS:
            yield gap.holds(f"input {shape}")


def solve_inputs(case: Case) -> None:
    """The same of the size for which the claims hold."""
    for gap in _input_gaps(case):
        for channels in (1, 3):
            make = partial(_sized_input, gap, channels)
            edit = make(_USUAL_SIZE)
            gaps = case.unsolved(edit) if edit is not None else None
            if gaps:
                case.solve(make, _USUAL_SIZE, gaps[:1], probes=3)


def _sized_input(gap: Gap, channels: int, size: int) -> Edit | None:
    return gap.holds(f"input {channels}x{size}x{size}") if size > 0 else None


def _input_gaps(case: Case) -> Iterator[Gap]:
    """The places right after the heads of nets, where a mistake tells that there is no input."""
    if any(diagnostic.code is Code.BAD_INPUT for diagnostic in case.diagnostics):
        for item in case.script.items:
            if item[0].statement == "NET" and len(item) > 1:
                yield gap_before(case.script, case.script.lines.index(item[1]))


def used_values(case: Case, lines: tuple[Line, ...]) -> Iterator[Edit]:
    """`from label`, where a value is left unused."""
    if not any(diagnostic.code is Code.UNUSED_VALUE for diagnostic in case.diagnostics):
        return
    labels = [token.text.rstrip(": ") for token in case.script.tokens if token.kind == "LABEL"]
    for gap in gaps_at(case.script, lines):
        if not gap.in_chain:
            for label in dict.fromkeys(labels):
                yield gap.holds(f"from {label}")


def _candidates(case: Case, near: tuple[Line, ...]) -> list[Candidate]:
    """Each place with each text, the likeliest together first: what is near, and does what is missing."""
    numbers = tuple(line.number for line in near)
    if numbers not in case.candidates:
        case.candidates[numbers] = _new_candidates(case, near)
    return case.candidates[numbers]


def _new_candidates(case: Case, near: tuple[Line, ...]) -> list[Candidate]:
    target = wanted(case)
    found: list[Candidate] = []
    gaps = gaps_at(case.script, near)
    case.compare(len(gaps) * len(case.templates))
    for place, gap in enumerate(gaps):
        away = min(place, _FARTHEST)
        for text, template, unlike, effect in _with_effects(case, gap):
            if gap.in_chain and not template.step:
                continue
            misfit = UNKNOWN if effect is None else target.misfit(effect)
            distance = min(abs(template.line - gap.line) / 4, _FAR - 1) if template.line else _FAR
            found.append(Candidate(away + distance + unlike + misfit, gap, text, template, misfit <= 0))
    return sorted(found, key=lambda candidate: candidate.rank)


def _with_effects(case: Case, gap: Gap) -> list[Text]:
    """The texts for a place."""
    entering = _entering(case, gap)
    if entering not in case.texts:
        case.texts[entering] = _texts(case, entering)
    return case.texts[entering]


def _texts(case: Case, entering: str) -> list[Text]:
    """The texts for a place that a shape enters, empty for one that is not known."""
    stated = wanted(case).stated[:1]
    texts: dict[str, tuple[str, Template, int]] = {}  # by how it is written for any shape
    for template in case.templates:
        texts.setdefault(template.text, (template.text, template, template.unlike))
        at = _filters(template) if stated or entering else None
        if at is None:
            continue
        for value in stated:
            text = template.with_number(at, value)
            texts.setdefault(text, (text, template, template.unlike + 1))
        if entering:
            own = int(entering.partition("x")[0])
            for general, value in (("in.channels", own), ("(2 * in.channels)", 2 * own)):
                text = template.with_number(at, value)
                texts.setdefault(template.with_number(at, general), (text, template, template.unlike + 1))
    known = effects(case, entering, list(texts))
    found: dict[str, Text] = {}
    for general, (text, template, unlike) in texts.items():
        if not known or general in known:
            found.setdefault(text, (text, template, unlike, known.get(general)))
    return list(found.values())


@lru_cache(maxsize=1 << 8)
def _filters(template: Template) -> int | None:
    """Which of a template's numbers could be one of filters or features."""
    return next((at for at in range(len(template.numbers)) if template.number(at) > _FEWEST), None)


def _entering(case: Case, gap: Gap) -> str:
    """The shape at a place; empty if it is not known."""
    if gap.in_chain:
        return ""
    lines = case.script.lines
    after = bisect_left(lines, gap.line, key=attrgetter("number"))
    return case.known.entering.get(gap.start) or (case.known.leaving.get(lines[after - 1].start, "") if after else "")


def _missing_labels(case: Case) -> list[str]:
    """Labels that are asked for and stand nowhere."""
    found: dict[str, None] = {}
    for diagnostic in case.diagnostics:
        place = diagnostic.place
        if diagnostic.code is Code.UNKNOWN_LABEL and place is not None and place.source.name == case.name:
            found.setdefault(case.text[place.span.start : place.span.end].partition(".")[0])
    return list(found)[:2]

"""Lines and steps inserted: what the spec has elsewhere, and what is often forgotten."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import pairwise
from typing import NamedTuple

from netspec.diagnostics import Code
from netspec.fixes.edit import Edit, Kind
from netspec.fixes.script import Line, Script, Token
from netspec.fixes.search import Case
from netspec.passes.expand.names import MERGES

_USUAL = ("flatten", "globalavgpool -> flatten", "globalavgpool", "relu", "batchnorm", "maxpool 2x2", "dropout")
"""Steps that are often forgotten."""

_IDIOMS = (
    "maxpool 3x3 stride=2 padding=1",
    "avgpool 2x2",
    "conv 64 3x3 padding=1",
    "conv 64 7x7 stride=2 padding=3 bias=false",
    "fc 10",
)
"""What networks are mostly made of, for a spec that has nothing like it."""

_FAR = 4
"""A step that the spec has nowhere is as likely as one from so many lines away."""

_FIRST = 10
"""So many texts are tried as they stand before they take turns with those that have another number."""

_USUAL_INPUTS = ("1x28x28", "3x32x32", "3x224x224", "1x224x224", "3x227x227", "3x299x299", "1x32x32", "784")

_BRACES = ("}", "{", "} {", "add {", "concat {", "} {}")


class Template(NamedTuple):
    """What may be missing: its text, and where in it whole numbers stand. `step`: it is a single one.

    `line`: where the spec has it, 0 for what it has nowhere.
    """

    text: str
    numbers: tuple[tuple[int, int], ...]
    step: bool
    line: int = 0

    def with_number(self, at: int, value: int) -> str:
        """The text with another number."""
        start, end = self.numbers[at]
        return f"{self.text[:start]}{value}{self.text[end:]}"

    def number(self, at: int) -> int:
        """One of its numbers."""
        start, end = self.numbers[at]
        return int(self.text[start:end].replace("_", ""))


class Gap(NamedTuple):
    """A place where something can be inserted: `before` and `after` are written around it."""

    at: int
    before: str
    after: str
    line: int
    in_chain: bool

    def holds(self, text: str) -> Edit:
        """The edit that inserts a text here."""
        where = "" if self.in_chain else f"insert `{text}` before line {self.line}"
        far = min(len(text.split()) / 20, 0.9)
        return Edit(Kind.STEP, self.at, self.at, f"{self.before}{text}{self.after}", where, far)


def inserted(case: Case, near: tuple[Line, ...], far: tuple[Line, ...]) -> Iterator[Edit]:
    """What may be missing, where it may be missing."""
    wanted = _wanted(case)
    labels = _missing_labels(case)
    pairs = _pairs(case, near, far)
    late: list[Edit] = []
    for place, (gap, template) in enumerate(pairs):
        if labels and not gap.in_chain:
            for label in labels:
                yield gap.holds(f"{label}: {template.text}")
        yield gap.holds(template.text)
        late += [
            gap.holds(template.with_number(at, value))
            for at in range(len(template.numbers))
            for value in wanted
            if value != template.number(at)
        ]
        if place >= _FIRST and late:
            yield late.pop(0)
    yield from late


def solve_inserted(case: Case, near: tuple[Line, ...], far: tuple[Line, ...]) -> None:
    """The same with the numbers for which the claims hold."""
    labels = _missing_labels(case)
    for gap, template in _pairs(case, near, far):
        for label in labels or [""]:
            prefix = f"{label}: " if label else ""
            if not template.numbers or (label and gap.in_chain):
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
    gaps = [gap for gap in _gaps(case.script, lines) if not gap.in_chain]
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
        for wanted in dict.fromkeys((channels, shapes[0][0], shapes[1][0])):
            text = f"conv {wanted} 1x1" + (f" stride={stride}" if stride > 1 else "")
            for line in lines:
                for one, other in pairwise(line.tokens):
                    if (one.kind, other.kind) == ("LBRACE", "RBRACE"):
                        title = f"this branch needs `{text}`"
                        yield Edit(Kind.STEP, one.start, other.end, f"{{ {text} }}", title, -0.5)


def vectors(case: Case) -> Iterator[Edit]:
    """Feature maps made a vector, where a layer needs one."""
    for diagnostic in case.diagnostics[:1]:
        place = diagnostic.place
        if diagnostic.code is not Code.NOT_A_VECTOR or place is None or place.source.name != case.name:
            continue
        line = next(line for line in case.script.lines if line.start <= place.span.start < line.end)
        for text in _USUAL[:2]:
            if place.span.start == line.steps[0].start:
                yield Gap(case.script.start_of(line.number), case.script.indent(line), "\n", line.number, False).holds(
                    text
                )
            else:
                yield Edit(Kind.STEP, place.span.start, place.span.start, f"{text} -> ")


def inputs(case: Case, lines: tuple[Line, ...]) -> Iterator[Edit]:
    """An input, where there is none."""
    if not any(diagnostic.code is Code.BAD_INPUT for diagnostic in case.diagnostics):
        return
    for line in lines:
        for gap in _gaps(case.script, (line,)):
            if not gap.in_chain:
                for shape in _USUAL_INPUTS:
                    yield gap.holds(f"input {shape}")
        break


def used_values(case: Case, lines: tuple[Line, ...]) -> Iterator[Edit]:
    """`from label`, where a value is left unused."""
    if not any(diagnostic.code is Code.UNUSED_VALUE for diagnostic in case.diagnostics):
        return
    labels = [token.text.rstrip(": ") for token in case.script.tokens if token.kind == "LABEL"]
    for gap in _gaps(case.script, lines):
        if not gap.in_chain:
            for label in dict.fromkeys(labels):
                yield gap.holds(f"from {label}")


def _pairs(case: Case, near: tuple[Line, ...], far: tuple[Line, ...]) -> list[tuple[Gap, Template]]:
    """Each place with each text, the likeliest together first."""
    gaps = _gaps(case.script, near)
    known = templates(case, near + far)
    ranked = [
        (place + (abs(template.line - gap.line) if template.line else _FAR), gap, template)
        for place, gap in enumerate(gaps)
        for template in known
        if template.step or not gap.in_chain
    ]
    return [(gap, template) for _, gap, template in sorted(ranked, key=lambda pair: pair[0])]


def templates(case: Case, lines: tuple[Line, ...]) -> list[Template]:
    """What may be missing: lines of the spec, without their labels and stated shapes; steps of them; usual steps."""
    found: dict[str, Template] = {}

    def add(text: str, tokens: Iterable[Token], line: int) -> None:
        template = _template(text, tuple(tokens) or Script(text).tokens, line)
        found.setdefault(template.text, template)

    for line in lines:
        if line.statement in ("NAME", "REPEAT", "LBRACE") and line.balanced and len(line.tokens) > 2:
            add(case.text, (token for token in line.tokens if token.end <= line.before_stated), line.number)
    claims = any(diagnostic.gap is not None for diagnostic in case.diagnostics)  # which tell what is right
    for text in (*_USUAL, *(_IDIOMS if claims else ())):
        add(text, Script(text).tokens, 0)
    for line in lines:
        for step in line.steps:
            if step.name.text not in MERGES:
                step_tokens = (step.name, *(token for argument in step.arguments for token in argument))
                add(case.text, step_tokens, line.number)
    for name in _unused_parameters(case):
        for template in list(found.values()):
            for start, end in template.numbers[:1]:
                add(f"{template.text[:start]}{name}{template.text[end:]}", (), template.line)
    for template in list(found.values()):
        for text in _variants(template.text):
            add(text, Script(text).tokens, template.line + 2 * bool(template.line))
    return list(found.values())


def _unused_parameters(case: Case) -> list[str]:
    """The parameters of nets and blocks that are named nowhere but where they are defined."""
    found = []
    for item in case.script.items:
        if item[0].statement in ("NET", "BLOCK"):
            inner = {token.text for line in item[1:] for token in line.tokens}
            found += [
                before.text
                for before, token in pairwise(item[0].tokens)
                if before.kind == "NAME" and token.kind in ("_EQUALS", "COMMA", "RPAR") and before.text not in inner
            ]
    return found[:2]


def _variants(text: str) -> Iterator[str]:
    """A line with an argument that is given by name left out, and with the padding that keeps the size."""
    for argument in re.finditer(r" (?:padding|stride)=\w+", text):
        yield text[: argument.start()] + text[argument.end() :]
    if "padding" not in text:
        for window in list(re.finditer(r"(?<= )(\d+)(?:x\1)*(?= |$)", text))[:2]:
            if window[1].isdigit() and "x" in window[0] and int(window[1]) > 1:
                yield f"{text[: window.end()]} padding={int(window[1]) // 2}{text[window.end() :]}"


def _template(source: str, tokens: tuple[Token, ...], line: int) -> Template:
    """The tokens without labels, as they are spaced."""
    text, numbers = "", []
    end = None
    for token in tokens:
        if token.kind == "LABEL":
            continue
        if end is not None:
            text += " " if source[end : token.start].strip() or token.start > end else ""
        if token.kind == "INTEGER" and not text.endswith("="):
            numbers.append((len(text), len(text) + len(token.text)))
        text += token.text
        end = token.end
    return Template(text, tuple(numbers), not any(token.kind in ("_ARROW", "LBRACE") for token in tokens), line)


def _gaps(script: Script, lines: tuple[Line, ...]) -> list[Gap]:
    """The places before some lines, then after them, then after each step in them."""
    every = script.lines
    at = {line.number: index for index, line in enumerate(every)}
    before = [at[line.number] for line in lines]
    found = [_before(script, place) for place in dict.fromkeys((*before, *(place + 1 for place in before)))]
    found += [Gap(step.end, " -> ", "", line.number, True) for line in lines for step in line.steps]
    return found


def _before(script: Script, place: int) -> Gap:
    """The place before a line of the script, or after its last."""
    every = script.lines
    if place == len(every):
        end = "" if script.text.endswith("\n") else "\n"
        return Gap(len(script.text), end, "\n", every[-1].number + 1, False)
    line = every[place]
    is_body = line.tokens[0].kind not in ("RBRACE", "BLOCK", "NET")
    model = line if is_body or place == 0 else every[place - 1]
    return Gap(script.start_of(line.number), script.indent(model), "\n", line.number, False)


def _wanted(case: Case) -> list[int]:
    """The channels or features that the first failing shape wants."""
    for diagnostic in case.diagnostics:
        if diagnostic.code is Code.STATED_SHAPE and diagnostic.gap is not None:
            return [diagnostic.gap.wanted[0]]
    return []


def _missing_labels(case: Case) -> list[str]:
    """Labels that are asked for and stand nowhere."""
    found: dict[str, None] = {}
    for diagnostic in case.diagnostics:
        place = diagnostic.place
        if diagnostic.code is Code.UNKNOWN_LABEL and place is not None and place.source.name == case.name:
            found.setdefault(case.text[place.span.start : place.span.end].partition(".")[0])
    return list(found)[:2]

"""What may be missing from a spec: lines and steps that it has elsewhere, alike ones, and what is often forgotten."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

from netspec.fixes.script import Script, Token
from netspec.passes.expand.names import MERGES

USUAL = ("flatten", "globalavgpool -> flatten", "globalavgpool", "relu", "batchnorm", "maxpool 2x2", "dropout")
"""Steps that are often forgotten."""

_IDIOMS = (
    "maxpool 3x3 stride=2 padding=1",
    "avgpool 2x2",
    "conv 64 3x3 padding=1",
    "conv 64 7x7 stride=2 padding=3 bias=false",
    "fc 10",
)
"""What networks are mostly made of, for a spec that has nothing like it."""

_MOST = 80
"""So many are enough."""

_LONGEST, _MOST_LINES = 300, 1_000
"""The characters of a line, and the lines, of which templates are made."""

_KERNELS, _POOLED = ("3", "5", "1", "7"), ("2", "3")
"""What windows mostly are, those of convolutions and those of pooling."""


class Template(NamedTuple):
    """What may be missing: its text, and where in it whole numbers stand. `step`: it is a single one.

    `line`: where the spec has it, 0 for what it has nowhere. `unlike`: how much it differs from what stands there.
    """

    text: str
    numbers: tuple[tuple[int, int], ...]
    step: bool
    line: int = 0
    unlike: int = 0

    def with_number(self, at: int, value: int | str) -> str:
        """The text with another number, or a name, in the place of one."""
        start, end = self.numbers[at]
        return f"{self.text[:start]}{value}{self.text[end:]}"

    def number(self, at: int) -> int:
        """One of its numbers."""
        start, end = self.numbers[at]
        return int(self.text[start:end].replace("_", ""))


def templates(script: Script, *, claims: bool) -> list[Template]:
    """What may be missing: lines of the spec, without their labels and stated shapes; steps of them; usual steps.

    `claims`: there are some that tell what is right.
    """
    found: dict[str, Template] = {}

    def add(text: str, tokens: Iterable[Token], line: int, unlike: int = 0) -> None:
        template = _template(text, tuple(tokens) or Script(text).tokens, line, unlike)
        found.setdefault(template.text, template)

    lines = [line for line in script.lines if line.end - line.start <= _LONGEST][:_MOST_LINES]
    for line in lines:
        if line.statement in ("NAME", "REPEAT", "LBRACE") and line.balanced and len(line.tokens) > 2:
            add(script.text, (token for token in line.tokens if token.end <= line.before_stated), line.number)
    for text in (*USUAL, *(_IDIOMS if claims else ())):
        add(text, Script(text).tokens, 0)
    for line in lines:
        for step in line.steps:
            if step.name.text not in MERGES:
                step_tokens = (step.name, *(token for argument in step.arguments for token in argument))
                add(script.text, step_tokens, line.number)
    for name in unused_parameters(script):
        for template in list(found.values()):
            if template.numbers:
                add(template.with_number(0, name), (), template.line)
    for template in list(found.values()):
        for text in _variants(template.text):
            add(text, Script(text).tokens, template.line, 1)
    return list(found.values())[:_MOST]


def unused_parameters(script: Script) -> list[str]:
    """The parameters of nets and blocks that are named nowhere but where they are defined."""
    found = []
    for item in script.items:
        if item[0].statement in ("NET", "BLOCK"):
            inner = {token.text for line in item[1:] for token in line.tokens}
            found += [
                before.text
                for before, token in pairwise(item[0].tokens)
                if before.kind == "NAME" and token.kind in ("_EQUALS", "COMMA", "RPAR") and before.text not in inner
            ]
    return found[:2]


def _variants(text: str) -> Iterator[str]:
    """A line with an argument that is given by name left out, with another kernel, and padded to keep the size."""
    for argument in re.finditer(r" (?:padding|stride)=\w+", text):
        yield text[: argument.start()] + text[argument.end() :]
    windows = [match for match in re.finditer(r"(?<= )(\d+)((?:x\1)+)(?= |$)", text) if match[1] != "1"]
    for window in windows[:1]:
        before, own, rest = text[: window.start()], window[1], text[window.end() :]
        if "padding" not in text:
            yield f"{before}{window[0]} padding={int(own) // 2}{rest}"
        padding = re.match(rf"[^{{>]*? padding={int(own) // 2}\b", rest)
        for kernel in _POOLED if "pool" in before else _KERNELS:
            if kernel != own:
                sizes = "x".join([kernel] * (window[0].count("x") + 1))
                if padding is not None:
                    given = padding[0].rpartition("=")[0]
                    padded = f"{given}={int(kernel) // 2}" if kernel != "1" else given.rpartition(" ")[0]
                    yield f"{before}{sizes}{padded}{rest[padding.end() :]}"
                else:
                    yield f"{before}{sizes}{rest}"


def _template(source: str, tokens: tuple[Token, ...], line: int, unlike: int) -> Template:
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
    is_step = not any(token.kind in ("_ARROW", "LBRACE") for token in tokens)
    return Template(text, tuple(numbers), is_step, line, unlike)

"""Edits of structure: lines, steps and arguments swapped, added and removed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from netspec.fixes.edit import Edit, Kind
from netspec.fixes.script import Line, Step
from netspec.fixes.search import MOST_LINES, Case
from netspec.layers import LAYERS, arguments

# Swapped


def swapped_lines(case: Case, lines: tuple[Line, ...]) -> Iterator[Edit]:
    """Two lines that follow each other, in the other order; each line with the one before it, then with the next."""
    script = case.script
    every = script.lines
    at = {line.number: index for index, line in enumerate(every)}
    done: set[int] = set()
    for line in lines:
        for first in (at[line.number] - 1, at[line.number]):
            if first in done or not 0 <= first < len(every) - 1:
                continue
            done.add(first)
            upper, lower = every[first], every[first + 1]
            between = case.text[upper.end : lower.start]
            text = case.text[lower.start : lower.end] + between + case.text[upper.start : upper.end]
            title = f"swap lines {upper.number} and {lower.number}"
            yield Edit(Kind.ORDER, upper.start, lower.end, text, title, 0.4)


def swapped_parts(case: Case, lines: tuple[Line, ...]) -> Iterator[Edit]:
    """Two arguments or two steps that follow each other, in the other order; and values of named arguments."""
    for line in lines:
        for step in line.steps:
            spans = [(argument[0].start, argument[-1].end) for argument in step.arguments]
            for one, other in pairwise(spans):
                yield _swapped(case, one, other)
        for before, after in pairwise(line.steps):
            yield _swapped(case, (before.start, before.end), (after.start, after.end))
    for line in lines:
        for step in line.steps:
            values = [(argument[-1].start, argument[-1].end) for argument in step.arguments]
            for i, one in enumerate(values):
                for other in values[i + 1 :]:
                    if case.text[slice(*one)] != case.text[slice(*other)]:
                        yield _swapped(case, one, other)
        for token in line.tokens:
            sizes = token.text.split("x")
            if token.kind == "WINDOW" and len(set(sizes)) > 1 and line.statement != "INPUT":
                kind = Kind.CLAIM if line.statement == "ASSERT" else Kind.NUMBER
                turned = (
                    sizes[::-1],
                    [*sizes[1:], sizes[0]],
                    [sizes[-1], *sizes[:-1]],
                    [sizes[1], sizes[0], *sizes[2:]],
                )
                for order in turned:
                    yield Edit(kind, token.start, token.end, "x".join(order))


def _swapped(case: Case, one: tuple[int, int], other: tuple[int, int]) -> Edit:
    text = case.text
    new = text[slice(*other)] + text[one[1] : other[0]] + text[slice(*one)]
    return Edit(Kind.ORDER, one[0], other[1], new)


# Arguments


def arguments_added(case: Case, lines: tuple[Line, ...]) -> Iterator[Edit]:
    """A padding, a stride and the like, with the values that are usual or that the spec has elsewhere."""
    for line in lines:
        for step in line.steps:
            layer = LAYERS.get(step.name.text)
            if layer is None:
                yield from _as_siblings(case, step)
                continue
            known, given = arguments(layer), step.keywords
            for name, values in _usual_values(step):
                if name in known and name not in given:
                    for value in values:
                        yield Edit(Kind.ARGUMENT, step.end, step.end, f" {name}={value}")
            yield from _as_siblings(case, step)
            for argument in step.arguments:
                if len(argument) > 1:
                    yield Edit(Kind.ARGUMENT, argument[0].start - 1, argument[-1].end, "")


def padded(lines: tuple[Line, ...]) -> Iterator[Edit]:
    """The padding that keeps the size, where there is none."""
    for line in lines:
        for step in line.steps:
            for kernel in (argument[0] for argument in step.arguments[:2] if argument[0].kind == "WINDOW"):
                size = kernel.text.split("x")[0]
                if size.isdigit() and int(size) > 1 and step.name.text in LAYERS and "padding" not in step.keywords:
                    # Between a number changed a little and one changed much.
                    yield Edit(Kind.ARGUMENT, step.end, step.end, f" padding={int(size) // 2}", far=-1.6)


def _usual_values(step: Step) -> list[tuple[str, list[str]]]:
    """Arguments that are often forgotten, with what they may be."""
    kernels = [
        int(size) for a in step.arguments if a[0].kind == "WINDOW" for size in a[0].text.split("x") if size.isdigit()
    ]
    half = max(kernels, default=3) // 2
    paddings = list(dict.fromkeys(str(value) for value in (half, 1, 2, 3, half + 1, half - 1) if value > 0))
    return [
        ("padding", paddings),
        ("stride", ["2", "1", "4", "3"]),
        ("bias", ["false"]),
        ("ceil", ["true"]),
        ("output_padding", ["1"]),
        ("dilation", ["2"]),
    ]


def _as_siblings(case: Case, step: Step) -> Iterator[Edit]:
    """What other calls of the same name have and this one lacks, given by name or by position."""
    given = step.keywords
    positional = sum(len(argument) == 1 or argument[0].kind == "LPAR" for argument in step.arguments)
    done: set[str] = set()
    for other in (other for line in case.script.lines[:MOST_LINES] for other in line.steps):
        if other.name.text != step.name.text or other == step:
            continue
        place = 0
        for argument in other.arguments:
            text = case.text[argument[0].start : argument[-1].end]
            by_name = len(argument) > 1 and argument[1].kind == "_EQUALS"
            place += not by_name
            if text in done or (argument[0].text in given if by_name else place <= positional):
                continue
            done.add(text)
            yield Edit(Kind.ARGUMENT, step.end, step.end, f" {text}")


# Steps and lines removed


def removed(case: Case, lines: tuple[Line, ...]) -> Iterator[Edit]:
    """Each step of the lines left out, and each whole line."""
    script = case.script
    for line in lines:
        for before, after in pairwise(line.steps):
            if case.text[before.end : after.start].strip() == "->":
                yield _without(case, before.end, after.end, after)
                yield _without(case, before.start, after.start, before)
        if (
            line.statement != "ASSERT"
            and not line.has("_GIVES")
            and (line.balanced or line.statement in ("RBRACE", "LBRACE"))
        ):
            start = script.start_of(line.number)
            end = case.text.find("\n", line.end)
            yield Edit(Kind.REMOVAL, start, len(case.text) if end < 0 else end + 1, "", f"remove line {line.number}")


def _without(case: Case, start: int, end: int, step: Step) -> Edit:
    return Edit(Kind.REMOVAL, start, end, "", f"remove `{case.text[step.start : step.end]}`")

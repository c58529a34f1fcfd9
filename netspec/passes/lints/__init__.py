"""Lints: what is allowed and works, and is still most likely a mistake. Each has a code, a page and a reason.

A rule is a function that finds places. Those about names look at the syntax tree, those about layers at the shaped net.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import NamedTuple

from netspec.diagnostics import MOST_DIAGNOSTICS, Code, Diagnostic
from netspec.passes.lints import layers, names
from netspec.passes.lints.finding import Finding, Subject
from netspec.passes.lints.silence import is_allowed
from netspec.syntax import tree
from netspec.syntax.project import SpecFile

__all__ = ["BY_DEFAULT", "LINTS", "Choice", "Subject", "lint_layers", "lint_names"]

OF_NAMES: dict[Code, Callable[[SpecFile, Sequence[names.Item]], Iterator[Finding]]] = {
    Code.UNUSED_NAME: names.unused_names,
    Code.UNUSED_LABEL: names.unused_labels,
    Code.HIDING_NAME: names.hiding_names,
}

OF_LAYERS: dict[Code, Callable[[Subject], Iterator[Finding]]] = {
    Code.BIAS_BEFORE_BATCHNORM: layers.bias_before_batchnorm,
    Code.SKIPPED_PIXELS: layers.skipped_pixels,
    Code.DROPPED_EDGE: layers.dropped_edge,
    Code.EMPTY_WINDOWS: layers.empty_windows,
    Code.TWO_ACTIVATIONS: layers.two_activations,
    Code.SOFTMAX_AT_END: layers.softmax_at_end,
    Code.DROPOUT_BEFORE_BATCHNORM: layers.dropout_before_batchnorm,
}

LINTS = frozenset(OF_NAMES) | frozenset(OF_LAYERS)

BY_DEFAULT = LINTS - {Code.DROPPED_EDGE, Code.SOFTMAX_AT_END, Code.UNUSED_LABEL}
"""Those about which opinions do not differ."""


class Choice(NamedTuple):
    """The lints that run. `max_memory`: the bytes that the output of one layer may take."""

    codes: Collection[Code] = BY_DEFAULT
    max_memory: int | None = None


def lint_names(file: SpecFile, net: tree.Net, choice: Choice, *, blocks: bool = True) -> list[Diagnostic]:
    """What the chosen rules find in the names of a net and, unless they have been told, of the file's blocks."""
    items = [names.read_item(item) for item in (net, *(names.own_blocks(file) if blocks else ()))]
    return _told((code, rule(file, items)) for code, rule in OF_NAMES.items() if code in choice.codes)


def lint_layers(subject: Subject, choice: Choice) -> list[Diagnostic]:
    """What the chosen rules find in the layers of a sound net."""
    rules = {code: rule for code, rule in OF_LAYERS.items() if code in choice.codes}
    if choice.max_memory is not None:
        rules[Code.LARGE_OUTPUT] = partial(layers.large_outputs, limit=choice.max_memory)
    return _told((code, rule(subject)) for code, rule in rules.items())


def _told(found: Iterable[tuple[Code, Iterator[Finding]]]) -> list[Diagnostic]:
    """The findings as diagnostics, but for those that their line allows; of a great many the first."""
    told = (
        Diagnostic(code, finding.message, finding.place, finding.caption, finding.labels, help=finding.help)
        for code, findings in found
        for finding in findings
        if not is_allowed(code, finding.place)
    )
    return list(islice(told, MOST_DIAGNOSTICS))

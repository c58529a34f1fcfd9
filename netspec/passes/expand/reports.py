"""Collecting diagnostics while a spec is expanded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from netspec.diagnostics import MOST_DIAGNOSTICS, Code, Diagnostic, Gap, Label, did_you_mean
from netspec.sizes import Size, numbers_in
from netspec.source import Place, Source, Span

_HELPED = 16
"""For so many mistakes, the first, what was probably meant is sought."""

_SHOWN_CALLS = 3
"""More uses of blocks within each other than this are counted, not shown."""


MOST_NUMBERS = 1 << 19
"""So many numbers in all the sizes that depend on symbols are worked out: each has one for each residue class."""


class TooMany(Exception):
    """The spec runs over a limit; the diagnostic has been made and expansion stops."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where the present body is: its file, and the calls of blocks that led there, outermost first."""

    source: Source
    calls: tuple[tuple[str, Place], ...] = ()


@dataclass(slots=True)
class Reports:
    """The diagnostics of one expansion, which ends after `most` of them.

    `numbers` counts those in sizes that depend on symbols.
    """

    diagnostics: list[Diagnostic] = field(default_factory=list)
    most: int = MOST_DIAGNOSTICS
    numbers: int = 0

    def carries(self, *sizes: Size, times: int = 1) -> bool:
        """Count sizes that were worked out; False where they have become too many."""
        self.numbers += times * sum(map(numbers_in, sizes))
        return self.numbers <= MOST_NUMBERS

    def near(self, word: str, known: Iterable[str]) -> str | None:
        """The known word that was probably meant."""
        return did_you_mean(word, known) if self.helps else None

    @property
    def helps(self) -> bool:
        """Whether what was probably meant is sought: that takes time, and nobody needs it for a thousand mistakes."""
        return len(self.diagnostics) < _HELPED

    def add(
        self,
        site: Site,
        code: Code,
        message: str,
        span: Span,
        *,
        caption: str = "",
        labels: tuple[Label, ...] = (),
        notes: tuple[str, ...] = (),
        help: tuple[str, ...] = (),
        gap: Gap | None = None,
    ) -> None:
        """Tell a mistake at a span of the present body, with a label for each use of a block that led there."""
        shown = site.calls[-_SHOWN_CALLS:]
        uses = tuple(Label(place, f"in this use of `{block}`") for block, place in reversed(shown))
        if len(shown) < len(site.calls):
            notes = (*notes, f"used through {len(site.calls) - len(shown)} more blocks")
        place = Place(site.source, span)
        self.diagnostics.append(Diagnostic(code, message, place, caption, (*labels, *uses), notes, help, gap))
        if len(self.diagnostics) >= self.most:
            raise TooMany

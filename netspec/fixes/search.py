"""The search for fixes: candidates are tried by the real check, within an effort that is counted, not timed.

So the same spec gets the same suggestions on every machine.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import NamedTuple, Protocol, TypeAlias

from netspec.compile import Options, Result, check_text
from netspec.diagnostics import Code, Diagnostic
from netspec.fixes.edit import Edit, Kind
from netspec.fixes.gaps import Candidate
from netspec.fixes.reading import Reader
from netspec.fixes.script import Script
from netspec.fixes.shapes import Known, known_shapes
from netspec.fixes.solving import Unsolved, gap_of, root
from netspec.fixes.templates import Template, templates
from netspec.ir import ShapedNet
from netspec.sizes import Shape


class Effort(NamedTuple):
    """How much a search may cost: `layers` to be expanded again, and so many `checks` of a spec like this."""

    layers: int
    checks: int


QUICK = Effort(7_000, 10)
"""After a failed check: about 0.3 s, and up to a second for a large spec."""

THOROUGH = Effort(40_000, 100)
"""Where fixes were asked for."""

LARGE = 600
"""For a spec with more layers there is a sixth of the effort, since its check alone takes its time.

Of one whose check takes more than that nothing is tried.
"""

_LARGEST_CHECK = 250
"""The effort of a check that is granted so many times: that of a larger spec takes what there is for layers."""

MOST_LINES = 300
"""So many lines are looked at, the likeliest of a long spec; no effort would be enough for more."""

MOST_MISTAKES = 50
"""So many diagnostics are looked at: one edit seldom puts right more."""

SEVERAL = 3
"""With each so many mistakes the effort gets smaller: the more there are, the less likely it is that one edit helps."""

MOST_FIXES = 3

ENOUGH = 5
"""So many are found before the best of them are chosen."""

_FIXED_EFFORT, _CHARACTERS = 4, 26
"""A check costs as much as these layers, and one more for so many characters that are parsed."""

_READ = 2_000
"""And one for so many that are only looked at."""

_PAIRS = 25
"""And one for so many pairs that are compared, of words or of places and texts for them."""

_WRITTEN = 100
"""Few layers are longer, written out by the count of :mod:`netspec.passes.expand.limits`."""

_MOST_FOR_EFFECTS = 300
"""Layers that are made to see what steps would do to a shape."""


class Spent(Exception):
    """The effort is used up."""


class Effect(NamedTuple):
    """What a text makes of the shape `before`."""

    before: tuple[int, ...]
    after: tuple[int, ...]
    params: int
    macs: int


Text: TypeAlias = tuple[str, Template, int, Effect | None]
"""A text to be inserted, its template and how much it differs from that, and what it does if that is known."""

Stage: TypeAlias = tuple[Iterator[Edit] | Callable[[], None], float]
"""Edits to be tried, or a search of its own, with the share of what effort is left that it may take."""


class Part(Protocol):
    """A part of the spec, on which an edit can be tried first."""

    def applied(self, text: str, edit: Edit | None) -> str | None:
        """The part with an edit made, as a spec of its own; None if the edit is not within it."""


class Case:
    """A spec that does not check, and what has been tried on it."""

    def __init__(
        self, text: str, name: str, folder: Path, options: Options, effort: Effort, known: Result | None = None
    ) -> None:
        self.text, self.name, self.folder = text, name, folder
        self.options = options._replace(lints=None)
        self.script = Script(text)
        self.found: list[Edit] = []
        self.nets: list[object] = []
        self.window: Part | None = None
        self.tried: set[str] = set()
        self.effects: dict[str, dict[str, Effect]] = {}
        self.texts: dict[str, list[Text]] = {}
        self.candidates: dict[tuple[int, ...], list[Candidate]] = {}
        self.reader = Reader(name, folder)
        self.result = known if known is not None else check_text(text, name, folder, self.options)
        self.reader.doubts = self.has("E01")
        self.largest = 4 * _layers(self.result) + 1_000  # what makes far more layers is no fix
        own = _FIXED_EFFORT + _work(self.result) + len(text) // _CHARACTERS
        self.is_large = own > LARGE
        mistakes = len(self.result.diagnostics)
        if not self.is_large:
            self.left = effort.layers // (1 + mistakes // SEVERAL) + min(own, _LARGEST_CHECK) * effort.checks
        else:
            least = effort.layers // 6
            self.left = 0 if own > least or mistakes > MOST_MISTAKES else least
        self.floor = 0
        self.most_lines = MOST_LINES // 6 if self.is_large else MOST_LINES

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What is wrong with the spec as it stands, or the first of it."""
        return self.result.diagnostics[:MOST_MISTAKES]

    def has(self, *groups: str) -> bool:
        """Whether there is a diagnostic of these groups of codes: ``E01``."""
        return any(diagnostic.code.startswith(groups) for diagnostic in self.diagnostics)

    def satisfied(self) -> bool:
        """Whether enough fixes are known to choose from."""
        return len(self.found) >= ENOUGH

    def settled(self) -> bool:
        """Whether nothing better is to be expected: there is a choice, or a fix that all the claims bear out."""
        return self.satisfied() or (self.is_witnessed and any(edit.kind < Kind.CLAIM for edit in self.found))

    @cached_property
    def is_witnessed(self) -> bool:
        """Whether the spec claims a sum over all its layers, which hardly any wrong net has."""
        return any(
            re.match(r"assert params == [\d_]+$", self.text[line.start : line.end]) for line in self.script.lines
        )

    @cached_property
    def known(self) -> Known:
        """The shapes that are known in spite of the mistakes."""
        return known_shapes(self.text, self.name, self.folder, self.options, self.largest)

    @cached_property
    def templates(self) -> list[Template]:
        """What may be missing."""
        return templates(self.script, claims=any(diagnostic.gap is not None for diagnostic in self.diagnostics))

    def checked(self, text: str, *, of_part: bool = False) -> Result:
        """What is wrong with a variant of the spec; with `of_part`, of a part of it that is a spec of its own.

        It is given up at the first mistake. Raises :class:`Spent`.
        """
        options = self.options._replace(most=1, largest=self.largest)
        if of_part:
            options = options._replace(net=None, settings={}, input_shape=None)
        return self._paid(text, options)

    def checked_on(self, text: str, shape: Shape) -> Result:
        """What a spec of its own does to a shape, whatever is wrong in it. Raises :class:`Spent`."""
        return self._paid(text, Options(input_shape=shape, largest=_MOST_FOR_EFFECTS))

    def compare(self, pairs: int) -> None:
        """Count pairs, of a word or place with what it could be or lack, to be compared. Raises :class:`Spent`."""
        if self.left <= self.floor:
            raise Spent
        self.left -= pairs // _PAIRS

    def _paid(self, text: str, options: Options) -> Result:
        if self.left <= self.floor:
            raise Spent
        before = self.reader.characters
        result = self.reader.check(text, options)
        self.left -= (
            _FIXED_EFFORT + len(text) // _READ + (self.reader.characters - before) // _CHARACTERS + _work(result)
        )
        return result

    def attempt(self, edit: Edit) -> bool:
        """Try an edit, on the part first, and keep it if the whole spec then checks. Raises :class:`Spent`."""
        text = edit.applied(self.text)
        # Texts that differ in the space around their lines alone are tried once.
        key = text if self.is_large else "\n".join(filter(None, map(str.strip, text.split("\n"))))
        if key in self.tried or text == self.text:
            return False
        part = self.window.applied(self.text, edit) if self.window is not None else None
        if part is not None and self.checked(part, of_part=True).diagnostics:
            self.tried.add(key)
            return False
        result = self.checked(text)
        self.tried.add(key)
        return not result.diagnostics and self.keep(edit, result)

    def keep(self, edit: Edit, result: Result) -> bool:
        """Keep an edit that makes the spec check, unless one is known that makes the same net."""
        nets = (edit.kind >= Kind.CLAIM, *(_plain(net.shaped) for net in result.nets))
        if len(nets) > 1 and nets in self.nets:
            return False
        self.nets.append(nets)
        self.found.append(edit)
        return True

    @contextmanager
    def within(self, window: Part | None) -> Iterator[None]:
        """Meanwhile edits are tried on a part first."""
        self.window = window
        try:
            yield
        finally:
            self.window = None

    def attempt_all(self, edits: Iterator[Edit], share: float) -> None:
        """Try edits until enough are found, or this share of what effort is left is spent."""
        with self.at_most(share):
            for edit in edits:
                self.attempt(edit)
                if self.satisfied():
                    return

    def run(self, *stages: Stage) -> None:
        """One stage after the other, until nothing better is to be expected."""
        for search, share in stages:
            if self.settled():
                return
            if isinstance(search, Iterator):
                self.attempt_all(search, share)
            else:
                with self.at_most(share):
                    search()

    def at_most(self, share: float) -> _Share:
        """A part of the effort: a stage that runs over it ends, and the next begins."""
        return _Share(self, share)

    def unsolved(self, edit: Edit) -> tuple[Unsolved, ...] | None:
        """The claims that fail after an edit, on one number each; None if anything else is wrong too."""
        part = self.window.applied(self.text, edit) if self.window is not None else None
        whole = edit.applied(self.text)
        diagnostics = self.checked(whole if part is None else part, of_part=part is not None).diagnostics
        if any(diagnostic.code not in (Code.CLAIM_FAILS, Code.STATED_SHAPE) for diagnostic in diagnostics):
            return None
        found = [gap_of(diagnostic) for diagnostic in diagnostics]
        return tuple(gap for gap in found if gap is not None) or (None if diagnostics else ())

    def solve(
        self, make: Callable[[int], Edit | None], start: int, gaps: tuple[Unsolved, ...], *, probes: int = 2
    ) -> None:
        """Find the number for which the claims hold, and try it. `make` writes it; at `start` they fail by `gaps`.

        A count of parameters or a size is a polynomial of low degree in any one number of the spec: a line through
        two points, or a parabola through three, leads there.
        """
        points: list[tuple[int, tuple[Unsolved, ...]]] = [(start, gaps)]
        at = start + 1
        for _ in range(probes):
            edit = make(at)
            if edit is None or any(at == number for number, _ in points):
                return
            found = self.unsolved(edit)
            if found is None:
                if at != start + 1 or start <= 1:
                    return
                at = start - 1  # perhaps only the larger number does not fit
                continue
            if not found:
                self.attempt(edit)
                return
            points.append((at, found))
            guess = root(points)
            if guess is None:
                return
            at = round(guess)
            if abs(guess - at) > 0.5 * len(points) / 4 and len(points) > 2:
                return
        edit = make(at)
        if edit is not None and all(at != number for number, _ in points):
            self.attempt(edit)


class _Share:
    """While it lasts, less of the effort can be spent."""

    def __init__(self, case: Case, share: float) -> None:
        self.case, self.share, self.before = case, share, case.floor

    def __enter__(self) -> None:
        case = self.case
        self.before = case.floor
        case.floor = case.left - round((case.left - case.floor) * self.share)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> bool:
        self.case.floor = self.before
        return kind is Spent


def _work(result: Result) -> int:
    """What an expansion costs: its layers, or what else was written out, as turns that make none."""
    return max(_layers(result), result.amount.characters // _WRITTEN)


def _layers(result: Result) -> int:
    """The layers that were made, whether their shapes are known or not."""
    return sum(len(net.nodes if net.sketch is None else net.sketch.nodes) for net in result.nets)


def _plain(net: ShapedNet | None) -> object:
    """A net without names and places, to be compared."""
    if net is None:
        return None
    names = [*(given.name for given in net.inputs), *(node.name for node in net.nodes)]
    number = {name: at for at, name in enumerate(names)}
    nodes = tuple((node.layer, tuple(number[name] for name in node.inputs)) for node in net.nodes)
    return tuple(given.shape for given in net.inputs), nodes, tuple(number[output.value] for output in net.outputs)

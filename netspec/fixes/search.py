"""The search for fixes: candidates are tried by the real check, within an effort that is counted, not timed.

So the same spec gets the same suggestions on every machine.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple, Protocol

from netspec.compile import Options, Result, check_text
from netspec.diagnostics import Code, Diagnostic
from netspec.fixes.edit import Edit, Kind
from netspec.fixes.script import Script
from netspec.ir import ShapedNet


class Effort(NamedTuple):
    """How much a search may cost: `layers` to be expanded again, and so many `checks` of a spec like this."""

    layers: int
    checks: int


QUICK = Effort(4_000, 40)
"""After a failed check: about 0.3 s, and for a large spec as long as forty checks."""

THOROUGH = Effort(40_000, 300)
"""Where fixes were asked for."""

LARGEST = 50_000
"""Of specs with more layers nothing is tried: it would take too long."""

MOST_FIXES = 3

ENOUGH = 5
"""So many are found before the best of them are chosen."""

_FIXED_EFFORT, _CHARACTERS = 6, 55
"""A check costs as much as these layers, and one more for so many characters."""


_LINE_END = re.compile(r"\s*\n\s*")
"""Texts that differ in these alone are tried once."""


class Spent(Exception):
    """The effort is used up."""


class Unsolved(NamedTuple):
    """A claim that fails on one number: the claim as it is written, and by how much."""

    claim: str
    axis: int
    by: int


class Part(Protocol):
    """A part of the spec, on which an edit can be tried first."""

    def applied(self, text: str, edit: Edit | None) -> str | None:
        """The part with an edit made, as a spec of its own; None if the edit is not within it."""


class Case:
    """A spec that does not check, and what has been tried on it."""

    def __init__(self, text: str, name: str, folder: Path, options: Options, effort: Effort) -> None:
        self.text, self.name, self.folder = text, name, folder
        self.options = options._replace(lints=None)
        self.script = Script(text)
        self.left = self.floor = 0
        self.found: list[Edit] = []
        self.nets: list[object] = []
        self.window: Part | None = None
        self.tried: dict[str, bool] = {text: False}
        self.result = self._checked(text, self.options)
        # What makes far more layers is no fix.
        self.trial = self.options._replace(most=1, largest=4 * _layers(self.result) + 1_000)
        own = min(-self.left, effort.layers // 6)  # a repeat that runs away shall not make the search as long
        self.left = effort.layers + own * effort.checks if -self.left <= LARGEST else 0

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What is wrong with the spec as it stands."""
        return self.result.diagnostics

    def has(self, *groups: str) -> bool:
        """Whether there is a diagnostic of these groups of codes: ``E01``."""
        return any(diagnostic.code.startswith(groups) for diagnostic in self.diagnostics)

    def satisfied(self) -> bool:
        """Whether enough fixes are known to choose from."""
        return len(self.found) >= ENOUGH

    def _checked(self, text: str, options: Options) -> Result:
        result = check_text(text, self.name, self.folder, options)
        self.left -= _FIXED_EFFORT + len(text) // _CHARACTERS + _layers(result)
        return result

    def sound(self, text: str) -> bool:
        """Whether a text checks. It is given up at the first mistake. Raises :class:`Spent`."""
        key = _LINE_END.sub("\n", text)
        known = self.tried.get(key)
        if known is None:
            if self.left <= self.floor:
                raise Spent
            known = self.tried[key] = not self._checked(text, self.trial).diagnostics
        return known

    def attempt(self, edit: Edit) -> bool:
        """Try an edit, and keep it if the whole spec then checks. Raises :class:`Spent`."""
        text = edit.applied(self.text)
        if _LINE_END.sub("\n", text) in self.tried:
            return False
        part = self.window.applied(self.text, edit) if self.window is not None else None
        if part is not None and not self.sound(part):
            return False
        return self.sound(text) and self.keep(edit)

    def keep(self, edit: Edit) -> bool:
        """Keep an edit, unless one is known that makes the same net."""
        result = check_text(edit.applied(self.text), self.name, self.folder, self.options)
        if result.diagnostics:
            return False
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

    def at_most(self, share: float) -> _Share:
        """A part of the effort: a stage that runs over it ends, and the next begins."""
        return _Share(self, share)

    def unsolved(self, edit: Edit) -> tuple[Unsolved, ...] | None:
        """The claims that fail after an edit, on one number each; None if anything else is wrong too."""
        if self.left <= self.floor:
            raise Spent
        part = self.window.applied(self.text, edit) if self.window is not None else None
        text = edit.applied(self.text) if part is None else part
        diagnostics = self._checked(text, self.trial).diagnostics
        found = [gap_of(diagnostic) for diagnostic in diagnostics]
        self.tried.setdefault(_LINE_END.sub("\n", text), not diagnostics)
        if any(diagnostic.code not in (Code.CLAIM_FAILS, Code.STATED_SHAPE) for diagnostic in diagnostics):
            return None
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
                self.attempt(edit) if self.window is not None else self.keep(edit)
                return
            points.append((at, found))
            guess = _root(points)
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


def gap_of(diagnostic: Diagnostic) -> Unsolved | None:
    """By how much a claim fails, where that is one number."""
    gap = diagnostic.gap
    if gap is None or diagnostic.place is None or len(gap.found) != len(gap.wanted):
        return None
    differing = [axis for axis in range(len(gap.found)) if gap.found[axis] != gap.wanted[axis]]
    if not differing:
        return None
    axis = differing[0]
    source = diagnostic.place.source
    claim = source.line(diagnostic.place.position.line).strip()
    if diagnostic.code is Code.STATED_SHAPE:
        claim = claim.rpartition("=>")[2]
    else:
        claim = re.sub(r"(?<![\w.])[\d_]+", "", claim)  # it is the same claim when one of its numbers is edited
    return Unsolved(claim, axis, gap.found[axis] - gap.wanted[axis])


def _root(points: list[tuple[int, tuple[Unsolved, ...]]]) -> Fraction | None:
    """Where all claims would hold, as far as the points tell; None where they disagree."""
    start, gaps = points[0]
    guesses = []
    for gap in gaps:
        values = [(start, gap.by)]
        for number, found in points[1:]:
            values.append((number, next((g.by for g in found if g[:2] == gap[:2]), 0)))
        guess = _nearest_root(values)
        if guess is None:
            return None
        guesses.append(guess)
    if not guesses:
        return None
    first = guesses[0]
    far = abs(first - start) / 3 + 1
    return first if all(abs(guess - first) <= far for guess in guesses) else None


def _nearest_root(values: list[tuple[int, int]]) -> Fraction | None:
    """Where a line or parabola through points is zero, next to the first of them."""
    (x0, y0), (x1, y1), *more = values
    if not more:
        return None if y0 == y1 else Fraction(x0) - Fraction(y0 * (x1 - x0), y1 - y0)
    x2, y2 = more[-1]
    slope = Fraction(y1 - y0, x1 - x0)
    second = (Fraction(y2 - y1, x2 - x1) - slope) / (x2 - x0)
    if second == 0:
        return None if slope == 0 else x0 - y0 / slope
    b = slope - second * (x0 + x1)
    c = y0 - b * x0 - second * x0 * x0
    inner = b * b - 4 * second * c
    if inner < 0:
        return None
    root = Fraction(float(inner) ** 0.5).limit_denominator(10**6)
    roots = [(-b + root) / (2 * second), (-b - root) / (2 * second)]
    return min(roots, key=lambda found: abs(found - x0))

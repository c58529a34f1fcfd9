"""Claims: every ``assert`` of a spec, judged on the net as it came out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from netspec.diagnostics import Code, Diagnostic, Gap, did_you_mean
from netspec.passes.expand import ClaimSite, StatedSite
from netspec.passes.expand.reports import Reports, Site, TooMany
from netspec.passes.expand.values import (
    UNKNOWN,
    Evaluated,
    Known,
    Unknown,
    describe,
    evaluate,
    measured_axis,
)
from netspec.passes.measure import MEASURES, Measures, widest
from netspec.sizes import (
    Polynomial,
    QuasiAffine,
    Relation,
    Shape,
    Size,
    Unrepresentable,
    format_shape,
    holds,
    substitute,
)
from netspec.source import Span
from netspec.syntax import tree

if TYPE_CHECKING:
    from netspec.passes.validity import Comparison, Validity


_MOST_COMPARISONS = 64
"""That depend on the input's sizes, in one claim."""


_COMPARED = 32
"""To find where sizes compare takes so many times as long as to work them out."""


def check_claims(
    claims: Sequence[ClaimSite],
    stated: Sequence[StatedSite],
    measures: Measures,
    exits: Mapping[str, str],
    validity: Validity | None,
) -> tuple[Diagnostic, ...]:
    """A diagnostic for each claim that does not hold for every size of the input that fits.

    `exits` names the value that leaves each module. `validity` has the sizes that fit; None where they are fixed.
    A claim about what could not be worked out is passed over.
    """
    reports = Reports()
    with suppress(TooMany):
        for site in stated:
            _judge_stated(site, validity, reports)
        for claim in claims:
            _Judge(claim, measures, exits, validity, reports).run()
    return tuple(reports.diagnostics)


def _judge_stated(site: StatedSite, validity: Validity | None, reports: Reports) -> None:
    """Whether a shape that is right for some sizes of the input is right for all that fit."""
    comparisons: list[Comparison] = [(one, "==", other) for one, other in zip(site.stated, site.found, strict=True)]
    try:
        _afford((*site.stated, *site.found), reports)
        point = _first_where(lambda point: _at(site.stated, point) != _at(site.found, point), comparisons, validity)
    except Unrepresentable as error:
        _undecided(error, validity, site.site, site.span, reports)
        return
    if point is not None:
        message = f"the shape here is {format_shape(site.found)}, not {format_shape(site.stated)}"
        found, stated = format_shape(_at(site.found, point)), format_shape(_at(site.stated, point))
        caption = f"first at {_listed(point)}: {found}, not {stated}"
        reports.add(site.site, Code.STATED_SHAPE, message, site.span, caption=caption)


def _first_where(
    fails: Callable[[dict[str, int]], bool], comparisons: Sequence[Comparison], validity: Validity | None
) -> dict[str, int] | None:
    """The smallest sizes that fit and for which a claim fails, as :func:`netspec.passes.validity.first_where`."""
    if validity is None:
        raise TypeError("no claim about fixed sizes depends on them")
    from netspec.passes.validity import first_where  # imported here, since fixed sizes need none of its arithmetic

    return first_where(fails, comparisons, validity)


def _afford(sizes: Shape, reports: Reports) -> None:
    """Count sizes that are compared. Raises :class:`Unrepresentable` where all that were are too much to decide."""
    if not reports.carries(*sizes, times=_COMPARED):
        raise Unrepresentable("the claims before it are as much as netspec decides")


def _undecided(error: Unrepresentable, validity: Validity | None, site: Site, span: Span, reports: Reports) -> None:
    message = "netspec cannot decide this claim" + ("" if validity is None else " for all sizes of the input")
    reports.add(site, Code.SYMBOLS_TOO_INVOLVED, message, span, caption=str(error))


class _Judge:
    """One claim being judged. `facts` collects what its names stood for, to be shown if it fails.

    Where a comparison depends on the input's sizes, the claim is judged at a point of every cell in which no
    comparison changes its outcome.
    """

    def __init__(
        self,
        site: ClaimSite,
        measures: Measures,
        exits: Mapping[str, str],
        validity: Validity | None,
        reports: Reports,
    ) -> None:
        self.site, self.measures, self.exits, self.validity, self.reports = site, measures, exits, validity, reports
        self.facts: dict[str, Known] = {}
        self.point: dict[str, int] = validity.smallest() if validity is not None else {}
        self.comparisons: list[Comparison] = []

    def run(self) -> None:
        site, expression = self.site, self.site.claim.expression
        before = len(self.reports.diagnostics)
        try:
            value = self._evaluated()
        except Unrepresentable as error:
            _undecided(error, self.validity, site.site, expression.span, self.reports)
            return
        if isinstance(value, Unknown):
            return
        if not isinstance(value, bool):
            if len(self.reports.diagnostics) == before:
                message = f"a claim is true or false, but this is {describe(value)}"
                help = ("`assert params == 61_706`",)
                self.reports.add(site.site, Code.BAD_EXPRESSION, message, expression.span, help=help)
            return
        if not self.comparisons:
            if value is False:
                self._fails("does not hold")
            return
        try:
            point = _first_where(self._fails_at, self.comparisons, self.validity)
        except Unrepresentable as error:
            _undecided(error, self.validity, site.site, expression.span, self.reports)
            return
        if point is not None:
            self._fails(f"does not hold for every size: not for {_listed(point)}")

    def _evaluated(self) -> Evaluated:
        site = self.site
        return evaluate(site.claim.expression, site.scope, site.site, self.reports, self._look_up, self._decided)

    def _decided(self, left: Size, relation: Relation, right: Size) -> bool:
        comparison = (left, relation, right)
        if comparison not in self.comparisons:
            if len(self.comparisons) >= _MOST_COMPARISONS:
                raise Unrepresentable(f"more than {_MOST_COMPARISONS} comparisons")
            self.comparisons.append(comparison)
        _afford((left, right), self.reports)
        return holds(substitute(left, self.point), relation, substitute(right, self.point)) is True

    def _fails_at(self, point: dict[str, int]) -> bool:
        self.point = point
        return self._evaluated() is False

    def _fails(self, how: str) -> None:
        expression = self.site.claim.expression
        facts = " and ".join(f"`{name}` is {_shown(_fact_at(fact, self.point))}" for name, fact in self.facts.items())
        text = self.site.site.source.slice(expression.span)
        message = f"the claim `{' '.join(text.split())}` {how}"
        if facts:
            message += f"{', where' if self.comparisons else ':'} {facts}"
        # Sides that depend on the input's sizes are no numbers.
        gap = None if self.comparisons else self._gap(expression)
        self.reports.add(self.site.site, Code.CLAIM_FAILS, message, expression.span, gap=gap)

    def _gap(self, claim: tree.Expression) -> Gap | None:
        """The two sides of an equation of numbers or shapes."""
        if not (isinstance(claim, tree.Infix) and [sign.text for sign, _ in claim.rest] == ["=="]):
            return None
        site = self.site
        sides = [
            evaluate(side, site.scope, site.site, self.reports, self._look_up)
            for side in (claim.first, claim.rest[0][1])
        ]
        found, wanted = (side if isinstance(side, tuple) else (side,) for side in sides)
        numbers = [tuple(size for size in side if isinstance(size, int)) for side in (found, wanted)]
        return Gap(*numbers) if [len(found), len(wanted)] == list(map(len, numbers)) else None

    def _look_up(self, name: tree.Path | tree.Word) -> Evaluated | None:
        """The measure that a name means; None if it is none, so that it may be a parameter."""
        if isinstance(name, tree.Word):
            if name.text in self.site.scope.parameters or name.text in self.site.scope.symbols:
                return None
            if name.text in MEASURES:
                return self._noted(name.text, self._measure(name, self.site.path, name.text))
            self._unknown_word(name)
            return UNKNOWN
        *path, measure = name.parts
        full = ".".join(filter(None, (self.site.path, *path)))
        if full not in self.exits and full not in self.measures.by_name:
            if not self.measures.complete:
                return UNKNOWN
            self._unknown_path(name, ".".join(path))
            return UNKNOWN
        value = self._measure(name, full, measure)
        if value is None:
            shape = self._shape(full)
            axis = measured_axis(measure, len(shape)) if shape is not None else None
            if shape is None:
                return UNKNOWN
            if axis is None:
                message = f"`{'.'.join(path)}` has no measure `{measure}`"
                help = (_nearest_measure(measure),)
                self.reports.add(self.site.site, Code.UNKNOWN_NAME, message, name.span, help=help)
                return UNKNOWN
            value = shape[axis]
        return self._noted(".".join(name.parts), value)

    def _noted(self, name: str, value: Evaluated | None) -> Evaluated:
        if value is None:
            return UNKNOWN
        if not isinstance(value, Unknown):
            self.facts[name] = value
        return value

    def _unknown_word(self, name: tree.Word) -> None:
        message = f"`{name.text}` is no measure of the net and no parameter"
        path = ".".join(filter(None, (self.site.path, name.text)))
        is_layer = path in self.exits or path in self.measures.by_name
        help = f"say what of it is meant: `{name.text}.shape`" if is_layer else _nearest_measure(name.text)
        self.reports.add(self.site.site, Code.UNKNOWN_NAME, message, name.span, help=(help,))

    def _unknown_path(self, name: tree.Path, path: str) -> None:
        prefix = f"{self.site.path}." if self.site.path else ""
        near = None
        if self.reports.helps:
            known = [n.removeprefix(prefix) for n in (*self.exits, *self.measures.by_name) if n.startswith(prefix)]
            near = did_you_mean(path, known)
        help = (f"did you mean `{near}`?",) if near else ()
        message = f"there is no layer or group `{path}`"
        self.reports.add(self.site.site, Code.UNKNOWN_LABEL, message, name.span, help=help)

    def _measure(self, name: tree.Path | tree.Word, path: str, measure: str) -> Evaluated | None:
        if not self.measures.complete and path not in self.measures.by_name:
            return UNKNOWN
        match measure:
            case "receptive_field":
                return self._receptive_field(name, path)
            case "depth":
                value = self._exit(path)
                return UNKNOWN if value is None else self.measures.depths[value]
            case "shape":
                return self._shape(path)
            case _:
                return self.measures.total(path, measure)

    def _receptive_field(self, name: tree.Path | tree.Word, path: str) -> Evaluated:
        """In pixels. Raises :class:`Unrepresentable` where it is not carried."""
        value = self._exit(path)
        if value is None:
            return UNKNOWN
        fields = self.measures.fields[value]
        if fields == ():
            message = "a receptive field is measured in pixels, and the input is a vector"
            self.reports.add(self.site.site, Code.UNKNOWN_NAME, message, name.span)
            return UNKNOWN
        return widest(fields)

    def _exit(self, path: str) -> str | None:
        return path if path in self.measures.by_name else self.exits.get(path)

    def _shape(self, path: str) -> Shape | None:
        value = self._exit(path)
        if value is None:
            return None
        if value in self.measures.by_name:
            return self.measures.by_name[value].output
        return next((given.shape for given in self.measures.inputs if given.name == value), None)


def _nearest_measure(word: str) -> str:
    """Help for a word that is no measure."""
    near = "params" if word == "parameters" else did_you_mean(word, MEASURES)
    return f"did you mean `{near}`?" if near else f"measures are {', '.join(MEASURES)}"


def _shown(value: Known) -> str:
    return f"{value:,}".replace(",", "_") if isinstance(value, int) and not isinstance(value, bool) else describe(value)


def _fact_at(fact: Known, point: Mapping[str, int]) -> Known:
    """A measure for given sizes of the input."""
    match fact:
        case tuple():
            return _at(fact, point)
        case QuasiAffine() | Polynomial():
            return substitute(fact, point)
        case _:
            return fact


def _at(shape: Shape, point: Mapping[str, int]) -> Shape:
    return tuple(substitute(size, point) for size in shape)


def _listed(point: Mapping[str, int]) -> str:
    """``H = 33 and W = 1``."""
    return " and ".join(f"{symbol} = {number}" for symbol, number in point.items())

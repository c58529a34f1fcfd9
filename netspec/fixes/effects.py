"""What steps would do to a shape, found for many of them by one check: which of them are worth a trial."""

from __future__ import annotations

from typing import NamedTuple

from netspec.compile import Result
from netspec.diagnostics import Code
from netspec.fixes.search import Case, Effect
from netspec.ir import ShapedNode, total_macs, total_params

_NEARLY = 0.2
"""Windows and paddings round: sizes may differ by so much of what is wanted."""

_TELLING = 1_000
"""A smaller number of parameters is soon met by chance."""

_MOST_SHAPES = 8
"""It is found out for so many shapes."""


def effects(case: Case, before: str, texts: list[str]) -> dict[str, Effect]:
    """What each text makes of a shape; those that do not fit it are left out. Raises :class:`Spent`.

    In a text, `in` is that shape. Of one shape too many nothing is found.
    """
    known = case.effects.get(before)
    if known is None:
        if not before or len(case.effects) >= _MOST_SHAPES:
            return {}
        known = case.effects[before] = _found(case, before, texts)
    return known


def _found(case: Case, before: str, texts: list[str]) -> dict[str, Effect]:
    script = case.script
    item = next((item for item in script.items if item[0].statement == "NET"), None)
    if item is None or item[0].tokens[-1].kind != "LBRACE":
        return {}
    start, end = script.start_of(item[0].number), item[-1].end
    lines = [case.text[item[0].start : item[0].end], "input 1"]
    lines += [f"output e{number}_: {{ {text} }}" for number, text in enumerate(texts)]
    spec = "\n".join([*lines, "}\n", case.text[:start], case.text[end:]])
    shape = tuple(map(int, before.split("x")))
    # The text is the same for all shapes, so that it is parsed once.
    found = _outcomes(case.checked_on(spec, shape))
    return {text: Effect(shape, *found[f"e{number}_"]) for number, text in enumerate(texts) if f"e{number}_" in found}


def _outcomes(result: Result) -> dict[str, tuple[tuple[int, ...], int, int]]:
    """The shape that leaves each group of the net, with its parameters and multiplications."""
    found: dict[str, tuple[tuple[int, ...], int, int]] = {}
    for net in result.nets[:1]:
        by_path: dict[str, list[ShapedNode]] = {}
        for node in net.nodes:
            by_path.setdefault(node.name.partition(".")[0], []).append(node)
        for module in net.sketch.modules if net.sketch is not None else ():
            nodes = by_path.get(module.path, [])
            last = next((node for node in nodes if node.name == module.exit), None)
            if last is not None:
                shape = tuple(size for size in last.output if isinstance(size, int))
                macs = total_macs(nodes)
                found[module.path] = shape, total_params(nodes), macs if isinstance(macs, int) else 0
    return found


class Wanted(NamedTuple):
    """What the first mistake says of a step that may be missing.

    `found` and `stated` are the shapes that a claim compares; `sums`: the parameters and multiplications that are
    missing in a net whose shapes fit, None for what is not claimed.
    """

    found: tuple[int, ...] = ()
    stated: tuple[int, ...] = ()
    sums: tuple[int | None, int | None] = (None, None)
    vector: bool = False

    def is_exact(self, effect: Effect) -> bool:
        """Whether an effect has just the sums that are missing, and hardly by chance."""
        params, macs = self.sums
        is_telling = macs is not None or effect.params >= _TELLING
        return params is not None and effect.params == params and macs in (None, effect.macs) and is_telling

    def misfit(self, effect: Effect) -> float:
        """How little an effect is what is missing; 0 if it fits."""
        before, after = effect.before, effect.after
        if self.vector:
            return 0 if len(after) == 1 else _BAD
        if self.stated:
            return self._from_stated(before, after)
        if self.sums != (None, None):
            if after[1:] != before[1:]:
                return _BAD
            return _DOUBTFUL if after != before else 0
        return _DOUBTFUL

    def _from_stated(self, before: tuple[int, ...], after: tuple[int, ...]) -> float:
        found, stated = self.found, self.stated
        if len(found) != len(stated):
            return 0 if len(after) == len(stated) else _BAD
        if len(before) == len(after) == len(found):
            for old, new, is_now, wanted in zip(before[1:], after[1:], found[1:], stated[1:], strict=True):
                if abs(new * is_now - old * wanted) > _NEARLY * old * wanted:
                    return _BAD
        if found[0] == stated[0]:
            return 0 if after[0] == before[0] else _DOUBTFUL
        return 0 if after[0] == stated[0] or after[0] * found[0] == before[0] * stated[0] else _BAD


_BAD, _DOUBTFUL = 8.0, 2.0
"""As unlikely as what stands so many lines away."""

UNKNOWN = 3.0
"""Of what has no effect that is known."""


def wanted(case: Case) -> Wanted:
    """What the first mistake wants."""
    first = case.diagnostics[0]
    if first.code is Code.NOT_A_VECTOR:
        return Wanted(vector=True)
    if first.code is Code.STATED_SHAPE and first.gap is not None:
        return Wanted(first.gap.found, first.gap.wanted)
    missing: dict[str, int] = {}
    for diagnostic in case.diagnostics:
        if diagnostic.gap is not None and diagnostic.place is not None and len(diagnostic.gap.found) == 1:
            claim = diagnostic.place.source.slice(diagnostic.place.span)
            missing[claim.partition("==")[0].strip()] = diagnostic.gap.wanted[0] - diagnostic.gap.found[0]
    return Wanted(sums=(missing.get("params"), missing.get("macs")))

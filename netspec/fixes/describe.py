"""What to do, in a few words."""

from __future__ import annotations

from netspec.diagnostics import Code
from netspec.fixes.edit import Edit, Kind
from netspec.fixes.script import Script
from netspec.fixes.search import Case

_LONGEST = 100


def described(case: Case, edit: Edit) -> str:
    """An edit in words: what stands in its line afterwards, where it says nothing of itself."""
    script = case.script
    number = script.number_at(edit.start)
    first = next((d.place for d in case.diagnostics if d.place is not None), None)
    is_here = first is not None and first.source.name == case.name and first.position.line == number
    where = "" if is_here else f" in line {number}"
    if edit.title:
        return edit.title
    after = Script(edit.applied(case.text))
    line = next((line for line in after.lines if line.number == number), None)
    if line is None:
        return f"remove line {number}"
    if edit.kind is Kind.INPUT:
        shape = "".join(after.text[line.start : line.end].rpartition("input")[2].split())
        claimed = next((d.gap for d in case.diagnostics if d.code is Code.STATED_SHAPE), None)
        return (
            f"an input of {shape} gives {'x'.join(map(str, claimed.wanted))}" if claimed else f"write `input {shape}`"
        )
    is_claim = edit.kind is Kind.CLAIM and line.statement != "ASSERT"
    written = after.text[line.before_stated : line.end] if is_claim else after.text[line.start : line.before_stated]
    written = " ".join(written.split())
    if len(written) > _LONGEST:
        start = max(line.start, edit.start - _LONGEST // 3)
        written = (
            "…" + " ".join(after.text[start : edit.start + len(edit.text) + _LONGEST // 3].split("\n")[0].split()) + "…"
        )
    return f"write `{written}`{where}"

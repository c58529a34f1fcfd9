"""How often the fixes bring a spec back that was broken: every spec under specs/, broken in each single way.

python -m benchmarks.fixes                       what `netspec check` suggests
python -m benchmarks.fixes --thorough            what `netspec check --fix` finds
python -m benchmarks.fixes --samples 10 --show   more breakages of each kind and spec; those that did not come back
python -m benchmarks.fixes --record found.jsonl  keep each verdict; a run that was cut off goes on from there
python -m benchmarks.fixes --record found.jsonl --thorough --failed
                                                 search longer for those alone that did not come back
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import json
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from netspec.compile import check_text
from netspec.fixes import suggest
from netspec.fixes.script import Script
from netspec.fixes.search import QUICK, THOROUGH, Effort
from netspec.ir import ShapedNet

SPECS = Path(__file__).parent.parent / "specs"


class Breakage(NamedTuple):
    """A spec that was sound, broken in one place."""

    kind: str
    path: Path
    sound: str
    broken: str


class Verdict(NamedTuple):
    """What became of a breakage: which of the suggestions brought the spec back (from 1; 0 for none).

    `seconds` are of the processor, so that other work on the machine counts little.
    """

    breakage: Breakage
    fixes: tuple[str, ...]
    rank: int
    seconds: float


# Ways to break a spec. None of them knows how fixes are searched for.


def changed_numbers(text: str, draw: random.Random) -> Iterator[str]:
    """A number of the text, alone or in a size such as 3x3, becomes another."""
    code = _without_comments(text)
    for match in re.finditer(r"(?<![A-Za-z_0-9.\"-])\d[\d_]*(?![\d_.A-WYZa-wyz\"-])", code):
        value = int(match[0].replace("_", ""))
        digits = str(value)
        at = draw.randrange(len(digits))
        values = [
            value + 1,
            max(value - 1, 0),
            2 * value,
            value // 2,
            10 * value,
            int(digits[:at] + str(draw.randrange(10)) + digits[at + 1 :]),
            draw.randint(0, 2 * value + 1),
        ]
        new = draw.choice([v for v in values if v != value])
        written = f"{new:_}" if "_" in match[0] else str(new)
        yield text[: match.start()] + written + text[match.end() :]


def removed_lines(text: str, draw: random.Random) -> Iterator[str]:
    """A line is gone."""
    for line in Script(text).lines:
        start = text.rfind("\n", 0, line.start) + 1
        end = text.find("\n", line.end)
        yield text[:start] + (text[end + 1 :] if end >= 0 else "")


def swapped_pairs(text: str, draw: random.Random) -> Iterator[str]:
    """Two lines, two steps or two arguments that follow each other have changed places."""
    script = Script(text)
    spans = [[(line.start, line.end) for line in script.lines]]
    for line in script.lines:
        spans.append([(step.start, step.end) for step in line.steps])
        spans += [[(a[0].start, a[-1].end) for a in step.arguments] for step in line.steps]
    for group in spans:
        for one, other in pairwise(group):
            between = text[one[1] : other[0]]
            yield text[: one[0]] + text[slice(*other)] + between + text[slice(*one)] + text[other[1] :]


def misspelt_words(text: str, draw: random.Random) -> Iterator[str]:
    """A letter of a word is left out, doubled, replaced, or swapped with the next."""
    code = _without_comments(text)
    for match in re.finditer(r"(?<![\w.])[A-Za-z_]\w{2,}", code):
        word = match[0]
        at = draw.randrange(len(word) - 1)
        other = draw.choice("abcdefghijklmnopqrstuvwxyz")
        new = draw.choice(
            [
                word[:at] + word[at + 1 :],
                word[:at] + word[at] + word[at:],
                word[:at] + other + word[at + 1 :],
                word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            ]
        )
        yield text[: match.start()] + new + text[match.end() :]


KINDS: dict[str, Callable[[str, random.Random], Iterator[str]]] = {
    "changed number": changed_numbers,
    "removed line": removed_lines,
    "swapped pair": swapped_pairs,
    "misspelt word": misspelt_words,
}


def _without_comments(text: str) -> str:
    """The text with blanks for its comments."""
    return re.sub(r"#[^\n]*", lambda match: " " * len(match[0]), text)


def breakages(path: Path, samples: int, seed: int) -> Iterator[Breakage]:
    """Some breakages of each kind that do not check any more, drawn from all positions of a spec."""
    sound = path.read_text(encoding="utf-8")
    for kind, ways in KINDS.items():
        draw = random.Random(f"{seed} {kind} {path.relative_to(SPECS)}")
        every = [text for text in dict.fromkeys(ways(sound, draw)) if text != sound]
        draw.shuffle(every)
        found = 0
        for broken in every:
            if found == samples:
                break
            if check_text(broken, path.name, path.parent).diagnostics:
                found += 1
                yield Breakage(kind, path, sound, broken)


# Whether a fix brings the spec back


def same(fixed: str, breakage: Breakage) -> bool:
    """Whether a text is the original again: the same text, or the same nets under claims that are as strong.

    The names of layers do not count, since nothing that is left tells the label of a line that is gone; nor do the
    claims of such a line.
    """
    if fixed == breakage.sound:
        return True
    if not any(line.statement == "NET" for line in Script(breakage.sound).lines):
        return fixed.split() == breakage.sound.split()  # blocks alone make no net that could be compared
    name, folder = breakage.path.name, breakage.path.parent
    before, after = (check_text(text, name, folder) for text in (breakage.sound, fixed))
    if [_plain(net.shaped) for net in before.nets] != [_plain(net.shaped) for net in after.nets]:
        return False
    demanded = _claims(breakage.sound)
    if breakage.kind == "removed line":
        demanded &= _claims(breakage.broken)
    return demanded <= _claims(fixed) and before.blocks == after.blocks


def _plain(net: ShapedNet | None) -> object:
    """A net without names."""
    if net is None:
        return None
    number = {name: i for i, name in enumerate([*(v.name for v in net.inputs), *(n.name for n in net.nodes)])}
    layers = [(node.layer, [number[value] for value in node.inputs]) for node in net.nodes]
    return [made.shape for made in net.inputs], layers, [number[output.value] for output in net.outputs]


def _claims(text: str) -> Counter[str]:
    """What a text claims, however it is spaced."""
    found: Counter[str] = Counter()
    for line in Script(text).lines:
        start = line.start if line.statement == "ASSERT" else line.before_stated
        found[re.sub(r"[\s_]", "", text[start : line.end])] += start < line.end
    return +found


def judged(breakage: Breakage, effort: Effort) -> Verdict:
    """Search for fixes of a breakage, and look which of them is the original."""
    begun = time.process_time()
    fixes = suggest(breakage.broken, breakage.path.name, breakage.path.parent, effort=effort)
    seconds = time.process_time() - begun
    rank = 0
    for place, fix in enumerate(fixes, 1):
        span = fix.place.span
        if same(breakage.broken[: span.start] + fix.text + breakage.broken[span.end :], breakage):
            rank = place
            break
    return Verdict(breakage, tuple(fix.title for fix in fixes), rank, seconds)


class Record:
    """A file of verdicts, a line of JSON each, by the digest of what was broken."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.known: dict[str, dict[str, object]] = {}
        if path is not None and path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                row = json.loads(line)
                self.known[row["key"]] = row

    def find(self, breakage: Breakage, *, thorough: bool) -> Verdict | None:
        """What is known of a breakage."""
        row = self.known.get(_key(breakage, thorough))
        if row is None:
            return None
        return Verdict(breakage, tuple(row["fixes"]), int(row["rank"]), float(row["seconds"]))  # type: ignore[arg-type, call-overload]

    def add(self, verdict: Verdict, *, thorough: bool) -> None:
        """Keep a verdict."""
        if self.path is not None:
            row = {
                "key": _key(verdict.breakage, thorough),
                "kind": verdict.breakage.kind,
                "spec": str(verdict.breakage.path.relative_to(SPECS)),
                "fixes": verdict.fixes,
                "rank": verdict.rank,
                "seconds": round(verdict.seconds, 3),
            }
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")


def _key(breakage: Breakage, thorough: bool) -> str:
    text = f"{thorough} {breakage.kind} {breakage.path.relative_to(SPECS)} {breakage.broken}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def main() -> None:
    """Break, search, report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=5, help="breakages of each kind for each spec")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--thorough", action="store_true", help="search as `netspec check --fix` does")
    parser.add_argument("--show", action="store_true", help="show what did not come back")
    parser.add_argument("--only", default="", help="specs with this in their path")
    parser.add_argument("--kind", default="", help="kinds with this in their name")
    parser.add_argument("--record", type=Path, metavar="FILE", help="keep verdicts here, and reuse those that are")
    parser.add_argument(
        "--failed", action="store_true", help="with --record: those that a short search did not bring back"
    )
    given = parser.parse_args()
    effort = THOROUGH if given.thorough else QUICK
    record = Record(given.record)
    verdicts: list[Verdict] = []
    gc.disable()
    for path in sorted(path for path in SPECS.rglob("*.net") if given.only in str(path)):
        for breakage in breakages(path, given.samples, given.seed):
            before = record.find(breakage, thorough=False)
            if given.kind not in breakage.kind or (given.failed and (before is None or before.rank)):
                continue
            verdict = record.find(breakage, thorough=given.thorough)
            if verdict is None:
                verdict = judged(breakage, effort)
                record.add(verdict, thorough=given.thorough)
            verdicts.append(verdict)
            if given.show and not verdict.rank:
                _show(verdict)
        back = sum(verdict.rank > 0 for verdict in verdicts)
        print(f"{path.relative_to(SPECS)}: {back} of {len(verdicts)} so far", file=sys.stderr)
        gc.collect()
    print("| kind | breakages | first | first three | any fix | median | 95 % within |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for kind in (*KINDS, "all"):
        _report(kind, [verdict for verdict in verdicts if kind in (verdict.breakage.kind, "all")])


def _report(kind: str, verdicts: list[Verdict]) -> None:
    if not verdicts:
        return
    total = len(verdicts)
    counts = [
        sum(verdict.rank == 1 for verdict in verdicts),
        sum(verdict.rank > 0 for verdict in verdicts),
        sum(bool(verdict.fixes) for verdict in verdicts),
    ]
    times = sorted(verdict.seconds for verdict in verdicts)
    shares = " | ".join(f"{count / total:.0%}" for count in counts)
    print(f"| {kind} | {total} | {shares} | {times[total // 2]:.2f} s | {times[total * 19 // 20]:.2f} s |")


def _show(verdict: Verdict) -> None:
    import difflib

    breakage = verdict.breakage
    print(f"--- {breakage.path.relative_to(SPECS)}: {breakage.kind}, {verdict.seconds:.2f} s")
    for line in difflib.unified_diff(breakage.sound.splitlines(), breakage.broken.splitlines(), lineterm="", n=0):
        if not line.startswith(("---", "+++", "@@")):
            print(f"    {line}")
    for fix in verdict.fixes:
        print(f"    fix: {fix}")
    if not verdict.fixes:
        found = check_text(breakage.broken, breakage.path.name, breakage.path.parent).diagnostics
        for diagnostic in found[:2]:
            print(f"    {diagnostic.code}: {diagnostic.message}")


if __name__ == "__main__":
    main()

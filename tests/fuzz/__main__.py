"""The fuzzer: tries texts that could break netspec until its time is up, and keeps each that does.

    python -m tests.fuzz --minutes 10
    python -m tests.fuzz --seed 7 --count 200
    python -m tests.fuzz --try found/fuzz-7-12.net       once more, one that broke something

What it asks: no exception from any command, each message inside the text, nothing left to format after formatting; and
that no command takes more than a second of processor time and 300 MB. One that took more is measured twice more, since
a machine can be busy. Everything is tried in a process of its own, forked from this one.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import os
import resource
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from random import Random
from typing import NamedTuple

from tests.fuzz.adversaries import ADVERSARIES
from tests.fuzz.grammar import LARGEST, random_spec
from tests.fuzz.mutations import SPECS, any_mutation
from tests.fuzz.trials import COMMANDS, laws

SECONDS, MEGABYTES = 1.0, 300

HARD_SECONDS, HARD_BYTES = 20, 3 << 30
"""A process that takes more than this is stopped."""


TRIALS: Mapping[str, Callable[[str], None]] = {"laws": laws, **COMMANDS}


class Text(NamedTuple):
    """Something to try, with a name that tells how it came about."""

    name: str
    content: str


class Trial(NamedTuple):
    """What came of a text: what broke, and what the slowest command took."""

    broken: tuple[str, ...]
    seconds: float
    megabytes: float


def texts(seed: int) -> Iterator[Text]:
    """First those made by design, then without end those made by chance. The seed and a number say which."""
    for name, make in ADVERSARIES.items():
        yield Text(name.replace(" ", "-"), make(LARGEST))
    number = 0
    while True:
        number += 1
        yield Text(f"fuzz-{seed}-{number}", by_chance(Random(f"{seed} {number}")))


def by_chance(dice: Random) -> str:
    """A text by the grammar, a real spec with mutations, or several of them up to the largest size."""
    size = dice.choice((500, 2_000, 2_000, 10_000, LARGEST))
    match dice.randrange(4):
        case 0:
            text = random_spec(dice, size)
        case 1:
            text = any_mutation(random_spec(dice, size), dice)
        case 2:
            text = any_mutation(dice.choice(SPECS), dice)
        case _:
            text = ""
            while len(text) < size:
                text += any_mutation(dice.choice(SPECS), dice) + "\n"
    return text.encode()[:LARGEST].decode(errors="ignore")


def tried(text: str) -> Trial:
    """Everything done with a text."""
    broken = [*_in_a_process(text, "laws").broken]
    slowest, largest = 0.0, 0.0
    for name in COMMANDS:
        trial = _in_a_process(text, name)
        for _ in range(2):
            if trial.seconds > SECONDS or trial.megabytes > MEGABYTES:
                again = _in_a_process(text, name)
                trial = min(trial, again, key=lambda one: one.seconds)
        broken += trial.broken
        if trial.seconds > SECONDS:
            broken.append(f"{name}: {trial.seconds:.2f} s")
        if trial.megabytes > MEGABYTES:
            broken.append(f"{name}: {trial.megabytes:.0f} MB")
        slowest, largest = max(slowest, trial.seconds), max(largest, trial.megabytes)
    return Trial(tuple(broken), slowest, largest)


def _in_a_process(text: str, name: str) -> Trial:
    """The laws or one command, in a process that can neither run away nor leave anything behind."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        resource.setrlimit(resource.RLIMIT_CPU, (HARD_SECONDS, HARD_SECONDS + 1))
        resource.setrlimit(resource.RLIMIT_AS, (HARD_BYTES, HARD_BYTES))
        told = ""
        try:
            TRIALS[name](text)
        except BaseException:
            told = traceback.format_exc()
        os.write(writing, told[-4_000:].encode(errors="replace"))
        os._exit(0)
    os.close(writing)
    with open(reading, "rb") as pipe:
        told = pipe.read().decode(errors="replace")
    _, status, usage = os.wait4(child, 0)
    if status:
        told = f"stopped by signal {os.waitstatus_to_exitcode(status)}"
    broken = (f"{name}: {told.strip()}",) if told else ()
    return Trial(broken, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def main() -> int:
    """Fuzz until the time is up, or Ctrl-C; 1 if anything broke."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=5, help="stop after so long (5)")
    parser.add_argument("--count", type=int, help="stop after so many texts")
    parser.add_argument("--seed", type=int, default=1, help="what the texts by chance follow from (1)")
    parser.add_argument(
        "--found", type=Path, default=Path("found"), help="where texts that break something go (found/)"
    )
    parser.add_argument("--try", nargs="+", type=Path, dest="again", help="try these files instead")
    given = parser.parse_args()
    tries = (
        (Text(path.stem, path.read_bytes().decode("utf-8-sig", errors="replace")) for path in given.again)
        if given.again
        else itertools.islice(texts(given.seed), given.count)
    )
    found = given.found.resolve()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        return fuzz(tries, time.monotonic() + 60 * given.minutes, found)


def fuzz(tries: Iterator[Text], until: float, found: Path) -> int:
    """Try texts, tell of each that breaks something, and end with a summary."""
    for name in COMMANDS:  # all that a command imports is imported here, once
        with_mistake = "net N { input 3x8x8\n conv 4 3x3 -> fc 10 }\n"
        TRIALS[name](with_mistake)
    gc.collect()
    gc.disable()
    number = broken = 0
    seconds, megabytes = (0.0, ""), (0.0, "")
    try:
        for text in tries:
            if time.monotonic() > until:
                break
            if sys.stderr.isatty():
                print(
                    f"\r\x1b[K{number} tried, {broken} broke something: {text.name}",
                    end="",
                    file=sys.stderr,
                    flush=True,
                )
            trial = tried(text.content)
            number += 1
            seconds, megabytes = max(seconds, (trial.seconds, text.name)), max(megabytes, (trial.megabytes, text.name))
            if trial.broken:
                broken += 1
                found.mkdir(exist_ok=True)
                (found / f"{text.name}.net").write_text(text.content, encoding="utf-8", newline="")
                told = "\n    ".join("\n".join(trial.broken).splitlines())
                print(f"\r{found / text.name}.net\n    {told}", flush=True)
    except KeyboardInterrupt:
        pass
    print(f"\r{number} texts tried, {broken} broke something")
    print(f"at most {seconds[0]:.2f} s ({seconds[1]}) and {megabytes[0]:.0f} MB ({megabytes[1]})")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())

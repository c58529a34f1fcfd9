"""Real specs with mistakes in them, and pieces of the language. A generator of random numbers decides."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

SPECS: Sequence[str] = tuple(
    path.read_text(encoding="utf-8") for path in sorted((Path(__file__).parent.parent.parent / "specs").glob("*.net"))
)

# Pieces of the language, so that what is made of them gets further than the first line.
_WORDS = """
{ } ( ) -> => = == != < <= > >= + - * // % , : # x × " . ; é 0 1 3 -1 3.5 1e9 3x3 1x28x28 3xHxW 99999999999999999999999
net block use input output assert repeat if else from and or not true false min max in
conv maxpool fc flatten relu add concat mul batchnorm depthwise convtranspose reshape upsample
stride=2 padding=same kernel=3 groups=3 in.channels in.height params conv1.params H W A b label: g:
"""
_STRETCHES = ("\n", "\r\n", "\t", "\0", 'use "x.net"', "net N {", "net N {\ninput 3x32x32\n", "block b(w=3) {")

PIECES = (*_WORDS.split(), *_STRETCHES)

NUMBERS = ("0", "-1", "1", "2", "7", "61", "1000", "4096", "65537", "1_000_000_000", "9" * 30, "0.5", "1e400", "H")
"""Where a number stands, these are the ones that break things."""

_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")


# Mutations


def tokens_changed(spec: str, dice: Random) -> str:
    """Tokens deleted, doubled, swapped or replaced."""
    tokens = _TOKEN.findall(spec) or [""]
    for _ in range(dice.randint(1, 4)):
        at, other = dice.randrange(len(tokens)), dice.randrange(len(tokens))
        match dice.randrange(4):
            case 0:
                tokens[at] = ""
            case 1:
                tokens.insert(at, tokens[at])
            case 2:
                tokens[at], tokens[other] = tokens[other], tokens[at]
            case _:
                tokens[at] = dice.choice(PIECES)
    return "".join(tokens)


def characters_changed(spec: str, dice: Random) -> str:
    """Characters deleted, inserted or replaced, by such as occur in it or by any."""
    for _ in range(dice.randint(1, 6)):
        at = dice.randrange(len(spec) + 1)
        inserted = dice.choice(("", chr(dice.randrange(0x250)), dice.choice(spec or " ")))
        spec = spec[:at] + inserted + spec[at + dice.randrange(3) :]
    return spec


def bytes_flipped(spec: str, dice: Random) -> str:
    """Bits of its bytes flipped; what is then no UTF-8 is replaced."""
    data = bytearray(spec.encode())
    for _ in range(dice.randint(1, 8)):
        data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
    return data.decode(errors="replace")


def lines_changed(spec: str, dice: Random) -> str:
    """Lines removed, doubled, swapped or moved."""
    lines = spec.splitlines(keepends=True) or [""]
    for _ in range(dice.randint(1, 4)):
        at, other = dice.randrange(len(lines)), dice.randrange(len(lines))
        match dice.randrange(4):
            case 0:
                lines[at] = ""
            case 1:
                lines.insert(at, lines[at])
            case 2:
                lines[at], lines[other] = lines[other], lines[at]
            case _:
                lines.insert(other, lines.pop(at))
    return "".join(lines)


def numbers_changed(spec: str, dice: Random) -> str:
    """Numbers made huge, zero, negative or a symbol."""
    for _ in range(dice.randint(1, 4)):
        found = list(re.finditer(r"\d+", spec))
        if found:
            start, end = dice.choice(found).span()
            spec = spec[:start] + dice.choice(NUMBERS) + spec[end:]
    return spec


def cut_off(spec: str, dice: Random) -> str:
    """Its beginning alone."""
    return spec[: dice.randrange(len(spec) + 1)]


MUTATIONS: Sequence[Callable[[str, Random], str]] = (
    tokens_changed,
    characters_changed,
    bytes_flipped,
    lines_changed,
    numbers_changed,
    cut_off,
)


def any_mutation(spec: str, dice: Random) -> str:
    """A spec with one or a few mutations, each of any kind."""
    for _ in range(dice.choice((1, 1, 1, 2, 3))):
        spec = dice.choice(MUTATIONS)(spec, dice) or " "
    return spec

"""Specs made to break netspec: each is one idea of how a few kilobytes could cost much, as large as is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count


def net(body: str, head: str = "", shape: str = "3x32x32") -> str:
    """A net with this body, after some blocks."""
    return f"{head}net N {{\ninput {shape}\n{body}\n}}\n"


def filled(size: int, line: Callable[[int], str], between: str = "\n") -> str:
    """Lines until there are so many characters."""
    written: list[str] = []
    length = 0
    for number in count():
        text = line(number)
        length += len(text.encode()) + len(between)
        if length > size:
            return between.join(written)
        written.append(text)
    raise AssertionError("the count never ends")


def half(size: int, line: Callable[[int], str]) -> str:
    """Lines that fill half of it."""
    return filled(size // 2, line)


H_W = "3 x H x W"

ADVERSARIES: Mapping[str, Callable[[int], str]] = {
    # What is written again and again
    "layers": lambda size: net(filled(size - 60, lambda i: "relu")),
    "layers on one line": lambda size: net(filled(size - 60, lambda i: "relu", " -> ")),
    "groups of nothing": lambda size: net(filled(size - 60, lambda i: "{}")),
    "groups of one": lambda size: net(filled(size - 60, lambda i: "{relu}")),
    "layers that all differ": lambda size: net(filled(size - 60, lambda i: f"conv {i + 1} 2"), shape="3x30000x30000"),
    "margins": lambda size: net(filled(size - 60, lambda i: "pad 1")),
    "groups as deep as can be": lambda size: net(filled(size - 60, lambda i: "{ " * 99 + "relu" + " }" * 99)),
    "operands": lambda size: net("concat" + filled(size - 60, lambda i: " {}", "")),
    "an operand again": lambda size: net("a: relu\nconcat" + filled(size - 60, lambda i: " a", "")),
    "labels": lambda size: net(filled(size - 60, lambda i: f"l{i}: relu")),
    "names that are taken": lambda size: net(
        half(size - 60, lambda i: f"relu{i}: identity") + "\n" + half(size - 60, lambda i: "relu")
    ),
    "blocks": lambda size: filled(size, lambda i: f"block b{i} {{ relu }}"),
    "nets": lambda size: filled(size, lambda i: f"net N{i} {{ input 3x3x3\n relu }}"),
    "claims": lambda size: net("conv 3 1\n" + filled(size - 80, lambda i: "assert params == 12")),
    "claims about a group": lambda size: net(
        "g: {\n" + half(size - 80, lambda i: "relu") + "\n}\n" + half(size - 80, lambda i: "assert g.params == 0")
    ),
    "a claim that adds": lambda size: net(
        "repeat 5000 { relu }\nassert 0 == " + filled(size - 120, lambda i: "params", "+")
    ),
    "a comment with many signs": lambda size: net("relu -> relu # " + "# allow W06 " * ((size - 80) // 12)),
    # What is expanded to much
    "a repeat": lambda size: net("repeat 1_000_000 { conv 3 3 padding=1 -> batchnorm -> prelu }"),
    "a repeat with a comment": lambda size: net(f"repeat {size // 4 - 10} {{ prelu }}\n# " + "x" * (size - 100)),
    "repeats of what is not there": lambda size: net(
        "repeat 1000 { " + filled(size - 90, lambda i: "if in.channels == 4 { relu }") + " }"
    ),
    "turns without layers": lambda size: net(
        "repeat 900 { }\n" + filled(size // 8, lambda i: f"a{i}: conv 3 3 padding=1") + "\nfc 10"
    ),
    "blocks that double": lambda size: (
        "".join(
            f"block b{i} {{ if in.channels == 3 {{ b{i - 1} -> b{i - 1} }} }}\n" if i else "block b0 { relu }\n"
            for i in range(25)
        )
        + net("b24")
    ),
    "a block for many nets": lambda size: (
        "block b { repeat 9_000 { relu } }\n" + filled(size - 60, lambda i: f"net N{i} {{ input 3x3x3\n b }}")
    ),
    "a block with a mistake, used often": lambda size: (
        "block b { repeat 3000 { relu }\n conv 3 33 }\n" + net(filled(size - 120, lambda i: "b"))
    ),
    "a row of blocks with a mistake at its end": lambda size: (
        "block b0 { conv 3 33 }\n"
        + "".join(f"block b{i} {{ b{i - 1} }}\n" for i in range(1, 90))
        + net(filled(size - 2_500, lambda i: "b89"))
    ),
    "blocks in a circle": lambda size: "block a { b }\nblock b { a }\n" + net(filled(size - 100, lambda i: "a")),
    "parameters with defaults": lambda size: (
        "block b(" + filled(size - 100, lambda i: f"p{i}=1", ", ") + ") { relu }\n" + net("repeat 10_000 { b }")
    ),
    "parameters that follow from each other": lambda size: (
        "block b(p0, "
        + filled(size - 140, lambda i: f"p{i + 1}=p{i}", ", ")
        + ") { relu }\n"
        + net("repeat 10_000 { b 3 }")
    ),
    "many operands, many times": lambda size: net(
        "a: relu\nrepeat 9_000 { add " + filled(size - 120, lambda i: "a", " ") + " }"
    ),
    "a long expression, many times": lambda size: net(
        "repeat 9_000 { conv (in.channels" + filled(size - 120, lambda i: "+0", "") + ") 1 }"
    ),
    "a long claim, many times": lambda size: net(
        "repeat 9_000 { relu\n" + filled(size - 100, lambda i: "assert params == 0") + " }"
    ),
    "a long label, many times": lambda size: net("repeat 9_000 { " + "a" * (size - 100) + ": relu }"),
    "a long label around many": lambda size: net("a" * (size - 100) + ": { repeat 9_000 { relu } }"),
    "a long word, many times": lambda size: (
        "block b(p) { relu }\n" + net("repeat 9_000 { b " + "w" * (size - 120) + " }")
    ),
    "a long shape, many times": lambda size: net(
        "repeat 9_000 { reshape 1" + "x1" * ((size - 120) // 2) + " }", shape="1x1x1"
    ),
    "turns within turns": lambda size: net("repeat 2 { " * 13 + "a: relu" + " }" * 13),
    # Sizes that depend on symbols
    "long periods": lambda size: net(
        filled(size - 60, lambda i: f"maxpool {4090 - i % 80} -> upsample 4096"), shape=H_W
    ),
    "periods that meet": lambda size: net(
        filled(size - 80, lambda i: f"add {{ maxpool {i % 60 + 2} -> upsample {i % 60 + 2} }} {{}}"), shape=H_W
    ),
    "a sum of remainders": lambda size: net(
        "relu\nassert 0 <= H" + filled(size - 80, lambda i: f"+H%{4000 + i % 90}", ""), shape=H_W
    ),
    "a shape of remainders": lambda size: net(
        filled(size - 80, lambda i: f"relu => 3 x (H + H % {2000 + i % 999}) x W"), shape=H_W
    ),
    "a power": lambda size: net("relu\nassert 0 <= H" + "*H" * ((size - 80) // 2), shape=H_W),
    "a power of a sum": lambda size: net("relu\nassert 0 <= (H*W+1)" + "*(H*W+1)" * ((size - 80) // 8), shape=H_W),
    "a sum of products": lambda size: net(
        "relu\nassert 0 <= 1" + filled(size - 80, lambda i: f"+(H+{i})*(W+{i})", ""), shape=H_W
    ),
    "a claim with many cases": lambda size: net(
        "l: conv 3 3\nassert H < 0" + filled(size - 80, lambda i: f" or l.height == {i}", ""), shape=H_W
    ),
    "claims about symbols": lambda size: net(
        "conv 3 3 -> maxpool 2\n" + filled(size - 90, lambda i: "assert macs == 81*(H-2)*(W-2)"), shape=H_W
    ),
    "shapes that never repeat": lambda size: net(filled(size - 60, lambda i: "conv 3 3"), shape=H_W),
    "divisors": lambda size: net(
        "\n".join(f"flatten => {963761198400 - i}" for i in range(size // 25)), shape="1 x D x H x W"
    ),
    "minima": lambda size: net("conv min(" + filled(size - 80, lambda i: "H", ", ") + ") 1", shape=H_W),
    # Receptive fields
    "windows of every width": lambda size: net(
        filled(size - 90, lambda i: f"adaptiveavgpool {4000 + i % 999}") + "\nassert receptive_field > 0",
        shape="3x5000x5000",
    ),
    "branches of every width": lambda size: net(
        filled(size - 100, lambda i: f"add {{ upsample {i % 5 + 2} -> maxpool {i % 5 + 2} }} {{}}")
        + "\nassert receptive_field > 0"
    ),
    # Mistakes
    "mistakes in names": lambda size: net(filled(size - 60, lambda i: f"cnov{i} 3 3")),
    "mistakes in labels": lambda size: net(
        half(size - 60, lambda i: f"label_number_{i}: relu")
        + "\n"
        + half(size - 60, lambda i: f"from lable_numbre_{i}")
    ),
    "mistakes in paths": lambda size: net(
        half(size - 60, lambda i: f"l{i}: relu") + "\n" + half(size - 60, lambda i: f"from a.k{i}")
    ),
    "mistakes in claims": lambda size: net(
        half(size - 60, lambda i: f"l{i}: relu") + "\n" + half(size - 60, lambda i: f"assert k{i}.params == 0")
    ),
    "mistakes in shapes": lambda size: net(filled(size - 60, lambda i: f"conv 3 {i + 33}")),
    "mistakes in arguments": lambda size: net(filled(size - 60, lambda i: f"conv 3 3 strid{i}=2")),
    "a mistake at the end": lambda size: net(filled(size - 80, lambda i: "conv 3 3x3 padding=1") + "\nconv 3 33"),
    "a wrong claim at the end": lambda size: net(
        filled(size - 80, lambda i: "conv 3 3x3 padding=1") + "\nassert params == 1"
    ),
    "a brace that is missing": lambda size: net(filled(size - 80, lambda i: "conv 3 3x3 padding=1")).rstrip("}\n"),
    "files that are missing": lambda size: filled(size, lambda i: f'use "x{i}.net"'),
    "nets of one name": lambda size: filled(size, lambda i: "net N { input 3x3x3\n relu }"),
    # Characters
    "braces that close nothing": lambda size: "}" * size,
    "braces that are open": lambda size: net("{" * (size - 60)),
    "parentheses that are open": lambda size: net("conv " + "(" * (size - 60)),
    "signs": lambda size: net("conv (" + "-" * (size - 60) + "1) 1"),
    "arrows": lambda size: net("relu" + " ->\n" * ((size - 60) // 4)),
    "quotes": lambda size: '"\n' * (size // 2),
    "digits": lambda size: net("conv " + "9" * (size - 60) + " 1"),
    "digits and letters": lambda size: net(filled(size - 60, lambda i: "3x")),
    "characters of no meaning": lambda size: "$ " * (size // 2),
    "wide characters": lambda size: "漢" * (size // 3),
    "control characters": lambda size: net("\x1b[31mrelu\n" * ((size - 60) // 10)),
    "line ends of other kinds": lambda size: net("relu # \u2028 \x0b\n" * ((size - 60) // 14)),
    # Layout
    "breaks in parentheses": lambda size: net("conv (" + "\n+".join(["1"] * ((size - 60) // 3)) + ") 1"),
    "tables": lambda size: net(filled(size - 60, lambda i: f"a{i}: conv {i} 2 3 4 5 => 3x32x32")),
    "groups in lines": lambda size: net(filled(size - 60, lambda i: "{ { relu -> relu } -> { relu } }")),
    "comments": lambda size: net(filled(size - 60, lambda i: "relu # é")),
}
"""By name: what makes a text of about so many bytes, and never more."""

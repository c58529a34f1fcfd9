"""Bad input, through the real command line: what is wrong and where, exit status 1, no traceback, no output touched."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest

from netspec.cli import main

LENET = (Path(__file__).parent.parent / "specs" / "lenet.net").read_text(encoding="utf-8")

COMPILE = ("compile", "--target", "json")

BLOCKS = "block unit(width) {\n    conv width 3x3\n}\n"


def net(*lines: str) -> str:
    return "\n".join(["net Small {", "    input 3x32x32", *(f"    {line}" for line in lines), "}", ""])


class Bad(NamedTuple):
    """A file that is no sound spec, with each code and place that is told. `files` lie beside it."""

    name: str
    content: str | bytes
    told: tuple[str, ...]
    files: tuple[tuple[str, str], ...] = ()


CASES = (
    Bad("an empty file", "", ("E0212 bad.net:1:1",)),
    Bad("only white space", " \n\n\t\n", ("E0212 bad.net:1:1",)),
    Bad("only a comment", "# LeNet\n", ("E0212 bad.net:1:1",)),
    Bad("binary garbage", bytes(range(256)) * 64, ("E0001 bad.net:1:1",)),
    Bad("zero bytes", b"net A {\0}", ("E0001 bad.net:1:1",)),
    Bad("UTF-16", net("relu").encode("utf-16"), ("E0001 bad.net:1:1",)),
    Bad("control characters", net("relu \x1b[31m"), ("E0103 bad.net:3:10",)),
    Bad("a spec cut off between lines", LENET[: LENET.index("    flatten")], ("E0102 bad.net:2:11",)),
    Bad("a spec cut off within a line", LENET[: LENET.index("84")], ("E0102 bad.net:2:11",)),
    Bad("a spec cut off in a bracket", "net A {\n    input 3x8x8\n    conv (1 +", ("E0102 bad.net:3:10",)),
    Bad("a spec cut off in its head", "net A", ("E0102 bad.net:1:5",)),
    Bad("a kernel larger than its input", net("conv 6 33x33"), ("E0302 bad.net:3:5",)),
    Bad("a kernel larger than its padded input", net("conv 6 35x35 padding=1"), ("E0302 bad.net:3:5",)),
    Bad("fc without flatten", net("conv 6 5x5", "fc 10"), ("E0303 bad.net:4:5",)),
    Bad("adding different shapes", net("add { conv 3 3x3 } {}"), ("E0307 bad.net:3:5",)),
    Bad("a misspelt layer", net("cnov 6 5x5"), ("E0201 bad.net:3:5",)),
    Bad("a misspelt argument", net("conv 6 5x5 pading=2"), ("E0202 bad.net:3:16",)),
    Bad(
        "a misspelt parameter",
        net("conv widht 5x5").replace("Small", "Small(width=6)"),
        ("E0207 bad.net:3:10",),
    ),
    Bad("a negative stride", net("conv 6 5x5 stride=-1"), ("E0205 bad.net:3:23",)),
    Bad("zero filters", net("conv 0 5x5"), ("E0205 bad.net:3:10",)),
    Bad("3.5 filters", net("conv 3.5 5x5"), ("E0205 bad.net:3:10",)),
    Bad("a size of 10^30", f"net A {{\n    input 3x{10**30}x8\n    relu\n}}\n", ("E0005 bad.net:2:11",)),
    Bad("10^30 filters", net(f"conv {10**30} 3x3"), ("E0005 bad.net:3:10",)),
    Bad("a size of a million digits", net(f"conv {'9' * 10**6} 3x3"), ("E0005 bad.net:3:10",)),
    Bad("repeat 10**9", net("repeat 10**9 { relu }"), ("E0101 bad.net:3:15",)),
    Bad("repeat 1000000000", net("repeat 1000000000 { relu }"), ("E0004 bad.net:3:12",)),
    Bad("repeat of nothing", net("repeat 1000000000 {}"), ("E0004 bad.net:3:12",)),
    Bad(
        "repeats within repeats",
        net("repeat 1000 { repeat 1000 { repeat 1000 { relu } } }"),
        ("E0004 bad.net:3:12",),
    ),
    Bad(
        "blocks that double",
        "".join(f"block b{i} {{ b{i + 1} -> b{i + 1} }}\n" for i in range(40)) + "block b40 { relu }\n" + net("b0"),
        ("E0004 bad.net:44:5",),
    ),
    Bad("5,000 nested groups", net("{ " * 5_000 + "relu" + " }" * 5_000), ("E0003 bad.net:3:203",)),
    Bad("5,000 nested operands", net("add {} { " * 5_000 + "relu" + " }" * 5_000), ("E0003 bad.net:3:900",)),
    Bad("5,000 nested parentheses", net(f"conv {'(' * 5_000}1{')' * 5_000} 3"), ("E0003 bad.net:3:110",)),
    Bad(
        "5,000 nested blocks",
        "".join(f"block b{i} {{ b{i + 1} }}\n" for i in range(5_000)) + "block b5000 { relu }\n" + net("b0"),
        ("E0003 bad.net:100:11",),
    ),
    Bad("a block that uses itself", "block b { b }\n" + net("b"), ("E0210 bad.net:1:11",)),
    Bad("blocks that use each other", "block a { b }\nblock b { a }\n" + net("a"), ("E0210 bad.net:2:11",)),
    Bad("two nets with one name", net("relu") + net("relu"), ("E0209 bad.net:5:5",)),
    Bad("a label used before it exists", net("add start {}", "start: relu"), ("E0208 bad.net:3:9",)),
    Bad("use of a missing file", 'use "none.net"\n' + net("relu"), ("E0211 bad.net:1:1",)),
    Bad("use of itself", 'use "bad.net"\n' + net("relu"), ("E0211 bad.net:1:1",)),
    Bad("use of a directory", 'use "."\n' + net("relu"), ("E0211 bad.net:1:1",)),
    Bad("use of a directory like a spec", 'use "folder.net"\n' + net("relu"), ("E0211 bad.net:1:1",)),
    Bad("use of a file that is no spec", 'use "/etc/hostname"\n' + net("relu"), ("E0211 bad.net:1:1",)),
    Bad(
        "use of a file with other text",
        'use "prose.net"\n' + net("relu"),
        ("E0101 prose.net:1:1",),
        (("prose.net", "It was a dark and stormy night.\n"),),
    ),
    Bad(
        "files that use each other",
        'use "other.net"\n' + net("relu"),
        ("E0211 other.net:1:1",),
        (("other.net", 'use "bad.net"\n' + BLOCKS),),
    ),
    Bad(
        "several mistakes",
        net("conv 0 5x5", "conv2d 6 5x5", "fc 10 true 11", "relu ->", ")"),
        ("E0205 bad.net:3:10", "E0201 bad.net:4:5", "E0203 bad.net:5:16", "E0101 bad.net:7:5"),
    ),
    Bad(
        "a mistake in a used block",
        'use "blocks.net"\n' + net("unit 0"),
        ("E0205 blocks.net:2:10",),
        (("blocks.net", BLOCKS),),
    ),
)


@pytest.fixture(autouse=True)
def _directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    Path("folder.net").mkdir()


def netspec(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own. The time limit is for a hang; how fast it is belongs to the benchmarks."""
    command = [sys.executable, "-m", "netspec.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=60, check=False)


def told(output: str) -> tuple[str, ...]:
    """Each code with its place: ``E0302 bad.net:3:5``."""
    lines = output.splitlines()
    return tuple(
        f"{line[len('error[') : len('error[E0000')]} {place.strip().removeprefix('--> ')}"
        for line, place in pairwise(lines)
        if line.startswith("error[")
    )


def write(case: Bad) -> list[str]:
    """Put a case's files and an output of an earlier run into the directory; the names of all that is there."""
    content = case.content if isinstance(case.content, bytes) else case.content.encode("utf-8")
    Path("bad.net").write_bytes(content)
    for name, text in case.files:
        Path(name).write_text(text, encoding="utf-8")
    Path("out.json").write_text("what was there", encoding="utf-8")
    return sorted(path.name for path in Path().iterdir())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_bad_input_is_told_with_its_place(case: Bad, capsys: pytest.CaptureFixture[str]) -> None:
    before = write(case)
    status = main([*COMPILE, "bad.net", "-o", "out.json"])
    output = capsys.readouterr()
    assert told(output.err) == case.told
    assert (status, output.out) == (1, "")
    assert Path("out.json").read_text(encoding="utf-8") == "what was there"
    assert sorted(path.name for path in Path().iterdir()) == before


@pytest.mark.parametrize(
    "name",
    [
        "an empty file",
        "binary garbage",
        "a spec cut off within a line",
        "a kernel larger than its input",
        "a misspelt layer",
        "10^30 filters",
        "repeat 1000000000",
        "5,000 nested groups",
        "5,000 nested blocks",
        "files that use each other",
        "several mistakes",
    ],
)
def test_bad_input_in_a_process_of_its_own(name: str) -> None:
    case = next(case for case in CASES if case.name == name)
    write(case)
    done = netspec(*COMPILE, "bad.net", "-o", "out.json")
    assert told(done.stderr) == case.told
    assert (done.returncode, done.stdout) == (1, "")
    assert "Traceback" not in done.stderr
    assert Path("out.json").read_text(encoding="utf-8") == "what was there"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_no_message_shows_the_inside(case: Bad, capsys: pytest.CaptureFixture[str]) -> None:
    # The words of Lark (terminals, `Token`), of pydantic and of Python's own exceptions are not the user's.
    write(case)
    main(["check", "bad.net", "--quiet"])
    text = capsys.readouterr().err
    inside = ("_NEWLINE", "LBRACE", "WINDOW", "$END", "Token(", "pydantic", "ValidationError", "Error:", "None")
    assert [word for word in inside if word in text] == []


@pytest.mark.parametrize("label", ["class", "import", "self", "None", "def", "forward", "torch", "nn", "x"])
def test_a_label_that_python_reserves_is_a_sound_name(label: str) -> None:
    Path("good.net").write_text(net(f"{label}: conv 6 5x5", "relu"), encoding="utf-8")
    assert main(["check", "good.net"]) == 0


NOT_UTF_8 = os.fsdecode(b"caf\xe9.net")
"""What a file may be called on Linux: `é` in Latin-1."""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
@pytest.mark.parametrize("format", ["human", "json", "sarif", "github"])
def test_a_name_that_is_not_utf_8(format: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path(NOT_UTF_8).write_text(net("conv 6 33x33"), encoding="utf-8")
    assert main(["check", NOT_UTF_8, "--format", format]) == 1
    captured = capsys.readouterr()
    assert "caf%E9.net" in (captured.out + captured.err).replace("%25", "%")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
@pytest.mark.parametrize("target", ["torch", "numpy", "json"])
def test_what_is_compiled_from_a_name_that_is_not_utf_8(target: str) -> None:
    Path(NOT_UTF_8).write_text(net("conv 6 3x3"), encoding="utf-8")
    assert main(["compile", NOT_UTF_8, "--target", target, "-o", "out"]) == 0
    assert "caf%E9.net" in Path("out").read_text(encoding="utf-8")


# What the command itself cannot do: one line, exit status 2


class Failing(NamedTuple):
    """Arguments that cannot be carried out, and the one line that says why."""

    name: str
    arguments: tuple[str, ...]
    line: str


FAILURES = (
    Failing("a missing file", ("check", "none.net"), "netspec: none.net: no such file or directory"),
    Failing("a directory", ("check", "folder.net"), "netspec: folder.net: is a directory"),
    Failing("a file as a directory", ("check", "good.net/x.net"), "netspec: good.net/x.net: not a directory"),
    Failing(
        "an output that is a directory",
        (*COMPILE, "good.net", "-o", "folder.net"),
        "netspec: folder.net: is a directory",
    ),
    Failing(
        "an output in a missing directory",
        (*COMPILE, "good.net", "-o", "none/out.json"),
        "netspec: none/out.json: no such file or directory",
    ),
    Failing(
        "an output within a file",
        (*COMPILE, "good.net", "-o", "good.net/out.json"),
        "netspec: good.net/out.json: not a directory",
    ),
    Failing(
        "an unknown target",
        ("compile", "good.net", "--target", "fortran"),
        "netspec compile: argument --target: invalid choice: 'fortran' (choose from 'torch', 'numpy', 'json') "
        "(see netspec compile --help)",
    ),
    Failing(
        "a setting without a value",
        ("check", "good.net", "--set", "classes"),
        "netspec: --set classes: write it as name=value, as in --set classes=10",
    ),
    Failing(
        "an input that is no shape",
        ("check", "good.net", "--input", "large"),
        "netspec: --input large: write a shape such as 3x224x224, 3xHxW or 784",
    ),
    Failing(
        "a file of several nets",
        (*COMPILE, "two.net"),
        "netspec: two.net has several nets; choose one with --net: Small, Other",
    ),
)


def write_sound_specs() -> None:
    Path("good.net").write_text(net("relu"), encoding="utf-8")
    Path("two.net").write_text(net("relu") + net("relu").replace("Small", "Other"), encoding="utf-8")


@pytest.mark.parametrize("case", FAILURES, ids=lambda case: case.name)
def test_what_cannot_be_carried_out(case: Failing, capsys: pytest.CaptureFixture[str]) -> None:
    write_sound_specs()
    try:
        status: object = main(case.arguments)
    except SystemExit as stop:  # argparse ends the process itself
        status = stop.code
    output = capsys.readouterr()
    assert (output.err, status, output.out) == (f"{case.line}\n", 2, "")


@pytest.mark.parametrize("name", ["a missing file", "an output in a missing directory", "an unknown target"])
def test_what_cannot_be_carried_out_in_a_process_of_its_own(name: str) -> None:
    write_sound_specs()
    case = next(case for case in FAILURES if case.name == name)
    done = netspec(*case.arguments)
    assert (done.stderr, done.returncode, done.stdout) == (f"{case.line}\n", 2, "")


def test_an_output_that_cannot_be_replaced_keeps_its_content(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    Path("good.net").write_text(net("relu"), encoding="utf-8")
    Path("out.json").write_text("what was there", encoding="utf-8")
    before = sorted(path.name for path in Path().iterdir())
    monkeypatch.setattr("os.replace", full)
    assert main([*COMPILE, "good.net", "-o", "out.json"]) == 2
    assert Path("out.json").read_text(encoding="utf-8") == "what was there"
    assert sorted(path.name for path in Path().iterdir()) == before

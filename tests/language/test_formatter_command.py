"""`netspec fmt`, as its users call it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import netspec
from netspec.cli import main
from netspec.diagnostics import MOST_DIAGNOSTICS

UGLY = "net A{\ninput 3x8x8\n  conv 4 3x3=>4x6x6 # first\n}"
NEAT = "net A {\n    input 3x8x8\n    conv 4 3x3      => 4x6x6  # first\n}\n"
BROKEN = "net B {\n  conv = \n}"

DIFF = """\
--- ugly.net
+++ ugly.net
@@ -1,4 +1,4 @@
-net A{
-input 3x8x8
-  conv 4 3x3=>4x6x6 # first
-}
\\ No newline at end of file
+net A {
+    input 3x8x8
+    conv 4 3x3      => 4x6x6  # first
+}
"""


@pytest.fixture(autouse=True)
def _directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in (("ugly", UGLY), ("neat", NEAT), ("broken", BROKEN)):
        write(f"{name}.net", text)


def write(name: str, text: str) -> None:
    Path(name).write_bytes(text.encode())


def read(name: str) -> str:
    return Path(name).read_bytes().decode()


def test_a_file_is_formatted_in_place(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fmt", "ugly.net"]) == 0
    assert capsys.readouterr() == ("formatted ugly.net\n1 file formatted\n", "")
    assert read("ugly.net") == NEAT


def test_a_file_in_the_layout_is_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    before = os.stat("neat.net")
    assert main(["fmt", "neat.net"]) == 0
    assert capsys.readouterr() == ("1 file unchanged\n", "")
    after = os.stat("neat.net")
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_all_specs_below_a_folder_are_formatted(capsys: pytest.CaptureFixture[str]) -> None:
    for folder in ("specs/parts", "specs/.git"):
        Path(folder).mkdir(parents=True)
    for name in ("specs/b.net", "specs/parts/a.net", "specs/.git/c.net", "specs/notes.txt"):
        write(name, UGLY)

    assert main(["fmt", "specs", "ugly.net", "neat.net"]) == 0
    formatted = ["specs/b.net", "specs/parts/a.net", "ugly.net"]
    assert capsys.readouterr().out.splitlines() == [
        *(f"formatted {name}" for name in formatted),
        "3 files formatted, 1 unchanged",
    ]
    assert {read(name) for name in formatted} == {NEAT}
    assert {read("specs/.git/c.net"), read("specs/notes.txt")} == {UGLY}


def test_check_names_what_would_change_and_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fmt", "--check", "ugly.net", "neat.net"]) == 1
    assert capsys.readouterr() == ("would format ugly.net\n1 file would be formatted, 1 unchanged\n", "")
    assert read("ugly.net") == UGLY


def test_check_is_content_with_the_layout() -> None:
    assert main(["fmt", "--check", "neat.net"]) == 0


def test_diff_shows_a_patch_and_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fmt", "--diff", "ugly.net", "neat.net"]) == 0
    assert capsys.readouterr() == (DIFF, "1 file would be formatted, 1 unchanged\n")
    assert read("ugly.net") == UGLY


def test_diff_and_check_go_together(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fmt", "--diff", "--check", "ugly.net"]) == 1
    assert capsys.readouterr().out == DIFF


def test_standard_input_goes_to_standard_output() -> None:
    for given in (UGLY, NEAT):
        done = subprocess.run(
            [sys.executable, "-m", "netspec.cli", "fmt", "-"], input=given.encode(), capture_output=True, check=False
        )
        assert (done.stdout.decode(), done.stderr.decode(), done.returncode) == (NEAT, "", 0)


def test_a_spec_with_syntax_errors_is_left_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fmt", "broken.net", "ugly.net"]) == 1
    output = capsys.readouterr()
    assert "error[E0101]" in output.err
    assert "broken.net:2:8" in output.err
    assert output.out == "formatted ugly.net\n1 file formatted\n"
    assert read("broken.net") == BROKEN


def test_a_file_that_is_no_text_is_left_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    Path("latin.net").write_bytes(b"# caf\xe9\n")
    assert main(["fmt", "latin.net"]) == 1
    assert "error[E0001]: this file is not UTF-8 text" in capsys.readouterr().err
    assert Path("latin.net").read_bytes() == b"# caf\xe9\n"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("none.net", "none.net: no such file or directory"),
        ("empty", "empty: holds no spec (*.net)"),
    ],
)
def test_what_cannot_be_done_keeps_the_others_from_nothing(
    name: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("empty").mkdir()
    assert main(["fmt", name, "ugly.net"]) == 2
    assert capsys.readouterr() == ("formatted ugly.net\n1 file formatted\n", f"netspec: {message}\n")


def test_line_ends_stay_and_a_byte_order_mark_goes() -> None:
    write("windows.net", "\ufeff" + UGLY.replace("\n", "\r\n"))
    assert main(["fmt", "windows.net"]) == 0
    assert read("windows.net") == NEAT.replace("\n", "\r\n")
    assert main(["fmt", "--check", "windows.net"]) == 0


def test_a_link_stays_a_link() -> None:
    Path("link.net").symlink_to("ugly.net")
    assert main(["fmt", "link.net"]) == 0
    assert Path("link.net").is_symlink()
    assert read("ugly.net") == NEAT


# --annotate


def test_annotate_writes_shapes(capsys: pytest.CaptureFixture[str]) -> None:
    write("bare.net", NEAT.replace("      => 4x6x6", ""))
    assert main(["fmt", "--annotate", "bare.net"]) == 0
    assert capsys.readouterr().out == "formatted bare.net\n1 file formatted\n"
    assert read("bare.net") == NEAT


def test_annotate_shows_what_it_would_write(capsys: pytest.CaptureFixture[str]) -> None:
    write("wrong.net", NEAT.replace("4x6x6", "4x8x8"))
    assert main(["fmt", "--annotate", "--diff", "--check", "wrong.net"]) == 1
    assert "-    conv 4 3x3      => 4x8x8  # first\n+    conv 4 3x3      => 4x6x6  # first\n" in capsys.readouterr().out


def test_annotate_reads_the_blocks_of_other_files() -> None:
    Path("nets").mkdir()
    write("nets/blocks.net", "block b { conv 5 1x1 }\n")
    write("nets/main.net", 'use "blocks.net"\n\nnet N {\n    input 3x8x8\n\n    b\n}\n')
    assert main(["fmt", "--annotate", "nets"]) == 0
    assert "    b     => 5x8x8\n" in read("nets/main.net")
    assert read("nets/blocks.net") == "block b { conv 5 1x1 }\n"


def test_a_net_that_is_wrong_is_not_annotated(capsys: pytest.CaptureFixture[str]) -> None:
    text = "net N {\n\n\ninput 3x8x8\nrelu => 3x3\nconv 4 9x9\n}\n"
    write("wrong.net", text)
    assert main(["fmt", "--annotate", "wrong.net"]) == 1
    error = capsys.readouterr().err
    assert "wrong.net:6:1" in error, "where the user sees it"
    assert error.count("error[") == 1, "the stated shape would have been mended"
    assert read("wrong.net") == text


def test_a_claim_that_fails_does_not_keep_from_annotating() -> None:
    write("claim.net", "net N {\n    input 3x8x8\n    conv 4 3x3\n    assert params == 1\n}\n")
    assert main(["fmt", "--annotate", "claim.net"]) == 0
    assert "=> 4x6x6" in read("claim.net")


def test_more_wrong_shapes_than_are_told_at_once_are_mended() -> None:
    write("many.net", "net N {\ninput 3x8x8\n" + "relu => 1x1\n" * (MOST_DIAGNOSTICS + 1) + "}\n")
    assert main(["fmt", "--annotate", "many.net"]) == 0
    assert netspec.check("many.net") == ()
    assert read("many.net").count("=> 3x8x8") == MOST_DIAGNOSTICS + 1

"""`netspec train`, `evaluate` and `run`, from a spec to a prediction."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from netspec.cli import main

from .data_files import write_mnist, write_npz
from .test_data import write_pictures

ROOT = Path(__file__).parent.parent.parent
SPEC = str(ROOT / "specs" / "digits_8x8.net")
OTHER = str(ROOT / "specs" / "mlp.net")
QUICK = ("--target", "numpy", "--lr", "0.1", "--batch", "64", "--epochs", "2")


@pytest.fixture(autouse=True)
def _in_an_empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run on the digits, long enough to be good."""
    path = tmp_path_factory.mktemp("trained") / "run"
    assert main(["train", SPEC, *QUICK, "--epochs", "8", "--batch", "32", "--out", str(path)]) == 0
    return path


def test_a_run_tells_what_it_does_and_where_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", SPEC, *QUICK]) == 0
    out = capsys.readouterr().out
    expected = r"""Digits8x8, 13,706 parameters, by numpy
digits: 1,438 images of 1x8x8 to learn from, 359 for the test, 10 classes

epoch    loss  train accuracy  test accuracy  images/s
    1  \d\.\d{4}          0\.\d{4}         0\.\d{4}  +[\d,]+
    2  \d\.\d{4}          0\.\d{4}         0\.\d{4}  +[\d,]+

Digits8x8 on digits: test accuracy 0\.\d{3} after 2 epochs, in runs/Digits8x8-digits
"""
    assert re.fullmatch(expected, out)


def test_each_run_has_a_directory_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        assert main(["train", SPEC, *QUICK, "--epochs", "1"]) == 0
    assert sorted(os.listdir("runs")) == ["Digits8x8-digits", "Digits8x8-digits-2"]
    assert sorted(os.listdir("runs/Digits8x8-digits")) == [
        "checkpoint.safetensors",
        "curves.png",
        "curves.svg",
        "metrics.jsonl",
        "net.json",
        "run.json",
        "spec",
        "steps.jsonl",
        "weights.safetensors",
    ]


def test_the_text_of_a_spec_is_kept_with_the_files_that_it_uses() -> None:
    Path("blocks").mkdir()
    Path("blocks/unit.net").write_text("block unit { conv 4 3x3 padding=1 -> relu }\n")
    Path("nets").mkdir()
    Path("nets/a.net").write_text(
        'use "../blocks/unit.net"\nnet A { input 1x8x8 \n unit -> flatten -> fc 10 }\n', encoding="utf-8"
    )
    assert main(["train", "nets/a.net", *QUICK, "--epochs", "1", "--out", "run"]) == 0
    assert main(["check", "run/spec/nets/a.net"]) == 0
    assert json.loads(Path("run/run.json").read_text())["spec"] == "nets/a.net"


def test_sizes_left_open_become_those_of_the_data() -> None:
    Path("open.net").write_text("net Open { input 1xHxW \n conv 4 3x3 -> relu -> globalavgpool -> flatten -> fc 10 }")
    assert main(["train", "open.net", *QUICK, "--epochs", "1", "--out", "run"]) == 0
    assert json.loads(Path("run/net.json").read_text())["inputs"][0]["shape"] == [1, 8, 8]


def test_images_of_another_shape_are_a_mistake_in_the_spec(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", str(ROOT / "specs" / "lenet.net"), "--out", "run"]) == 1
    err = capsys.readouterr().err
    assert "error[E0701]: `LeNet` takes 1x28x28, but an image of digits is 1x8x8" in err
    assert "help" not in err  # LeNet does not fit 8x8
    assert not Path("run").exists()


def test_another_number_of_classes_is_a_mistake_in_the_spec(capsys: pytest.CaptureFixture[str]) -> None:
    Path("n.net").write_text("net N(classes=4) { input 1x9x9 \n conv 4 3x3 -> flatten -> fc classes }")
    assert main(["train", "n.net", *QUICK, "--out", "run"]) == 1
    err = capsys.readouterr().err
    assert "error[E0702]: digits has 10 classes, but `N` gives 4: it must give a vector with a score" in err
    assert main(["train", "n.net", *QUICK, "--input", "1x8x8", "--out", "run"]) == 1
    assert "help: with `--set classes=10` it fits" in capsys.readouterr().err
    assert main(["train", "n.net", *QUICK, "--set", "classes=10", "--out", "run"]) == 1
    assert "help: with `--input 1x8x8` it fits" in capsys.readouterr().err
    assert main(["train", "n.net", *QUICK, "--set", "classes=10", "--input", "1x8x8", "--out", "run"]) == 0


def test_channels_that_come_last_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    write_npz(Path("last.npz"), x_train=np.zeros((8, 6, 6, 3), np.uint8), x_test=np.zeros((4, 6, 6, 3), np.uint8))
    Path("n.net").write_text("net N { input 3x6x6 \n flatten -> fc 3 }")
    assert main(["train", "n.net", "--data", "last.npz"]) == 1
    assert "note: channels come first" in capsys.readouterr().err


def test_a_run_is_evaluated_by_either_target(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    texts = []
    for target in ("numpy", "torch"):
        assert main(["evaluate", str(trained), "--target", target]) == 0
        texts.append(capsys.readouterr().out)
    assert texts[0] == texts[1]
    accuracy = json.loads((trained / "metrics.jsonl").read_text().splitlines()[-1])["test_accuracy"]
    assert f"an accuracy of {accuracy:.4f}" in texts[0]
    assert accuracy > 0.9
    assert "true class" in texts[0]
    assert (trained / "confusion.png").read_bytes().startswith(b"\x89PNG")


def test_a_run_says_what_a_picture_shows(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from netspec.training.data import read_data

    data = read_data("digits", (1, 8, 8))
    image, label = data.train.images[3, 0], data.train.labels[3]
    Image.fromarray((image.astype(np.uint16) * 255 // 16).astype(np.uint8)).save("digit.png")
    assert main(["run", str(trained), "--input", "digit.png"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 5
    assert lines[0].split()[0] == str(label)
    assert sum(float(line.split()[1]) for line in lines) == pytest.approx(1, abs=0.02)


def test_a_run_says_what_a_batch_shows(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.save("x.npy", np.zeros((2, 1, 8, 8), np.float32))
    assert main(["run", str(trained), "--input", "x.npy"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"example 0: (\d 0\.\d{3}, ){2}\d 0\.\d{3}", first)
    assert second.removeprefix("example 1") == first.removeprefix("example 0")


def test_a_run_shows_the_values_of_a_layer(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.save("x.npy", np.zeros((1, 8, 8), np.float32))
    assert main(["run", str(trained), "--input", "x.npy", "--layer", "fc1"]) == 0
    assert capsys.readouterr().out.startswith("fc1: 64\n")


def test_pictures_are_made_to_fit_as_they_were_in_training(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("dark", "light"):
        write_pictures(Path("data") / name, 5, size=(30, 20))
    Path("n.net").write_text("net N { input 1x8x8 \n flatten -> fc 2 }")
    assert main(["train", "n.net", *QUICK, "--data", "data", "--resize", "--out", "run"]) == 0
    capsys.readouterr()
    assert main(["run", "run", "--input", "data/dark/0.png"]) == 0
    assert {line.split()[0] for line in capsys.readouterr().out.splitlines()} == {"dark", "light"}


def test_the_place_of_the_data_is_remembered() -> None:
    write_mnist(Path("files"))
    Path("n.net").write_text("net N { input 1x28x28 \n flatten -> fc 10 }")
    assert main(["train", "n.net", *QUICK, "--data", "mnist", "--data-dir", "files", "--out", "run"]) == 0
    assert main(["evaluate", "run"]) == 0
    assert main(["train", "--resume", "--out", "run", "--epochs", "3"]) == 0


def test_known_data_goes_before_a_folder_of_its_name() -> None:
    Path("digits").mkdir()
    assert main(["train", SPEC, *QUICK, "--data", "digits", "--epochs", "1", "--out", "run"]) == 0
    assert json.loads(Path("run/run.json").read_text())["settings"]["data"] == "digits"


def start(*arguments: str) -> subprocess.Popen[str]:
    """A training of its own process, in its second epoch or later. SIGINT reaches it as from a terminal."""
    process = subprocess.Popen(
        [sys.executable, "-m", "netspec.cli", "train", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert process.stdout is not None
    for line in process.stdout:
        if re.match(r" +1 ", line):
            time.sleep(0.1)
            return process
    raise AssertionError(process.communicate()[1])


LONG = ("--target", "numpy", "--lr", "0.1", "--batch", "8", "--epochs", "300", "--out", "run")


def epochs_done() -> int:
    return len(Path("run/metrics.jsonl").read_text().splitlines())


def test_an_interrupted_run_says_how_it_goes_on() -> None:
    process = start(SPEC, *LONG)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    done = epochs_done()
    assert process.returncode == 130
    assert "of 300 are in run: netspec train --resume --out run goes on" in err
    assert Path("run/curves.svg").exists()
    assert main(["evaluate", "run"]) == 0
    assert done < 300


def test_a_killed_run_goes_on_and_ends_as_an_unbroken_one() -> None:
    process = start(SPEC, *LONG)
    process.kill()
    process.communicate()
    done = epochs_done()
    assert 1 <= done < 300
    total = ("--epochs", str(done + 1))
    assert main(["train", SPEC, "--resume", "--out", "run", *total]) == 0
    assert main(["train", SPEC, *LONG, *total, "--out", "whole"]) == 0
    assert Path("run/weights.safetensors").read_bytes() == Path("whole/weights.safetensors").read_bytes()


WRONG = {
    "no spec": ([], "which net is to be trained? Give its spec"),
    "nothing to resume": (["--resume"], "which run goes on? Say where it is with --out DIR"),
    "no run": (["--resume", "--out", "nowhere"], "nowhere: has no run: no run.json"),
    "standard input": (["-"], "a net is trained from a file, which is kept with the run, not from standard input"),
    "no rate": ([SPEC, "--lr", "0"], "must be a number above 0, not 0"),
    "no batch": ([SPEC, "--batch", "0"], "must be a whole number from 1 up, not 0"),
    "no such data": ([SPEC, "--data", "minst"], "there is no data minst: did you mean mnist?"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_arguments_are_told_in_a_line(case: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments, message = WRONG[case]
    try:
        status = main(["train", *arguments])
    except SystemExit as error:
        status = int(error.code or 0)
    assert status == 2
    assert message in capsys.readouterr().err


CHANGED = {
    "another rate": (["--lr", "0.5"], "the run in {run} has --lr 0.1, which cannot become 0.5 now"),
    "other parameters": (["--set", "classes=3"], "a run goes on with its own net; --net, --set and --input go with a"),
    "another net": ([OTHER], f"{OTHER} is not the net of this run any more (netspec diff {{run}}/spec/digits_8x8.net"),
    "no more to do": ([], "the run in {run} has all its 8 epochs; with --epochs 16 it would go on"),
}


@pytest.mark.parametrize("case", CHANGED)
def test_a_run_that_goes_on_keeps_its_settings(case: str, trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments, message = CHANGED[case]
    assert main(["train", "--resume", "--out", str(trained), *arguments]) == 2
    assert message.format(run=trained) in capsys.readouterr().err


def test_a_net_of_several_outputs_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    Path("n.net").write_text("net N { input 1x8x8 \n flatten \n output side: { fc 3 } \n fc 10 }")
    assert main(["train", "n.net"]) == 2
    assert "a net is trained from one input to one output, but N has outputs output, side" in capsys.readouterr().err


def test_what_is_missing_is_named_before_anything_starts(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netspec.cli.training.PARTS", {"numpy": "NumPy", "no_such_library": "a library"})
    assert main(["train", SPEC]) == 2
    assert capsys.readouterr().err == "netspec: training needs a library: pip install 'netspec-lang[train]'\n"

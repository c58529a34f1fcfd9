"""`netspec run`: what comes out of a net, number by number, and everything that can be wrong with what goes in."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from PIL import Image

import netspec
from netspec.cli import main

SPECS = Path(__file__).parent.parent / "specs"
CONV_DEMO, LENET = str(SPECS / "conv_demo.net"), str(SPECS / "lenet.net")
DEMO = json.loads((Path(__file__).parent / "truth" / "literature.json").read_text(encoding="utf-8"))["conv_demo"]

SIAMESE = """
net Siamese {
    left: input 2x4x4
    right: input 2x4x4
    from left
    a: conv 2 1
    from right
    b: conv 2 1
    both: { add a b -> tanh }
    output mean: { globalavgpool -> flatten }
    flatten -> fc 30
}
"""
COLOUR = "net Colour { input 3x4x6 \n identity }"
OPEN = "net Open { input 1 x H x W \n identity }"
VECTOR = "net Vector { input 4 \n identity }"


@pytest.fixture(autouse=True)
def _directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in {"siamese": SIAMESE, "colour": COLOUR, "open": OPEN, "vector": VECTOR}.items():
        Path(f"{name}.net").write_text(text, encoding="utf-8")
    weights: dict[str, Any] = {"conv1.weight": [DEMO["w0"], DEMO["w1"]], "conv1.bias": np.array(DEMO["b"], float)}
    np.savez("demo.npz", **weights)
    np.save("x.npy", np.array(DEMO["x"]))
    np.save("digit.npy", np.linspace(0, 1, 784).reshape(1, 28, 28))
    np.save("vector.npy", np.arange(4.0))


def fails(*arguments: str, capsys: pytest.CaptureFixture[str]) -> str:
    """What a command says that cannot be carried out."""
    assert main(["run", *arguments]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith("netspec: ")
    assert "Traceback" not in output.err
    return output.err.removeprefix("netspec: ").rstrip("\n")


# The walk-through of CS231n

WALK_THROUGH = """\
output (conv1): 2x3x3

channel 0
  -2  -2   0
   5   1   0
  -1  -4  -3

channel 1
   2   5   1
  -3   6   5
  -1   2   0
"""


@pytest.mark.parametrize("target", ["numpy", "torch"])
def test_the_numbers_of_cs231n_come_out(target: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", CONV_DEMO, "--weights", "demo.npz", "--input", "x.npy", "--target", target]) == 0
    output = capsys.readouterr()
    assert (output.out, output.err) == (WALK_THROUGH, "")
    rows = [line.split() for line in output.out.splitlines() if line.startswith("  ")]
    assert [[float(number) for number in row] for row in rows] == [row for maps in DEMO["output"] for row in maps]


def test_the_input_is_shown_like_a_layer(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", CONV_DEMO, "--weights", "demo.npz", "--input", "x.npy", "--layer", "input"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:4] == ["input: 3x5x5", "", "channel 0", "  1  2  1  0  0"]


# Layers


@pytest.mark.parametrize("target", ["numpy", "torch"])
def test_every_layer_is_that_of_the_library(target: str) -> None:
    arguments = ["--seed", "3", "--input", "digit.npy", "--layer", "all", "-o", "all.npz", "--target", target]
    assert main(["run", LENET, *arguments]) == 0
    network = netspec.load(LENET).to_numpy(seed=3)
    network(np.load("digit.npy")[None])
    with np.load("all.npz") as file:
        assert list(file) == list(network.values)
        for name, value in file.items():
            np.testing.assert_allclose(value, network.values[name][0], rtol=1e-5, atol=1e-6)


def test_several_layers_come_in_the_order_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    command = [
        "run",
        LENET,
        "--seed",
        "0",
        "--input",
        "digit.npy",
        "--layer",
        "fc3",
        "--layer",
        "fc2",
        "--layer",
        "conv2",
    ]
    assert main(command) == 0
    titles = [line for line in capsys.readouterr().out.splitlines() if ":" in line]
    assert titles == ["fc3: 10", "fc2: 84", "conv2: 16x10x10"]


def test_a_group_is_what_leaves_it(capsys: pytest.CaptureFixture[str]) -> None:
    inputs = ["--input", "left=a.npy", "--input", "right=a.npy"]
    np.save("a.npy", np.ones((2, 4, 4)))
    assert main(["run", "siamese.net", "--seed", "0", *inputs, "--layer", "both"]) == 0
    assert capsys.readouterr().out.startswith("both (both.tanh1): 2x4x4\n")


@pytest.mark.parametrize("target", ["numpy", "torch"])
def test_all_outputs_are_shown(target: str, capsys: pytest.CaptureFixture[str]) -> None:
    np.savez("both.npz", left=np.ones((2, 4, 4)), right=np.zeros((2, 4, 4)))
    assert main(["run", "siamese.net", "--seed", "0", "--input", "both.npz", "--target", target]) == 0
    titles = [line for line in capsys.readouterr().out.splitlines() if ":" in line]
    assert titles == ["output (fc1): 30", "mean (mean.1): 2"]


def test_an_unknown_layer_is_told_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    said = fails(LENET, "--seed", "0", "--input", "digit.npy", "--layer", "sigmod1", capsys=capsys)
    assert said == "LeNet has no layer `sigmod1`; did you mean `sigmoid1`?"


# Text


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1.0, -2.0, 0.0, 30.0], ["0   1", "1  -2", "2   0", "3  30"]),
        ([0.5, -0.25, 1e-9, -1e-9], ["0   0.50000", "1  -0.25000", "2   0.00000", "3   0.00000"]),
        ([123.456, 1, 2, 3], ["0  123.46", "1    1.00", "2    2.00", "3    3.00"]),
        ([1e-7, 0, 1, 1e9], ["0  1.0000e-07", "1  0.0000e+00", "2  1.0000e+00", "3  1.0000e+09"]),
    ],
)
def test_numbers_are_as_exact_as_they_can_be_read(
    values: list[float], expected: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    np.save("vector.npy", np.array(values))
    assert main(["run", "vector.net", "--input", "vector.npy"]) == 0
    assert capsys.readouterr().out.splitlines() == ["output (identity1): 4", "", *expected]


def test_of_a_long_vector_the_largest_entries_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    Path("long.net").write_text("net Long { input 1000 \n identity }")
    x = np.arange(1000) % 7 / 10
    x[[3, 500]] = 9, 8
    np.save("x.npy", x)
    assert main(["run", "long.net", "--input", "x.npy"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[2].startswith("least 0.0000, mean 0.3")
    assert lines[4:7] == ["the 5 largest", "  3  9.0000", "500  8.0000"]
    assert len(lines) == 10


def test_large_maps_are_summed_up(capsys: pytest.CaptureFixture[str]) -> None:
    Path("wide.net").write_text("net Wide { input 20x50x50 \n identity }")
    np.save("x.npy", np.stack([np.full((50, 50), float(channel)) for channel in range(20)]))
    assert main(["run", "wide.net", "--input", "x.npy"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[2] == "least 0.0000, mean 9.5000, largest 19.0000".replace("0000", "000").replace("5000", "500")
    assert lines[4].split() == ["channel", "least", "mean", "largest"]
    assert lines[6].split() == ["1", "1", "1", "1"]
    assert lines[-1] == "… 4 more"


def test_three_axes_are_shown_plane_by_plane(capsys: pytest.CaptureFixture[str]) -> None:
    Path("solid.net").write_text("net Solid { input 1x2x2x2 \n identity }")
    np.save("x.npy", np.arange(8.0).reshape(1, 2, 2, 2))
    assert main(["run", "solid.net", "--input", "x.npy"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[2:] == ["channel 0", "plane 0", "  0  1", "  2  3", "plane 1", "  4  5", "  6  7"]


def test_one_axis_is_one_row(capsys: pytest.CaptureFixture[str]) -> None:
    Path("line.net").write_text("net Line { input 2x3 \n identity }")
    np.save("x.npy", np.arange(6.0).reshape(2, 3))
    assert main(["run", "line.net", "--input", "x.npy"]) == 0
    assert capsys.readouterr().out.splitlines()[2:] == ["channel 0", "  0  1  2", "", "channel 1", "  3  4  5"]


def test_a_batch_is_shown_example_by_example(capsys: pytest.CaptureFixture[str]) -> None:
    np.save("vector.npy", np.arange(40.0).reshape(10, 4))
    assert main(["run", "vector.net", "--input", "vector.npy"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "output (identity1): 10 examples of 4"
    assert [line for line in lines if line.startswith("example")] == [f"example {place}" for place in range(8)]
    assert lines[-1] == "… 2 more"


def test_an_empty_batch_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    np.save("vector.npy", np.zeros((0, 4)))
    assert main(["run", "vector.net", "--input", "vector.npy"]) == 0
    assert capsys.readouterr().out == "output (identity1): 0 examples of 4\n"


@pytest.mark.parametrize("target", ["numpy", "torch"])
def test_what_is_no_number_is_told_once(target: str, capsys: pytest.CaptureFixture[str]) -> None:
    shapes = netspec.load(CONV_DEMO).weights()
    weights: dict[str, Any] = {name: np.full(weight.shape, np.nan) for name, weight in shapes}
    np.savez("nan.npz", **weights)
    assert main(["run", CONV_DEMO, "--weights", "nan.npz", "--input", "x.npy", "--target", target]) == 0
    output = capsys.readouterr()
    assert output.err == "netspec: `output` has 18 values that are no finite number\n"
    assert "  nan  nan  nan\n" in output.out


# Saving


@pytest.mark.parametrize("suffix", ["npy", "npz"])
@pytest.mark.parametrize("batch", [False, True])
def test_an_output_is_saved_with_a_batch_if_the_input_has_one(suffix: str, batch: bool) -> None:
    x = np.array(DEMO["x"])
    np.save("x.npy", x[None] if batch else x)
    assert main(["run", CONV_DEMO, "--weights", "demo.npz", "--input", "x.npy", "-o", f"y.{suffix}"]) == 0
    loaded: Any = np.load(f"y.{suffix}")
    array = loaded if suffix == "npy" else loaded["output"]
    assert array.dtype == np.float32
    assert array.tolist() == ([DEMO["output"]] if batch else DEMO["output"])


def test_nothing_is_printed_when_it_is_saved(capsys: pytest.CaptureFixture[str]) -> None:
    before = set(os.listdir())
    assert main(["run", CONV_DEMO, "--weights", "demo.npz", "--input", "x.npy", "-o", "y.npy"]) == 0
    assert capsys.readouterr() == ("", "")
    assert set(os.listdir()) - before == {"y.npy"}


@pytest.mark.parametrize(
    ("out", "layers", "message"),
    [
        ("y.txt", [], "y.txt: values are saved as .npy or .npz"),
        ("y.npy", ["--layer", "conv1", "--layer", "fc1"], "y.npy: an .npy file holds one array, but there are 2"),
        ("none/y.npy", [], "none/y.npy: no such file or directory"),
        (".npz/", [], ".npz/: values are saved as .npy or .npz"),
    ],
)
def test_what_cannot_be_saved_is_told(
    out: str, layers: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    said = fails(LENET, "--seed", "0", "--input", "digit.npy", "-o", out, *layers, capsys=capsys)
    assert said.startswith(message)


# Inputs


@pytest.mark.parametrize("target", ["numpy", "torch"])
def test_a_grey_picture_is_a_map_of_shares_of_white(target: str) -> None:
    pixels = np.array([[0, 51, 102], [153, 204, 255]], np.uint8)
    Image.fromarray(pixels).save("grey.png")
    assert main(["run", "open.net", "--input", "grey.png", "-o", "y.npy", "--target", target]) == 0
    np.testing.assert_allclose(np.load("y.npy"), [[[0, 0.2, 0.4], [0.6, 0.8, 1]]], rtol=1e-6)


def test_a_colour_picture_has_red_green_and_blue_first() -> None:
    pixels = np.zeros((4, 6, 3), np.uint8)
    pixels[1, 2] = 255, 51, 0
    Image.fromarray(pixels).save("colour.png")
    assert main(["run", "colour.net", "--input", "colour.png", "-o", "y.npy"]) == 0
    found = np.load("y.npy")
    assert found.shape == (3, 4, 6)
    np.testing.assert_allclose(found[:, 1, 2], [1, 0.2, 0], rtol=1e-6)
    assert found.sum() == pytest.approx(1.2)


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGB", "RGBA"])
def test_every_kind_of_picture_becomes_what_the_input_wants(mode: str) -> None:
    Image.new("RGB", (6, 4), (51, 51, 51)).convert(mode).save("picture.png")
    assert main(["run", "colour.net", "--input", "picture.png", "-o", "colour.npy"]) == 0
    assert main(["run", "open.net", "--input", "picture.png", "-o", "grey.npy"]) == 0
    assert np.load("colour.npy").shape == (3, 4, 6)
    assert np.load("grey.npy").shape == (1, 4, 6)
    if mode != "1":
        np.testing.assert_allclose(np.load("grey.npy"), 0.2, rtol=1e-5)


def test_a_photograph_is_turned_upright() -> None:
    picture = Image.new("L", (6, 4))
    picture.putpixel((0, 0), 255)
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: rows are columns
    picture.save("photo.png", exif=exif)
    assert main(["run", "open.net", "--input", "photo.png", "-o", "y.npy"]) == 0
    found = np.load("y.npy")
    assert found.shape == (1, 6, 4)
    assert found[0, 0, 3] == 1


def test_channels_are_shifted_and_scaled_on_demand() -> None:
    Image.new("RGB", (6, 4), (255, 0, 51)).save("colour.png")
    options = ["--mean", "0.5,0.25,0.1", "--std", "0.5,1,0.1", "-o", "y.npy"]
    assert main(["run", "colour.net", "--input", "colour.png", *options]) == 0
    np.testing.assert_allclose(np.load("y.npy")[:, 0, 0], [1, -0.25, 1], rtol=1e-5)


def test_whole_numbers_are_taken_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    np.save("vector.npy", np.array([1, 2, 255, -4], np.int16))
    assert main(["run", "vector.net", "--input", "vector.npy"]) == 0
    assert [line.split()[1] for line in capsys.readouterr().out.splitlines()[2:]] == ["1", "2", "255", "-4"]


def test_an_npz_gives_the_array_of_the_inputs_name() -> None:
    np.savez("data.npz", input=np.arange(4.0), labels=np.zeros(1))
    assert main(["run", "vector.net", "--input", "data.npz", "-o", "y.npy"]) == 0
    assert np.load("y.npy").tolist() == [0, 1, 2, 3]


def test_a_spec_comes_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(VECTOR.encode())))
    assert main(["run", "-", "--input", "vector.npy", "-o", "y.npy"]) == 0
    assert np.load("y.npy").tolist() == [0, 1, 2, 3]


def test_another_shape_and_parameters_can_be_set() -> None:
    Path("sized.net").write_text("net Sized(width=3) { input 1x8x8 \n conv width 3 }")
    np.save("x.npy", np.zeros((1, 5, 5)))
    command = ["run", "sized.net", "--seed", "0", "--shape", "1x5x5", "--set", "width=7", "--input", "x.npy"]
    assert main([*command, "-o", "y.npy"]) == 0
    assert np.load("y.npy").shape == (7, 3, 3)


def save_pictures() -> None:
    Image.new("L", (5, 4)).save("small.png")
    Image.new("RGB", (28, 28)).save("square.jpg")
    Image.new("I;16", (28, 28)).save("deep.png")
    Path("text.png").write_text("no picture")
    Path("cut.png").write_bytes(Path("small.png").read_bytes()[:40])


WRONG_INPUTS = {
    "small.png": "small.png: is 4x5 (height x width), but the input is 1x28x28",
    "deep.png": "deep.png: has more than 8 bits a pixel, which is not read here",
    "text.png": "text.png: is no png or jpeg picture",
    "cut.png": "cut.png: ",
    "none.png": "none.png: no such file or directory",
    "none.npy": "none.npy: no such file or directory",
    ".": ".: an input is an .npy, .npz, .png or .jpg file",
    "x.npy": "x.npy: is 3x5x5, but the input is 1x28x28, or n x 1x28x28",
    "vector.npy": "vector.npy: is 4, but the input is 1x28x28, or n x 1x28x28",
    "number.npy": "number.npy: is a number, but the input is 1x28x28, or n x 1x28x28",
    "objects.npy": "objects.npy: is broken, or no .npy file of numbers",
    "words.npy": "words.npy: holds <U3, not numbers",
    "broken.npy": "broken.npy: is broken, or no .npy file of numbers",
    "broken.npz": "broken.npz: is broken, or no .npz file of numbers",
    "others.npz": "others.npz: holds no array called `input`, but a, b",
    "data.csv": "data.csv: an input is an .npy, .npz, .png or .jpg file",
    "a\0b.npy": "a\N{REPLACEMENT CHARACTER}b.npy: embedded null byte",
}


@pytest.mark.parametrize("file", WRONG_INPUTS)
def test_a_wrong_input_is_told_in_one_line(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    save_pictures()
    np.save("number.npy", np.array(3.0))
    np.save("objects.npy", np.array([{}], object), allow_pickle=True)
    np.save("words.npy", np.array(["one", "two"]))
    Path("broken.npy").write_bytes(b"\x93NUMPY broken")
    Path("broken.npz").write_bytes(b"PK broken")
    np.savez("others.npz", a=np.zeros(1), b=np.zeros(1))
    said = fails(LENET, "--seed", "0", "--input", file, capsys=capsys)
    assert said.startswith(WRONG_INPUTS[file])
    assert "\n" not in said


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["vector.net", "--input", "small.png"],
            "small.png: a picture has one or three channels and two axes",
        ),
        (["colour.net", "--input", "square.jpg"], "square.jpg: is 28x28 (height x width), but the input is 3x4x6"),
        (["open.net", "--input", "small.png", "--mean", "1,2"], "--mean has 2 numbers for 1 channel"),
        (["open.net", "--input", "small.png", "--std", "0"], "--std divides, so it cannot be 0"),
        (["vector.net", "--input", "vector.npy", "--mean", "1"], "--mean and --std are for pictures"),
        (["vector.net", "--input", "vector.npy", "--input", "vector.npy"], "--input gives `input` twice"),
        (["siamese.net", "--seed", "0", "--input", "vector.npy"], "vector.npy: which input is it? Write --input NAME="),
        (["siamese.net", "--seed", "0", "--input", "left=left.npy"], "Siamese needs --input right=FILE too: it has 2"),
        (
            ["siamese.net", "--seed", "0", "--input", "left=left.npy", "--input", "right=rights.npy"],
            "`left` is one example, and other inputs are batches: give all alike",
        ),
        (["open.net", "--input", "flat.npy"], "flat.npy: is 4, but the input is 1 x H x W, or n x 1 x H x W"),
        ([LENET, "--input", "digit.npy"], "LeNet has weights: give them with --weights FILE, or draw random ones with"),
        ([LENET, "--weights", "none.npz", "--input", "digit.npy"], "none.npz: no such file or directory"),
        ([LENET, "--weights", "x.pth", "--input", "digit.npy"], "x.pth: files of weights end in .safetensors or .npz"),
        ([LENET, "--weights", "x.npy", "--input", "digit.npy"], "x.npy: files of weights end in .safetensors or .npz"),
        ([LENET, "--seed", "0", "--input", "digit.npy", "--shape", "large"], "--shape large: write a shape such as"),
        (["none.net", "--input", "digit.npy"], "none.net: no such file or directory"),
    ],
)
def test_a_wrong_command_is_told_in_one_line(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    save_pictures()
    np.save("left.npy", np.zeros((2, 4, 4)))
    np.save("rights.npy", np.zeros((3, 2, 4, 4)))
    np.save("flat.npy", np.zeros(4))
    said = fails(*arguments, capsys=capsys)
    assert said.startswith(message)
    assert "\n" not in said


def test_sizes_that_do_not_fit_inside_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    Path("window.net").write_text("net Window { input 1 x H x W \n conv 1 5 }")
    np.save("x.npy", np.zeros((1, 3, 9)))
    assert "does not fit into (3, 9)" in fails("window.net", "--seed", "0", "--input", "x.npy", capsys=capsys)


@pytest.mark.parametrize(
    "arguments",
    [
        ["vector.net"],
        ["vector.net", "--input", "vector.npy", "--seed", "-1"],
        ["vector.net", "--input", "vector.npy", "--seed", "0", "--weights", "w.npz"],
        ["vector.net", "--input", "vector.npy", "--mean", "a"],
        ["vector.net", "--input", "vector.npy", "--target", "json"],
    ],
    ids=" ".join,
)
def test_wrong_arguments_give_one_line(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["run", *arguments])
    assert stop.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


# Weights


def test_weights_come_from_either_kind_of_file() -> None:
    weights = {"conv1.weight": np.array([DEMO["w0"], DEMO["w1"]], np.float32), "conv1.bias": np.float32(DEMO["b"])}
    safetensors.numpy.save_file({name: np.asarray(array) for name, array in weights.items()}, "demo.safetensors")
    for file in ("demo.npz", "demo.safetensors"):
        assert main(["run", CONV_DEMO, "--weights", file, "--input", "x.npy", "-o", f"{file}.npy"]) == 0
    assert np.load("demo.npz.npy").tolist() == np.load("demo.safetensors.npy").tolist() == DEMO["output"]


def test_all_that_is_wrong_with_the_weights_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    wrong: dict[str, Any] = {"conv1.weight": np.zeros((2, 3, 5, 5)), "conv2.bias": np.zeros(1)}
    np.savez("wrong.npz", **wrong)
    said = fails(CONV_DEMO, "--weights", "wrong.npz", "--input", "x.npy", capsys=capsys)
    assert said.splitlines() == [
        "wrong.npz: these are not the weights of ConvDemo:",
        "  conv1.weight is of shape (2, 3, 5, 5), not (2, 3, 3, 3)",
        "  conv1.bias is missing",
        "  conv2.bias is unknown",
    ]


def test_names_in_a_weights_file_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    safetensors.numpy.save_file({"\x1b[31m\nred": np.zeros(1)}, "w.safetensors")
    said = fails(CONV_DEMO, "--weights", "w.safetensors", "--input", "x.npy", capsys=capsys)
    assert "\x1b" not in said
    assert said.count("\n") == 4


def test_a_net_without_weights_needs_none() -> None:
    assert main(["run", "vector.net", "--input", "vector.npy"]) == 0


def test_the_seed_decides_the_random_weights() -> None:
    for seed, file in (("1", "a.npy"), ("1", "b.npy"), ("2", "c.npy")):
        assert main(["run", LENET, "--seed", seed, "--input", "digit.npy", "-o", file]) == 0
    assert (np.load("a.npy") == np.load("b.npy")).all()
    assert (np.load("a.npy") != np.load("c.npy")).any()


# What is missing, and exit status


@pytest.mark.parametrize(
    ("missing", "arguments", "said"),
    [
        ("numpy", [], "numpy is missing: pip install 'netspec-lang[numpy]'"),
        ("torch", ["--target", "torch"], "torch is missing: pip install 'netspec-lang[torch]'"),
        ("PIL", [], "grey.png: to read pictures, get Pillow: pip install 'netspec-lang[image]'"),
    ],
)
def test_what_is_not_installed_is_told_with_how_to_get_it(missing: str, arguments: list[str], said: str) -> None:
    Image.new("L", (3, 2)).save("grey.png")
    file = "grey.png" if missing == "PIL" else "x.npy"
    np.save("x.npy", np.zeros((1, 2, 3)))
    code = (
        f"import sys; sys.modules[{missing!r}] = None; from netspec.cli import main;"
        f"sys.exit(main(['run', 'open.net', '--input', {file!r}, *{arguments!r}]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("", f"netspec: {said}\n", 2)


def test_a_spec_with_problems_is_told_as_by_check(capsys: pytest.CaptureFixture[str]) -> None:
    Path("broken.net").write_text("net Broken { input 1x4x4 \n conv 4 9x9 }")
    assert main(["run", "broken.net", "--seed", "0", "--input", "x.npy"]) == 1
    assert "error[E0302]" in capsys.readouterr().err


def test_a_run_imports_no_more_than_it_needs() -> None:
    code = (
        "import sys; from netspec.cli import main; main(['run', 'vector.net', '--input', 'vector.npy', '-o', 'y.npy']);"
        "print(sorted({'torch', 'PIL', 'lark'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"

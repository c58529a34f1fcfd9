"""The table of layers: what each column says, the tree, and that all formats say the same."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
import torch

import netspec
from netspec.backends.summary import DEFAULT_VIEW, Summary, View, number_text, of_net, one_line
from netspec.backends.summary.columns import COLUMNS, byte_text
from netspec.backends.summary.csv import render_csv
from netspec.backends.summary.json import render_json
from netspec.backends.summary.markdown import render_markdown
from netspec.backends.summary.rows import rows_of
from netspec.backends.summary.text import render_text
from netspec.backends.table import LONGEST_NOTE, Notes
from netspec.layers.base import volume
from netspec.passes.measure import DTYPES, total_memory
from netspec.sizes import symbol
from tests.backends.summary.nets import AUDIO, NETS, RESIDUAL, SYMBOLIC, VIDEO
from tests.golden_text import GOLDEN, assert_golden

LENET = Path("specs/lenet.net").read_text(encoding="utf-8")
EVERYTHING = View(columns=tuple(COLUMNS))


def summary_of(text: str, input: str | None = None) -> Summary:
    return of_net(netspec.loads(text, input=input))


def table_of(text: str, view: View = DEFAULT_VIEW) -> Any:
    return json.loads(render_json(summary_of(text), view))


def cells_of(text: str, view: View = DEFAULT_VIEW) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(render_csv(summary_of(text), view))))


# The texts as they are read


SHOWN = {
    "lenet.txt": (LENET, DEFAULT_VIEW),
    "lenet_channels_last.txt": (LENET, View(layout="channels_last")),
    "residual.txt": (RESIDUAL, DEFAULT_VIEW),
    "residual_depth_1.txt": (RESIDUAL, View(depth=1, batch=32, dtype="float16")),
    "symbolic.txt": (SYMBOLIC, DEFAULT_VIEW),
    "audio_everything.txt": (AUDIO, EVERYTHING),
    "video_channels_last.txt": (VIDEO, View(layout="channels_last")),
    "symbolic_everything.txt": (SYMBOLIC, EVERYTHING._replace(depth=1)),
    "residual.md": (RESIDUAL, View(depth=2)),
    "residual.csv": (RESIDUAL, View(depth=2)),
    "audio.json": (AUDIO, DEFAULT_VIEW),
}

RENDERERS = {".txt": render_text, ".md": render_markdown, ".csv": render_csv, ".json": render_json}


@pytest.mark.parametrize("name", SHOWN)
def test_the_text_is_the_golden_one(name: str, update_golden: bool) -> None:
    text, view = SHOWN[name]

    assert_golden(f"summary/{name}", RENDERERS[Path(name).suffix](summary_of(text), view), update=update_golden)


def test_no_golden_text_is_left_over() -> None:
    assert {path.name for path in (GOLDEN / "summary").iterdir()} == set(SHOWN)


@pytest.mark.parametrize("text", [LENET, RESIDUAL, AUDIO, VIDEO], ids=["lenet", "residual", "audio", "video"])
def test_the_default_table_has_room_in_120_columns(text: str) -> None:
    assert max(map(len, render_text(summary_of(text)).splitlines())) <= 120


def test_a_long_formula_stands_below_the_table() -> None:
    lines = render_text(summary_of(SYMBOLIC)).splitlines()

    (mark,) = (line.split()[-1] for line in lines if line.startswith("total"))
    notes = [line for line in lines if line.startswith(mark)]
    assert notes == [f"{mark} {number_text(netspec.loads(SYMBOLIC).macs)}"]


# The tree


def test_names_are_those_of_their_own_level_indented() -> None:
    lines = render_text(summary_of(RESIDUAL)).splitlines()

    names = [line[: len("    projection")].rstrip() for line in lines]
    assert names[4:10] == ["stem", "  0", "  1", "stage1", "  0", "    conv1"]


def test_a_call_of_a_block_is_shown_as_it_was_called() -> None:
    calls = {row.name: row.layer for row in rows_of(summary_of(RESIDUAL)) if row.kind == "module"}

    assert calls == {
        "stem": "{ 2 layers }",
        "stage1": "{ 14 layers }",
        "stage1.0": "unit 16 activation=relu",
        "stage1.1": "unit 16 activation=silu",
        "stage2": "{ 9 layers }",
        "stage2.0": "unit 32 stride=2 activation=relu",
        "stage2.0.projection": "{ 2 layers }",
    }


@pytest.mark.parametrize("name", NETS)
def test_a_module_counts_what_is_in_it(name: str) -> None:
    table = table_of(NETS[name])

    for module in table["modules"]:
        inside = [layer for layer in table["layers"] if layer["name"].startswith(f"{module['name']}.")]
        assert module["layers"] == len(inside)
        assert module["parameters"] == sum(layer["parameters"] for layer in inside)
        assert module["weight_memory"] == sum(layer["weight_memory"] for layer in inside)
        if name != "symbolic":
            assert module["macs"] == sum(layer["macs"] for layer in inside)
            assert module["activation_memory"] == sum(layer["activation_memory"] for layer in inside)
            assert module["live_memory"] == max(layer["live_memory"] for layer in inside)


def test_a_module_has_the_shape_and_the_field_of_what_leaves_it() -> None:
    table = table_of(RESIDUAL)
    layers = {layer["name"]: layer for layer in table["layers"]}

    for module in table["modules"]:
        last = layers[{m.path: m.exit for m in netspec.loads(RESIDUAL).modules}[module["name"]]]
        for key in ("output", "receptive_field", "effective_stride", "effective_padding"):
            assert module[key] == last[key]


@pytest.mark.parametrize(
    ("depth", "names"),
    [
        (1, ["stem", "stage1", "stage2", "globalavgpool1", "flatten1", "fc1"]),
        (2, ["stem.0", "stem.1", "stage1.0", "stage1.1", "stage2.0", "globalavgpool1", "flatten1", "fc1"]),
    ],
)
def test_depth_folds_what_lies_deeper(depth: int, names: list[str]) -> None:
    assert [row["name"] for row in cells_of(RESIDUAL, View(depth=depth))] == names


@pytest.mark.parametrize("depth", [1, 2, 3, 4, None])
def test_at_every_depth_the_columns_add_up_to_the_totals(depth: int | None) -> None:
    net, rows = netspec.loads(RESIDUAL), cells_of(RESIDUAL, View(depth=depth))

    assert sum(int(row["parameters"]) for row in rows) == net.params
    assert sum(int(row["macs"]) for row in rows) == net.macs
    assert sum(int(row["weight_memory"]) + int(row["activation_memory"]) for row in rows) == total_memory(net.nodes)


def test_a_group_without_layers_has_no_row() -> None:
    text = "block none(deep=false) { if deep { relu } }\nnet N { input 3x8x8 \n none -> relu }"

    assert [row.name for row in rows_of(summary_of(text))] == ["input", "relu1"]


def test_a_net_that_is_known_in_part_has_whole_names_and_no_totals_of_memory() -> None:
    net = netspec.loads(RESIDUAL)

    text = render_text(Summary(net.name, net.inputs, net.nodes[:4], False), last=3)

    assert [line.split()[0] for line in text.splitlines()[3:7]] == ["…", "stem.1", "stage1.0.conv1", "stage1.0.bn1"]
    assert text.splitlines()[-1].startswith("so far")


# Columns


def test_columns_can_be_chosen() -> None:
    lines = render_text(summary_of(LENET), View(columns=("macs", "output"))).splitlines()

    assert lines[0].split() == ["name", "layer", "output", "MACs"]


def test_programs_get_all_columns() -> None:
    assert list(cells_of(LENET)[0]) == ["name", "layer", *COLUMNS]
    assert [key for key in table_of(LENET)["layers"][0] if key in COLUMNS] == list(COLUMNS)


@pytest.mark.parametrize("path", sorted(Path("specs").glob("*.net")), ids=lambda path: path.stem)
def test_csv_and_json_say_the_same(path: Path) -> None:
    summary = of_net(netspec.load(path))

    rows = csv.DictReader(io.StringIO(render_csv(summary)))
    layers = json.loads(render_json(summary))["layers"]

    for row, layer in zip(rows, layers, strict=True):
        for key in ("parameters", "macs", "weight_memory", "activation_memory", "live_memory"):
            assert row[key] == str(layer[key])
        assert row["output"] == "x".join(map(str, layer["output"]))
        assert row["kernel"] == "x".join(map(str, layer["kernel"] or []))


@pytest.mark.parametrize(
    ("steps", "first", "last"),
    [
        ("conv 6 5x3", [6, 4, 5, 3], [5, 3, 4, 6]),
        ("conv 6 3 groups=2", [6, 2, 3, 3], [3, 3, 2, 6]),
        ("depthwise 3 multiplier=2", [8, 1, 3, 3], [3, 3, 1, 8]),
        ("convtranspose 6 5x3", [4, 6, 5, 3], [5, 3, 4, 6]),
        ("flatten -> fc 7", [7, 256], [256, 7]),
        ("batchnorm", None, None),
        ("prelu", None, None),
        ("flatten", None, None),
    ],
)
def test_the_kernel_in_both_layouts(steps: str, first: list[int] | None, last: list[int] | None) -> None:
    text = f"net N {{ input 4x8x8 \n {steps} }}"

    assert table_of(text)["layers"][-1]["kernel"] == first
    assert table_of(text, View(layout="channels_last"))["layers"][-1]["kernel"] == last


def test_channels_last_is_how_keras_keeps_kernels() -> None:
    # Source: the Keras documentation. Conv1D, Conv2D, Conv3D and Dense keep (*kernel, in, out), channels last.
    last = View(layout="channels_last")
    kernels = [layer["kernel"] for text in (AUDIO, LENET, VIDEO) for layer in table_of(text, last)["layers"]]
    assert [kernel for kernel in kernels if kernel][:1] == [[16, 1, 4]]
    assert [5, 5, 6, 16] in kernels
    assert [3, 5, 5, 3, 4] in kernels
    assert [400, 120] in kernels


@pytest.mark.parametrize(
    ("text", "shapes"),
    [
        (LENET, [[28, 28, 1], [28, 28, 6]]),
        (AUDIO, [[800, 1], [197, 4]]),
        (VIDEO, [[8, 32, 32, 3], [8, 16, 16, 4]]),
        (SYMBOLIC, [["H", "W", 3], ["⌊(H+1)/2⌋", "⌊(W+1)/2⌋", 8]]),
    ],
    ids=["lenet", "audio", "video", "symbolic"],
)
def test_shapes_channels_last(text: str, shapes: list[Any]) -> None:
    table = table_of(text, View(layout="channels_last"))

    assert [table["inputs"][0]["shape"], table["layers"][0]["output"]] == shapes


# Memory


@pytest.mark.parametrize("name", ["residual", "audio", "video"])
@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "bfloat16"])
def test_weights_take_the_bytes_that_pytorch_keeps(name: str, dtype: str) -> None:
    net = netspec.loads(NETS[name])
    module = net.to_torch().to(getattr(torch, dtype))

    found = json.loads(render_json(of_net(net), View(dtype=dtype)))["memory"]["weights"]

    assert found == sum(tensor.numel() * tensor.element_size() for tensor in module.state_dict().values())


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_value_takes_the_bytes_of_its_type(dtype: str) -> None:
    assert torch.empty(1, dtype=getattr(torch, dtype)).element_size() == DTYPES[dtype]


@pytest.mark.parametrize("name", ["residual", "audio", "video"])
def test_activations_grow_with_the_batch_and_weights_do_not(name: str) -> None:
    one, many = (table_of(NETS[name], View(batch=batch))["memory"] for batch in (1, 32))

    assert many["activations"] == 32 * one["activations"]
    assert many["weights"] == one["weights"]
    assert many["peak"] - many["weights"] == 32 * (one["peak"] - one["weights"])


@pytest.mark.parametrize("name", ["residual", "audio", "video"])
def test_the_peak_is_the_weights_and_the_most_live_memory(name: str) -> None:
    table = table_of(NETS[name])

    most = max(table["layers"], key=lambda layer: layer["live_memory"])
    assert table["memory"]["peak"] == table["memory"]["weights"] + most["live_memory"]
    assert table["memory"]["peak_at"] == most["name"]


def test_of_symbols_memory_is_a_formula_and_the_peak_says_what_it_depends_on() -> None:
    table = table_of(SYMBOLIC)

    assert table["layers"][0]["activation_memory"] == "32·⌊(H+1)/2⌋·⌊(W+1)/2⌋"
    assert table["memory"]["peak"] is None
    assert "peak of inference depends on H and W" in render_text(summary_of(SYMBOLIC))


def test_the_activations_of_vgg16_are_those_that_cs231n_lists() -> None:
    # Source: CS231n, "Convolutional Neural Networks", the case study of VGGNet: its list, activations written in place.
    # (The list adds up to 15.2 million values; the 24 million printed below it does not.)
    net = netspec.load("specs/vgg16.net")
    kinds = ("conv", "maxpool", "fc")
    listed = [node.output for node in net.nodes if node.layer.kind in kinds]

    assert sum(map(volume, [net.inputs[0].shape, *listed])) == 15_237_608


# Texts


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (1, "1 B"),
        (1023, "1023 B"),
        (1024, "1.00 KiB"),
        (10_188, "9.95 KiB"),
        (10_240, "10.0 KiB"),
        (102_400, "100 KiB"),
        (1_048_063, "1023 KiB"),
        (1_048_064, "1.00 MiB"),
        (46_796_448, "44.6 MiB"),
        (5 << 30, "5.00 GiB"),
        (3 << 40, "3.00 TiB"),
        (3 << 52, "12288 TiB"),
        (symbol("H") * 4, "4·H B"),
        (symbol("H") * symbol("W") * 4 + 8, "(4·H·W + 8) B"),
    ],
)
def test_bytes_in_words(size: Any, text: str) -> None:
    assert byte_text(size) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (1234, "1,234"),
        (symbol("H") * 12_345, "12,345·H"),
        (symbol("H") * 12_345 + 1_000, "12,345·H+1,000"),
        (symbol("H") * symbol("W") * 4_000 + 5_000, "4,000·H·W + 5,000"),
        ((symbol("H") + 1000) // 2000, "⌊(H+1000)/2000⌋"),
    ],
)
def test_counts_in_words(size: Any, text: str) -> None:
    assert number_text(size) == text


def test_one_line_for_a_net() -> None:
    net = netspec.loads(LENET)

    assert one_line(of_net(net), net.output) == "LeNet: 1x28x28 → 10, 12 layers, 61,706 parameters, 416,520 MACs"


def test_one_line_keeps_long_formulas_out() -> None:
    net = netspec.loads(SYMBOLIC)

    assert one_line(of_net(net), net.output).endswith("54,446 parameters, MACs that depend on H and W")


def test_a_note_that_nobody_would_read_to_its_end_is_only_begun() -> None:
    notes = Notes()
    formula = " + ".join(["81·(H-2)·(W-2)"] * 100)

    assert notes.short(formula) == "[1]"
    (_, line) = notes.lines
    assert len(line) < LONGEST_NOTE + 50
    assert line.endswith(f" + … ({len(formula):,} characters in all)")

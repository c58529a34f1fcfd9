"""`netspec summary` and `netspec diff`, as their users call them."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from netspec.cli import main
from tests.commands import ESCAPE, LENET, RESNET, SPECS, TWO_NETS

pytestmark = pytest.mark.usefixtures("own_folder")

# summary


def test_the_summary_is_a_table_with_totals(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["summary", LENET]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split() == ["name", "layer", "output", "parameters", "MACs", "field"]
    assert lines[3].split() == ["input", "input", "1x28x28"]
    assert lines[4].split() == ["conv1", "conv", "6", "5x5", "padding=2", "6x28x28", "156", "117,600", "5x5"]
    assert lines[-3].split() == ["total", "12", "layers", "61,706", "416,520"]
    assert lines[-1] == (
        "memory (float32, batch 1): weights 241 KiB, activations 58.6 KiB, peak of inference 264 KiB at avgpool1"
    )


def test_the_columns_of_numbers_end_below_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    main(["summary", LENET])
    lines = capsys.readouterr().out.splitlines()
    ends = {line.index(count) + len(count) for line, count in zip(lines[4:], ["117,600"], strict=False)}
    assert ends == {lines[1].index("MACs") + len("MACs")} == {lines[-3].index("416,520") + len("416,520")}


def test_the_summary_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["summary", LENET, "--format", "json"]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary["total"] == {"layers": 12, "parameters": 61_706, "macs": 416_520}
    assert summary["layers"][0] == {
        "name": "conv1",
        "kind": "conv",
        "layer": "conv 6 5x5 padding=2",
        "output": [6, 28, 28],
        "kernel": [6, 1, 5, 5],
        "parameters": 156,
        "macs": 117_600,
        "receptive_field": [5, 5],
        "effective_stride": [1, 1],
        "effective_padding": [2, 2],
        "weight_memory": 4 * 156,
        "activation_memory": 4 * 4_704,
        "live_memory": 4 * (784 + 4_704),
    }


def test_the_summary_as_csv(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["summary", LENET, "--format", "csv", "--columns", "parameters,macs,output"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert list(rows[0]) == ["name", "layer", "output", "parameters", "macs"]
    assert sum(int(row["parameters"]) for row in rows) == 61_706
    assert sum(int(row["macs"]) for row in rows) == 416_520


def test_the_summary_as_markdown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["summary", LENET, "--format", "markdown"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert {line.count("|") for line in lines[:-2]} == {7}
    assert lines[1] == "| --- | --- | --- | ---: | ---: | ---: |"


def test_the_summary_can_be_folded(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["summary", RESNET, "--depth", "1"]) == 0
    names = [line.split(" ")[0] for line in capsys.readouterr().out.splitlines()[3:-4]]
    assert [name for name in names if name.startswith("layer")] == ["layer1", "layer2", "layer3", "layer4"]
    assert all(names)  # none is indented


def test_the_summary_for_another_batch_and_type(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["summary", LENET, "--batch", "32", "--dtype", "float16"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("memory (float16, batch 32): weights 121 KiB, ")


def test_the_summary_channels_last(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["summary", LENET, "--layout", "channels_last"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[4].split()[-5:] == ["28x28x6", "5x5x1x6", "156", "117,600", "5x5"]


def test_the_summary_has_the_columns_that_were_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["summary", LENET, "--columns", "all"]) == 0
    assert capsys.readouterr().out.splitlines()[0].split() == [
        *("receptive", "effective", "effective", "weight", "activation", "live")
    ]


@pytest.mark.parametrize(
    ("columns", "complaint"),
    [
        ("outputs", "there is no column outputs; did you mean output?"),
        ("output,", "there is no column without a name; there are output, kernel, "),
        ("FLOPs", "there is no column FLOPs; there are output, kernel, parameters, macs, "),
    ],
)
def test_a_column_that_is_not_there(columns: str, complaint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["summary", LENET, "--columns", columns]) == 2
    assert complaint in capsys.readouterr().err


def test_a_terminal_gets_modules_in_bold(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    main(["summary", RESNET])
    bold = [line for line in capsys.readouterr().out.splitlines() if line.startswith(f"{ESCAPE}1m")]
    assert sum("layer" in line.split(" ")[0] for line in bold) == 4


def test_the_summary_of_several_nets_names_each(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["summary", "two.net"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if line in ("A", "B")] == ["A", "B"]


def test_the_summary_of_a_wrong_net_tells_what_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["summary", "broken.net"]) == 1
    output = capsys.readouterr()
    assert output.out == ""
    assert "error[E0302]" in output.err


U_NET = str(SPECS / "u_net.net")


def test_the_summary_of_open_sizes_has_formulas_for_those_that_fit(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["summary", U_NET, "--input", "1xHxW", "--columns", "output,macs"]) == 0
    rows = {line.split()[0]: line.split() for line in capsys.readouterr().out.splitlines() if line}
    assert rows["up1"][-6:] == ["64", "x", "H", "x", "W", "8,192·H·W"]
    assert rows["total"][-1] == "733,888·H·W"


def test_the_summary_of_open_sizes_says_which_fit_and_why(capsys: pytest.CaptureFixture[str]) -> None:
    main(["summary", U_NET, "--input", "1xHxW"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[-6] == ""
    assert lines[-5] == "fits H and W multiples of 16; the smallest input is 1x16x16"
    assert lines[-1] == "  concat4: concat  H and W even"


def test_the_summary_says_which_fit_in_markdown_too(capsys: pytest.CaptureFixture[str]) -> None:
    main(["summary", U_NET, "--input", "1xHxW", "--format", "markdown"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[-7:-4] == ["", "Fits H and W multiples of 16; the smallest input is 1x16x16.", ""]
    assert lines[-1] == "- concat4: concat  H and W even"


@pytest.mark.parametrize("format", ["csv", "json"])
def test_what_fits_is_not_in_the_data_for_programs(format: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(["summary", U_NET, "--input", "1xHxW", "--format", format])
    output = capsys.readouterr().out
    assert "multiples" not in output
    assert "733888·H·W" in output or format == "csv"


def test_the_summary_of_a_fixed_input_says_what_else_would_fit_if_asked(capsys: pytest.CaptureFixture[str]) -> None:
    main(["summary", RESNET])
    table = capsys.readouterr().out
    main(["summary", RESNET, "--for-all"])
    assert capsys.readouterr().out == f"{table}\nas 3 x H x W it fits every size; the smallest input is 3x1x1\n"


def test_check_writes_the_counts_for_the_sizes_that_fit(capsys: pytest.CaptureFixture[str]) -> None:
    main(["check", U_NET, "--input", "1xHxW"])
    line, *_ = capsys.readouterr().out.splitlines()
    assert line == "UNet: 1 x H x W → 2 x H x W, 49 layers, 31,030,658 parameters, 733,888·H·W MACs"


# diff


RELU = Path(LENET).read_text(encoding="utf-8").replace("sigmoid", "relu")


def test_diff_of_a_net_with_itself_says_that_they_are_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", LENET, LENET]) == 0
    assert capsys.readouterr() == (f"LeNet ({LENET}) and LeNet ({LENET}) are the same: 12 layers\n", "")


def test_diff_shows_what_differs(capsys: pytest.CaptureFixture[str]) -> None:
    Path("relu.net").write_text(RELU, encoding="utf-8")
    assert main(["diff", LENET, "relu.net"]) == 1
    lines = capsys.readouterr().out.splitlines()
    changed = [line.split() for line in lines if line.startswith("~")]
    assert changed[0][:7] == ["~", "sigmoid1", "→", "relu1", "sigmoid", "→", "relu"]
    assert len(changed) == 4
    assert lines[-1] == "Layers: 4 changed, 8 the same."


def test_diff_of_a_net_with_other_parameters(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", RESNET, RESNET, "--set-new", "classes=10"]) == 1
    output = capsys.readouterr().out
    assert f"ResNet18 ({RESNET}, classes=10)" in output
    (changed,) = (line.split() for line in output.splitlines() if line.startswith("~"))
    assert changed == ["~", "fc", "fc", "1000→10", "1000", "→", "10", "-507,870", "-506,880"]


def test_diff_of_nets_with_the_same_parameters(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", RESNET, RESNET, "--set", "classes=10", "--set-old", "classes=7", "--input", "3x64x64"]) == 1
    assert "fc 7→10" in capsys.readouterr().out


def test_diff_of_two_nets_of_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "two.net:A", "two.net:B"]) == 1
    assert capsys.readouterr().out.startswith("A (two.net) → B (two.net)\n")


def test_diff_knows_a_net_under_other_names(capsys: pytest.CaptureFixture[str]) -> None:
    Path("other.net").write_text(TWO_NETS.replace("conv 4", "only: conv 4"), encoding="utf-8")
    assert main(["diff", "two.net:B", "other.net:B"]) == 0
    assert capsys.readouterr().out == (
        "B (two.net) and B (other.net) have the same layers under other names: 1 layer\n\nconv1  →  only\n"
    )


def test_diff_says_the_same_the_other_way_around(capsys: pytest.CaptureFixture[str]) -> None:
    main(["diff", LENET, RESNET, "--format", "json"])
    forward = json.loads(capsys.readouterr().out)["total"]
    main(["diff", RESNET, LENET, "--format", "json"])
    assert json.loads(capsys.readouterr().out)["total"] == {key: -value for key, value in forward.items()}


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["two.net", LENET], "netspec: two.net has several nets; choose one as in two.net:A, of A, B\n"),
        ([LENET, "none.net"], "netspec: none.net: no such file or directory\n"),
        ([LENET, "broken.net"], "netspec: broken.net has problems, so there is nothing to compare\n"),
        ([LENET, "two.net:C"], "error[E0212]: there is no net `C` in this file"),
        ([LENET, LENET, "--set-new", "classes=10"], "error[E0218]"),
        ([LENET, LENET, "--set-new", "classes"], "netspec: --set classes: write it as name=value"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_diff_in_trouble_has_exit_status_2(
    arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["diff", *arguments]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert complaint in output.err

"""The textbook's functions give the textbooks' figures."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from netspec.functional import avgpool, conv, convtranspose, maxpool, output_size

LITERATURE = json.loads((Path(__file__).parent / "truth" / "literature.json").read_text(encoding="utf-8"))
BOOK = LITERATURE["dive_into_deep_learning"]


def test_the_first_window_of_the_book_gives_19() -> None:
    case = BOOK["cross_correlation"]
    np.testing.assert_array_equal(conv(case["x"], case["kernel"]), case["output"])
    assert conv(case["x"], case["kernel"])[0, 0] == 0 * 0 + 1 * 1 + 3 * 2 + 4 * 3 == 19


def test_a_kernel_finds_the_edges_of_an_image() -> None:
    case = BOOK["edges"]
    found = conv([case["row"]] * 6, case["kernel"])
    np.testing.assert_array_equal(found, [case["output_row"]] * 6)
    assert not conv(np.transpose([case["row"]] * 6), case["kernel"]).any()


def test_several_channels_are_summed_for_each_filter() -> None:
    case = BOOK["several_channels"]
    kernel = np.array(case["kernel"])
    found = conv(case["x"], np.stack([kernel, kernel + 1, kernel + 2]))
    np.testing.assert_array_equal(found, case["output"])


def test_pooling_of_the_book() -> None:
    case = BOOK["pooling"]
    np.testing.assert_array_equal(maxpool(case["x"], 2, stride=1), case["max"])
    np.testing.assert_array_equal(avgpool(case["x"], 2, stride=1), case["avg"])
    padded = BOOK["padded_pooling"]
    x = np.arange(16).reshape(4, 4)
    np.testing.assert_array_equal(maxpool(x, 3), padded["3"])
    np.testing.assert_array_equal(maxpool(x, 3, padding=1, stride=2), padded["3 padding=1 stride=2"])
    wide = maxpool(x, (2, 3), stride=(2, 3), padding=(0, 1))
    np.testing.assert_array_equal(wide, padded["2x3 stride=2x3 padding=0x1"])


def test_transposed_convolution_of_the_book() -> None:
    case = BOOK["transposed"]
    np.testing.assert_array_equal(convtranspose(case["x"], case["kernel"]), case["output"])
    np.testing.assert_array_equal(convtranspose(case["x"], case["kernel"], padding=1), case["padding=1"])
    np.testing.assert_array_equal(convtranspose(case["x"], case["kernel"], stride=2), case["stride=2"])


def test_the_convolution_demo_of_cs231n() -> None:
    demo = LITERATURE["conv_demo"]
    found = conv(demo["x"], [demo["w0"], demo["w1"]], demo["b"], stride=demo["stride"], padding=demo["pad"])
    np.testing.assert_array_equal(found, demo["output"])


def test_the_assignment_of_cs231n() -> None:
    case = LITERATURE["cs231n_assignment"]
    x = np.linspace(-0.1, 0.5, 96).reshape(2, 3, 4, 4)
    w, bias = np.linspace(-0.2, 0.3, 144).reshape(3, 3, 4, 4), np.linspace(-0.1, 0.2, 3)
    np.testing.assert_allclose(conv(x, w, bias, stride=2, padding=1), case["conv_out"], atol=1e-8)
    x = np.linspace(-0.3, 0.4, 96).reshape(2, 3, 4, 4)
    np.testing.assert_allclose(maxpool(x, 2), case["maxpool_out"], atol=1e-8)


def test_the_assignment_of_the_course_which_puts_channels_last() -> None:
    case = LITERATURE["course_assignment"]
    rng = np.random.RandomState(1)
    x, w, bias = rng.randn(10, 4, 4, 3), rng.randn(2, 2, 3, 8), rng.randn(1, 1, 1, 8)
    z = conv(x.transpose(0, 3, 1, 2), w.transpose(3, 2, 0, 1), bias.ravel(), stride=2, padding=2)
    assert z.mean() == pytest.approx(case["Z_mean"], rel=1e-12)
    np.testing.assert_allclose(z[3, :, 2, 1], case["Z_3_2_1"], atol=1e-8)

    maps = np.random.RandomState(1).randn(2, 4, 4, 3).transpose(0, 3, 1, 2)
    for pool, name in ((maxpool, "max"), (avgpool, "average")):
        np.testing.assert_allclose(pool(maps, 3, stride=2).transpose(0, 2, 3, 1), case[name], atol=1e-8)


def test_the_figures_of_the_guide_to_convolution_arithmetic() -> None:
    case = LITERATURE["conv_arithmetic"]
    numeric = case["numeric"]
    np.testing.assert_array_equal(conv(numeric["input"], numeric["kernel"]), numeric["conv_p0_s1"])
    found = conv(numeric["input"], numeric["kernel"], stride=2, padding=1)
    np.testing.assert_array_equal(found, numeric["conv_p1_s2"])
    np.testing.assert_array_equal(maxpool(numeric["input"], 3, stride=1), numeric["maxpool3_s1"])
    mean = avgpool(numeric["input"], 3, stride=1)
    np.testing.assert_allclose(mean, numeric["avgpool3_s1_rounded"], atol=0.05 + 1e-12)
    for figure in case["figure_cases"]:
        sizes = {"stride": figure["s"], "padding": figure["p"], "dilation": figure["d"]}
        assert output_size(figure["i"], figure["k"], **sizes) == figure["o"]
        assert conv(np.ones(figure["i"]), np.ones(figure["k"]), **sizes).shape == (figure["o"],)

"""Data from wherever it is: read as it stands, or refused with what is wrong."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from netspec.execution.errors import CannotRun
from netspec.training.data import Dataset, read_data

from .data_files import idx, write_mnist, write_npz


def read(name: str | Path, shape: tuple[int, ...] = (1, 28, 28), **options: object) -> Dataset:
    return read_data(str(name), shape, **options)  # type: ignore[arg-type]  # the tests' own table of options


def write_pictures(folder: Path, count: int, size: tuple[int, int] = (6, 4)) -> None:
    """Pictures of one grey value each, of a size (width, height)."""
    folder.mkdir(parents=True)
    for number in range(count):
        Image.new("L", size, number * 10).save(folder / f"{number}.png")


def test_the_bundled_digits_need_no_network() -> None:
    data = read("digits", (1, 8, 8))
    assert data.shape == (1, 8, 8)
    assert data.classes == tuple("0123456789")
    assert len(data.train.labels) + len(data.test.labels) == 1797
    inputs = data.inputs(data.train.images)
    assert inputs.dtype == np.float32
    assert inputs.min() == 0
    assert inputs.max() == 1


@pytest.mark.parametrize("packed", [True, False])
def test_idx_files_are_read_from_a_directory(tmp_path: Path, packed: bool) -> None:
    arrays = write_mnist(tmp_path, packed=packed)
    data = read("fashion-mnist", directory=tmp_path)
    assert data.shape == (1, 28, 28)
    assert data.classes[9] == "ankle boot"
    np.testing.assert_array_equal(data.train.images[:, 0], arrays["train-images-idx3-ubyte.gz"])
    np.testing.assert_array_equal(data.test.labels, arrays["t10k-labels-idx1-ubyte.gz"])
    np.testing.assert_array_equal(data.inputs(data.test.images), data.test.images.astype(np.float32) / 255)


TRAIN = "train-images-idx3-ubyte.gz"
LABELS = "train-labels-idx1-ubyte.gz"

BROKEN_IDX: dict[str, tuple[str, Callable[[bytes], bytes], str]] = {
    "cut off while packed": (TRAIN, lambda packed: packed[:-20], "is broken, or cut off"),
    "not packed at all": (TRAIN, lambda packed: b"no gzip", "is broken, or cut off"),
    "cut off before packing": (
        TRAIN,
        lambda packed: gzip.compress(gzip.decompress(packed)[:-5]),
        "should have 23,520 bytes of data, but has 23,515: it is cut off",
    ),
    "not of bytes": (
        TRAIN,
        lambda packed: gzip.compress(b"\0\0\x0d\x03" + gzip.decompress(packed)[4:]),
        "is no IDX file of bytes with 3 axes",
    ),
    "empty": (LABELS, lambda packed: gzip.compress(b""), "is no IDX file of bytes with 1 axis"),
    "other numbers of images and labels": (
        LABELS,
        lambda packed: gzip.compress(idx(np.zeros(29))),
        "has 30 images, but train-labels-idx1-ubyte.gz has 29 labels",
    ),
    "a label too large": (
        LABELS,
        lambda packed: gzip.compress(idx(np.full(30, 12))),
        "has the label 12; the 10 classes go from 0 to 9",
    ),
}


@pytest.mark.parametrize("case", BROKEN_IDX)
def test_a_broken_idx_file_is_refused(tmp_path: Path, case: str) -> None:
    name, broken, message = BROKEN_IDX[case]
    write_mnist(tmp_path)
    (tmp_path / name).write_bytes(broken((tmp_path / name).read_bytes()))
    with pytest.raises(CannotRun, match=message):
        read("mnist", directory=tmp_path)


def test_a_missing_idx_file_is_named(tmp_path: Path) -> None:
    write_mnist(tmp_path)
    (tmp_path / LABELS).unlink()
    with pytest.raises(
        CannotRun, match=r"has neither train-labels-idx1-ubyte.gz nor train-labels-idx1-ubyte, which mnist"
    ):
        read("mnist", directory=tmp_path)


def test_an_npz_file_is_read(tmp_path: Path) -> None:
    write_npz(tmp_path / "data.npz")
    data = read(tmp_path / "data.npz")
    assert data.shape == (3, 6, 6)
    assert data.classes == ("0", "1", "2")
    assert data.inputs(data.train.images).max() <= 1


def test_grey_images_of_an_npz_file_get_their_channel_and_other_numbers_stay(tmp_path: Path) -> None:
    images = np.linspace(-3, 500, 8 * 36).reshape(8, 6, 6)
    write_npz(tmp_path / "data.npz", x_train=images, x_test=images[:4], y_train=np.arange(8)[:, np.newaxis])
    data = read(tmp_path / "data.npz")
    assert data.shape == (1, 6, 6)
    np.testing.assert_array_equal(data.inputs(data.train.images)[:, 0], images.astype(np.float32))


BROKEN_NPZ: dict[str, tuple[dict[str, object], str]] = {
    "no test": ({"x_test": None, "y_test": None}, "has no x_test and no y_test; it holds x_train, y_train"),
    "labels that are no numbers": ({"y_train": np.array(["a"] * 8)}, "y_train should be 8 whole numbers"),
    "too few labels": ({"y_test": np.zeros(3, int)}, "y_test should be 4 whole numbers, one for each image"),
    "a label below 0": ({"y_test": np.array([0, 1, -1, 2])}, "y_test has the label -1"),
    "other sizes in the test": (
        {"x_test": np.zeros((4, 3, 5, 5), np.uint8)},
        "its images for training and for the test differ: 3x6x6 and 3x5x5",
    ),
    "bytes and others": ({"x_test": np.zeros((4, 3, 6, 6))}, "one holds bytes and the other does not"),
    "no image": ({"x_train": np.zeros((0, 3, 6, 6)), "y_train": np.zeros(0, int)}, "x_train holds no images"),
    "no number": ({"x_train": np.full((8, 3, 6, 6), np.nan)}, "x_train has values that are no finite numbers"),
    "text": ({"x_train": np.full((8, 3, 6, 6), "a")}, "x_train holds <U1, not numbers"),
}


@pytest.mark.parametrize("case", BROKEN_NPZ)
def test_a_wrong_npz_file_is_refused(tmp_path: Path, case: str) -> None:
    changes, message = BROKEN_NPZ[case]
    write_npz(tmp_path / "data.npz", **changes)  # type: ignore[arg-type]  # what is wrong with them is the point
    with pytest.raises(CannotRun, match=message):
        read(tmp_path / "data.npz")


def test_a_pickle_in_an_npz_file_is_never_opened(tmp_path: Path) -> None:
    write_npz(tmp_path / "data.npz", x_train=np.array([{"a": 1}] * 8, object))
    with pytest.raises(CannotRun, match="is broken"):
        read(tmp_path / "data.npz")


def test_a_folder_has_a_class_to_each_folder_and_every_fifth_picture_for_the_test(tmp_path: Path) -> None:
    for name in ("cat", "dog"):
        write_pictures(tmp_path / "data" / name, 6)
    data = read(tmp_path / "data", (1, 4, 6))
    assert (data.name, data.classes, data.shape) == ("data", ("cat", "dog"), (1, 4, 6))
    assert data.train.labels.tolist() == [0] * 5 + [1] * 5
    assert data.train.images[:5, 0, 0, 0].tolist() == [0, 10, 20, 30, 50]
    assert data.test.images[:, 0, 0, 0].tolist() == [40, 40]


def test_a_folder_may_say_which_pictures_are_for_the_test(tmp_path: Path) -> None:
    for part, count in (("train", 3), ("test", 2)):
        for name in ("cat", "dog"):
            write_pictures(tmp_path / part / name, count)
    data = read(tmp_path, (3, 4, 6))
    assert data.shape == (3, 4, 6)
    assert (len(data.train.labels), len(data.test.labels)) == (6, 4)


def test_pictures_of_several_sizes_are_refused_unless_they_are_to_be_resized(tmp_path: Path) -> None:
    write_pictures(tmp_path / "cat", 5)
    write_pictures(tmp_path / "dog", 5, size=(12, 4))
    with pytest.raises(CannotRun, match="pictures are of several sizes; --resize") as refused:
        read(tmp_path, (1, 4, 6))
    assert [detail.split("/")[-1] for detail in refused.value.details] == ["0.png is 4x6", "0.png is 4x12"]
    assert read(tmp_path, (1, 4, 6), resize=True).shape == (1, 4, 6)


def test_a_class_without_a_picture_for_the_test_is_refused(tmp_path: Path) -> None:
    write_pictures(tmp_path / "cat", 5)
    write_pictures(tmp_path / "dog", 4)
    with pytest.raises(CannotRun, match="the class dog has no picture to test"):
        read(tmp_path, (1, 4, 6))


def test_train_and_test_must_have_the_same_classes(tmp_path: Path) -> None:
    for folder in ("train/cat", "train/dog", "test/cat", "test/cow"):
        write_pictures(tmp_path / folder, 2)
    with pytest.raises(CannotRun, match="train and test have different classes: cow, dog"):
        read(tmp_path, (1, 4, 6))


def test_a_folder_of_idx_files_is_told_how_to_be_used(tmp_path: Path) -> None:
    write_mnist(tmp_path)
    with pytest.raises(CannotRun, match="it has IDX files: for those, --data mnist or fashion-mnist, and --data-dir"):
        read(tmp_path)


WRONG_WORDS: dict[str, tuple[str, dict[str, Any], str]] = {
    "a misspelt name": ("fasion-mnist", {}, "there is no data fasion-mnist: did you mean fashion-mnist?"),
    "nothing known": ("imagenet", {}, "there is no data imagenet: it is digits, mnist, fashion-mnist, a folder"),
    "a directory for what needs none": ("digits", {"directory": Path()}, "--data-dir says where the files of mnist"),
    "resizing arrays": ("digits", {"resize": True}, "--resize is for folders of pictures, and digits is none"),
}


@pytest.mark.parametrize("case", WRONG_WORDS)
def test_wrong_words_are_refused(case: str) -> None:
    name, options, message = WRONG_WORDS[case]
    with pytest.raises(CannotRun, match=message):
        read(name, **options)


def test_resizing_needs_a_fixed_input(tmp_path: Path) -> None:
    import netspec

    net = netspec.loads("net N { input 1 x H x W \n conv 2 3x3 -> globalavgpool -> flatten }")
    write_pictures(tmp_path / "cat", 5)
    write_pictures(tmp_path / "dog", 5)
    with pytest.raises(CannotRun, match="--resize needs a fixed input"):
        read_data(str(tmp_path), net.inputs[0].shape, resize=True)

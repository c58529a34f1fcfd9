"""Files of weights: the safetensors library and NumPy read what is written, and broken files give one clear line."""

from __future__ import annotations

import contextlib
import json
import os
import stat
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

from netspec.backends.numpy.kernels.files import read_weights, write_weights

ARRAYS: dict[str, Any] = {
    "conv1.weight": np.arange(24, dtype=np.float32).reshape(2, 3, 2, 2) / 7,
    "conv1.bias": np.array([1.5, -0.0], np.float32),
    "bn.é": np.array([np.nan, np.inf], np.float32),
    "bn.num_batches_tracked": np.array(3, np.int64),
    "empty": np.zeros((0, 4), np.float32),
}

SUFFIXES = ["safetensors", "npz"]


def assert_equal(found: dict[str, np.ndarray], expected: dict[str, np.ndarray]) -> None:
    assert found.keys() == expected.keys()
    for name, array in expected.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_is_written_is_read(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"weights.{suffix}"
    write_weights(path, ARRAYS)
    assert_equal(read_weights(path), ARRAYS)


def test_the_safetensors_library_would_write_the_same_bytes(tmp_path: Path) -> None:
    write_weights(tmp_path / "ours.safetensors", ARRAYS)
    safetensors.numpy.save_file(ARRAYS, tmp_path / "theirs.safetensors")
    assert (tmp_path / "ours.safetensors").read_bytes() == (tmp_path / "theirs.safetensors").read_bytes()


def test_the_safetensors_library_writes_what_is_read(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    safetensors.numpy.save_file(ARRAYS, path, metadata={"format": "pt"})
    assert_equal(read_weights(path), ARRAYS)


def test_numpy_reads_what_is_written(tmp_path: Path) -> None:
    write_weights(tmp_path / "weights.npz", ARRAYS)
    with np.load(tmp_path / "weights.npz", allow_pickle=False) as file:
        assert_equal(dict(file), ARRAYS)


def test_numpy_writes_what_is_read(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "weights.npz", **ARRAYS)
    assert_equal(read_weights(tmp_path / "weights.npz"), ARRAYS)


def test_an_npz_has_the_same_bytes_every_time(tmp_path: Path) -> None:
    for name in ("a.npz", "b.npz"):
        write_weights(tmp_path / name, {"file": ARRAYS["conv1.bias"]})
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


@pytest.mark.parametrize(
    ("dtype", "expected"),
    [
        (torch.float16, np.float16),
        (torch.bfloat16, np.float32),
        (torch.float32, np.float32),
        (torch.float64, np.float64),
        (torch.int64, np.int64),
        (torch.uint8, np.uint8),
        (torch.bool, np.bool_),
    ],
)
def test_every_usual_type_is_read_exactly(dtype: torch.dtype, expected: Any, tmp_path: Path) -> None:
    tensor = torch.tensor([1.0, 0.0, 3.0] if dtype is not torch.bfloat16 else [1e30, -0.15625, 3.140625]).to(dtype)
    save_file({"x": tensor}, tmp_path / "x.safetensors")
    array = read_weights(tmp_path / "x.safetensors")["x"]
    assert array.dtype == expected
    assert array.tolist() == tensor.tolist()


def test_a_type_without_a_like_in_numpy_is_told(tmp_path: Path) -> None:
    save_file({"x": torch.zeros(2).to(torch.float8_e4m3fn)}, tmp_path / "x.safetensors")
    with pytest.raises(ValueError, match="x is of a type unknown here, F8_E4M3"):
        read_weights(tmp_path / "x.safetensors")


# Broken files


def entry(begin: Any = 0, end: Any = 8, dtype: Any = "F32", shape: Any = (2,)) -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def with_header(header: bytes, data: bytes = bytes(8), length: int | None = None) -> bytes:
    return (len(header) if length is None else length).to_bytes(8, "little") + header + data


def with_entries(data: bytes = bytes(8), **entries: Any) -> bytes:
    return with_header(json.dumps(entries).encode(), data)


BROKEN = {
    "empty": b"",
    "seven bytes": bytes(7),
    "a huge header": with_header(b"{}", length=2**63),
    "a header longer than the file": with_header(b"{}", length=11),
    "no JSON": with_header(b"{not json", b""),
    "no text": with_header(b"\xff\xfe", b""),
    "no object": with_header(b"[1, 2]", b""),
    "a deep header": with_header(b"[" * 200_000, b""),
    "a pickle": b"\x80\x04\x95" + bytes(100),
    "no entry": with_entries(x=3),
    "no dtype": with_entries(x={"shape": [2], "data_offsets": [0, 8]}),
    "a wrong dtype": with_entries(x=entry(dtype="float32")),
    "a negative size": with_entries(x=entry(shape=(-2,))),
    "a size that is no number": with_entries(x=entry(shape=("2",))),
    "a size with a fraction": with_entries(x=entry(shape=(2.5,))),
    "an offset that is no number": with_entries(x=entry(end=None)),
    "beyond the end": with_entries(x=entry(end=16, shape=(4,))),
    "more than it says": with_entries(x=entry(shape=(1,))),
    "less than it says": with_entries(x=entry(shape=(2**62, 2**62))),
    "backwards": with_entries(x=entry(begin=8, end=0)),
    "a gap before": with_entries(bytes(16), x=entry(begin=8, end=16)),
    "an overlap": with_entries(x=entry(), y=entry()),
    "bytes left over": with_entries(bytes(9), x=entry()),
    "one byte short": with_entries(bytes(7), x=entry()),
    "too many axes": with_entries(bytes(4), x=entry(end=4, shape=(1,) * 100)),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_safetensors_file_gives_one_line_that_names_it(name: str, tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    path.write_bytes(BROKEN[name])
    with pytest.raises(ValueError, match=r"^[^\n]*weights\.safetensors: [^\n]+$") as caught:
        read_weights(path)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("suffix", SUFFIXES)
@settings(max_examples=100)
@given(data=st.data())
def test_a_damaged_file_is_read_or_refused(
    suffix: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / f"damaged.{suffix}"
    write_weights(path, ARRAYS)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)) | st.just(len(content)))])
    with contextlib.suppress(ValueError):
        read_weights(path)


def test_pickles_are_never_read(tmp_path: Path) -> None:
    np.savez(tmp_path / "weights.npz", x=np.array([{}], object), allow_pickle=True)
    with pytest.raises(ValueError, match=r"weights\.npz: is broken, or no npz file of numbers$"):
        read_weights(tmp_path / "weights.npz")


@pytest.mark.parametrize("content", [b"", b"\x93NUMPY" + bytes(10), b"PK\x03\x04" + bytes(40), bytes(30)])
def test_a_broken_npz_file_gives_one_line_that_names_it(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "weights.npz").write_bytes(content)
    with pytest.raises(ValueError, match=r"^[^\n]*weights\.npz: is broken, or no npz file"):
        read_weights(tmp_path / "weights.npz")


@pytest.mark.parametrize("name", ["weights.pth", "weights", "weights.pt", "weights.npy"])
def test_other_suffixes_are_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"files of weights end in \.safetensors or \.npz"):
        write_weights(tmp_path / name, ARRAYS)
    with pytest.raises(ValueError, match=r"files of weights end in \.safetensors or \.npz"):
        read_weights(tmp_path / name)
    assert os.listdir(tmp_path) == []


def test_a_missing_file_is_no_other_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_weights(tmp_path / "none.npz")


# Writing


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_is_replaced_whole_or_not_at_all(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"weights.{suffix}"
    path.write_bytes(b"what was there")
    with pytest.raises((KeyError, ValueError)):
        write_weights(path, ARRAYS | {"z": np.array([{}], object)})
    assert path.read_bytes() == b"what was there"
    assert os.listdir(tmp_path) == [path.name]


def test_a_replaced_file_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "weights.npz"
    path.write_bytes(b"")
    path.chmod(0o600)
    write_weights(path, ARRAYS)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600

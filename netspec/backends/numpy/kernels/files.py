"""Files of weights: safetensors and npz, read and written without pickle."""

import json
import math
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np


def read_weights(path: str | os.PathLike[str]) -> dict[str, np.ndarray]:
    """The arrays of a .safetensors or .npz file, by name.

    Raises ValueError for a file that is no such thing, OSError for one that cannot be
    read.
    """
    readers = {".safetensors": read_safetensors, ".npz": read_npz}
    read = readers.get(Path(path).suffix)
    if read is None:
        raise ValueError(f"{path}: files of weights end in .safetensors or .npz")
    with open(path, "rb") as file:
        try:
            return read(file)
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from None


def write_weights(
    path: str | os.PathLike[str], arrays: Mapping[str, np.ndarray]
) -> None:
    """Write a .safetensors or .npz file, as a whole or not at all.

    Raises ValueError for another suffix, OSError where the file cannot be written.
    """
    writers = {".safetensors": write_safetensors, ".npz": write_npz}
    path = Path(path)
    write = writers.get(path.suffix)
    if write is None:
        raise ValueError(f"{path}: files of weights end in .safetensors or .npz")
    part = path.with_name(f".{path.name}.{os.urandom(4).hex()}")
    try:
        with open(part, "xb") as file:
            write(file, arrays)
        if path.exists():
            part.chmod(path.stat().st_mode)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


class Stored(NamedTuple):
    """An array in a safetensors file: where its bytes are, and what they mean."""

    begin: int
    end: int
    name: str
    kind: str
    shape: tuple[int, ...]


STORED_KINDS = {
    "BOOL": np.dtype("?"),
    "U8": np.dtype("u1"),
    "I8": np.dtype("i1"),
    "U16": np.dtype("<u2"),
    "I16": np.dtype("<i2"),
    "U32": np.dtype("<u4"),
    "I32": np.dtype("<i4"),
    "U64": np.dtype("<u8"),
    "I64": np.dtype("<i8"),
    "F16": np.dtype("<f2"),
    "F32": np.dtype("<f4"),
    "F64": np.dtype("<f8"),
    "BF16": np.dtype("<u2"),  # the upper half of an F32: NumPy has no type for it
}


def read_safetensors(file: BinaryIO) -> dict[str, np.ndarray]:
    """The arrays of a safetensors file: a header in JSON, then the bytes of all.

    Raises ValueError. Source: the README of the safetensors library, "Format".
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    length = int.from_bytes(file.read(8), "little")
    start = 8 + length
    if start > size:
        raise ValueError("is cut short, or no safetensors file")
    arrays, reached = {}, 0
    for begin, end, name, kind, shape in stored_arrays(file.read(length)):
        dtype, count = STORED_KINDS[kind], math.prod(shape)
        if begin != reached or end != begin + count * dtype.itemsize:
            raise ValueError(f"the bytes of {name} are not where they should be")
        if end > size - start:
            raise ValueError(f"is cut short: {name} is not there")
        array = np.fromfile(file, dtype, count).reshape(shape)
        if kind == "BF16":
            array = (array.astype(np.uint32) << 16).view(np.float32)
        arrays[name] = array
        reached = end
    if reached != size - start:
        raise ValueError("has bytes that belong to no array")
    return arrays


def stored_arrays(header: bytes) -> list[Stored]:
    """What the header of a safetensors file says, in the order of the bytes.

    Raises ValueError.
    """
    try:
        entries = json.loads(header.decode())
    except (ValueError, RecursionError):
        raise ValueError("is no safetensors file: its header is no JSON") from None
    if type(entries) is not dict:
        raise ValueError("is no safetensors file: its header names no arrays")
    entries.pop("__metadata__", None)
    stored = []
    for name, entry in entries.items():
        match entry:
            case {
                "dtype": str(kind),
                "shape": [*sizes],
                "data_offsets": [int(begin), int(end)],
            } if all(isinstance(size, int) and size >= 0 for size in sizes):
                if kind not in STORED_KINDS:
                    raise ValueError(f"{name} is of a type unknown here, {kind}")
                stored.append(Stored(begin, end, name, kind, tuple(sizes)))
            case _:
                raise ValueError(f"its header does not say what {name} is")
    return sorted(stored)


def write_safetensors(file: BinaryIO, arrays: Mapping[str, np.ndarray]) -> None:
    """Write arrays of whole and floating-point numbers as the library does."""
    kinds = {dtype: kind for kind, dtype in STORED_KINDS.items() if kind != "BF16"}
    header, reached = {}, 0

    def place(name: str) -> tuple[int, bool, str]:
        # Wide types first, so that each array begins at a multiple of its width.
        return -arrays[name].itemsize, arrays[name].dtype.kind == "f", name

    names = sorted(arrays, key=place)
    for name in names:
        array = arrays[name]
        header[name] = {
            "dtype": kinds[array.dtype.newbyteorder("<")],
            "shape": array.shape,
            "data_offsets": (reached, reached + array.nbytes),
        }
        reached += array.nbytes
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    file.write(len(text).to_bytes(8, "little") + text)
    for name in names:
        file.write(arrays[name].astype(arrays[name].dtype.newbyteorder("<")).tobytes())


def read_npz(file: BinaryIO) -> dict[str, np.ndarray]:
    """The arrays of an npz file. Raises ValueError."""
    try:
        with np.load(file, allow_pickle=False) as arrays:
            return dict(arrays)
    except Exception as error:  # an archive can be broken in many ways
        raise ValueError("is broken, or no npz file of numbers") from error


def write_npz(file: BinaryIO, arrays: Mapping[str, np.ndarray]) -> None:
    """Write arrays of any names, as `np.savez` does but without the date."""
    with zipfile.ZipFile(file, "w") as archive:
        for name, array in arrays.items():
            member = zipfile.ZipInfo(f"{name}.npy")
            with archive.open(member, "w", force_zip64=True) as entry:
                np.lib.format.write_array(entry, array, allow_pickle=False)

"""Small files of data, as the published ones are made."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np

PARTS = {"train": 30, "t10k": 10}


def idx(array: np.ndarray) -> bytes:
    """Bytes in the IDX format."""
    head = bytes((0, 0, 8, array.ndim)) + b"".join(size.to_bytes(4, "big") for size in array.shape)
    return head + array.astype(np.uint8).tobytes()


def write_mnist(folder: Path, *, packed: bool = True, seed: int = 0) -> dict[str, np.ndarray]:
    """Four files like those of MNIST, with random pixels. Returns the arrays by the names of the packed files."""
    rng = np.random.default_rng(seed)
    arrays = {}
    for part, count in PARTS.items():
        arrays[f"{part}-images-idx3-ubyte.gz"] = rng.integers(0, 256, (count, 28, 28), np.uint8)
        arrays[f"{part}-labels-idx1-ubyte.gz"] = rng.integers(0, 10, count, np.uint8)
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in arrays.items():
        if packed:
            (folder / name).write_bytes(gzip.compress(idx(array)))
        else:
            (folder / name.removesuffix(".gz")).write_bytes(idx(array))
    return arrays


def write_npz(path: Path, **changes: np.ndarray | None) -> None:
    """An .npz file of 8 coloured images to learn from and 4 for the test; `changes` replace arrays, or remove them."""
    rng = np.random.default_rng(0)
    arrays: dict[str, np.ndarray | None] = {
        "x_train": rng.integers(0, 256, (8, 3, 6, 6), np.uint8),
        "y_train": np.arange(8) % 3,
        "x_test": rng.integers(0, 256, (4, 3, 6, 6), np.uint8),
        "y_test": np.arange(4) % 3,
    }
    kept = {name: array for name, array in {**arrays, **changes}.items() if array is not None}
    np.savez(path, **kept)  # type: ignore[arg-type]  # NumPy's types think of allow_pickle

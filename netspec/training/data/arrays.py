"""Data in an .npz file: x_train, y_train, x_test, y_test, as Keras keeps it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from netspec.execution.errors import CannotRun
from netspec.execution.inputs import load_arrays
from netspec.sizes import format_shape
from netspec.training.data.dataset import Dataset, Split

PARTS = ("x_train", "y_train", "x_test", "y_test")


def read_arrays(path: Path) -> Dataset:
    """The data of an .npz file.

    Shapes: x (n, channels, *spatial), or (n, height, width) for grey images; bytes are taken from 0 to 255 as 0 to 1,
    other numbers as they are. y (n,) or (n, 1): whole numbers from 0 up. Raises :class:`CannotRun`.
    """
    arrays = load_arrays(path)
    missing = [name for name in PARTS if name not in arrays]
    if missing:
        raise CannotRun(f"{path}: has no {' and no '.join(missing)}; it holds {', '.join(arrays) or 'nothing'}")
    train, test = (_split(path, part, arrays[f"x_{part}"], arrays[f"y_{part}"]) for part in ("train", "test"))
    if train.images.shape[1:] != test.images.shape[1:]:
        sizes = " and ".join(format_shape(split.images.shape[1:]) for split in (train, test))
        raise CannotRun(f"{path}: its images for training and for the test differ: {sizes}")
    if train.images.dtype != test.images.dtype:
        raise CannotRun(f"{path}: of x_train and x_test one holds bytes and the other does not")
    count = max(int(split.labels.max()) for split in (train, test)) + 1
    return Dataset(path.name, tuple(map(str, range(count))), train, test)


def _split(path: Path, part: str, images: np.ndarray, labels: np.ndarray) -> Split:
    if images.ndim < 2 or not images.size:
        raise CannotRun(f"{path}: x_{part} holds no images, but an array of shape {images.shape}")
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.dtype.kind not in "iu" or labels.shape != images.shape[:1]:
        raise CannotRun(
            f"{path}: y_{part} should be {len(images):,} whole numbers, one for each image, "
            f"but is {labels.dtype} of shape {labels.shape}"
        )
    if labels.min() < 0:
        raise CannotRun(f"{path}: y_{part} has the label {labels.min()}; classes are counted from 0")
    if images.ndim == 3:
        images = images[:, np.newaxis]
    if images.dtype != np.uint8:
        if images.dtype.kind not in "fiu":
            raise CannotRun(f"{path}: x_{part} holds {images.dtype}, not numbers")
        images = images.astype(np.float32)
        if not np.isfinite(images).all():
            raise CannotRun(f"{path}: x_{part} has values that are no finite numbers")
    return Split(images, labels.astype(np.int64))

"""Data in a folder: a picture to a file, the files of a class in a folder of its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from netspec.execution.errors import CannotRun
from netspec.execution.pictures import MODES, PICTURES, read_pixels
from netspec.sizes import Shape, format_shape
from netspec.training.bars import Bars
from netspec.training.data.dataset import Dataset, Split


def read_folder(path: Path, shape: Shape, resize: bool, bars: Bars) -> Dataset:
    """The pictures of ``train/CLASS/`` and ``test/CLASS/``, or of ``CLASS/``, of which every fifth is for the test.

    They are grey or coloured as `shape` has one channel or three. All are of one size, unless `resize` scales and crops
    each to that of `shape`. Raises :class:`CannotRun`.
    """
    if len(shape) != 3 or shape[0] not in MODES:
        raise CannotRun(f"{path}: pictures have 1 or 3 channels and two axes, but the input is {format_shape(shape)}")
    size = _size(shape) if resize else None
    if (path / "train").is_dir() and (path / "test").is_dir():
        files = [_files(path / part) for part in ("train", "test")]
        if files[0].keys() != files[1].keys():
            only = ", ".join(sorted(files[0].keys() ^ files[1].keys()))
            raise CannotRun(f"{path}: train and test have different classes: {only} is in one alone")
    else:
        found = _files(path)
        files = [
            {
                name: [file for i, file in enumerate(pictures) if (i % 5 == 4) == tested]
                for name, pictures in found.items()
            }
            for tested in (False, True)
        ]
    classes = tuple(files[0])
    for part, pictures in zip(("learn from", "test"), files, strict=True):
        for name in classes:
            if not pictures[name]:
                raise CannotRun(f"{path}: the class {name} has no picture to {part}")
    bar = bars(f"reading {path.name}", " pictures", sum(len(some) for part in files for some in part.values()))
    try:
        train, test = (_split(part, int(shape[0]), size, bar.update) for part in files)
    finally:
        bar.close()
    if train.images.shape[1:] != test.images.shape[1:]:
        a, b = (part[classes[0]][0] for part in files)
        raise _of_two_sizes(a, train.images[0], b, test.images[0])
    return Dataset(path.name, classes, train, test)


def _size(shape: Shape) -> tuple[int, int]:
    match shape:
        case (_, int(height), int(width)):
            return height, width
        case _:
            raise CannotRun(f"--resize needs a fixed input: give one with --input, instead of {format_shape(shape)}")


def _files(path: Path) -> dict[str, list[Path]]:
    """The pictures of each class, both in order of name."""
    folders = sorted(folder for folder in path.iterdir() if folder.is_dir() and not folder.name.startswith("."))
    found = {
        folder.name: sorted(file for file in folder.rglob("*") if file.suffix.lower() in PICTURES) for folder in folders
    }
    classes = {name: pictures for name, pictures in found.items() if pictures}
    if len(classes) < 2:
        idx = "; it has IDX files: for those, --data mnist or fashion-mnist, and --data-dir" if _has_idx(path) else ""
        raise CannotRun(f"{path}: needs two or more folders of pictures ({', '.join(PICTURES)}), one for a class{idx}")
    return classes


def _has_idx(path: Path) -> bool:
    return any("-idx" in file.name for file in path.iterdir())


def _split(
    files: Mapping[str, Sequence[Path]], channels: int, size: tuple[int, int] | None, done: Callable[[], object]
) -> Split:
    """One part of the data. Raises :class:`CannotRun` where pictures differ in size."""
    images: list[np.ndarray] = []
    labels: list[int] = []
    first: Path | None = None
    for label, pictures in enumerate(files.values()):
        for path in pictures:
            image = read_pixels(path, channels, size)
            first = first or path
            if images and image.shape != images[0].shape:
                raise _of_two_sizes(first, images[0], path, image)
            images.append(image)
            labels.append(label)
            done()
    return Split(np.stack(images), np.array(labels, np.int64))


def _of_two_sizes(path: Path, image: np.ndarray, other_path: Path, other: np.ndarray) -> CannotRun:
    sizes = (f"{file} is {format_shape(one.shape[1:])}" for file, one in ((path, image), (other_path, other)))
    return CannotRun("pictures are of several sizes; --resize makes them all the input's", tuple(sizes))

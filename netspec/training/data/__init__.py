"""Images with labels, from wherever they are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from netspec.diagnostics.suggestions import did_you_mean
from netspec.execution.errors import CannotRun
from netspec.sizes import Shape
from netspec.training.bars import Bars, NoBar
from netspec.training.data.arrays import read_arrays
from netspec.training.data.dataset import Dataset, Split
from netspec.training.data.digits import read_digits
from netspec.training.data.folder import read_folder
from netspec.training.data.idx import SOURCES, read_mnist

__all__ = ["NAMES", "Dataset", "Split", "read_data"]

DIGITS = "digits"

NAMES = (DIGITS, *SOURCES)
"""Data that is known by name; a folder of the same name is meant by its path, as in ./digits."""


def read_data(
    name: str, shape: Shape, *, directory: Path | None = None, resize: bool = False, bars: Bars = NoBar
) -> Dataset:
    """The data of this name: ``digits``, ``mnist``, ``fashion-mnist``, a folder of images by class, or an .npz file.

    `shape` is what the net takes: a folder's pictures become grey or coloured after it, and with `resize` of its size.
    `directory` is where the files of ``mnist`` and ``fashion-mnist`` lie, if not in the cache. Raises
    :class:`CannotRun`.
    """
    read = _reader(name, shape, directory, resize, bars)
    if directory is not None and name not in SOURCES:
        raise CannotRun(f"--data-dir says where the files of {' and '.join(SOURCES)} lie, and the data is {name}")
    return read()


def _reader(name: str, shape: Shape, directory: Path | None, resize: bool, bars: Bars) -> Callable[[], Dataset]:
    path = Path(name)
    if resize and (name in NAMES or not path.is_dir()):
        raise CannotRun(f"--resize is for folders of pictures, and {name} is none")
    if name == DIGITS:
        return read_digits
    if name in SOURCES:
        return lambda: read_mnist(name, directory, bars)
    if path.is_dir():
        return lambda: read_folder(path, shape, resize, bars)
    if path.suffix == ".npz":
        return lambda: read_arrays(path)
    near = did_you_mean(name, NAMES)
    hint = f"did you mean {near}?" if near else "it is digits, mnist, fashion-mnist, a folder of images or an .npz file"
    raise CannotRun(f"there is no data {name}: {hint}")

"""MNIST and its like: four files in the IDX format, found or fetched."""

from __future__ import annotations

import gzip
import math
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from netspec.execution.errors import CannotRun
from netspec.files import reason
from netspec.training.bars import Bars
from netspec.training.data.dataset import Dataset, Split
from netspec.training.data.fetch import fetch

_UNSIGNED_BYTES = 0x08
"""The third byte of an IDX file: the type of its numbers."""


class Source(NamedTuple):
    """A published data set: where it can be had, what its files' SHA-256 are, and what its labels stand for."""

    mirrors: tuple[str, ...]
    sums: Mapping[str, str]
    classes: tuple[str, ...]


SOURCES = {
    "mnist": Source(
        (
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
            "https://storage.googleapis.com/cvdf-datasets/mnist/",
        ),
        {
            "train-images-idx3-ubyte.gz": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
            "train-labels-idx1-ubyte.gz": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
            "t10k-images-idx3-ubyte.gz": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
            "t10k-labels-idx1-ubyte.gz": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        },
        tuple("0123456789"),
    ),
    "fashion-mnist": Source(
        (
            "https://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
            "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
            "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
        ),
        {
            "train-images-idx3-ubyte.gz": "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
            "train-labels-idx1-ubyte.gz": "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
            "t10k-images-idx3-ubyte.gz": "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
            "t10k-labels-idx1-ubyte.gz": "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        },
        (
            "t-shirt",
            "trouser",
            "pullover",
            "dress",
            "coat",
            "sandal",
            "shirt",
            "sneaker",
            "bag",
            "ankle boot",
        ),
    ),
}
"""Source: LeCun, Cortes and Burges, "The MNIST database"; Xiao et al., "Fashion-MNIST", 2017. Both by their mirrors."""


def read_mnist(name: str, directory: Path | None, bars: Bars) -> Dataset:
    """One of :data:`SOURCES`, from a directory (packed or not), else from the cache, which is filled if it must be.

    Raises :class:`CannotRun`.
    """
    source = SOURCES[name]
    if directory is None:
        paths = fetch(name, source.mirrors, source.sums, bars)
    else:
        paths = {file: _in_directory(name, directory, file) for file in source.sums}
    train, test = (
        _split(paths[f"{part}-images-idx3-ubyte.gz"], paths[f"{part}-labels-idx1-ubyte.gz"], len(source.classes))
        for part in ("train", "t10k")
    )
    return Dataset(name, source.classes, train, test)


def _in_directory(name: str, directory: Path, file: str) -> Path:
    for path in (directory / file, directory / Path(file).stem):
        if path.is_file():
            return path
    raise CannotRun(f"{directory}: has neither {file} nor {Path(file).stem}, which {name} needs")


def _split(images_path: Path, labels_path: Path, classes: int) -> Split:
    """One part of the data. Raises :class:`CannotRun` where images and labels do not go together."""
    images, labels = read_idx(images_path, 3), read_idx(labels_path, 1)
    if len(images) != len(labels):
        raise CannotRun(f"{images_path} has {len(images):,} images, but {labels_path.name} has {len(labels):,} labels")
    if not len(images):
        raise CannotRun(f"{images_path}: has no images")
    if labels.max() >= classes:
        raise CannotRun(
            f"{labels_path}: has the label {labels.max()}; the {classes} classes go from 0 to {classes - 1}"
        )
    return Split(images[:, np.newaxis], labels.astype(np.int64))


def read_idx(path: Path, axes: int) -> np.ndarray:
    """The bytes of an IDX file, packed or not, with so many axes. Raises :class:`CannotRun`.

    Source: http://yann.lecun.com/exdb/mnist, "The IDX file format".
    """
    try:
        content = path.read_bytes()
        if path.suffix == ".gz":
            content = gzip.decompress(content)
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise CannotRun(f"{path}: is broken, or cut off") from None
    except OSError as error:
        raise CannotRun(f"{path}: {reason(error)}") from None
    start = 4 + 4 * axes
    if len(content) < start or content[:4] != bytes((0, 0, _UNSIGNED_BYTES, axes)):
        raise CannotRun(f"{path}: is no IDX file of bytes with {axes} {'axis' if axes == 1 else 'axes'}")
    shape = tuple(int.from_bytes(content[at : at + 4], "big") for at in range(4, start, 4))
    if len(content) - start != math.prod(shape):
        raise CannotRun(
            f"{path}: should have {math.prod(shape):,} bytes of data, but has {len(content) - start:,}: it is cut off"
        )
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)

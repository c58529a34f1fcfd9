"""Inputs of a net from files: arrays (.npy, .npz) and pictures (.png, .jpg)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from netspec.execution.errors import CannotRun, need_numpy
from netspec.execution.pictures import PICTURES, Pixels, read_picture
from netspec.files import reason
from netspec.ir import Input, ShapedNet
from netspec.sizes import Shape, format_shape

if TYPE_CHECKING:
    import numpy as np


class Batch(NamedTuple):
    """The inputs of a net by name, as batches. `alone`: the files had one example, without the axis of a batch."""

    values: Mapping[str, np.ndarray]
    alone: bool


def read_inputs(net: ShapedNet, given: Sequence[str], pixels: Pixels) -> Batch:
    """The inputs from what the command line names: files, or ``NAME=FILE`` for one of several inputs.

    An .npz file may hold several, by their names. `pixels` is for pictures. Raises :class:`CannotRun`.
    """
    need_numpy()
    named = {value.name: value for value in net.inputs}
    found: dict[str, tuple[Path, np.ndarray]] = {}
    for text in given:
        name, equals, file = text.partition("=")
        by_name = equals and name in named
        path, wanted = (Path(file), (named[name],)) if by_name else (Path(text), net.inputs)
        for value, array in _read(path, wanted, pixels):
            if value.name in found:
                raise CannotRun(f"--input gives `{value.name}` twice")
            found[value.name] = path, array
    if (pixels.mean or pixels.std) and not any(path.suffix.lower() in PICTURES for path, _ in found.values()):
        raise CannotRun("--mean and --std are for pictures, and no input is one")
    missing = [name for name in named if name not in found]
    if missing:
        raise CannotRun(f"{net.name} needs --input {missing[0]}=FILE too: it has {len(named)} inputs")
    batched = {name: _is_batch(path, array, named[name].shape) for name, (path, array) in found.items()}
    if len(set(batched.values())) > 1:
        first = next(name for name, has_batch in batched.items() if not has_batch)
        raise CannotRun(f"`{first}` is one example, and other inputs are batches: give all alike")
    alone = not any(batched.values())
    return Batch({name: array[None] if alone else array for name, (_, array) in found.items()}, alone)


def _read(path: Path, wanted: tuple[Input, ...], pixels: Pixels) -> Iterator[tuple[Input, np.ndarray]]:
    """The inputs that a file gives, as floating-point numbers."""
    if path.suffix == ".npz":
        yield from _named(path, wanted)
        return
    if len(wanted) > 1:
        names = ", ".join(value.name for value in wanted)
        raise CannotRun(f"{path}: which input is it? Write --input NAME={path}; the inputs are {names}")
    (value,) = wanted
    if path.suffix.lower() in PICTURES:
        yield value, read_picture(path, value.shape, pixels)
    elif path.suffix == ".npy":
        yield value, _numbers(path, load_arrays(path)[""])
    else:
        raise CannotRun(f"{path}: an input is an .npy, .npz, .png or .jpg file")


def _named(path: Path, wanted: tuple[Input, ...]) -> Iterator[tuple[Input, np.ndarray]]:
    """The inputs that an .npz file has under their names, or its only array for an only input."""
    arrays = load_arrays(path)
    if len(arrays) == len(wanted) == 1:
        arrays = dict(zip((wanted[0].name,), arrays.values(), strict=True))
    if not any(value.name in arrays for value in wanted):
        names = " or ".join(f"`{value.name}`" for value in wanted)
        raise CannotRun(f"{path}: holds no array called {names}, but {', '.join(arrays) or 'none at all'}")
    for value in wanted:
        if value.name in arrays:
            yield value, _numbers(path, arrays[value.name])


def load_arrays(path: Path) -> dict[str, np.ndarray]:
    """The arrays of a file by name; the one of an .npy file has none."""
    import numpy as np

    try:
        with open(path, "rb") as file:
            try:
                loaded = np.load(file, allow_pickle=False)
                return {"": loaded} if isinstance(loaded, np.ndarray) else dict(loaded)
            except Exception:  # a broken file fails in whatever way it is broken
                raise CannotRun(f"{path}: is broken, or no {path.suffix} file of numbers") from None
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        raise CannotRun(f"{path}: {reason(error)}") from None


def _numbers(path: Path, array: np.ndarray) -> np.ndarray:
    """Floating-point numbers; whole numbers are taken as they are."""
    if array.dtype.kind in "iu":
        return array.astype("float64")
    if array.dtype.kind != "f":
        raise CannotRun(f"{path}: holds {array.dtype}, not numbers")
    return array


def _is_batch(path: Path, array: np.ndarray, shape: Shape) -> bool:
    """Whether an array has an axis for the batch before those of the input. Raises where it fits neither way."""
    sizes = array.shape[-len(shape) :]
    extra = array.ndim - len(shape)
    fits = all(not isinstance(want, int) or have == want for have, want in zip(sizes, shape, strict=False))
    if extra not in (0, 1) or not fits:
        wanted = format_shape(shape)
        raise CannotRun(
            f"{path}: is {format_shape(array.shape) or 'a number'}, but the input is {wanted}, or n x {wanted}"
        )
    return extra == 1

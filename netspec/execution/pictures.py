"""Pictures as inputs: channels first, and bytes from 0 to 255 as numbers from 0 to 1."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from netspec.execution.errors import CannotRun
from netspec.sizes import Shape, format_shape

if TYPE_CHECKING:
    import numpy as np

PICTURES = (".png", ".jpg", ".jpeg")

MODES = {1: "L", 3: "RGB"}
"""Pillow's names for pictures of one and of three channels."""


class Pixels(NamedTuple):
    """What becomes of a picture: (x − mean) / std, by channel, of the numbers from 0 to 1, as published weights may
    want it; `resize`: before that it is scaled and cropped to the input's size.
    """

    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    resize: bool = False


def read_pixels(path: Path, channels: int, size: tuple[int, int] | None = None) -> np.ndarray:
    """The bytes of a picture, channels first: grey values for one channel, red, green and blue for three.

    With a `size` (height, width) it is scaled until it covers that, and cropped around its centre. Raises
    :class:`CannotRun`.
    """
    try:
        from PIL import Image, ImageOps
    except ModuleNotFoundError:
        raise CannotRun(f"{path}: to read pictures, get Pillow: pip install 'netspec-lang[image]'") from None
    import warnings

    import numpy as np

    try:
        with warnings.catch_warnings(action="error"), Image.open(path, formats=("PNG", "JPEG")) as opened:
            upright = ImageOps.exif_transpose(opened)
            depth, picture = upright.mode, upright.convert(MODES[channels])
            if size is not None:
                picture = ImageOps.fit(picture, (size[1], size[0]), Image.Resampling.BILINEAR)
    except OSError as error:
        raise CannotRun(f"{path}: {(error.strerror or 'is no PNG or JPEG picture').lower()}") from None
    except Exception as error:  # a broken file fails in whatever way it is broken
        raise CannotRun(f"{path}: is no picture that can be read: {error}") from None
    if depth[0] in "IF":
        raise CannotRun(f"{path}: has more than 8 bits a pixel, which is not read here")
    return np.asarray(picture, np.uint8).reshape(picture.height, picture.width, channels).transpose(2, 0, 1)


def read_picture(path: Path, shape: Shape, pixels: Pixels) -> np.ndarray:
    """A picture for an input of this shape: as grey values for one channel, as red, green and blue for three.

    Raises :class:`CannotRun`, also for a picture of another size, unless it is to be resized.
    """
    import numpy as np

    if len(shape) != 3 or shape[0] not in MODES:
        raise CannotRun(
            f"{path}: a picture has one or three channels and two axes, but the input is {format_shape(shape)}"
        )
    _, height, width = shape
    size = (height, width) if pixels.resize and isinstance(height, int) and isinstance(width, int) else None
    array = read_pixels(path, int(shape[0]), size).astype(np.float32) / 255
    fits = all(not isinstance(want, int) or have == want for have, want in zip(array.shape, shape, strict=True))
    if not fits:
        size_text = format_shape(array.shape[1:])
        raise CannotRun(f"{path}: is {size_text} (height x width), but the input is {format_shape(shape)}")
    for name, numbers in (("mean", pixels.mean), ("std", pixels.std)):
        if len(numbers) not in (0, 1, shape[0]):
            raise CannotRun(f"--{name} has {len(numbers)} numbers for {shape[0]} channel{'s' * (shape[0] > 1)}")
    if 0 in pixels.std:
        raise CannotRun("--std divides, so it cannot be 0")
    mean, std = (
        np.array(numbers, np.float32).reshape(-1, 1, 1) for numbers in (pixels.mean or (0,), pixels.std or (1,))
    )
    result: np.ndarray = (array - mean) / std
    return result

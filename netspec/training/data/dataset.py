"""What a net is trained on: images with labels, in two parts."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Split(NamedTuple):
    """One part of the data.

    Shapes: images (n, channels, *spatial), bytes or float32; labels (n,), int64, from 0 up.
    """

    images: np.ndarray
    labels: np.ndarray


class Dataset(NamedTuple):
    """Images by class: those to learn from, and those to be tested on.

    `whole` is the number that stands for a full pixel where images are bytes: they are divided by it.
    """

    name: str
    classes: tuple[str, ...]
    train: Split
    test: Split
    whole: int = 255

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one image."""
        return self.train.images.shape[1:]

    def inputs(self, images: np.ndarray) -> np.ndarray:
        """Images as a net takes them: float32, bytes from 0 to 1."""
        if images.dtype == np.uint8:
            return images.astype(np.float32) / np.float32(self.whole)
        return images

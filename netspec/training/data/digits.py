"""The digits that scikit-learn brings along: 1,797 grey pictures of 8x8, with no network needed."""

from __future__ import annotations

import numpy as np

from netspec.training.data.dataset import Dataset, Split


def read_digits() -> Dataset:
    """Every fifth picture is for the test.

    Source: Alpaydin and Kaynak, "Optical Recognition of Handwritten Digits", UCI, 1998, its test part.
    """
    from sklearn.datasets import load_digits  # a second to import

    digits = load_digits()
    images = digits.images.astype(np.uint8)[:, np.newaxis]
    labels = digits.target.astype(np.int64)
    tested = np.arange(len(labels)) % 5 == 4
    classes = tuple(map(str, digits.target_names))
    train, test = (Split(images[chosen], labels[chosen]) for chosen in (~tested, tested))
    return Dataset("digits", classes, train, test, whole=16)

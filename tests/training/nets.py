"""Small nets, and data for them, that are trained in no time."""

from __future__ import annotations

import numpy as np

import netspec
from netspec import ShapedNet
from netspec.training.data import Dataset, Split

PLAIN = """
net Plain {
    input 1x8x8
    conv 4 3x3 padding=1 -> relu
    maxpool 2x2
    flatten -> fc 10
}
"""

NORMED = """
net Normed {
    input 1x8x8
    conv 4 3x3 padding=1 bias=false -> batchnorm -> relu
    dropout 0.2
    globalavgpool -> flatten -> fc 10
}
"""

DROPPING = """
net Dropping {
    input 1x8x8
    flatten -> fc 32 -> relu -> dropout 0.3 -> fc 10
}
"""


def net_of(text: str) -> ShapedNet:
    """The net in a text."""
    return netspec.loads(text)


def easy_data(count: int = 60, classes: int = 10, seed: int = 0) -> Dataset:
    """Images of 8x8 in which a bright row or column tells the class, under noise."""
    rng = np.random.default_rng(seed)
    parts: list[Split] = []
    for amount in (count, count // 2):
        labels = rng.integers(0, classes, amount)
        images = rng.integers(0, 80, (amount, 1, 8, 8), np.uint8)
        for image, label in zip(images, labels, strict=True):
            image[0, label % 8] += 120
            image[0, :, label // 8] += 50
        parts.append(Split(images, labels.astype(np.int64)))
    train, test = parts
    return Dataset("easy", tuple(map(str, range(classes))), train, test)

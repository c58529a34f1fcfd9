"""What a trained net takes images for, in the words of its data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from netspec.ir import ShapedNet
from netspec.layers import LogSoftmax, Softmax
from netspec.training.directory import Record

MOST_CLASSES = 5
"""Of one image that are shown."""

MOST_IMAGES = 100
"""Of a batch that are shown."""


def probabilities(net: ShapedNet, record: Record, output: np.ndarray) -> np.ndarray:
    """How likely each class is, if the loss makes that of the scores; else the scores. Shapes: (n, classes), both."""
    last = net.nodes[-1].layer
    if isinstance(last, Softmax) or record.settings.loss != "cross_entropy":
        return output
    if isinstance(last, LogSoftmax):
        return np.exp(output)
    powers = np.exp(output - output.max(1, keepdims=True))
    return np.asarray(powers / powers.sum(1, keepdims=True))


def render_predictions(likely: np.ndarray, classes: Sequence[str], *, alone: bool) -> str:
    """The likeliest classes of each image, as text; `alone`: there is but one."""
    lines = _one(likely[0], classes) if alone else _batch(likely, classes)
    return "\n".join(lines) + "\n"


def _one(likely: np.ndarray, classes: Sequence[str]) -> Iterator[str]:
    best = _best(likely)
    width = max(len(classes[place]) for place in best)
    for place in best:
        yield f"{classes[place]:<{width}}  {likely[place]:.3f}"


def _batch(likely: np.ndarray, classes: Sequence[str]) -> Iterator[str]:
    for number, scores in enumerate(likely[:MOST_IMAGES]):
        yield f"example {number}: " + ", ".join(f"{classes[place]} {scores[place]:.3f}" for place in _best(scores)[:3])
    if len(likely) > MOST_IMAGES:
        yield f"… {len(likely) - MOST_IMAGES:,} more"


def _best(scores: np.ndarray) -> list[int]:
    places: list[int] = np.argsort(-scores, kind="stable")[:MOST_CLASSES].tolist()
    return places

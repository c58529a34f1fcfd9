"""What a run looks like: its curves, and the confusion matrix. As SVG and PNG."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from netspec.training.directory import Epoch

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORMATS = ("svg", "png")

BLUE, ORANGE, GREEN, GREY = "#3b6fb6", "#d9822b", "#3c8d5a", "#8a8f98"

MOST_NUMBERS = 20
"""Classes up to which the cells of a confusion matrix have their numbers in them."""


def draw_curves(title: str, epochs: Sequence[Epoch], losses: Sequence[Sequence[float]]) -> dict[str, bytes]:
    """Loss, and accuracy in training and in the test, over the epochs; by format.

    The thin line is the loss of every step. Source of the arrangement: Zhang et al., "Dive into Deep Learning".
    """
    from matplotlib.ticker import MaxNLocator

    figure = _figure(6.0, 3.6)
    axes = figure.subplots()
    numbers = [epoch.epoch for epoch in epochs]
    moments = [epoch + (step + 1) / len(some) for epoch, some in enumerate(losses) for step in range(len(some))]
    axes.plot(moments, [loss for some in losses for loss in some], color=BLUE, alpha=0.25, linewidth=0.8)
    axes.set_xlabel("epoch")
    axes.set_ylabel("loss")
    axes.set_xlim(0, max(numbers, default=1))
    axes.set_ylim(bottom=0)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    right = axes.twinx()
    curves = (
        (axes, "train loss", "-", BLUE, [epoch.loss for epoch in epochs]),
        (right, "train accuracy", "--", ORANGE, [epoch.train_accuracy for epoch in epochs]),
        (right, "test accuracy", "-.", GREEN, [epoch.test_accuracy for epoch in epochs]),
    )
    lines = [
        line
        for side, label, style, colour, values in curves
        for line in side.plot(numbers, values, style, color=colour, label=label, marker="o", markersize=3)
    ]
    right.set_ylabel("accuracy")
    right.set_ylim(0, 1)
    axes.grid(color=GREY, alpha=0.25)
    for side in (axes, right):
        side.spines["top"].set_visible(False)
    axes.legend(handles=lines, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, frameon=False)
    figure.suptitle(title)
    return _rendered(figure)


def draw_confusion(title: str, matrix: np.ndarray, classes: Sequence[str]) -> dict[str, bytes]:
    """The confusion matrix, each row as parts of its class; by format."""
    count = len(classes)
    side = 2.0 + min(0.45 * count, 9.0)
    figure = _figure(side + 1.0, side)
    axes = figure.subplots()
    parts = matrix / np.maximum(matrix.sum(1, keepdims=True), 1)
    image = axes.imshow(parts, cmap="Blues", vmin=0, vmax=1)
    if count <= MOST_NUMBERS:
        for true in range(count):
            for found in range(count):
                if matrix[true, found]:
                    colour = "white" if parts[true, found] > 0.5 else "black"
                    axes.text(found, true, f"{matrix[true, found]}", ha="center", va="center", color=colour, fontsize=7)
        axes.set_xticks(range(count), classes, rotation=45, ha="right", rotation_mode="anchor")
        axes.set_yticks(range(count), classes)
    axes.set_xlabel("taken for")
    axes.set_ylabel("true class")
    axes.set_title(title)
    figure.colorbar(image, ax=axes, shrink=0.8, label="part of the true class")
    return _rendered(figure)


def _figure(width: float, height: float) -> Figure:
    """A figure of its own, without pyplot's shared state and windows. Sizes in inches."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def _rendered(figure: Figure) -> dict[str, bytes]:
    """The picture in each format; the same picture gives the same bytes."""
    import matplotlib

    made = {}
    with matplotlib.rc_context({"svg.hashsalt": "netspec"}):
        for name in FORMATS:
            content = io.BytesIO()
            figure.savefig(content, format=name, dpi=150, metadata={"Date": None} if name == "svg" else None)
            made[name] = content.getvalue()
    return made

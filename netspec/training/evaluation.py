"""How good a trained net is: what it takes the test images for, class by class."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from netspec.training.bars import Bar
from netspec.training.data.dataset import Dataset
from netspec.training.learners.learner import Learner

MOST_COLUMNS = 20
"""Classes whose whole matrix is shown as text; of more, the pairs that are confused most."""

MOST_PAIRS = 10


def predictions(learner: Learner, data: Dataset, images: np.ndarray, batch: int, bar: Bar | None = None) -> np.ndarray:
    """The class that each image is taken for. Shapes: images (n, ...); returns (n,)."""
    found = [np.empty(0, np.int64)]
    for start in range(0, len(images), batch):
        some = images[start : start + batch]
        found.append(learner.predict(data.inputs(some)))
        if bar is not None:
            bar.update(len(some))
    return np.concatenate(found)


def confusion_matrix(labels: np.ndarray, found: np.ndarray, classes: int) -> np.ndarray:
    """How many images of each class (rows) were taken for each class (columns)."""
    return np.bincount(labels * classes + found, minlength=classes * classes).reshape(classes, classes)


def render_confusion(matrix: np.ndarray, classes: Sequence[str]) -> str:
    """The confusion matrix as text, with the part of each class that is right."""
    lines = _table(matrix, classes) if len(classes) <= MOST_COLUMNS else _pairs(matrix, classes)
    return "\n".join(lines) + "\n"


def _table(matrix: np.ndarray, classes: Sequence[str]) -> Iterator[str]:
    cells = [[f"{count:,}" if count else "·" for count in row] for row in matrix]
    # The columns are numbered, since names would make them wide.
    names = [f"{name} {place}" if name != str(place) else name for place, name in enumerate(classes)]
    wide = max(len("true class"), *map(len, names))
    widths = [max(len(str(place)), *(len(row[place]) for row in cells)) for place in range(len(classes))]
    head = "  ".join(str(place).rjust(width) for place, width in enumerate(widths))
    yield f"{'true class':>{wide}}  {head}  right"
    yield "─" * (wide + 2 + len(head) + 2 + len("right"))
    for name, row, right in zip(names, cells, _right(matrix), strict=True):
        body = "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        yield f"{name:>{wide}}  {body}  {right:>5}"


def _right(matrix: np.ndarray) -> list[str]:
    """The part of each class that is right; of a class without images nothing can be said."""
    return [
        f"{matrix[place, place] / total:.3f}" if total else "-" for place, total in enumerate(matrix.sum(1).tolist())
    ]


def _pairs(matrix: np.ndarray, classes: Sequence[str]) -> Iterator[str]:
    wrong = matrix.copy()
    np.fill_diagonal(wrong, 0)
    yield "confused most"
    for place in np.argsort(-wrong, axis=None, kind="stable")[:MOST_PAIRS]:
        true, found = divmod(int(place), len(classes))
        if count := int(wrong[true, found]):
            yield f"  {classes[true]} taken for {classes[found]}: {count:,} of {int(matrix[true].sum()):,}"

"""Confusion matrices: counted as scikit-learn counts, shown as text and as a picture."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from sklearn.metrics import confusion_matrix as reference

from netspec.training.evaluation import confusion_matrix, render_confusion
from netspec.training.pictures import draw_confusion


@pytest.mark.parametrize("classes", [2, 5, 30])
def test_it_counts_as_scikit_learn_does(classes: int) -> None:
    rng = np.random.default_rng(classes)
    labels, found = rng.integers(0, classes, (2, 400))
    matrix = confusion_matrix(labels, found, classes)
    np.testing.assert_array_equal(matrix, reference(labels, found, labels=range(classes)))


def test_a_few_classes_are_shown_as_a_table() -> None:
    matrix = np.array([[1200, 34, 0], [5, 80, 7], [0, 0, 0]])
    assert render_confusion(matrix, ("cat", "dog", "yak")) == (
        "true class      0   1  2  right\n"
        "───────────────────────────────\n"
        "     cat 0  1,200  34  ·  0.972\n"
        "     dog 1      5  80  7  0.870\n"
        "     yak 2      ·   ·  ·      -\n"
    )


def test_of_many_classes_the_pairs_that_are_confused_most_are_shown() -> None:
    matrix = np.diag(np.full(30, 10))
    matrix[3, 4], matrix[7, 1] = 2, 5
    names = [f"class {number}" for number in range(30)]
    assert render_confusion(matrix, names) == (
        "confused most\n  class 7 taken for class 1: 5 of 15\n  class 3 taken for class 4: 2 of 12\n"
    )


@pytest.mark.parametrize("classes", [2, 10, 60])
def test_it_is_drawn_for_any_number_of_classes(classes: int) -> None:
    matrix = np.random.default_rng(0).integers(0, 9, (classes, classes))
    drawn = draw_confusion("Net on data", matrix, [f"class {number}" for number in range(classes)])
    assert "<!-- Net on data -->" in drawn["svg"].decode()
    picture = Image.open(io.BytesIO(drawn["png"]))
    assert min(picture.size) > 300
    assert len(picture.convert("RGB").getcolors(2**20) or []) > 20

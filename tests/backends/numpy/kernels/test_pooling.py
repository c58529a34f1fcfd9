"""Where the gradient of a maximum goes when it is not plain which value that is."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from netspec.backends.numpy.kernels.pooling import adaptivemaxpool_backward, globalmaxpool_backward, maxpool_backward

GRADIENTS = pytest.mark.parametrize(
    "backward",
    [
        lambda grad, x: maxpool_backward(grad, x, 2),
        lambda grad, x: adaptivemaxpool_backward(grad, x, 1),
        globalmaxpool_backward,
    ],
)


@GRADIENTS
def test_of_several_maxima_the_first_gets_it(backward: Callable[..., np.ndarray]) -> None:
    found = backward(np.full((1, 1, 1, 1), 3.0), np.array([[[[1.0, 2.0], [2.0, 2.0]]]]))
    np.testing.assert_array_equal(found, [[[[0, 3], [0, 0]]]])


@GRADIENTS
def test_a_value_that_is_no_number_gets_it(backward: Callable[..., np.ndarray]) -> None:
    found = backward(np.full((1, 1, 1, 1), 3.0), np.array([[[[1.0, 2.0], [np.nan, 0.0]]]]))
    np.testing.assert_array_equal(found, [[[[0, 0], [3, 0]]]])


def test_a_window_that_sees_nothing_of_the_map_gives_it_to_nobody() -> None:
    x = np.array([[[1.0, 2.0]]])
    found = maxpool_backward(np.ones((1, 1, 1)), x, 2, 2, 1, 3)  # it sees the places -1 and 2
    np.testing.assert_array_equal(found, [[[0, 0]]])

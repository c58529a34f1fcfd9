"""Arrays that do not fit a kernel are refused with their shapes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from netspec.backends.numpy.kernels.convolution import conv, conv_backward, convtranspose, convtranspose_backward
from netspec.backends.numpy.kernels.dense import fc, fc_backward
from netspec.backends.numpy.kernels.normalization import groupnorm
from netspec.backends.numpy.kernels.pooling import (
    adaptivemaxpool_backward,
    avgpool,
    globalavgpool,
    maxpool,
    maxpool_backward,
)
from netspec.backends.numpy.kernels.rearranging import pad, pad_backward, pixelshuffle, shuffle, upsample


def zeros(*shape: int) -> np.ndarray:
    return np.zeros(shape)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: conv(zeros(2, 3, 8), zeros(4, 3, 3, 3)), r"not \(2, 3, 8\) and \(4, 3, 3, 3\)"),
        (lambda: conv(zeros(8, 8), zeros(3, 3)), r"not \(8, 8\) and \(3, 3\)"),
        (lambda: conv(zeros(2, 3, 8), zeros(4, 2, 3)), r"weight \(4, 2, 3\) in 1 groups does not fit x \(2, 3, 8\)"),
        (lambda: conv(zeros(2, 4, 8), zeros(3, 2, 3), groups=2), r"weight \(3, 2, 3\) in 2 groups does not fit"),
        (lambda: conv(zeros(2, 3, 8), zeros(4, 3, 3), zeros(3)), r"bias must be \(4,\), not \(3,\)"),
        (
            lambda: conv(zeros(2, 3, 8), zeros(4, 3, 9)),
            r"window of \(9,\) with dilation \(1,\) does not fit into \(8,\)",
        ),
        (lambda: conv(zeros(2, 3, 8), zeros(4, 3, 3), stride=(1, 1)), r"\(1, 1\) has 2 numbers for 1 spatial axes"),
        (lambda: conv(zeros(2, 3, 8), zeros(4, 3, 3), padding="valid"), r"""or "same", not 'valid'"""),
        (lambda: conv_backward(zeros(2, 4, 5), zeros(2, 3, 8), zeros(4, 3, 3)), r"\(2, 4, 6\), .* \(2, 4, 5\)"),
        (lambda: convtranspose(zeros(2, 3, 8), zeros(4, 3, 3)), r"weight \(4, 3, 3\) in 1 groups does not fit"),
        (lambda: convtranspose(zeros(8, 8), zeros(3, 3)), r"not \(8, 8\) and \(3, 3\)"),
        (lambda: convtranspose(zeros(2, 3, 2), zeros(3, 4, 3), padding=2), r"leave nothing of an output \(4,\)"),
        (
            lambda: convtranspose_backward(zeros(2, 4, 5), zeros(2, 3, 8), zeros(3, 4, 3)),
            r"\(2, 4, 10\), .* \(2, 4, 5\)",
        ),
        (lambda: fc(zeros(2, 3, 1), zeros(4, 3)), r"not \(2, 3, 1\) and \(4, 3\)"),
        (lambda: fc(zeros(2, 3), zeros(3, 4)), r"not \(2, 3\) and \(3, 4\)"),
        (lambda: fc(zeros(2, 3), zeros(4, 3), zeros(1)), r"bias must be \(4,\), not \(1,\)"),
        (lambda: fc_backward(zeros(2, 3), zeros(2, 3), zeros(4, 3)), r"\(2, 4\), .* \(2, 3\)"),
        (lambda: maxpool(zeros(2, 3), 2), r"maxpool takes x \(n, channels, \*spatial\), not \(2, 3\)"),
        (lambda: maxpool(zeros(2, 3, 8), 3, padding=2), r"padding 2 is more than half of the kernel, 3"),
        (lambda: maxpool(zeros(2, 3, 2), 3), r"window of \(3,\) with dilation \(1,\) does not fit into \(2,\)"),
        (lambda: maxpool_backward(zeros(2, 3, 8), zeros(2, 3, 8), 2), r"\(2, 3, 4\), .* \(2, 3, 8\)"),
        (lambda: avgpool(zeros(3, 8), 2), r"avgpool takes x"),
        (lambda: globalavgpool(zeros(3, 8)), r"globalavgpool takes x"),
        (lambda: adaptivemaxpool_backward(zeros(2, 3, 3), zeros(2, 3, 8), 4), r"\(2, 3, 4\), .* \(2, 3, 3\)"),
        (lambda: groupnorm(zeros(2, 3, 8), 2), r"2 groups do not divide the channels of x \(2, 3, 8\)"),
        (lambda: pad(zeros(2, 3, 4), 4, mode="reflect"), r"mode 'reflect' cannot add \(4, 4\) to an axis of 4"),
        (lambda: pad(zeros(2, 3, 4), 1, mode="mirror"), r"mode 'mirror' cannot add"),
        (lambda: pad_backward(zeros(2, 3, 4), zeros(2, 3, 4), 1), r"\(2, 3, 6\), .* \(2, 3, 4\)"),
        (lambda: upsample(zeros(2, 3, 4), 2, mode="cubic"), r"no mode 'cubic': nearest, linear"),
        (lambda: pixelshuffle(zeros(2, 3, 4, 4), 2), r"a multiple of 4 channels, not \(2, 3, 4, 4\)"),
        (lambda: shuffle(zeros(2, 3, 4), 2), r"2 groups do not divide the channels of x \(2, 3, 4\)"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_shapes(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()

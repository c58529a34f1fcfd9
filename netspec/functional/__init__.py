"""The functions of a textbook on convolutional networks, on plain arrays: to follow a course number by number.

They take arrays or lists of numbers, of float32 or float64; numbers of other types become float64. Arrays may be as
they stand in a book: a bare map, one with channels, or a batch. Each ``NAME_backward`` takes the gradient of the
output, then what ``NAME`` takes, and gives the gradient of x, or a tuple of those of x, w and bias. What does not fit
together is a ValueError with the actual shapes. Needs NumPy.

>>> from netspec.functional import conv
>>> conv([[0, 1, 2], [3, 4, 5], [6, 7, 8]], [[0, 1], [2, 3]])  # 0·0 + 1·1 + 3·2 + 4·3 = 19
array([[19., 25.],
       [37., 43.]])
"""

try:
    import numpy  # noqa: F401
except ModuleNotFoundError as error:
    if error.name != "numpy":
        raise
    raise ImportError("numpy is missing: pip install 'netspec-lang[numpy]'", name="numpy") from None

from netspec.functional.activation import (
    relu,
    relu_backward,
    sigmoid,
    sigmoid_backward,
    softmax,
    softmax_backward,
    tanh,
    tanh_backward,
)
from netspec.functional.convolution import conv, conv_backward, convtranspose, convtranspose_backward, output_size
from netspec.functional.dense import fc, fc_backward
from netspec.functional.losses import cross_entropy, mean_squared_error
from netspec.functional.pooling import avgpool, avgpool_backward, maxpool, maxpool_backward

__all__ = [
    "avgpool",
    "avgpool_backward",
    "conv",
    "conv_backward",
    "convtranspose",
    "convtranspose_backward",
    "cross_entropy",
    "fc",
    "fc_backward",
    "maxpool",
    "maxpool_backward",
    "mean_squared_error",
    "output_size",
    "relu",
    "relu_backward",
    "sigmoid",
    "sigmoid_backward",
    "softmax",
    "softmax_backward",
    "tanh",
    "tanh_backward",
]

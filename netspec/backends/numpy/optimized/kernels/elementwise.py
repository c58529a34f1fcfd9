"""Operations on each value, or each channel, done piece by piece with what follows."""

import numpy as np

from netspec.backends.numpy.optimized.kernels.activations import InPlace, no_activation
from netspec.backends.numpy.optimized.kernels.blocks import by_pieces
from netspec.backends.numpy.optimized.kernels.filters import normalization
from netspec.backends.numpy.optimized.kernels.plan import Plan


def activate(p: Plan, x: np.ndarray, out: np.ndarray, activation: InPlace) -> None:
    """An activation by itself."""
    for piece, y in by_pieces(p, (x,), out):
        if piece is not y:
            p.do(np.copyto, y, piece)
        activation(p, y)


def merge(
    p: Plan,
    inputs: tuple[np.ndarray, ...],
    out: np.ndarray,
    operation: np.ufunc,
    activation: InPlace = no_activation,
) -> None:
    """The sum or product of several values; one value a channel counts everywhere."""
    for first, second, *others, y in by_pieces(p, inputs, out):
        p.do(operation, first, second, out=y)
        for other in others:
            p.do(operation, y, other, out=y)
        activation(p, y)


def normalize_batch(
    p: Plan,
    x: np.ndarray,
    out: np.ndarray,
    batchnorm: str,
    eps: float,
    activation: InPlace = no_activation,
) -> None:
    """A batchnorm by itself: each channel times its factor, plus its constant."""
    factor, constant = normalization(p, batchnorm, eps)
    weights = (factor.astype(p.dtype), constant.astype(p.dtype))
    for piece, factors, constants, y in by_pieces(p, (x, *weights), out):
        p.do(np.multiply, piece, factors, out=y)
        p.do(np.add, y, constants, out=y)
        activation(p, y)


def scale_channels(
    p: Plan,
    x: np.ndarray,
    out: np.ndarray,
    weight: np.ndarray,
    activation: InPlace = no_activation,
) -> None:
    """Each channel times a factor."""
    for piece, factors, y in by_pieces(p, (x, weight), out):
        p.do(np.multiply, piece, factors, out=y)
        activation(p, y)


def normalize_channels(
    p: Plan,
    x: np.ndarray,
    out: np.ndarray,
    weight: np.ndarray | None,
    bias: np.ndarray | None,
    eps: float,
    activation: InPlace = no_activation,
) -> None:
    """Layer normalisation: the channels of each place to mean 0 and variance 1."""
    share = p.dtype.type(1 / x.shape[-1])
    affine = () if weight is None or bias is None else (weight, bias)
    for piece, *learned, term, y in by_pieces(p, (x, *affine), out, rooms=1):
        sums = p.spare((*y.shape[:-1], 1))
        p.do(np.add.reduce, piece, -1, out=sums, keepdims=True)
        p.do(np.multiply, sums, share, out=sums)
        p.do(np.copyto, term, sums)
        p.do(np.subtract, piece, term, out=y)
        p.do(np.square, y, out=term)
        p.do(np.add.reduce, term, -1, out=sums, keepdims=True)
        p.do(np.multiply, sums, share, out=sums)
        p.do(np.add, sums, p.dtype.type(eps), out=sums)
        p.do(np.sqrt, sums, out=sums)
        p.do(np.copyto, term, sums)
        p.do(np.divide, y, term, out=y)
        if learned:
            p.do(np.multiply, y, learned[0], out=y)
            p.do(np.add, y, learned[1], out=y)
        activation(p, y)

"""Regularisation: layers that drop values at random in training, and do nothing else.

What is dropped is drawn first, as a mask, so that the gradient is dropped alike.
"""

import numpy as np


def dropout_mask(
    rng: np.random.Generator, x: np.ndarray, p: float = 0.5, training: bool = True
) -> np.ndarray | None:
    """Factors for dropout: 0 with probability p, else 1 / (1 − p), so the mean stays.

    Outside training there are none.
    Source: Srivastava et al., "Dropout", 2014.
    """
    return drop_factors(rng, x.shape, p, x.dtype) if training else None


def dropout(x: np.ndarray, mask: np.ndarray | None) -> np.ndarray:
    """Values times their factors: some dropped, the others scaled up."""
    return x if mask is None else x * mask


def dropout_backward(grad: np.ndarray, mask: np.ndarray | None) -> np.ndarray:
    """The gradient of dropout by its input, with the same mask."""
    return grad if mask is None else grad * mask


def droppath_mask(
    rng: np.random.Generator, x: np.ndarray, p: float, training: bool = True
) -> np.ndarray | None:
    """Factors for droppath: as those of dropout, but one for each example."""
    shape = (len(x), *[1] * (x.ndim - 1))
    return drop_factors(rng, shape, p, x.dtype) if training else None


def droppath(x: np.ndarray, mask: np.ndarray | None) -> np.ndarray:
    """Stochastic depth: examples times their factors, some dropped, others scaled up.

    Source: Huang et al., "Deep Networks with Stochastic Depth", 2016.
    """
    return x if mask is None else x * mask


def droppath_backward(grad: np.ndarray, mask: np.ndarray | None) -> np.ndarray:
    """The gradient of droppath by its input, with the same mask."""
    return grad if mask is None else grad * mask


def drop_factors(
    rng: np.random.Generator, shape: tuple[int, ...], p: float, dtype: np.dtype
) -> np.ndarray:
    """0 with probability p, else 1 / (1 − p)."""
    kept = (rng.random(shape) >= p).astype(dtype)
    return kept / (1 - p) if p < 1 else kept

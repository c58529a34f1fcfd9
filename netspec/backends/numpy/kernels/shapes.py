"""Channels and shapes: what several kernels need alike."""

import numpy as np


def along_channels(values: np.ndarray, x: np.ndarray) -> np.ndarray:
    """One value for each channel, shaped to meet x (n, channels, *spatial)."""
    return values.reshape(-1, *[1] * (x.ndim - 2))


def sum_to_channels(grad: np.ndarray) -> np.ndarray:
    """The sum over the batch and all positions, for each channel."""
    return grad.sum(axis=(0, *spatial_axes(grad)))


def spatial_axes(x: np.ndarray) -> tuple[int, ...]:
    """The axes after the batch and the channels."""
    return tuple(range(2, x.ndim))


def check_maps(name: str, x: np.ndarray) -> None:
    """Raise ValueError unless x is a batch of feature maps."""
    if x.ndim < 3:
        raise ValueError(f"{name} takes x (n, channels, *spatial), not {x.shape}")


def check_gradient(grad: np.ndarray, shape: tuple[int, ...]) -> None:
    """Raise ValueError unless a gradient has its output's shape."""
    if grad.shape != shape:
        raise ValueError(
            f"the output is {shape}, so its gradient cannot be {grad.shape}"
        )


def check_bias(bias: np.ndarray | None, units: int) -> None:
    """Raise ValueError unless a bias has one number for each filter or unit."""
    if bias is not None and bias.shape != (units,):
        raise ValueError(f"bias must be ({units},), not {bias.shape}")

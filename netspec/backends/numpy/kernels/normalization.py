"""Normalisation: values with mean 0 and variance 1 over some of the axes."""

import math

import numpy as np

from netspec.backends.numpy.kernels.shapes import (
    along_channels,
    spatial_axes,
    sum_to_channels,
)


def batchnorm(
    x: np.ndarray,
    weight: np.ndarray | None,
    bias: np.ndarray | None,
    running_mean: np.ndarray,
    running_var: np.ndarray,
    num_batches_tracked: np.ndarray | None = None,
    *,
    eps: float = 1e-5,
    momentum: float = 0.1,
    training: bool = False,
) -> np.ndarray:
    """Batch normalisation: over the batch and all positions of a channel.

        y = weight · (x − mean) / √(variance + eps) + bias

    Mean and variance are the running ones. In training they are the batch's, by which
    the running ones are changed in place: `momentum` is the share of the new.

    Shapes: x (n, channels, *spatial) or (n, channels), the others (channels,).
    Raises ValueError in training where a channel has a single value.
    Source: Ioffe and Szegedy, "Batch Normalization", 2015.
    """
    mean, variance = running_mean, running_var
    if training and num_batches_tracked is not None:
        num_batches_tracked += 1
    if training and x.size:
        mean, variance = batch_statistics(x)
        count = x.size // x.shape[1]
        unbiased = variance * (count / (count - 1))
        running_mean[...] = (1 - momentum) * running_mean + momentum * mean
        running_var[...] = (1 - momentum) * running_var + momentum * unbiased
    deviation = np.sqrt(variance + eps)
    normal = (x - along_channels(mean, x)) / along_channels(deviation, x)
    return affine(normal, weight, bias)


def batchnorm_backward(
    grad: np.ndarray,
    x: np.ndarray,
    weight: np.ndarray | None,
    bias: np.ndarray | None,
    running_mean: np.ndarray,
    running_var: np.ndarray,
    num_batches_tracked: np.ndarray | None = None,
    *,
    eps: float = 1e-5,
    momentum: float = 0.1,
    training: bool = False,
) -> tuple[np.ndarray, np.ndarray | None, np.ndarray | None]:
    """The gradients of batchnorm by its input, weight and bias, if it has them."""
    of_batch = training and x.size
    mean, variance = batch_statistics(x) if of_batch else (running_mean, running_var)
    deviation = along_channels(np.sqrt(variance + eps), x)
    normal = (x - along_channels(mean, x)) / deviation
    normal_grad = affine(grad, weight, None)
    if of_batch:
        axes = (0, *spatial_axes(x))
        x_grad = standardize_backward(normal_grad, normal, deviation, axes)
    else:
        x_grad = normal_grad / deviation
    return x_grad, *affine_backward(grad, normal, weight, bias)


def layernorm(
    x: np.ndarray,
    weight: np.ndarray | None = None,
    bias: np.ndarray | None = None,
    *,
    eps: float = 1e-5,
) -> np.ndarray:
    """Layer normalisation: over the channels, at each position by itself.

    Shapes: x (n, channels, *spatial) or (n, features), weight and bias (channels,).
    Source: Ba, Kiros and Hinton, "Layer Normalization", 2016.
    """
    normal, _ = standardize(x, 1, eps)
    return affine(normal, weight, bias)


def layernorm_backward(
    grad: np.ndarray,
    x: np.ndarray,
    weight: np.ndarray | None = None,
    bias: np.ndarray | None = None,
    *,
    eps: float = 1e-5,
) -> tuple[np.ndarray, np.ndarray | None, np.ndarray | None]:
    """The gradients of layernorm by its input, weight and bias, if it has them."""
    normal, deviation = standardize(x, 1, eps)
    normal_grad = affine(grad, weight, None)
    x_grad = standardize_backward(normal_grad, normal, deviation, 1)
    return x_grad, *affine_backward(grad, normal, weight, bias)


def groupnorm(
    x: np.ndarray,
    groups: int,
    weight: np.ndarray | None = None,
    bias: np.ndarray | None = None,
    *,
    eps: float = 1e-5,
) -> np.ndarray:
    """Group normalisation: over a group's channels and all positions of an example.

    Shapes: x (n, channels, *spatial) or (n, channels), weight and bias (channels,).
    Source: Wu and He, "Group Normalization", 2018.
    """
    normal, _ = standardize(split_groups(x, groups), 2, eps)
    return affine(normal.reshape(x.shape), weight, bias)


def groupnorm_backward(
    grad: np.ndarray,
    x: np.ndarray,
    groups: int,
    weight: np.ndarray | None = None,
    bias: np.ndarray | None = None,
    *,
    eps: float = 1e-5,
) -> tuple[np.ndarray, np.ndarray | None, np.ndarray | None]:
    """The gradients of groupnorm by its input, weight and bias, if it has them."""
    normal, deviation = standardize(split_groups(x, groups), 2, eps)
    normal_grad = split_groups(affine(grad, weight, None), groups)
    x_grad = standardize_backward(normal_grad, normal, deviation, 2).reshape(x.shape)
    return x_grad, *affine_backward(grad, normal.reshape(x.shape), weight, bias)


def instancenorm(
    x: np.ndarray,
    weight: np.ndarray | None = None,
    bias: np.ndarray | None = None,
    *,
    eps: float = 1e-5,
) -> np.ndarray:
    """Instance normalisation: over all positions of an example's channel.

    Shapes: x (n, channels, *spatial), weight and bias (channels,).
    Source: Ulyanov, Vedaldi and Lempitsky, "Instance Normalization", 2016.
    """
    return groupnorm(x, x.shape[1], weight, bias, eps=eps)


def instancenorm_backward(
    grad: np.ndarray,
    x: np.ndarray,
    weight: np.ndarray | None = None,
    bias: np.ndarray | None = None,
    *,
    eps: float = 1e-5,
) -> tuple[np.ndarray, np.ndarray | None, np.ndarray | None]:
    """The gradients of instancenorm by its input, weight and bias, if it has them."""
    return groupnorm_backward(grad, x, x.shape[1], weight, bias, eps=eps)


def lrn(
    x: np.ndarray, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> np.ndarray:
    """Local response normalisation, by the mean square of the `size` nearest channels.

        y = x / (k + alpha · mean square) ^ beta

    Zeros stand for channels before the first and after the last, and count.

    Shapes: x (n, channels, *spatial).
    Source: Krizhevsky et al., "ImageNet Classification with Deep CNNs", 2012.
    """
    total = sum_nearest_channels(x**2, size // 2, (size - 1) // 2)
    return x / (k + alpha / size * total) ** beta


def lrn_backward(
    grad: np.ndarray,
    x: np.ndarray,
    size: int,
    alpha: float = 1e-4,
    beta: float = 0.75,
    k: float = 1.0,
) -> np.ndarray:
    """The gradient of lrn by its input."""
    total = sum_nearest_channels(x**2, size // 2, (size - 1) // 2)
    base = k + alpha / size * total
    # The channels that a channel counts for lie as those that count for it, mirrored.
    base_grad = grad * x * base ** (-beta - 1)
    spread = sum_nearest_channels(base_grad, (size - 1) // 2, size // 2)
    return grad / base**beta - 2 * alpha * beta / size * x * spread


def batch_statistics(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The mean and the variance of each channel, over the batch and all positions.

    Raises ValueError where a channel has a single value, which has no variance.
    """
    if x.size == x.shape[1]:
        raise ValueError(f"batchnorm cannot train on one value a channel: x {x.shape}")
    axes = (0, *spatial_axes(x))
    return x.mean(axis=axes), x.var(axis=axes)


def standardize(
    x: np.ndarray, axes: int | tuple[int, ...], eps: float
) -> tuple[np.ndarray, np.ndarray]:
    """Values with mean 0 and variance 1 over some axes, and the √(variance + eps)."""
    deviation = np.sqrt(x.var(axis=axes, keepdims=True) + eps)
    return (x - x.mean(axis=axes, keepdims=True)) / deviation, deviation


def standardize_backward(
    grad: np.ndarray,
    normal: np.ndarray,
    deviation: np.ndarray,
    axes: int | tuple[int, ...],
) -> np.ndarray:
    """The gradient of (x − mean) / deviation by x, on which all three depend."""
    along_mean = grad.mean(axis=axes, keepdims=True)
    along_normal = normal * (grad * normal).mean(axis=axes, keepdims=True)
    return (grad - along_mean - along_normal) / deviation


def affine(
    x: np.ndarray, weight: np.ndarray | None, bias: np.ndarray | None
) -> np.ndarray:
    """Each channel times its weight plus its bias, as far as there are any."""
    y = x if weight is None else x * along_channels(weight, x)
    return y if bias is None else y + along_channels(bias, x)


def affine_backward(
    grad: np.ndarray, x: np.ndarray, weight: np.ndarray | None, bias: np.ndarray | None
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """The gradients of affine by weight and bias, as far as there are any."""
    return (
        None if weight is None else sum_to_channels(grad * x),
        None if bias is None else sum_to_channels(grad),
    )


def split_groups(x: np.ndarray, groups: int) -> np.ndarray:
    """The values of each group of channels in one row.

    Shapes: x (n, channels, *spatial); result (n, groups, values).
    Raises ValueError where the groups do not divide the channels.
    """
    if x.shape[1] % groups:
        raise ValueError(f"{groups} groups do not divide the channels of x {x.shape}")
    return x.reshape(len(x), groups, math.prod(x.shape[1:]) // groups)


def sum_nearest_channels(x: np.ndarray, before: int, after: int) -> np.ndarray:
    """For each channel, the sum of itself and of so many before and after it."""
    margins = [(0, 0), (before, after), *[(0, 0)] * (x.ndim - 2)]
    padded = np.pad(x, margins)
    total = np.zeros_like(x)
    for start in range(before + after + 1):
        total += padded[:, start : start + x.shape[1]]
    return total

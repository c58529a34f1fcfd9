"""Optimizers for the NumPy target, each as PyTorch has it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np


class Optimizer:
    """Changes weights in place by their gradients; `memory` is what it keeps from step to step, by name."""

    def __init__(self, lr: float) -> None:
        self.lr = lr
        self.memory: dict[str, np.ndarray] = {}

    def step(self, weights: Mapping[str, np.ndarray], gradients: Mapping[str, np.ndarray]) -> None:
        """Change every weight that has a gradient."""
        raise NotImplementedError


class SGD(Optimizer):
    """Stochastic gradient descent: w ← w − lr · g."""

    def step(self, weights: Mapping[str, np.ndarray], gradients: Mapping[str, np.ndarray]) -> None:
        """Change every weight that has a gradient."""
        for name, gradient in gradients.items():
            weights[name][...] -= self.lr * gradient


class Adam(Optimizer):
    """Adam, with the usual β₁ = 0.9, β₂ = 0.999 and ε = 1e-8.

        m ← β₁·m + (1 − β₁)·g
        v ← β₂·v + (1 − β₂)·g²
        w ← w − lr · (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε)

    Source: Kingma and Ba, "Adam: a method for stochastic optimization", 2015.
    """

    BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8

    def step(self, weights: Mapping[str, np.ndarray], gradients: Mapping[str, np.ndarray]) -> None:
        """Change every weight that has a gradient."""
        for name, gradient in gradients.items():
            m = self._kept(f"{name}.exp_avg", gradient.shape)
            v = self._kept(f"{name}.exp_avg_sq", gradient.shape)
            t = self._kept(f"{name}.step", ())
            t += 1
            m += (1 - self.BETA1) * (gradient - m)
            v += (1 - self.BETA2) * (gradient * gradient - v)
            size = float(self.lr / (1 - self.BETA1 ** float(t)))
            root = np.sqrt(v) / np.float32(np.sqrt(1 - self.BETA2 ** float(t)))
            weights[name][...] -= size * m / (root + np.float32(self.EPSILON))

    def _kept(self, name: str, shape: tuple[int, ...]) -> np.ndarray:
        return self.memory.setdefault(name, np.zeros(shape, np.float32))

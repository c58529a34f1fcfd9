"""Training by the generated NumPy code."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from netspec.ir import ShapedNet
from netspec.training.learners.learner import Step
from netspec.training.learners.optimizers import SGD, Adam, Optimizer
from netspec.training.scores import number_of_scores
from netspec.training.settings import Settings


class NumpyLearner:
    """A net in NumPy, with the planned program where it has one."""

    def __init__(self, net: ShapedNet, settings: Settings) -> None:
        self.network = net.to_numpy(optimize=True)
        self.settings = settings
        self.classes = number_of_scores(net)
        self.optimizer: Optimizer = {"sgd": SGD, "adam": Adam}[settings.optimizer](settings.lr)

    def begin(self, epoch: int) -> None:
        """Make ready for the steps of an epoch."""
        fresh = np.random.default_rng((self.settings.seed, epoch, 1))
        self.network.rng.bit_generator.state = fresh.bit_generator.state

    def step(self, x: np.ndarray, labels: np.ndarray, counted: int, batch: int) -> Callable[[], Step]:
        """Take a step. There is one process, so all examples count."""
        target = labels
        if self.settings.loss == "mean_squared_error":
            target = np.eye(self.classes, dtype=np.float32)[labels]
        loss, gradients = self.network.gradients(x, target, self.settings.loss)
        self.optimizer.step(self.network.weights, gradients)
        scores = self.network.output
        if scores is None:
            raise TypeError("a step leaves its scores")
        outcome = Step(loss, int((scores.argmax(1) == labels).sum()))
        return lambda: outcome

    def predict(self, x: np.ndarray) -> np.ndarray:
        """The class with the largest score, for each example: (n,)."""
        classes: np.ndarray = self.network(x).argmax(1)
        return classes

    def total(self, count: int) -> int:
        """There is one process."""
        return count

    def weights(self) -> dict[str, np.ndarray]:
        """The weights by name."""
        return {name: array.copy() for name, array in self.network.weights.items()}

    def state(self) -> dict[str, np.ndarray]:
        """What the optimizer remembers."""
        return {name: array.copy() for name, array in self.optimizer.memory.items()}

    def restore(self, weights: Mapping[str, np.ndarray], state: Mapping[str, np.ndarray]) -> None:
        """Go on from these."""
        self.network.load_weights(weights)
        self.optimizer.memory = {name: array.copy() for name, array in state.items()}

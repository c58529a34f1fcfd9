"""The loop of training: epochs of steps, each followed by a test and a checkpoint."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol

from netspec.execution.errors import CannotRun
from netspec.training.data.dataset import Dataset, Split
from netspec.training.directory import Epoch, Progress
from netspec.training.evaluation import predictions
from netspec.training.learners.learner import Learner, Step
from netspec.training.order import Part, batches
from netspec.training.ranks import Ranks
from netspec.training.settings import Settings


class Diverged(CannotRun):
    """The loss is no finite number any more."""


class Watch(Protocol):
    """Who is told how the training goes."""

    def step(self, examples: int, loss: float, accuracy: float) -> None:
        """So many more examples; mean loss and accuracy of the epoch so far."""

    def epoch(self, epoch: Epoch) -> None:
        """An epoch is over, and saved."""


class Training(NamedTuple):
    """What is trained, how, on what, by which of the processes."""

    learner: Learner
    settings: Settings
    data: Dataset
    ranks: Ranks

    def run(self, so_far: Progress, save: Callable[[Progress], None], watch: Watch) -> None:
        """Train until all epochs are done. Raises :class:`Diverged`, and then nothing of that epoch is saved."""
        while len(so_far.epochs) < self.settings.epochs:
            started = time.perf_counter()
            number = len(so_far.epochs) + 1
            losses, loss, right = self._epoch(number, watch)
            count = len(self.data.train.labels)
            accuracy = self.accuracy(self.data.test)
            seconds = time.perf_counter() - started
            epoch = Epoch(
                epoch=number,
                loss=loss,
                train_accuracy=right / count,
                test_accuracy=accuracy,
                seconds=round(seconds, 3),
            )
            so_far = Progress(
                (*so_far.epochs, epoch),
                (*so_far.losses, tuple(losses)),
                self.learner.weights(),
                self.learner.state(),
            )
            save(so_far)
            watch.epoch(epoch)

    def _epoch(self, number: int, watch: Watch) -> tuple[list[float], float, int]:
        """The loss of each step of an epoch, their mean over all images, and how many labels were right."""
        losses: list[float] = []
        right = seen = 0
        total = 0.0
        self.learner.begin(number)
        for part, step in self._steps(number):
            if not math.isfinite(step.loss):
                raise Diverged(
                    f"the loss is {step.loss} at step {len(losses) + 1} of epoch {number}: the training diverges; "
                    f"try a smaller --lr than {self.settings.lr:g}"
                )
            losses.append(step.loss)
            right += step.right
            seen += part.batch
            total += step.loss * part.batch
            watch.step(part.batch, total / seen, right / seen)
        return losses, total / seen, right

    def _steps(self, number: int) -> Iterator[tuple[Part, Step]]:
        """Each step with its outcome, which is waited for when the next one is on its way."""
        images, labels = self.data.train
        waiting: tuple[Part, Callable[[], Step]] | None = None
        for part in batches(len(labels), self.settings.batch, self.settings.seed, number, self.ranks):
            x = self.data.inputs(images[part.places])
            wait = self.learner.step(x, labels[part.places], part.counted, part.batch)
            if waiting is not None:
                yield waiting[0], waiting[1]()
            waiting = part, wait
        if waiting is not None:
            yield waiting[0], waiting[1]()

    def accuracy(self, split: Split) -> float:
        """The part of the labels that are right; each process looks at its share of them."""
        mine = slice(self.ranks.rank, None, self.ranks.processes)
        labels = split.labels[mine]
        found = predictions(self.learner, self.data, split.images[mine], self.settings.batch)
        right = int((found == labels).sum())
        return self.learner.total(right) / len(split.labels)

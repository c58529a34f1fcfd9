"""One run of training: what learns, on what, and the directory that is kept up to date meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from netspec.execution.errors import CannotRun
from netspec.ir import ShapedNet
from netspec.training.data.dataset import Dataset
from netspec.training.directory import Card, Progress, Record, RunDirectory
from netspec.training.initial import initial_weights
from netspec.training.learners import make_learner
from netspec.training.loop import Training, Watch
from netspec.training.pictures import draw_curves
from netspec.training.ranks import ALONE, Ranks
from netspec.training.settings import Settings

CURVES = "curves"


class Session:
    """A run in progress. Of several processes the first alone writes."""

    def __init__(
        self,
        directory: RunDirectory,
        net: ShapedNet,
        settings: Settings,
        data: Dataset,
        device: str = "auto",
        ranks: Ranks = ALONE,
    ) -> None:
        """Make ready to learn. Raises :class:`CannotRun`, and then nothing has been written."""
        if settings.batch < ranks.processes:
            raise CannotRun(f"--batch {settings.batch} is too small to share among {ranks.processes} processes")
        self.directory, self.net, self.settings, self.data, self.ranks = directory, net, settings, data, ranks
        self.learner, self.device = make_learner(net, settings, device, ranks)
        self.so_far = Progress((), (), {}, {})

    def begin(self, data_dir: Path | None, texts: Mapping[str, str]) -> None:
        """Start from the first weights, in a directory of its own. Raises :class:`CannotRun`."""
        record = Record(
            spec=next(iter(texts)),
            settings=self.settings,
            data_dir=str(data_dir) if data_dir else None,
            device=self.device,
            processes=self.ranks.processes,
            data=Card.of(self.data),
        )
        if self.ranks.first:
            self.directory.create(record, self.net, texts)
        self._start(self._first())
        self.save(self.so_far)

    def resume(self) -> None:
        """Go on from the last checkpoint, with the settings of now. Raises :class:`CannotRun`."""
        record = self.directory.record()
        self.directory.hold(record, self.data)
        self._start(self.directory.load() or self._first())
        if self.ranks.first:
            self.directory.rewrite(Record(**{**dict(record), "settings": self.settings}))

    def _first(self) -> Progress:
        """What a run begins with."""
        return Progress((), (), initial_weights(self.net, self.settings.init, self.settings.seed), {})

    def _start(self, so_far: Progress) -> None:
        self.learner.restore(so_far.weights, so_far.state)
        self.so_far = so_far

    def save(self, so_far: Progress) -> None:
        """Keep how far it has come."""
        self.so_far = so_far
        if self.ranks.first:
            self.directory.save(so_far)

    def train(self, watch: Watch) -> None:
        """Train to the end. Raises :class:`CannotRun` where the loss diverges."""
        Training(self.learner, self.settings, self.data, self.ranks).run(self.so_far, self.save, watch)

    def draw(self) -> None:
        """Draw the curves of the epochs that are done."""
        if not self.ranks.first or not self.so_far.epochs:
            return
        title = f"{self.net.name} on {self.data.name}"
        for name, content in draw_curves(title, self.so_far.epochs, self.so_far.losses).items():
            self.directory.write(f"{CURVES}.{name}", content)

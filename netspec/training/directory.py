"""What a run leaves: a directory that tells all of it, and from which it can go on."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from netspec import __version__
from netspec.diagnostics import SpecError
from netspec.execution.errors import CannotRun
from netspec.files import reason, write_whole
from netspec.ir import ShapedNet
from netspec.training.data.dataset import Dataset
from netspec.training.settings import Settings

RECORD, NET, SPEC = "run.json", "net.json", "spec"
CHECKPOINT, WEIGHTS = "checkpoint.safetensors", "weights.safetensors"
METRICS, STEPS = "metrics.jsonl", "steps.jsonl"


class Card(BaseModel):
    """What must be the same of the data for a run to go on, and what its labels stand for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    classes: tuple[str, ...]
    shape: tuple[int, ...]
    train: int
    test: int

    @classmethod
    def of(cls, data: Dataset) -> Card:
        """The card of some data."""
        return cls(
            name=data.name,
            classes=data.classes,
            shape=data.shape,
            train=len(data.train.labels),
            test=len(data.test.labels),
        )


class Record(BaseModel):
    """The settings of a run, beside its net."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    netspec: str = __version__
    spec: str
    settings: Settings
    data_dir: str | None
    device: str
    processes: int
    data: Card

    def data_folder(self, given: Path | None) -> Path | None:
        """Where the files of the data lie: where that is said now, else where they lay."""
        return given or (Path(self.data_dir) if self.data_dir else None)


class Epoch(BaseModel):
    """What an epoch came to: a line of metrics.jsonl. Loss and accuracy in training are means over the epoch."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    epoch: int
    loss: float
    train_accuracy: float
    test_accuracy: float
    seconds: float


class Progress(NamedTuple):
    """How far a run has come: its epochs, the loss of every step, and the state to go on from."""

    epochs: tuple[Epoch, ...]
    losses: tuple[tuple[float, ...], ...]
    weights: Mapping[str, np.ndarray]
    state: Mapping[str, np.ndarray]


class RunDirectory:
    """A run on disk. Each file is replaced as a whole, and the checkpoint last: what it tells has been written."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def exists(self) -> bool:
        """Whether a run is here."""
        return (self.path / RECORD).is_file()

    def create(self, record: Record, net: ShapedNet, texts: Mapping[str, str]) -> None:
        """Begin: the settings, the net, the texts of its spec by their places. Raises :class:`CannotRun`."""
        if self.exists():
            raise CannotRun(f"{self.path}: has a run already: go on with --resume, or choose another --out")
        if self.path.exists() and (not self.path.is_dir() or any(self.path.iterdir())):
            raise CannotRun(f"{self.path}: is not empty; choose another --out")
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            for name, text in texts.items():
                copy = self.path / SPEC / name
                copy.parent.mkdir(parents=True, exist_ok=True)
                write_whole(copy, text)
            write_whole(self.path / NET, net.to_json())
        except OSError as error:
            raise _unwritable(self.path, error) from None
        self.rewrite(record)  # which makes it a run

    def rewrite(self, record: Record) -> None:
        """Write the settings. Raises :class:`CannotRun`."""
        self.write(RECORD, record.model_dump_json(indent=2) + "\n")

    def write(self, name: str, content: str | bytes) -> None:
        """Write a file of the run. Raises :class:`CannotRun`."""
        try:
            write_whole(self.path / name, content)
        except OSError as error:
            raise _unwritable(self.path / name, error) from None

    def record(self) -> Record:
        """The settings of the run. Raises :class:`CannotRun`."""
        try:
            return Record.model_validate_json((self.path / RECORD).read_bytes())
        except FileNotFoundError:
            raise CannotRun(f"{self.path}: has no run: no {RECORD}") from None
        except OSError as error:
            raise CannotRun(f"{self.path}: {reason(error)}") from None
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(map(str, first["loc"])) or "it"
            raise CannotRun(f"{self.path / RECORD}: {where}: {first['msg'].lower()}") from None

    def hold(self, record: Record, data: Dataset) -> None:
        """Hold data against what the run began with. Raises :class:`CannotRun` for other data."""
        if record.data != Card.of(data):
            raise CannotRun(f"{self.path}: the data is not what this run began with, but {data.name}")

    def net(self) -> ShapedNet:
        """The net as it was checked. Raises :class:`CannotRun`."""
        try:
            return ShapedNet.from_json((self.path / NET).read_bytes())
        except OSError as error:
            raise CannotRun(f"{self.path / NET}: {reason(error)}") from None
        except SpecError as error:
            raise CannotRun(f"{self.path / NET}: {error.diagnostics[0].message}") from None

    def save(self, progress: Progress) -> None:
        """Keep how far the run has come. Raises :class:`CannotRun`."""
        from safetensors.numpy import save

        steps = (
            {"epoch": epoch, "step": step, "loss": loss}
            for epoch, losses in enumerate(progress.losses, 1)
            for step, loss in enumerate(losses, 1)
        )
        arrays = {f"weights.{name}": array for name, array in progress.weights.items()}
        arrays |= {f"optimizer.{name}": array for name, array in progress.state.items()}
        self.write(METRICS, "".join(f"{epoch.model_dump_json()}\n" for epoch in progress.epochs))
        self.write(STEPS, "".join(f"{json.dumps(step)}\n" for step in steps))
        self.write(WEIGHTS, save(dict(progress.weights)))
        self.write(CHECKPOINT, save(arrays, metadata={"epoch": str(len(progress.epochs))}))

    def load(self) -> Progress | None:
        """How far the run has come; None if it was stopped before its first checkpoint. Raises :class:`CannotRun`."""
        from safetensors import SafetensorError, safe_open

        path = self.path / CHECKPOINT
        if not path.exists():
            return None
        try:
            with safe_open(path, "np") as file:
                done = int((file.metadata() or {})["epoch"])
                arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # it is no mapping
            epochs = tuple(Epoch(**row) for row in self._rows(METRICS))[:done]
            losses: list[list[float]] = [[] for _ in range(done)]
            for row in self._rows(STEPS):
                if row["epoch"] <= done:
                    losses[row["epoch"] - 1].append(row["loss"])
        except (OSError, SafetensorError, KeyError, ValueError, TypeError) as error:
            raise CannotRun(f"{self.path}: its files are broken: {str(error).splitlines()[0]}") from None
        if len(epochs) < done:
            raise CannotRun(f"{self.path / METRICS}: has {len(epochs)} epochs, but the checkpoint {done}")
        return Progress(
            epochs,
            tuple(map(tuple, losses)),
            _under("weights.", arrays),
            _under("optimizer.", arrays),
        )

    def _rows(self, name: str) -> Sequence[dict[str, Any]]:
        return [json.loads(line) for line in (self.path / name).read_text(encoding="utf-8").splitlines()]


def _under(prefix: str, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}


def _unwritable(path: Path, error: OSError) -> CannotRun:
    return CannotRun(f"{path}: {reason(error)}")

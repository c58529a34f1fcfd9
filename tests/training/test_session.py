"""A run that is broken off goes on, and ends as one that was not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netspec.execution.errors import CannotRun
from netspec.training.data import Dataset
from netspec.training.directory import Epoch, RunDirectory
from netspec.training.loop import Diverged
from netspec.training.session import Session
from netspec.training.settings import Settings

from .nets import NORMED, PLAIN, easy_data, net_of

TEXTS = {"net.net": PLAIN}


class Silent:
    """Nobody watches."""

    def step(self, examples: int, loss: float, accuracy: float) -> None:
        """Not seen."""

    def epoch(self, epoch: Epoch) -> None:
        """Not seen."""


class Killed(BaseException):
    """What stops a process in the middle of an epoch."""


class KillAt(Silent):
    """Stops at a step of an epoch."""

    def __init__(self, epoch: int, step: int) -> None:
        self.left = (epoch, step)
        self.now = (1, 0)

    def step(self, examples: int, loss: float, accuracy: float) -> None:
        """Count, and stop."""
        self.now = (self.now[0], self.now[1] + 1)
        if self.now == self.left:
            raise Killed

    def epoch(self, epoch: Epoch) -> None:
        """Count."""
        self.now = (self.now[0] + 1, 0)


def session(path: Path, settings: Settings, text: str = PLAIN, data: Dataset | None = None) -> Session:
    return Session(RunDirectory(path), net_of(text), settings, data or easy_data())


def unbroken(path: Path, settings: Settings, text: str) -> Session:
    run = session(path, settings, text)
    run.begin(None, {"net.net": text})
    run.train(Silent())
    return run


def told(path: Path) -> list[dict[str, Any]]:
    """What a run says of its epochs, but for the time they took."""
    rows = [json.loads(line) for line in (path / "metrics.jsonl").read_text().splitlines()]
    return [{name: value for name, value in row.items() if name != "seconds"} for row in rows]


SETTINGS = [
    Settings(target="numpy", optimizer="sgd", lr=0.1, batch=16, epochs=4),
    Settings(target="numpy", optimizer="adam", lr=0.01, batch=16, epochs=4),
    Settings(target="torch", optimizer="sgd", lr=0.1, batch=16, epochs=4),
    Settings(target="torch", optimizer="adam", lr=0.01, batch=16, epochs=4),
]


@pytest.mark.parametrize("settings", SETTINGS, ids=lambda settings: f"{settings.target} {settings.optimizer}")
@pytest.mark.parametrize("stop", [(1, 2), (2, 3), (4, 1)], ids=str)
def test_a_broken_run_ends_with_the_numbers_of_an_unbroken_one(
    tmp_path: Path, settings: Settings, stop: tuple[int, int]
) -> None:
    whole = unbroken(tmp_path / "whole", settings, NORMED)
    broken = session(tmp_path / "broken", settings, NORMED)
    broken.begin(None, {"net.net": NORMED})
    with pytest.raises(Killed):
        broken.train(KillAt(*stop))
    resumed = session(tmp_path / "broken", settings, NORMED)
    resumed.resume()
    assert len(resumed.so_far.epochs) == stop[0] - 1
    resumed.train(Silent())
    assert told(tmp_path / "broken") == told(tmp_path / "whole")
    assert resumed.so_far.losses == whole.so_far.losses
    for name, array in whole.so_far.weights.items():
        np.testing.assert_array_equal(resumed.so_far.weights[name], array)


def test_float16_remembers_the_scale_of_its_gradients(tmp_path: Path) -> None:
    settings = Settings(precision="float16", lr=0.1, batch=16, epochs=2)
    whole = unbroken(tmp_path / "whole", settings, PLAIN)
    half = unbroken(tmp_path / "half", Settings(**{**dict(settings), "epochs": 1}), PLAIN)
    assert "scaler.scale" in half.so_far.state
    resumed = session(tmp_path / "half", settings)
    resumed.resume()
    resumed.train(Silent())
    assert resumed.so_far.losses == whole.so_far.losses


def test_a_run_may_go_further_than_it_was_meant_to(tmp_path: Path) -> None:
    settings = Settings(target="numpy", lr=0.1, batch=16, epochs=3)
    whole = unbroken(tmp_path / "whole", settings, PLAIN)
    unbroken(tmp_path / "short", Settings(**{**dict(settings), "epochs": 1}), PLAIN)
    longer = session(tmp_path / "short", settings)
    longer.resume()
    longer.train(Silent())
    assert longer.so_far.losses == whole.so_far.losses
    assert RunDirectory(tmp_path / "short").record().settings.epochs == 3


def test_what_is_written_after_the_checkpoint_is_forgotten(tmp_path: Path) -> None:
    run = unbroken(tmp_path, Settings(target="numpy", lr=0.1, batch=16, epochs=2), PLAIN)
    for name in ("metrics.jsonl", "steps.jsonl"):
        rows = (tmp_path / name).read_text().splitlines()
        later = json.loads(rows[-1])
        later["epoch"] = 3
        (tmp_path / name).write_text("\n".join([*rows, json.dumps(later)]) + "\n")
    found = RunDirectory(tmp_path).load()
    assert found is not None
    assert (found.epochs, found.losses) == (run.so_far.epochs, run.so_far.losses)


def test_a_run_keeps_its_spec_settings_metrics_steps_and_weights(tmp_path: Path) -> None:
    settings = Settings(target="numpy", lr=0.1, batch=16, epochs=2)
    run = unbroken(tmp_path, settings, PLAIN)
    assert (tmp_path / "spec" / "net.net").read_text() == PLAIN
    assert RunDirectory(tmp_path).record().settings == settings
    assert RunDirectory(tmp_path).net() == net_of(PLAIN)
    assert [row["epoch"] for row in told(tmp_path)] == [1, 2]
    steps = [json.loads(line) for line in (tmp_path / "steps.jsonl").read_text().splitlines()]
    assert [(row["epoch"], row["step"]) for row in steps] == [(epoch, step) for epoch in (1, 2) for step in range(1, 5)]
    network = net_of(PLAIN).to_numpy()
    network.load(tmp_path / "weights.safetensors")
    for name, array in run.so_far.weights.items():
        np.testing.assert_array_equal(network.weights[name], array)


@pytest.mark.parametrize("target", ["numpy", "torch"])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # NumPy tells of the overflow too
def test_a_diverging_loss_stops_the_run_and_keeps_what_was_before(tmp_path: Path, target: Any) -> None:
    run = session(tmp_path, Settings(target=target, lr=1e30, batch=16, epochs=2, loss="mean_squared_error"))
    run.begin(None, TEXTS)
    with pytest.raises(
        Diverged, match=r"the loss is (nan|inf) at step \d of epoch 1: .*; try a smaller --lr than 1e\+30"
    ):
        run.train(Silent())
    saved = RunDirectory(tmp_path).load()
    assert saved is not None
    assert saved.epochs == ()
    assert all(np.isfinite(array).all() for array in saved.weights.values())


def test_other_data_is_refused(tmp_path: Path) -> None:
    settings = Settings(target="numpy", batch=16, epochs=1)
    unbroken(tmp_path, settings, PLAIN)
    other = session(tmp_path, settings, data=easy_data(count=40))
    with pytest.raises(CannotRun, match="the data is not what this run began with"):
        other.resume()


def test_a_directory_with_anything_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("all my work")
    run = session(tmp_path, Settings(target="numpy"))
    with pytest.raises(CannotRun, match="is not empty; choose another --out"):
        run.begin(None, TEXTS)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_run_is_not_begun_twice(tmp_path: Path) -> None:
    settings = Settings(target="numpy", batch=16, epochs=1)
    unbroken(tmp_path, settings, PLAIN)
    with pytest.raises(CannotRun, match="has a run already: go on with --resume"):
        session(tmp_path, settings).begin(None, TEXTS)


BROKEN = {
    "run.json": ("{", "run.json: it: invalid json"),
    "net.json": ("{", "net.json: the text is no JSON"),
    "metrics.jsonl": ("", "metrics.jsonl: has 0 epochs, but the checkpoint 1"),
    "steps.jsonl": ("{]", "its files are broken"),
    "checkpoint.safetensors": ("no checkpoint", "its files are broken"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_run_is_told(tmp_path: Path, name: str) -> None:
    unbroken(tmp_path, Settings(target="numpy", batch=16, epochs=1), PLAIN)
    text, message = BROKEN[name]
    (tmp_path / name).write_text(text)
    directory = RunDirectory(tmp_path)
    with pytest.raises(CannotRun, match=message):
        directory.record(), directory.net(), directory.load()


def test_the_curves_are_drawn_as_svg_and_png(tmp_path: Path) -> None:
    run = unbroken(tmp_path, Settings(target="numpy", lr=0.1, batch=16, epochs=2), PLAIN)
    run.draw()
    svg = (tmp_path / "curves.svg").read_text(encoding="utf-8")
    assert "<!-- train loss -->" in svg
    assert "<!-- test accuracy -->" in svg
    assert (tmp_path / "curves.png").read_bytes().startswith(b"\x89PNG")
    run.draw()
    assert (tmp_path / "curves.svg").read_text(encoding="utf-8") == svg

"""`netspec evaluate`: how good a trained net is, class by class."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from netspec.cli.common import CLEAN, Failure, Parser, command
from netspec.cli.training import bar, need_parts

EVALUATE = """\
Test what a run has learned so far: its accuracy on the test images, and which classes are taken for which.

  netspec evaluate runs/LeNet-fashion-mnist
  netspec evaluate runs/LeNet-mnist --data-dir mnist/     where its data lies now
  netspec evaluate runs/LeNet-mnist --target numpy        the same weights, by NumPy

The confusion matrix is printed, and drawn in the directory of the run: confusion.svg, confusion.png.

Exit status: 0 all is well, 2 the command could not be carried out.
"""

CONFUSION = "confusion"


def add(commands: argparse._SubParsersAction[Parser]) -> None:
    """Make the command known."""
    parser = command(commands, "evaluate", "how good a trained net is", EVALUATE)
    parser.add_argument("directory", metavar="RUN_DIR", type=Path, help="the directory of a run")
    parser.add_argument(
        "--target", choices=("torch", "numpy"), help="whose code runs; that of the training if not given"
    )
    parser.add_argument("--data-dir", metavar="DIR", type=Path, help="where the files of mnist or fashion-mnist lie")
    parser.add_argument("--device", default="auto", metavar="D", help="of torch: auto, cpu, cuda, cuda:1, mps")
    parser.set_defaults(run=_run)


def _run(given: argparse.Namespace) -> int:
    need_parts()
    from netspec.execution.errors import CannotRun

    try:
        return _evaluate(given)
    except CannotRun as error:
        raise Failure(str(error), error.details) from None


def _evaluate(given: argparse.Namespace) -> int:
    from netspec.training.data import read_data
    from netspec.training.directory import RunDirectory
    from netspec.training.evaluation import confusion_matrix, predictions, render_confusion
    from netspec.training.learners import make_learner
    from netspec.training.pictures import draw_confusion
    from netspec.training.settings import Settings

    directory = RunDirectory(given.directory)
    record, net, so_far = directory.record(), directory.net(), directory.load()
    if so_far is None or not so_far.epochs:
        raise Failure(f"{given.directory}: no epoch of this run is done yet")
    settings = record.settings
    if given.target is not None and given.target != settings.target:
        # What is left of the settings says nothing about a net that has learned.
        settings = Settings(data=settings.data, resize=settings.resize, target=given.target, batch=settings.batch)
    folder = record.data_folder(given.data_dir)
    data = read_data(settings.data, net.inputs[0].shape, directory=folder, resize=settings.resize, bars=bar)
    directory.hold(record, data)
    learner, _ = make_learner(net, settings, given.device)
    learner.restore(so_far.weights, {})
    images, labels = data.test
    progress = bar("evaluating", " images", len(labels))
    try:
        found = predictions(learner, data, images, settings.batch, progress)
    finally:
        progress.close()
    matrix = confusion_matrix(labels, found, len(data.classes))
    right = int(matrix.trace())
    epochs = len(so_far.epochs)
    print(
        f"{net.name} after {epochs} epoch{'' if epochs == 1 else 's'} on {data.name}: "
        f"{right:,} of {len(labels):,} test images are right, an accuracy of {right / len(labels):.4f}\n"
    )
    sys.stdout.write(render_confusion(matrix, data.classes))
    for name, content in draw_confusion(f"{net.name} on {data.name}", matrix, data.classes).items():
        directory.write(f"{CONFUSION}.{name}", content)
    return CLEAN

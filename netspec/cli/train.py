"""`netspec train`: from a spec and data to measured accuracy."""

from __future__ import annotations

import argparse
import contextlib
import functools
import gc
import itertools
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from netspec.cli.common import (
    CLEAN,
    FAILED,
    INTERRUPTED,
    Failure,
    Parser,
    Unsound,
    add_choice_of_net,
    command,
    options_of,
    print_problems,
    progress,
    read_spec,
    sound_net,
    whole_number,
)
from netspec.cli.training import bar, need_parts, spec_texts
from netspec.compile import Result
from netspec.sizes import format_shape

if TYPE_CHECKING:
    from tqdm import tqdm

    from netspec.ir import ShapedNet
    from netspec.training.data import Dataset
    from netspec.training.directory import Epoch, RunDirectory
    from netspec.training.ranks import Ranks
    from netspec.training.session import Session
    from netspec.training.settings import Settings

TRAIN = """\
Train a net on images, test it after every epoch, and keep all of it in a directory.

  netspec train digits_8x8.net --optimizer adam           the digits that scikit-learn has, no network needed
  netspec train lenet.net --data fashion-mnist            downloaded once, checked, and kept in the cache
  netspec train lenet.net --data mnist --data-dir mnist/  its files lie here, packed or not
  netspec train net.net --data photos/ --resize           photos/CLASS/*.png, or photos/train/CLASS/ and photos/test/
  netspec train net.net --data data.npz                   x_train, y_train, x_test, y_test; channels first
  netspec train lenet.net --data mnist --target numpy     by NumPy alone, no PyTorch
  netspec train --resume --out runs/LeNet-mnist           go on where it stopped; with --epochs 20 also further
  torchrun --nproc-per-node 4 --no-python netspec train resnet18.net --data photos/     4 processes or GPUs

The directory (runs/NET-DATA, or --out) has the curves (curves.svg, curves.png), metrics.jsonl with a line for each
epoch, steps.jsonl with the loss of each step, weights.safetensors, the checkpoint, the spec and all settings. It is
brought up to date after each epoch, so that whatever stops a run costs the epoch in progress at most.

Then: netspec evaluate DIR, and netspec run DIR --input image.png.

Exit status: 0 all is well, 1 the spec has problems or does not go with the data, 2 the command could not be carried
out, or the training diverged, 130 it was interrupted.
"""


def add(commands: argparse._SubParsersAction[Parser]) -> None:
    """Make the command known."""
    parser = command(commands, "train", "train a net on images", TRAIN)
    parser.add_argument("file", metavar="SPEC", nargs="?", help="a spec; not needed to --resume")
    _add_settings(parser)
    parser.add_argument("--data-dir", metavar="DIR", type=Path, help="where the files of mnist or fashion-mnist lie")
    parser.add_argument("--device", default="auto", metavar="D", help="of torch: auto, cpu, cuda, cuda:1, mps")
    parser.add_argument("--out", type=Path, metavar="DIR", help="the directory of the run")
    parser.add_argument("--resume", action="store_true", help="go on with the run in --out")
    add_choice_of_net(parser)
    parser.set_defaults(run=_run)


def _add_settings(parser: argparse.ArgumentParser) -> None:
    """The settings of a run. One that is not given stays away, so that a run that goes on knows what was asked for."""
    option = functools.partial(parser.add_argument, default=argparse.SUPPRESS)
    option("--data", metavar="DATA", help="what to learn from: digits (the default), mnist, ...")
    option("--resize", action="store_true", help="scale and crop a folder's pictures to the input")
    option("--target", choices=("torch", "numpy"), help="whose code learns (torch)")
    option("--epochs", type=whole_number(1), metavar="N", help="times that all images are seen (10)")
    option("--batch", type=whole_number(1), metavar="N", help="images to a step, over all processes (256)")
    option("--optimizer", choices=("sgd", "adam"), help="how weights follow gradients (sgd)")
    option("--lr", type=_rate, metavar="X", help="the learning rate (sgd 0.9, adam 0.001)")
    option("--loss", choices=("cross_entropy", "mean_squared_error"), help="what is made small (cross_entropy)")
    option("--init", choices=("xavier", "kaiming", "default"), help="the first weights (xavier)")
    option("--seed", type=whole_number(0), metavar="N", help="decides first weights and order (0)")
    option("--precision", choices=("float32", "bfloat16", "float16"), help="of torch: mixed precision (float32)")
    option("--channels-last", action="store_true", help="of torch: the other layout in memory")
    option("--compile", action="store_true", help="of torch: compile the net before it learns")


def _rate(text: str) -> float:
    with contextlib.suppress(ValueError):
        if 0 < float(text) < float("inf"):
            return float(text)
    raise argparse.ArgumentTypeError(f"must be a number above 0, not {text}")


def _run(given: argparse.Namespace) -> int:
    need_parts()
    from netspec.execution.errors import CannotRun
    from netspec.training.ranks import joined, ranks_of

    ranks = ranks_of()
    try:
        with contextlib.nullcontext() if ranks.first else _silence(), joined(ranks):
            return _train(given, ranks)
    except CannotRun as error:
        if ranks.first:  # one process speaks for all: they meet the same mistakes
            raise Failure(str(error), error.details) from None
        return FAILED


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
        yield


def _train(given: argparse.Namespace, ranks: Ranks) -> int:
    gc.enable()  # which short commands do without
    session = _resumed(given, ranks) if given.resume else _begun(given, ranks)
    watch = _Table(session)
    try:
        with contextlib.closing(watch):
            session.train(watch)
    except KeyboardInterrupt:
        session.draw()
        done = len(session.so_far.epochs)
        print(
            f"netspec: interrupted; {done} epoch{'' if done == 1 else 's'} of {session.settings.epochs} "
            f"are in {session.directory.path}: netspec train --resume --out {session.directory.path} goes on",
            file=sys.stderr,
        )
        return INTERRUPTED
    session.draw()
    last = session.so_far.epochs[-1]
    print(
        f"\n{session.net.name} on {session.data.name}: test accuracy {last.test_accuracy:.3f} after "
        f"{last.epoch} epochs, in {session.directory.path}"
    )
    return CLEAN


def _asked(given: argparse.Namespace) -> dict[str, Any]:
    """The settings that were given."""
    from netspec.training.data import NAMES
    from netspec.training.settings import Settings

    asked = {name: value for name, value in vars(given).items() if name in Settings.model_fields}
    if "data" in asked and asked["data"] not in NAMES and Path(asked["data"]).exists():
        asked["data"] = str(Path(asked["data"]).resolve())  # a run may go on from elsewhere
    return asked


def _begun(given: argparse.Namespace, ranks: Ranks) -> Session:
    """A new run. Raises :class:`Failure`, :class:`Unsound`, CannotRun."""
    from netspec.training.session import Session
    from netspec.training.settings import LEARNING_RATES, Settings

    if given.file is None:
        raise Failure("which net is to be trained? Give its spec (or --resume, with --out)")
    if given.file == "-":
        raise Failure("a net is trained from a file, which is kept with the run, not from standard input")
    asked = _asked(given)
    settings = Settings(**{"lr": LEARNING_RATES[asked.get("optimizer", "sgd")], **asked})
    directory = given.data_dir.resolve() if given.data_dir else None
    net, data = _net_and_data(given, settings, directory, ranks)
    with progress(f"preparing {net.name}"):
        session = Session(_out(given.out, net, settings), net, settings, data, given.device, ranks)
        session.begin(directory, spec_texts(Path(given.file)))
    return session


def _net_and_data(
    given: argparse.Namespace, settings: Settings, directory: Path | None, ranks: Ranks
) -> tuple[ShapedNet, Dataset]:
    """The net of the spec, for images of the data's shape. Raises :class:`Unsound` where they do not go together."""
    from netspec.training.suiting import bound, misfits

    options = options_of(given)
    net = sound_net(given.file, options)
    _one_way(net)
    data = _data(settings, net, directory, ranks)
    shape = bound(net, data)
    if shape is not None:
        options = options._replace(input_shape=shape)
        net = sound_net(given.file, options)
    wrong = tuple(misfits(net, data, options, lambda other: read_spec(given.file, other)))
    if wrong:
        print_problems(Result((), wrong), tables=False)
        raise Unsound
    return net, data


def _one_way(net: ShapedNet) -> None:
    """Raises :class:`Failure` for a net of several inputs or outputs."""
    for what, several in (("inputs", net.inputs), ("outputs", net.outputs)):
        if len(several) > 1:
            names = ", ".join(one.name for one in several)
            raise Failure(f"a net is trained from one input to one output, but {net.name} has {what} {names}")


def _data(settings: Settings, net: ShapedNet, directory: Path | None, ranks: Ranks) -> Dataset:
    """The data of the settings. Raises CannotRun."""
    from netspec.training.data import read_data

    with ranks.one_first():
        return read_data(settings.data, net.inputs[0].shape, directory=directory, resize=settings.resize, bars=bar)


def _out(wanted: Path | None, net: ShapedNet, settings: Settings) -> RunDirectory:
    """The directory that was asked for, or the first free one for the net and the data."""
    from netspec.training.directory import RunDirectory

    if wanted is not None:
        return RunDirectory(wanted)
    name = f"{net.name}-{Path(settings.data).stem}"
    names = (name if number == 1 else f"{name}-{number}" for number in itertools.count(1))
    return RunDirectory(next(path for path in map(Path("runs").joinpath, names) if not path.exists()))


def _resumed(given: argparse.Namespace, ranks: Ranks) -> Session:
    """A run that goes on. Raises :class:`Failure`, CannotRun."""
    from netspec.training.directory import SPEC, RunDirectory
    from netspec.training.session import Session
    from netspec.training.settings import Settings

    if given.out is None:
        raise Failure("which run goes on? Say where it is with --out DIR")
    directory = RunDirectory(given.out)
    record, net = directory.record(), directory.net()
    asked = _asked(given)
    for name, value in asked.items():
        before = getattr(record.settings, name)
        if value != before and name not in ("epochs", "compile"):
            option = name.replace("_", "-")
            raise Failure(f"the run in {given.out} has --{option} {before}, which cannot become {value} now")
    _is_still(given, net, directory.path / SPEC / record.spec)
    settings = Settings(**{**dict(record.settings), **asked})
    data = _data(settings, net, record.data_folder(given.data_dir), ranks)
    with progress(f"preparing {net.name}"):
        session = Session(directory, net, settings, data, given.device, ranks)
        session.resume()
    done = len(session.so_far.epochs)
    if done >= settings.epochs:
        raise Failure(f"the run in {given.out} has all its {done} epochs; with --epochs {2 * done} it would go on")
    return session


def _is_still(given: argparse.Namespace, net: ShapedNet, text: Path) -> None:
    """Raises :class:`Failure` where a spec is given, and its net is not that of the run."""
    if given.file is None:
        if given.net or given.settings or given.shape:
            raise Failure("a run goes on with its own net; --net, --set and --input go with a spec")
        return
    from netspec.passes.diff import compare

    options = options_of(given)
    spec = sound_net(given.file, options._replace(input_shape=options.input_shape or net.inputs[0].shape))
    if not compare(net, spec).has_same_names:
        raise Failure(f"{given.file} is not the net of this run any more (netspec diff {text} {given.file})")


class _Table:
    """The epochs as they are done, line by line; on a terminal with a bar for the one in progress."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.bar: tqdm[NoReturn] | None = None
        data, settings = session.data, session.settings
        where = f" on {session.device}" if settings.target == "torch" else ""
        print(
            f"{session.net.name}, {session.net.params:,} parameters, by {settings.target}{where}\n"
            f"{data.name}: {len(data.train.labels):,} images of {format_shape(data.shape)} to learn from, "
            f"{len(data.test.labels):,} for the test, {len(data.classes)} classes\n\n"
            "epoch    loss  train accuracy  test accuracy  images/s"
        )
        for epoch in session.so_far.epochs:
            self._row(epoch)
        sys.stdout.flush()

    def step(self, examples: int, loss: float, accuracy: float) -> None:
        """Move the bar on."""
        if self.bar is None:
            epoch = len(self.session.so_far.epochs) + 1
            doing = f"epoch {epoch}/{self.session.settings.epochs}"
            self.bar = bar(doing, " images", len(self.session.data.train.labels))
        self.bar.set_postfix_str(f"loss {loss:.3f}, accuracy {accuracy:.3f}", refresh=False)
        self.bar.update(examples)

    def epoch(self, epoch: Epoch) -> None:
        """Write a line for an epoch."""
        self.close()
        self._row(epoch)
        sys.stdout.flush()

    def close(self) -> None:
        """Take the bar away."""
        if self.bar is not None:
            self.bar.close()
            self.bar = None

    def _row(self, epoch: Epoch) -> None:
        rate = len(self.session.data.train.labels) / epoch.seconds if epoch.seconds else 0
        accuracies = f"{epoch.train_accuracy:>14.4f}  {epoch.test_accuracy:>13.4f}"
        loss = f"{epoch.loss:.4f}" if epoch.loss < 1000 else f"{epoch.loss:.0e}"
        print(f"{epoch.epoch:>5}  {loss:>6}  {accuracies}  {rate:>8,.0f}")

"""`netspec run`: the values of a net's layers for an input."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from netspec.cli.common import (
    CLEAN,
    Failure,
    Parser,
    add_choice_of_net,
    command,
    options_of,
    progress,
    sound_net,
    whole_number,
    write_file,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

    from netspec.ir import ShapedNet
    from netspec.training.directory import Record, RunDirectory

RUN = """\
Run a net on an input, and print or save what comes out, or the output of any layer.

  netspec run lenet.net --weights lenet.safetensors --input digit.png
  netspec run conv_demo.net --weights w.npz --input x.npy --layer conv1    the numbers of a layer, also of an input
  netspec run lenet.net --seed 0 --input x.npy --layer all -o values.npz   random weights, every layer to a file
  netspec run resnet18.net --weights r18.safetensors --input cat.png --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225
  netspec run siamese.net --weights w.npz --input left=a.npy --input right=b.npy
  netspec run lenet.net --weights w.npz --input x.npy --target torch       by PyTorch instead of NumPy
  netspec run runs/LeNet-mnist --input digit.png           what a trained net takes a picture for

Input: an .npy or .npz file holds one example, or a batch of them along a first axis; whole numbers are taken as they
are. A .png or .jpg picture must have the input's size; its bytes are divided by 255, and one channel is grey, three
are red, green and blue. With --mean and --std each channel is then (x - mean) / std.

A directory that `netspec train` has made brings its weights along, the names of the classes, and what was done with the
pictures it has learned from.

Weights: a .safetensors file, or an .npz file with each weight under its name, such as conv1.weight.

Exit status: 0 all is well, 1 the spec has problems, 2 the command could not be carried out.
"""


def add(commands: argparse._SubParsersAction[Parser]) -> None:
    """Make the command known."""
    parser = command(commands, "run", "the values of a net's layers for an input", RUN)
    parser.add_argument("file", metavar="FILE", help="a spec, - for standard input, or the directory of a run")
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--weights", metavar="FILE", help="a .safetensors or .npz file")
    source.add_argument("--seed", type=whole_number(0), metavar="N", help="random weights, which this number decides")
    parser.add_argument(
        "--input",
        metavar="FILE",
        action="append",
        required=True,
        dest="inputs",
        help="the input; NAME=FILE for several",
    )
    parser.add_argument(
        "--mean", type=_numbers, default=(), metavar="LIST", help="subtracted from a picture's channels"
    )
    parser.add_argument("--std", type=_numbers, default=(), metavar="LIST", help="then divides them")
    parser.add_argument(
        "--layer",
        metavar="NAME",
        action="append",
        default=[],
        dest="layers",
        help="whose output; `all` for every layer",
    )
    parser.add_argument("-o", "--output", metavar="OUT", help="an .npy or .npz file to write, instead of printing")
    parser.add_argument("--target", choices=("numpy", "torch"), default="numpy", help="whose code runs")
    add_choice_of_net(parser, shape_option="--shape")
    parser.set_defaults(run=_run)


def _numbers(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(number) for number in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be numbers with commas between them, not {text}") from None


def _run(given: argparse.Namespace) -> int:
    from netspec.execution.errors import CannotRun

    try:
        run = _trained(given)
        if run is None:
            _compute(given, sound_net(given.file, options_of(given)), None)
        else:
            record = run.record()  # first, since it tells whether the directory is a run at all
            _compute(given, run.net(), record)
    except CannotRun as error:
        raise Failure(str(error), error.details) from None
    return CLEAN


def _trained(given: argparse.Namespace) -> RunDirectory | None:
    """The run that is meant, if a directory is. Raises :class:`Failure`, CannotRun."""
    if not Path(given.file).is_dir():
        return None
    from netspec.execution.errors import need_numpy

    need_numpy()
    from netspec.training.directory import WEIGHTS, RunDirectory

    if given.net or given.settings or given.shape:
        raise Failure(f"{given.file}: a run has its own net; --net, --set and --shape are for specs")
    directory = RunDirectory(Path(given.file))
    if given.weights is None and given.seed is None:
        given.weights = str(directory.path / WEIGHTS)
    return directory


def _compute(given: argparse.Namespace, net: ShapedNet, record: Record | None) -> None:
    """Run the net, and print or save what is asked for. `record` is that of the run that it comes from.

    Raises :class:`Failure`, CannotRun.
    """
    if given.weights is None and given.seed is None and any(node.weights for node in net.nodes):
        raise Failure(f"{net.name} has weights: give them with --weights FILE, or draw random ones with --seed 0")
    from netspec.execution.inputs import read_inputs
    from netspec.execution.pictures import Pixels
    from netspec.execution.targets import network_with_weights, run, values_wanted

    wanted = values_wanted(net, given.layers)
    out = _out(given.output, wanted)
    with progress(f"running {net.name}"):
        pixels = Pixels(given.mean, given.std, resize=record is not None and record.settings.resize)
        batch = read_inputs(net, given.inputs, pixels)
        network = network_with_weights(net, given.weights, given.seed)
        values = run(net, network, batch.values, tuple(wanted.values()), given.target)
    results = {name: values[value] for name, value in wanted.items()}
    if out is not None:
        _save(out, results, alone=batch.alone)
    elif record is not None and not given.layers:
        from netspec.training.predicting import probabilities, render_predictions

        (output,) = results.values()
        likely = probabilities(net, record, output)
        sys.stdout.write(render_predictions(likely, record.data.classes, alone=batch.alone))
    else:
        from netspec.execution.text import render

        titles = {name: name if name == value else f"{name} ({value})" for name, value in wanted.items()}
        texts = [render(titles[name], array, alone=batch.alone) for name, array in results.items()]
        sys.stdout.write("\n".join(texts))
    for name, array in results.items():
        _warn_of_no_numbers(name, array)


def _out(path: str | None, wanted: Mapping[str, str]) -> Path | None:
    """Where to save, if that is asked for. Raises :class:`Failure` for what cannot hold the values."""
    if path is None:
        return None
    if not path.endswith((".npy", ".npz")):
        raise Failure(f"{path}: values are saved as .npy or .npz")
    if path.endswith(".npy") and len(wanted) > 1:
        raise Failure(f"{path}: an .npy file holds one array, but there are {len(wanted)}; an .npz file holds them all")
    return Path(path)


def _save(path: Path, values: Mapping[str, np.ndarray], *, alone: bool) -> None:
    """Write the values by name, or the only one; without the axis of the batch if the input had none."""
    import io

    import numpy as np

    from netspec.backends.numpy.kernels.files import write_npz

    shown = {name: array[0] if alone else array for name, array in values.items()}
    content = io.BytesIO()
    if path.suffix == ".npz":
        write_npz(content, shown)
    else:
        np.save(content, next(iter(shown.values())), allow_pickle=False)
    write_file(path, content.getvalue())


def _warn_of_no_numbers(name: str, array: np.ndarray) -> None:
    """Say so where values are not finite: an overflow, or what such weights lead to."""
    import numpy as np

    count = array.size - int(np.isfinite(array).sum())
    if count:
        values = "value that is" if count == 1 else "values that are"
        print(f"netspec: `{name}` has {count:,} {values} no finite number", file=sys.stderr)

"""`netspec summary`: the table of a net's layers."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from netspec.cli.common import (
    CLEAN,
    PROBLEMS,
    Failure,
    Parser,
    add_choice_of_net,
    command,
    options_of,
    paint_for,
    print_problems,
    read_spec,
    the_one_of,
)
from netspec.ir import ShapedNet
from netspec.passes.measure import DTYPES

if TYPE_CHECKING:
    from netspec.backends.summary import View
    from netspec.diagnostics.text import Paint

FORMATS = ("text", "markdown", "csv", "json")

SUMMARY = """\
Show the layers of a net as a table, groups and blocks with their totals.

  netspec summary lenet.net
  netspec summary resnet50.net --depth 1                     groups and blocks at a glance
  netspec summary vgg16.net --batch 32 --dtype float16       memory for that
  netspec summary lenet.net --layout channels_last           shapes and kernels as TensorFlow writes them
  netspec summary vgg16.net --columns output,receptive_field,effective_stride,effective_padding
  netspec summary lenet.net --columns all
  netspec summary lenet.net --format markdown > table.md
  netspec summary models.net --net VGG16 --input 3x64x64

Columns:
  output               shape of what comes out, without the batch
  kernel               shape of the filters: out x in x height x width, or height x width x in x out with channels_last
  parameters           trainable values
  macs                 multiplications of convolutions and dense layers, for one example, without biases
  receptive_field      pixels of the input that one output sees, padding included
  effective_stride     how far apart in the input neighbouring outputs look
  effective_padding    how far before the input the first output's field begins
  weight_memory        bytes of weights and buffers
  activation_memory    bytes of the output, for the batch
  live_memory          bytes of all values that are needed while the layer runs, for the batch

The peak of inference is the weights and the most live memory of any layer, if each buffer is used again as soon as its
values are no longer needed. Activations, batchnorm, scale, add and mul work in place; flatten, reshape, slice, identity
and dropout take no memory; workspace within a layer is not counted.

In text and Markdown the columns are output, parameters, macs and receptive_field (with channels_last kernel too) unless
--columns says which; in CSV and JSON all. There memory is in bytes.
"""


def add(commands: argparse._SubParsersAction[Parser]) -> None:
    """Make the command known."""
    parser = command(commands, "summary", "the table of a net's layers", SUMMARY)
    parser.add_argument("file", metavar="FILE", help="a spec, or - for standard input")
    parser.add_argument("--format", choices=FORMATS, default="text", help="of the table")
    parser.add_argument("--columns", metavar="LIST", help="which columns, with commas between them, or all")
    parser.add_argument("--depth", type=_positive, metavar="N", help="levels of names to show; what is below is folded")
    parser.add_argument("--batch", type=_positive, default=1, metavar="N", help="examples that memory is reckoned for")
    parser.add_argument("--dtype", choices=DTYPES, default="float32", help="type of values that memory is reckoned for")
    parser.add_argument(
        "--layout",
        choices=("channels_first", "channels_last"),
        default="channels_first",
        help="order of the axes in shapes and kernels",
    )
    add_choice_of_net(parser)
    parser.set_defaults(run=_summary)


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1 up, not {text}")
    return int(text)


def _summary(given: argparse.Namespace) -> int:
    view = _view(given)
    result = read_spec(given.file, options_of(given))
    if result.diagnostics:
        print_problems(result, tables=True)
        return PROBLEMS
    several = given.format in ("text", "markdown") and len(result.nets) > 1
    nets = [net.shaped for net in (result.nets if several else [the_one_of(given.file, result)])]
    for index, net in enumerate(net for net in nets if net is not None):
        if several:
            print(f"{chr(10) if index else ''}{'## ' if given.format == 'markdown' else ''}{net.name}\n")
        sys.stdout.write(_rendered(net, given.format, view, paint_for(sys.stdout)))
    return CLEAN


def _rendered(net: ShapedNet, format: str, view: View, paint: Paint) -> str:
    from netspec.backends.summary import of_net  # and of the formats the one that is asked for

    summary = of_net(net)
    match format:
        case "json":
            from netspec.backends.summary.json import render_json

            return render_json(summary, view)
        case "csv":
            from netspec.backends.summary.csv import render_csv

            return render_csv(summary, view)
        case "markdown":
            from netspec.backends.summary.markdown import render_markdown

            return render_markdown(summary, view)
        case _:
            from netspec.backends.summary.text import render_text

            return render_text(summary, view, paint=paint)


def _view(given: argparse.Namespace) -> View:
    """The choices of this command. Raises :class:`Failure`."""
    from netspec.backends.summary import View

    columns = None if given.columns is None else _columns(given.columns)
    return View(columns, given.depth, given.batch, given.dtype, given.layout)


def _columns(text: str) -> tuple[str, ...]:
    from netspec.backends.summary.columns import COLUMNS
    from netspec.diagnostics import did_you_mean

    if text == "all":
        return tuple(COLUMNS)
    keys = tuple(key.strip() for key in text.split(","))
    for key in keys:
        if key not in COLUMNS:
            near = did_you_mean(key, COLUMNS)
            raise Failure(
                f"--columns: there is no column {key or 'without a name'}; "
                + (f"did you mean {near}?" if near else f"there are {', '.join(COLUMNS)}")
            )
    return keys

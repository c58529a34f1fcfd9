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
    fit_of,
    options_of,
    paint_for,
    print_problems,
    read_spec,
    summary_of,
    the_one_of,
    whole_number,
)
from netspec.passes.measure import DTYPES

if TYPE_CHECKING:
    from netspec.backends.summary import Summary, View
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
  netspec summary u_net.net --input 1xHxW                    formulas for all sizes that fit, and which those are
  netspec summary lenet.net --for-all                        which other sizes would fit?

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
    parser.add_argument(
        "--depth", type=whole_number(1), metavar="N", help="levels of names to show; what is below is folded"
    )
    parser.add_argument(
        "--batch", type=whole_number(1), default=1, metavar="N", help="examples that memory is reckoned for"
    )
    parser.add_argument("--dtype", choices=DTYPES, default="float32", help="type of values that memory is reckoned for")
    parser.add_argument(
        "--layout",
        choices=("channels_first", "channels_last"),
        default="channels_first",
        help="order of the axes in shapes and kernels",
    )
    parser.add_argument("--for-all", action="store_true", help="ask which sizes of the input fit, of fixed ones too")
    add_choice_of_net(parser)
    parser.set_defaults(run=_summary)


def _summary(given: argparse.Namespace) -> int:
    view = _view(given)
    result = read_spec(given.file, options_of(given)._replace(for_all=given.for_all))
    if result.diagnostics:
        print_problems(result, tables=True)
        return PROBLEMS
    is_for_people = given.format in ("text", "markdown")
    several = is_for_people and len(result.nets) > 1
    nets = result.nets if several else [the_one_of(given.file, result)]
    for index, net in enumerate(nets):
        if several:
            print(f"{chr(10) if index else ''}{'## ' if given.format == 'markdown' else ''}{net.name}\n")
        sys.stdout.write(_rendered(summary_of(net), given.format, view, paint_for(sys.stdout)))
        fitting = fit_of(net) if is_for_people else []
        if fitting:
            sys.stdout.write(_listed(fitting) if given.format == "markdown" else "\n" + "\n".join(fitting) + "\n")
    return CLEAN


def _listed(lines: list[str]) -> str:
    """What fits as Markdown: a sentence, and a list of what sets the conditions."""
    first, *others = lines
    sentence = f"\n{first[0].upper()}{first[1:]}.\n"
    return sentence + ("\n" + "".join(f"- {line.strip()}\n" for line in others) if others else "")


def _rendered(summary: Summary, format: str, view: View, paint: Paint) -> str:
    match format:  # only the format that is asked for is loaded
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

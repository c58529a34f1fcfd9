"""`netspec draw`: a picture of a net."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from netspec.cli.common import (
    CLEAN,
    PROBLEMS,
    Failure,
    Parser,
    add_choice_of_net,
    command,
    options_of,
    print_problems,
    progress,
    read_spec,
    summary_of,
    the_one_of,
    whole_number,
    write_file,
)
from netspec.compile import Checked
from netspec.diagnostics import Diagnostic

if TYPE_CHECKING:
    from netspec.sketch import Sketch

FORMATS = ("svg", "pdf", "png", "html", "dot")
BINARY = ("pdf", "png")

DRAW = """\
Draw a net.

  netspec draw lenet.net -o lenet.svg                      a graph: a box for each layer; also .pdf and .png
  netspec draw lenet.net -o lenet.html                     a page to move and enlarge it, with the table of layers
  netspec draw lenet.net -o lenet.svg --style maps         feature maps as stacks of plates, as in the LeNet-5 paper
  netspec draw resnet50.net -o resnet50.pdf --direction right --theme dark
  netspec draw densenet121.net -o densenet121.svg --depth 2
  netspec draw resnet18.net -o resnet18.svg --expand       each block by itself, also those that are alike
  netspec draw lenet.net -o lenet.dot                      the graph as text, for Graphviz

The graph is laid out by Graphviz (apt-get install graphviz), which the format dot and the style maps do without.
A net with mistakes is drawn as far as it is known, with what is wrong in red; the exit status is then 1.
"""


def add(commands: argparse._SubParsersAction[Parser]) -> None:
    """Make the command known."""
    parser = command(commands, "draw", "a picture of a net", DRAW)
    parser.add_argument("file", metavar="FILE", help="a spec, or - for standard input")
    parser.add_argument("-o", "--output", metavar="OUT", help="the file to write; - or nothing for standard output")
    parser.add_argument("--format", choices=FORMATS, help="of the picture, if not the end of OUT's name says it")
    parser.add_argument(
        "--style", choices=("graph", "maps"), default="graph", help="a graph, or feature maps as plates"
    )
    parser.add_argument("--direction", choices=("down", "right"), default="down", help="where a graph goes")
    parser.add_argument("--expand", action="store_true", help="draw each of several blocks that are alike")
    parser.add_argument(
        "--depth", type=whole_number(1), metavar="N", help="levels of names to show; what is deeper is one box"
    )
    parser.add_argument("--theme", choices=("light", "dark"), default="light", help="the colours; a page has both")
    add_choice_of_net(parser)
    parser.set_defaults(run=_draw)


def _draw(given: argparse.Namespace) -> int:
    format = _format(given)
    result = read_spec(given.file, options_of(given))
    print_problems(result, tables=False)
    if result.diagnostics and len(result.nets) != 1:
        return PROBLEMS
    net = the_one_of(given.file, result)
    with progress(f"drawing {net.name}"):
        picture = _picture(net, result.diagnostics, format, given)
    if given.output not in (None, "-"):
        write_file(Path(given.output), picture)
    elif isinstance(picture, str):
        sys.stdout.write(picture)
    else:
        sys.stdout.buffer.write(picture)
    return PROBLEMS if result.diagnostics else CLEAN


def _format(given: argparse.Namespace) -> str:
    """The format asked for: by its name, by the end of the file's name, or SVG. Raises :class:`Failure`."""
    written = given.output not in (None, "-")
    format: str = given.format or (Path(given.output).suffix.lower().removeprefix(".") if written else "svg")
    if format not in FORMATS:
        raise Failure(f"{given.output}: the name ends in no known format; they are {', '.join(FORMATS)}")
    if given.style == "maps":
        if format not in ("svg", "html"):
            raise Failure(f"--style maps is drawn as svg or html, not as {format}")
        ignored = [name for name in ("expand", "depth") if getattr(given, name)]
        if ignored:
            raise Failure(f"--{ignored[0]} is for --style graph: maps show every layer")
    if not written and format in BINARY and sys.stdout.isatty():
        raise Failure(f"a terminal cannot show {format}: name a file with -o")
    return format


def _picture(net: Checked, problems: Sequence[Diagnostic], format: str, given: argparse.Namespace) -> str | bytes:
    if net.sketch is None:
        raise TypeError("a checked net has a sketch")
    # A page has both themes: its rules turn the light one into the dark one.
    theme = "light" if format == "html" else given.theme
    if given.style == "maps":
        svg = _maps(net.sketch, problems, theme)
    else:
        picture = _graph(net.sketch, problems, format, theme, given)
        if isinstance(picture, bytes) or format == "dot":
            return picture
        svg = picture
    return _page(svg, net, problems) if format == "html" else svg


def _maps(sketch: Sketch, problems: Sequence[Diagnostic], theme: str) -> str:
    from netspec.backends.maps import Branches, maps_svg

    try:
        return maps_svg(sketch, problems, "dark" if theme == "dark" else "light")
    except Branches as branches:
        raise Failure(
            f"--style maps is for stacks of layers, and {sketch.name} is none: {branches}; use --style graph"
        ) from None


def _graph(
    sketch: Sketch, problems: Sequence[Diagnostic], format: str, theme: str, given: argparse.Namespace
) -> str | bytes:
    """The graph as DOT or SVG, or the bytes of another format."""
    from netspec.backends.graphviz import GraphvizFails, NoGraphviz, Options, TooLarge, graph

    options = Options(given.expand, given.depth, given.direction, "dark" if theme == "dark" else "light")
    try:
        drawn = graph(sketch, problems, options)
        if format == "dot":
            return drawn.dot
        return drawn.pdf() if format == "pdf" else drawn.png() if format == "png" else drawn.svg()
    except TooLarge as large:
        way = f"--depth {large.depth} has {large.fitting:,}" if large.depth else "no --depth has so few"
        limit = f"more than the {large.most:,} that can be {'written' if format == 'dot' else 'read'}"
        raise Failure(f"the graph of {sketch.name} has {large.boxes:,} boxes, {limit}: {way}") from None
    except GraphvizFails as error:
        raise Failure(f"Graphviz's `dot` fails: {error}") from None
    except NoGraphviz:
        raise Failure(
            f"{format} is made by Graphviz, whose `dot` is not installed: apt-get install graphviz "
            "(or see graphviz.org); -o FILE.dot does without"
        ) from None


def _page(svg: str, net: Checked, problems: Sequence[Diagnostic]) -> str:
    from netspec.backends.html import page

    return page(svg, summary_of(net), [problem.message for problem in problems])

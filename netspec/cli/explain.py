"""`netspec explain`: how the numbers of a layer come about, how gradients come back, and what a code means."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable

from netspec.cli.common import CLEAN, Failure, Parser, add_choice_of_net, command, options_of, sound_net
from netspec.diagnostics import did_you_mean
from netspec.ir import ShapedNet

EXPLAIN = """\
Show how the numbers of each layer come about: the formula, the values in it, the result.

  netspec explain lenet.net                       every layer
  netspec explain lenet.net conv1                 one layer, or all of a group
  netspec explain lenet.net conv1 --format markdown   with LaTeX, for a page or a notebook
  netspec explain lenet.net --backward            backpropagation: each layer's gradients, from the loss to the input
  netspec explain E0302                           what a code means, with an example put right
"""


def add(commands: argparse._SubParsersAction[Parser]) -> None:
    """Make the command known."""
    parser = command(commands, "explain", "how a number comes about, or what a code means", EXPLAIN)
    parser.add_argument("what", metavar="FILE", help="a spec, - for standard input, or a code such as E0302")
    parser.add_argument("layer", metavar="LAYER", nargs="?", help="a layer or group, by its name in the summary")
    parser.add_argument("--backward", action="store_true", help="the rule of each gradient, from the last layer back")
    parser.add_argument("--format", choices=("text", "markdown"), default="text", help="of the explanation")
    add_choice_of_net(parser)
    parser.set_defaults(run=_explain)


def _explain(given: argparse.Namespace) -> int:
    if re.fullmatch(r"[EW]\d{4}", given.what):
        if given.backward:
            raise Failure(f"{given.what} is a code: --backward is for a spec")
        sys.stdout.write(_page(given.what))
        return CLEAN
    from netspec.backends.explain import (
        backward,
        backward_markdown,
        backward_text,
        explain,
        render_markdown,
        render_text,
    )

    net = sound_net(given.what, options_of(given))
    chosen = _chosen(net, given.what, given.layer)
    if given.backward:
        write = backward_markdown if given.format == "markdown" else backward_text
        sys.stdout.write(write(net.name, (step for step in backward(net) if chosen(step.name))))
    else:
        render = render_markdown if given.format == "markdown" else render_text
        sys.stdout.write(render(one for one in explain(net) if chosen(one.node.name)))
    return CLEAN


def _chosen(net: ShapedNet, file: str, layer: str | None) -> Callable[[str], bool]:
    """Whether a layer is the one that is asked for, or in that group. Raises :class:`Failure` where there is none."""
    names = [node.name for node in net.nodes]
    if layer is None:
        return lambda name: True
    chosen = [name for name in names if name == layer or name.startswith(f"{layer}.")]
    if not chosen:
        near = did_you_mean(layer, [*names, *(module.path for module in net.modules)])
        hint = f"; did you mean `{near}`?" if near else ""
        raise Failure(f"{file} has no layer or group `{layer}`{hint}")
    return set(chosen).__contains__


def _page(code: str) -> str:
    """The page of a code, which the wheel ships beside the package."""
    from importlib.resources import files
    from pathlib import Path

    beside = files("netspec") / "errors" / f"{code}.md"
    checkout = Path(__file__).parents[2] / "docs" / "errors" / f"{code}.md"
    for page in (beside, checkout):
        if page.is_file():
            return page.read_text(encoding="utf-8")
    raise Failure(f"there is no code {code}")

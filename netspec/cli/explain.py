"""`netspec explain`: how the numbers of a layer come about, and what a code means."""

from __future__ import annotations

import argparse
import re
import sys

from netspec.cli.common import CLEAN, Failure, Parser, add_choice_of_net, command, options_of, sound_net
from netspec.diagnostics import did_you_mean

EXPLAIN = """\
Show how the numbers of each layer come about: the formula, the values in it, the result.

  netspec explain lenet.net                       every layer
  netspec explain lenet.net conv1                 one layer, or all of a group
  netspec explain lenet.net conv1 --format markdown   with LaTeX, for a page or a notebook
  netspec explain E0302                           what a code means, with an example put right
"""


def add(commands: argparse._SubParsersAction[Parser]) -> None:
    """Make the command known."""
    parser = command(commands, "explain", "how a number comes about, or what a code means", EXPLAIN)
    parser.add_argument("what", metavar="FILE", help="a spec, - for standard input, or a code such as E0302")
    parser.add_argument("layer", metavar="LAYER", nargs="?", help="a layer or group, by its name in the summary")
    parser.add_argument("--format", choices=("text", "markdown"), default="text", help="of the explanation")
    add_choice_of_net(parser)
    parser.set_defaults(run=_explain)


def _explain(given: argparse.Namespace) -> int:
    if re.fullmatch(r"[EW]\d{4}", given.what):
        sys.stdout.write(_page(given.what))
        return CLEAN
    from netspec.backends.explain import explain, render_markdown, render_text

    net = sound_net(given.what, options_of(given))
    chosen = list(explain(net))
    if given.layer is not None:
        chosen = [one for one in chosen if one.node.name == given.layer or one.node.name.startswith(f"{given.layer}.")]
        if not chosen:
            near = did_you_mean(given.layer, [*(node.name for node in net.nodes), *(m.path for m in net.modules)])
            hint = f"; did you mean `{near}`?" if near else ""
            raise Failure(f"{given.what} has no layer or group `{given.layer}`{hint}")
    sys.stdout.write((render_markdown if given.format == "markdown" else render_text)(chosen))
    return CLEAN


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

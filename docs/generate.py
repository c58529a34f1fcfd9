"""Write the parts of the documentation that follow from the code; ``--check`` only says whether they are up to date.

python docs/generate.py [--check]
"""

from __future__ import annotations

import json
import sys
from itertools import groupby
from pathlib import Path

from netspec import ShapedNet
from netspec.layers import LAYERS, Layer, arguments, signature
from netspec.layers.arguments import default_text, expectation

DOCS = Path(__file__).resolve().parent

LAYERS_HEAD = """\
# The layers

Every layer is called in the same way: its name, then arguments by position or by `keyword=value`. One number stands for
all spatial axes (`5` is `5x5` in 2-D); how many there are comes from the input. Defaults and meaning are PyTorch's
unless stated. This page is made from the code by `python docs/generate.py`.
"""


def layers_page() -> str:
    """The reference of all layers, by family."""
    parts = [LAYERS_HEAD]
    for family, kinds in groupby(LAYERS.values(), key=lambda kind: kind.family):
        parts.append(f"\n## {family.value.capitalize()}\n")
        parts += [_layer_section(kind) for kind in kinds]
    return "".join(parts)


def _layer_section(kind: type[Layer]) -> str:
    name = kind.model_fields["kind"].default
    about = " ".join((kind.__doc__ or "").split())
    lines = [f"\n### {name}\n", f"\n    {signature(kind)}\n", f"\n{about}\n"]
    fields = arguments(kind)
    if fields:
        lines.append("\n| argument | default | what it is | must be |\n| --- | --- | --- | --- |\n")
        for argument, field in fields.items():
            default = default_text(field)
            shown = "" if default is None else f"`{default}`"
            lines.append(f"| `{argument}` | {shown} | {field.description} | {expectation(field)} |\n")
    return "".join(lines)


def schema() -> str:
    """The JSON schema of what ``netspec compile --target json`` writes."""
    return json.dumps(ShapedNet.model_json_schema(mode="serialization"), indent=2, ensure_ascii=False) + "\n"


def pages() -> dict[Path, str]:
    """Every generated file and its text."""
    return {DOCS / "layers.md": layers_page(), DOCS / "net.schema.json": schema()}


def main(given: list[str]) -> int:
    """Write the files, or with ``--check`` compare them."""
    stale = [path for path, text in pages().items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if given == ["--check"]:
        for path in stale:
            print(f"{path.name} is out of date: run python docs/generate.py", file=sys.stderr)
        return 1 if stale else 0
    for path in stale:
        path.write_text(pages()[path], encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

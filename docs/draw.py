"""Draw the pictures that the pages show; ``--check`` only says whether they are up to date.

python docs/draw.py [--check]

Graphviz places things a little differently from version to version. So of what it has laid out the texts, colours and
tooltips are compared, and not the coordinates. Needs Graphviz.
"""

from __future__ import annotations

import sys
from pathlib import Path
from xml.etree import ElementTree

import netspec
from netspec.backends.graphviz import NoGraphviz, Options, graph
from netspec.backends.maps import maps_svg
from netspec.backends.pictures.palette import THEMES
from netspec.sketch import sketch_of

DOCS = Path(__file__).resolve().parent
IMAGES = DOCS / "images"


def pictures() -> dict[Path, str]:
    """Every picture and its text."""
    lenet, resnet18, u_net = (
        sketch_of(netspec.load(DOCS.parent / "specs" / f"{name}.net")) for name in ("lenet", "resnet18", "u_net")
    )
    found = {}
    for theme in THEMES:
        ending = "" if theme == "light" else f"-{theme}"
        found[IMAGES / f"lenet-maps{ending}.svg"] = maps_svg(lenet, theme=theme)
        found[IMAGES / f"lenet{ending}.svg"] = graph(lenet, options=Options(direction="right", theme=theme)).svg()
        found[IMAGES / f"resnet18{ending}.svg"] = graph(resnet18, options=Options(theme=theme)).svg()
        found[IMAGES / f"u_net{ending}.svg"] = graph(u_net, options=Options(depth=1, theme=theme)).svg()
    return found


def content(svg: str) -> list[tuple[str, str | None, str | None, str | None]]:
    """What a picture shows, wherever it stands."""
    return [
        (element.tag, (element.text or "").strip(), element.get("fill"), element.get("data-layers"))
        for element in ElementTree.fromstring(svg.encode()).iter()
    ]


def main(given: list[str]) -> int:
    """Write the pictures that are out of date, or with ``--check`` name them."""
    try:
        texts = pictures()
    except NoGraphviz:
        print("Graphviz's `dot` is not installed: apt-get install graphviz", file=sys.stderr)
        return 2
    stale = [
        path
        for path, text in texts.items()
        if not path.exists() or content(path.read_text(encoding="utf-8")) != content(text)
    ]
    if given == ["--check"]:
        for path in stale:
            print(f"{path.name} is out of date: run python docs/draw.py", file=sys.stderr)
        return 1 if stale else 0
    IMAGES.mkdir(exist_ok=True)
    for path in stale:
        path.write_text(texts[path], encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The HTML backend: one page that holds a picture, to be moved and enlarged, and the table of layers beside it."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from pathlib import Path

from netspec.backends.pictures.palette import DARK, LIGHT, colours
from netspec.backends.summary import DEFAULT_VIEW, Summary, layers_text, number_text
from netspec.backends.summary.columns import Numbers, columns_for_people
from netspec.backends.summary.rows import Row, rows_of

__all__ = ["page"]

_FOLDER = Path(__file__).parent


def page(svg: str | None, summary: Summary, problems: Sequence[str] = ()) -> str:
    """A page that needs nothing else: no file, no network. `svg` is a picture in the light theme.

    Its colours follow the reader's preference. Without a picture there is the table alone.
    """
    parts = {
        "name": html.escape(summary.name),
        "facts": html.escape(_facts(summary)),
        "style": _read("page.css") + _themes(),
        "script": _read("page.js"),
        "problems": "".join(f"<li>{html.escape(problem)}</li>" for problem in problems),
        "picture": _inline(svg) if svg is not None else "",
        "state": "" if svg is not None else "without-picture",
        "table": _table(summary),
    }
    # In one pass, so that no name of a spec is taken for a place to fill.
    return re.sub(r"\{\{(\w+)\}\}", lambda place: parts[place[1]], _read("page.html"))


def _read(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


def _inline(svg: str) -> str:
    """The picture as a part of a page: without the declaration, and without a tooltip for the whole of it."""
    svg = svg[svg.index("<svg") :]
    return re.sub(r"<title>[^<]*</title>", "", svg, count=1)


def _themes() -> str:
    """Rules that give the picture its dark colours: each colour of the one theme becomes that of the other."""
    rules = "".join(
        f'  svg [fill="{light}"] {{ fill: {dark}; }}\n  svg [stroke="{light}"] {{ stroke: {dark}; }}\n'
        for light, dark in zip(colours(LIGHT), colours(DARK), strict=True)
    )
    return f"@media (prefers-color-scheme: dark) {{\n{rules}}}\n"


def _facts(summary: Summary) -> str:
    """The net in a line."""
    params, macs = number_text(summary.params), number_text(summary.macs)
    return f"{layers_text(len(summary.nodes))}, {params} parameters, {macs} MACs"


def _table(summary: Summary) -> str:
    numbers, columns = Numbers(summary, DEFAULT_VIEW), columns_for_people(DEFAULT_VIEW)
    heads = "".join(
        f'<th scope="col"{_numeric(column.numeric)}>{html.escape(column.heading)}</th>' for column in columns
    )
    lines = [f'<tr><th scope="col">name</th><th scope="col">layer</th>{heads}</tr>']
    for row in rows_of(summary):
        cells = "".join(
            f"<td{_numeric(column.numeric)}>{html.escape(column.text(row, numbers))}</td>" for column in columns
        )
        lines.append(f"{_row_start(row)}<td>{html.escape(row.layer)}</td>{cells}</tr>")
    head, *body = lines
    return f"<thead>{head}</thead>\n<tbody>\n" + "\n".join(body) + "\n</tbody>"


def _row_start(row: Row) -> str:
    name = html.escape(row.name)
    indent = f' style="--level: {row.level}"' if row.level else ""
    return (
        f'<tr class="{row.kind}" data-name="{name}" tabindex="0">'
        f'<th scope="row" title="{name}"{indent}>{html.escape(row.label)}</th>'
    )


def _numeric(numeric: bool) -> str:
    return ' class="number"' if numeric else ""

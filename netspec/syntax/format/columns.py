"""From lines to text: the cells of tables, the shapes and the comments, each in their column."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from netspec.syntax.format.layout import SHAPE_GAP, WIDTH
from netspec.syntax.format.lines import Line, Row

ARROW_GAP = 3
"""So many spaces stand before a column of ``->`` where the steps before it differ in length."""

REMARK_GAP = 2
"""So many spaces stand before a column of comments."""

WIDEST = 90
"""A longer line has its shape to itself, so that it does not carry all others away."""

WIDEST_BESIDE = 70
"""A longer line that has no shape does not move the column of shapes beside it."""


def align(lines: Sequence[Line]) -> list[str]:
    """The text of each line."""
    texts = [" " * line.indent + line.code for line in lines]
    for table in _tables(lines):
        _align_table(texts, lines, table)
    for _, item in groupby(range(len(lines)), lambda place: lines[place].item):
        _align_shapes(texts, lines, list(item))
    _align_remarks(texts, lines)
    return texts


def _tables(lines: Sequence[Line]) -> Iterator[list[int]]:
    """The places of the rows of each table: groups on adjacent lines, or all rows of numbers in an item."""
    numbers: dict[_Key, list[int]] = defaultdict(list)
    for key, run in groupby(range(len(lines)), lambda place: _key(lines[place])):
        if key is None:
            continue
        places = list(run)
        if key.is_group:
            yield places
        else:
            numbers[key] += places
    yield from numbers.values()


class _Key(NamedTuple):
    """What the rows of a table have in common."""

    is_group: bool
    item: int
    indent: int
    names: tuple[str, ...]
    cells: int
    has_labels: bool


def _key(line: Line) -> _Key | None:
    """The key of a row; None for a line that is none."""
    if line.row is None:
        return None
    is_group, names, cells = line.row
    return _Key(is_group, line.item, line.indent, names, len(cells), bool(cells[0]))


def _align_table(texts: list[str], lines: Sequence[Line], places: Sequence[int]) -> None:
    rows = [row for row in (lines[place].row for place in places) if row is not None]
    columns = list(zip(*(row.cells for row in rows), strict=True))
    widths = [max(map(len, column)) for column in columns]
    gaps = [ARROW_GAP if len(set(map(len, column))) > 1 else 1 for column in columns]
    filled = [
        " " * lines[place].indent + (_group_text(row, widths, gaps) if row.is_group else _numbers_text(row, widths))
        for place, row in zip(places, rows, strict=True)
    ]
    stated = (len(lines[place].stated) for place in places)
    if all(len(text) + SHAPE_GAP + length <= WIDTH for text, length in zip(filled, stated, strict=True)):
        for place, text in zip(places, filled, strict=True):
            texts[place] = text


def _group_text(row: Row, widths: Sequence[int], gaps: Sequence[int]) -> str:
    label, *steps = (cell.ljust(width) for cell, width in zip(row.cells, widths, strict=True))
    chain = "".join(f"{step}{' ' * gap}-> " for step, gap in zip(steps, gaps[1:-1], strict=False))
    return f"{label} {{ {chain}{steps[-1]} }}".lstrip()


def _numbers_text(row: Row, widths: Sequence[int]) -> str:
    label, *numbers, rest = row.cells
    aligned = (number.rjust(width) for number, width in zip(numbers, widths[1:], strict=False))
    return " ".join([label.ljust(widths[0]), row.names[0], *aligned, rest]).strip()


def _align_shapes(texts: list[str], lines: Sequence[Line], item: Sequence[int]) -> None:
    """Put the shapes of an item in one column, to the right of all that stands in their paragraphs.

    The column is even.
    """
    stated = [place for place in item if lines[place].stated]
    if not stated:
        return
    beside: list[int] = []
    for is_blank, run in groupby(item, lambda place: not (lines[place].code or lines[place].remark)):
        paragraph = list(run)
        if not is_blank and any(lines[place].stated for place in paragraph):
            beside += (len(texts[place]) for place in paragraph if _is_beside(lines[place], texts[place]))
    counted = [len(texts[place]) for place in stated if len(texts[place]) <= WIDEST]
    column = _column([*beside, *counted])
    for place in stated:
        text = texts[place]
        texts[place] = text.ljust(column if len(text) <= WIDEST else _column([len(text)])) + lines[place].stated


def _is_beside(line: Line, text: str) -> bool:
    """Whether a line without a shape is part of what the column of shapes is the margin of."""
    is_layers = line.code and not line.stated and line.indent and not line.code.startswith("assert ")
    return bool(is_layers) and len(text) <= WIDEST_BESIDE


def _column(widths: Iterable[int]) -> int:
    """The first even column that leaves the gap after every line."""
    column = max(widths, default=0) + SHAPE_GAP
    return column + column % 2


def _align_remarks(texts: list[str], lines: Sequence[Line]) -> None:
    """Put the comments of adjacent lines in one column, and those that have a line to themselves at its indent."""
    runs = groupby(
        range(len(lines)), lambda place: (bool(lines[place].code and lines[place].remark), lines[place].indent)
    )
    for (has_remark, _), run in runs:
        places = list(run)
        column = max(len(texts[place]) for place in places) + REMARK_GAP if has_remark else 0
        for place in places:
            if has_remark:
                texts[place] = texts[place].ljust(column) + lines[place].remark
            elif lines[place].code:
                continue
            else:
                texts[place] = " " * lines[place].indent + lines[place].remark if lines[place].remark else ""

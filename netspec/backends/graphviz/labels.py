"""What stands in a box: texts for each, and the HTML-like labels that Graphviz lays them out from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from netspec.backends.graphviz.boxes import Box, Closed, End, Frame, Row, Stack, shown_names
from netspec.backends.graphviz.outline import Group
from netspec.backends.pictures.palette import Colours, Theme
from netspec.backends.pictures.problems import fault_text
from netspec.backends.pictures.text import plain, shape_text, wrapped
from netspec.backends.pictures.working import working
from netspec.ir import Input, Module, ShapedNode
from netspec.layers import Family
from netspec.sketch import Fault

SIZE, SMALL = 10.0, 8.0
"""Points of what matters most, and of the rest."""

_LONGEST = 48
"""Characters of a name or call that are shown; tooltips have all of it."""

_WORDS, _MESSAGE = 20, 34
"""Characters in a line of arguments, and of a message."""


class Lines(NamedTuple):
    """The texts of a box: in bold, after it and on the right; below these more in small; then a message.

    `aside` follows the rest in small.
    """

    title: str
    rest: str = ""
    right: str = ""
    below: tuple[str, ...] = ()
    below_right: str = ""
    message: tuple[str, ...] = ()
    aside: str = ""


def row_lines(row: Row) -> Lines:
    """The texts of a layer: its kind and arguments, shape and parameters."""
    node = row.node
    message = tuple(wrapped(plain(row.mark.message), _MESSAGE)) if row.mark is not None else ()
    if isinstance(node, Fault):
        return Lines(plain(fault_text(node), _LONGEST), message=message)
    kind, *words = node.layer.call_text().split(" ")
    by_place = " ".join(word for word in words if "=" not in word)
    by_name = tuple(wrapped(" ".join(word for word in words if "=" in word), _WORDS))
    if not isinstance(node, ShapedNode):
        return Lines(kind, by_place, "?", by_name, message=message)
    shape = shape_text(node.output)
    params = _params(node.params)
    if not by_name and node.layer.family is Family.NORMALIZATION:
        return Lines(kind, by_place, shape, message=message, aside=params)
    return Lines(kind, by_place, shape, by_name, params, message)


def closed_lines(box: Closed) -> Lines:
    """The texts of a group that stays closed."""
    name, call = frame_title(box.group.module, box.group.last)
    count = len(box.names) // box.group.times
    layers = f"{count:,} layer{'' if count == 1 else 's'}"
    shape = shape_text(box.shape)
    message = tuple(wrapped(plain(box.mark.message), _MESSAGE)) if box.mark is not None else ()
    return Lines(name, call, shape, (layers,), _params(box.params), message)


def _params(count: int) -> str:
    return f"{count:,} param{'' if count == 1 else 's'}" if count else ""


def end_lines(box: End) -> Lines:
    """The texts of an input or output."""
    kind = "input" if isinstance(box.value, Input) else "output"
    name = box.value.name if box.value.name != kind else ""
    return Lines(kind, plain(name, _LONGEST), shape_text(box.shape))


def box_lines(box: Box) -> tuple[Lines, ...]:
    """The texts of all parts of a box."""
    match box:
        case Stack():
            return tuple(map(row_lines, box.rows))
        case Closed():
            return (closed_lines(box),)
        case End():
            return (end_lines(box),)


def frame_title(first: Module | None, last: Module | None = None) -> tuple[str, str]:
    """A group's name, as far as the spec gave it one, and the call of the block that it is."""
    if first is None:
        return "", ""
    name = first.path.rpartition(".")[2]
    if last is not None:
        name = f"{name} – {last.path.rpartition('.')[2]}"
    return plain(name, _LONGEST), plain(first.call_text(), _LONGEST)


# HTML-like labels


_ESCAPES = str.maketrans(
    {"\N{NO-BREAK SPACE}": "&#160;", "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\\": "\\\\", "\n": "&#10;"}
)
"""In HTML-like labels as in strings a backslash begins an escape of Graphviz's own."""


def escaped(text: str) -> str:
    """Text inside an HTML-like label, or in an attribute there."""
    return text.translate(_ESCAPES)


def _font(text: str, colour: str | None = None, size: float = SIZE, *, bold: bool = False) -> str:
    text = f"<B>{escaped(text)}</B>" if bold else escaped(text)
    given = "".join(
        f' {name}="{value}"'
        for name, value in (("COLOR", colour), ("POINT-SIZE", f"{size:g}" if size != SIZE else None))
        if value is not None
    )
    return f"<FONT{given}>{text}</FONT>" if given else text


def _table(lines: Lines, theme: Theme, colour: str | None = None) -> str:
    """The texts of one box as a table."""
    title = _font(lines.title, colour, bold=True)
    if lines.rest:
        title += _font(f"\N{NO-BREAK SPACE}{lines.rest}", colour)
    if lines.aside:
        title += _small((f"\N{NO-BREAK SPACE} {lines.aside}",), theme)
    rows = [_table_row(title, _small((lines.right,), theme))]
    if lines.below or lines.below_right:
        rows.append(_table_row(_small(lines.below, theme), _small((lines.below_right,), theme), top=True))
    if lines.message:
        text = "".join(f'{escaped(line)}<BR ALIGN="LEFT"/>' for line in lines.message)
        font = f'<FONT COLOR="{theme.error.line}" POINT-SIZE="{SMALL + 1:g}">{text}</FONT>'
        rows.append(f'<TR><TD COLSPAN="3" ALIGN="LEFT">{font}</TD></TR>')
    return f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="1">{"".join(rows)}</TABLE>'


def _small(lines: Sequence[str], theme: Theme) -> str:
    """Lines in small: the last without a break, which would add an empty one."""
    text = '<BR ALIGN="LEFT"/>'.join(escaped(line) for line in lines if line)
    if not text:
        return ""
    last = '<BR ALIGN="LEFT"/>' if len(lines) > 1 else ""
    return f'<FONT COLOR="{theme.muted}" POINT-SIZE="{SMALL:g}">{text}{last}</FONT>'


def _table_row(left: str, right: str, *, top: bool = False) -> str:
    if not right:
        return f'<TR><TD ALIGN="LEFT" BALIGN="LEFT" COLSPAN="3">{left}</TD></TR>'
    side = ' VALIGN="TOP"' if top else ""
    return f'<TR><TD ALIGN="LEFT"{side}>{left}</TD><TD WIDTH="6"></TD><TD ALIGN="RIGHT"{side}>{right}</TD></TR>'


def _cell(key: str, tip: str, content: str, colours: Colours, border: int = 1) -> str:
    """A part of a box as a row of the table around."""
    return (
        f'<TR><TD ID="{escaped(key)}" HREF="#{escaped(key)}" TITLE="{escaped(tip)}" '
        f'BGCOLOR="{colours.fill}" COLOR="{colours.line}" BORDER="{border}" CELLPADDING="3">{content}</TD></TR>'
    )


def box_label(box: Box, theme: Theme) -> str:
    """The label of a box: a cell for each layer in it."""
    match box:
        case Stack():
            cells = [
                _cell(
                    row.node.name,
                    _row_tip(row),
                    _table(row_lines(row), theme, None if isinstance(row.node, ShapedNode) else theme.muted),
                    _colours(row, theme),
                    2 if row.mark else 1,
                )
                for row in box.rows
            ]
        case Closed():
            content = _table(closed_lines(box), theme)
            if box.group.times > 1:
                content = _badged(content, box.group.times, theme)
            colours = theme.plain if box.mark is None else theme.error
            cells = [_cell(box.key, _closed_tip(box), content, colours, 2 if box.mark else 1)]
        case End():
            lines = end_lines(box)
            cells = [_cell(box.key, " ".join(filter(None, lines[:3])), _table(lines, theme), theme.plain)]
    return f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0">{"".join(cells)}</TABLE>>'


def _row_tip(row: Row) -> str:
    """What there is to know of a layer: the working behind its numbers, and what is wrong."""
    node = row.node
    lines = [*working(node)] if isinstance(node, ShapedNode) else [node.name]
    if len(row.names) > 1:
        lines.append(f"stands for {shown_names(row.names)}")
    if row.mark is not None:
        lines.append(plain(row.mark.message))
    return "\n".join(lines)


def _closed_tip(box: Closed) -> str:
    lines = closed_lines(box)
    texts = (_group_tip(box.group), f"{lines.below[0]}, {lines.right}", lines.below_right)
    return "\n".join(filter(None, texts))


def _group_tip(group: Group) -> str:
    """The full names of the groups that a group stands for, and their call."""
    modules = [module for module in (group.module, group.last) if module is not None]
    if not modules:
        return f"{group.times} times"
    names, call = shown_names([module.path for module in modules]), modules[0].call_text()
    return f"{names}: {call}" if call else names


def _colours(row: Row, theme: Theme) -> Colours:
    if row.mark is not None:
        return theme.error
    if isinstance(row.node, ShapedNode):
        return theme.families[row.node.layer.family]
    return theme.unknown


def frame_label(frame: Frame, theme: Theme, *, continued: bool = False) -> str:
    """The label of a frame: its name, its call, and how many it stands for; empty where it has none of these."""
    name, call = frame_title(frame.group.module, frame.group.last)
    parts = [_font(name, bold=True)] if name else []
    if call:
        parts.append(_font(call, theme.muted if name else None))
    if continued:
        parts.append(_font("continued", theme.muted, SMALL))
    text = "&#160; ".join(parts)
    if frame.group.times > 1:
        return f"<{_badged(text, frame.group.times, theme)}>"
    return f"<{text}>" if text else ""


def frame_tip(frame: Frame) -> str:
    """The full names of the groups that a frame stands for."""
    return _group_tip(frame.group)


def _badged(text: str, times: int, theme: Theme) -> str:
    """A label with the sign that it stands for several."""
    sign = _font(f"×{times:,}", theme.badge.line, bold=True)
    badge = f'<TD BGCOLOR="{theme.badge.fill}" CELLPADDING="2">&#160;{sign}&#160;</TD>'
    left = f"<TD>{text}</TD>" if text else ""
    return f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="2" CELLPADDING="0"><TR>{left}{badge}</TR></TABLE>'


def note_label(messages: Sequence[str], theme: Theme) -> str:
    """The label of a note with what is wrong with no layer in particular."""
    lines = [line for message in messages for line in wrapped(plain(message), 2 * _MESSAGE)]
    text = "".join(f'{escaped(line)}<BR ALIGN="LEFT"/>' for line in lines)
    font = f'<FONT COLOR="{theme.error.line}">{text}</FONT>'
    cell = f'<TD BGCOLOR="{theme.error.fill}" COLOR="{theme.error.line}" BORDER="1" CELLPADDING="5">{font}</TD>'
    return f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0"><TR>{cell}</TR></TABLE>>'

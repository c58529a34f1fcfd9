"""The colours of the pictures: one pair for each family of layers, in a light and a dark theme.

The fills differ for eyes that see no red, green or blue as well, and each holds black (or white) text: tests measure
both. No two roles of a theme share a colour, so that a picture can go from one theme to the other by its colours.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple, TypeAlias

from netspec.layers import Family

ThemeName: TypeAlias = Literal["light", "dark"]


class Colours(NamedTuple):
    """The colours of a box: its inside and its outline."""

    fill: str
    line: str


class Theme(NamedTuple):
    """All colours of a picture, as ``#rrggbb``.

    `text` is for what matters most, `muted` for shapes and counts; `frames` are the insides of groups, by turns;
    `plain` is for what belongs to no family: inputs, outputs and groups that stay closed.
    """

    background: str
    text: str
    muted: str
    edge: str
    frame_line: str
    frames: tuple[str, str]
    plain: Colours
    badge: Colours
    unknown: Colours
    error: Colours
    families: Mapping[Family, Colours]


LIGHT = Theme(
    background="#ffffff",
    text="#1a1c20",
    muted="#474c55",
    edge="#6b7079",
    frame_line="#c3c7cf",
    frames=("#f7f8fa", "#fdfdfe"),
    plain=Colours("#fefefe", "#7c818b"),
    badge=Colours("#3f444d", "#fafbfc"),
    unknown=Colours("#f3f3f4", "#b3b6bc"),
    error=Colours("#fff1f0", "#c8102e"),
    families={
        Family.CONVOLUTION: Colours("#b9d3ec", "#3f78b5"),
        Family.POOLING: Colours("#fdca90", "#c26a1d"),
        Family.DENSE: Colours("#cdbffb", "#7659ad"),
        Family.NORMALIZATION: Colours("#f5f5f1", "#8f939b"),
        Family.ACTIVATION: Colours("#b9eab3", "#5c9440"),
        Family.REGULARIZATION: Colours("#fdf0a2", "#a88f1e"),
        Family.MERGING: Colours("#f1b7c3", "#b8486d"),
        Family.REARRANGING: Colours("#9fe6e2", "#2b8d90"),
    },
)

DARK = Theme(
    background="#16181d",
    text="#eceef2",
    muted="#c3c8d1",
    edge="#8d939e",
    frame_line="#434955",
    frames=("#1d2027", "#22262e"),
    plain=Colours("#262a33", "#7f8692"),
    badge=Colours("#d5d9e0", "#1b1e24"),
    unknown=Colours("#24272e", "#565c67"),
    error=Colours("#431a1d", "#ff7b81"),
    families={
        Family.CONVOLUTION: Colours("#17376c", "#5f9fdd"),
        Family.POOLING: Colours("#70381c", "#dd8c42"),
        Family.DENSE: Colours("#482090", "#9f83da"),
        Family.NORMALIZATION: Colours("#32302f", "#868c97"),
        Family.ACTIVATION: Colours("#375b45", "#7fb95e"),
        Family.REGULARIZATION: Colours("#644f06", "#c0a637"),
        Family.MERGING: Colours("#622049", "#d9668c"),
        Family.REARRANGING: Colours("#0f587b", "#45aeb1"),
    },
)

THEMES: Mapping[ThemeName, Theme] = {"light": LIGHT, "dark": DARK}


def colours(theme: Theme) -> tuple[str, ...]:
    """Every colour of a theme, each role in its own place."""
    pairs = (theme.plain, theme.badge, theme.unknown, theme.error, *(theme.families[family] for family in Family))
    singles = (theme.background, theme.text, theme.muted, theme.edge, theme.frame_line, *theme.frames)
    return (*singles, *(colour for pair in pairs for colour in pair))

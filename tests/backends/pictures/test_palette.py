"""The colours can be told apart, also by eyes that see no red, green or blue, and read upon."""

from __future__ import annotations

import math
from itertools import combinations

import pytest

from netspec.backends.pictures.palette import DARK, LIGHT, THEMES, Theme, colours
from netspec.layers import Family

Vector = tuple[float, float, float]
Matrix = tuple[Vector, Vector, Vector]

# Source: Machado, Oliveira and Fernandes, "A physiologically-based model for simulation of color vision deficiency",
# 2009, for the whole absence of each kind of cone, on linear RGB.
EYES: dict[str, Matrix] = {
    "all cones": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "no red": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "no green": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.01182, 0.04294, 0.968881)),
    "no blue": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.3039)),
}

XYZ: Matrix = ((0.4339, 0.3762, 0.1899), (0.2126, 0.7152, 0.0722), (0.0177, 0.1095, 0.8728))
"""From linear sRGB, relative to its white."""

JUST_TOLD_APART = 2.3


def linear(colour: str) -> Vector:
    r, g, b = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return (_linear(r), _linear(g), _linear(b))


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def applied(matrix: Matrix, vector: Vector) -> Vector:
    x, y, z = (max(0.0, min(1.0, sum(a * b for a, b in zip(row, vector, strict=True)))) for row in matrix)
    return (x, y, z)


def lab(vector: Vector) -> Vector:
    x, y, z = (part ** (1 / 3) if part > 0.008856 else 7.787 * part + 16 / 116 for part in applied(XYZ, vector))
    return (116 * y - 16, 500 * (x - y), 200 * (y - z))


def contrast(first: str, second: str) -> float:
    """The ratio of luminances. Source: Web Content Accessibility Guidelines 2.1."""
    low, high = sorted(applied(XYZ, linear(colour))[1] for colour in (first, second))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("eyes", EYES)
@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_families_are_told_apart(theme: Theme, eyes: str) -> None:
    seen = {family: lab(applied(EYES[eyes], linear(theme.families[family].fill))) for family in Family}
    nearest = min(math.dist(seen[a], seen[b]) for a, b in combinations(Family, 2))
    assert nearest > 2 * JUST_TOLD_APART


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_text_can_be_read_on_every_fill(theme: Theme) -> None:
    fills = [theme.background, *theme.frames, *(theme.families[family].fill for family in Family)]
    assert min(contrast(theme.text, fill) for fill in fills) >= 6
    assert min(contrast(theme.muted, fill) for fill in fills) >= 4.5
    assert contrast(theme.error.line, theme.error.fill) >= 4.5
    assert contrast(theme.badge.line, theme.badge.fill) >= 7


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_no_two_roles_share_a_colour(theme: Theme) -> None:
    assert len(set(colours(theme))) == len(colours(theme))


def test_a_light_colour_is_no_dark_one() -> None:
    assert not set(colours(LIGHT)) & set(colours(DARK))

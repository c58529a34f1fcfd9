"""The maps backend: a stack of layers as the picture of the LeNet-5 paper, feature maps as plates, in plain SVG."""

from __future__ import annotations

from collections.abc import Iterable

from netspec.backends.maps.drawing import draw
from netspec.backends.maps.layout import layout
from netspec.backends.maps.solids import solids
from netspec.backends.maps.stages import Branches, stages
from netspec.backends.pictures.palette import THEMES, ThemeName
from netspec.backends.pictures.problems import judge
from netspec.diagnostics import Diagnostic
from netspec.sketch import Sketch

__all__ = ["Branches", "maps_svg"]


def maps_svg(sketch: Sketch, diagnostics: Iterable[Diagnostic] = (), theme: ThemeName = "light") -> str:
    """The net as stacks of feature maps, as far as it is known. Raises :class:`Branches`."""
    found = stages(judge(sketch, diagnostics))
    return draw(layout(found, solids(found)), sketch.name, THEMES[theme])

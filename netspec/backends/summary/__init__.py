"""The table of layers: what a net is in numbers, as text, Markdown, CSV and JSON."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from netspec.ir import Input, Module, ShapedNet, ShapedNode, total_macs, total_params
from netspec.sizes import Shape, Size, format_shape, symbols_of

if TYPE_CHECKING:
    from netspec.domains import Region

Layout: TypeAlias = Literal["channels_first", "channels_last"]

LONGEST_FORMULA = 60
"""A formula of more characters is not said in passing."""


class Summary(NamedTuple):
    """The layers of a net, or of the part of it that is known.

    `modules` are its groups and calls of blocks, and `outputs` the values that leave it, where it is known as a whole.
    `region` has the sizes of the input that fit, where they are open and known: formulas are written for those alone.
    """

    name: str
    inputs: tuple[Input, ...]
    nodes: tuple[ShapedNode, ...]
    complete: bool
    modules: tuple[Module, ...] = ()
    outputs: tuple[str, ...] = ()
    region: Region | None = None

    def simplified(self, size: Size) -> Size:
        """A size as it is shown: where all that fits is even, ``H`` for ``2·⌊H/2⌋``."""
        if self.region is None or isinstance(size, int):
            return size
        from netspec.passes.simplify import simplified  # imported here, since fixed sizes need none of it

        return simplified(size, self.region)

    def shape(self, shape: Shape) -> Shape:
        """A shape as it is shown."""
        return tuple(map(self.simplified, shape))

    @property
    def params(self) -> int:
        """Trainable values of all layers."""
        return total_params(self.nodes)

    @property
    def macs(self) -> Size:
        """Multiplications of all layers, for one example."""
        return self.simplified(total_macs(self.nodes))


def of_net(net: ShapedNet, region: Region | None = None) -> Summary:
    """The summary of a whole net. `region` has the sizes of its input that fit, where they are open."""
    outputs = tuple(output.value for output in net.outputs)
    return Summary(net.name, net.inputs, net.nodes, True, net.modules, outputs, region)


class View(NamedTuple):
    """How a summary is shown.

    `columns`: which, by their keys; None for those that the format shows. `depth`: how many levels of names; what lies
    deeper is one row. `batch` and `dtype`: what memory is reckoned for.
    """

    columns: tuple[str, ...] | None = None
    depth: int | None = None
    batch: int = 1
    dtype: str = "float32"
    layout: Layout = "channels_first"


DEFAULT_VIEW = View()


def in_layout(shape: Shape, layout: Layout) -> Shape:
    """The shape of a value with its channels where the layout has them."""
    return shape if layout == "channels_first" else (*shape[1:], shape[0])


def one_line(summary: Summary, output: Shape) -> str:
    """A sound net in one line: ``LeNet: 1x28x28 → 10, 12 layers, 61,706 parameters, 416,520 MACs``."""
    shapes = " and ".join(format_shape(value.shape) for value in summary.inputs)
    macs = f"{number_text(summary.macs)} MACs"
    if len(macs) > LONGEST_FORMULA:
        macs = f"MACs that depend on {' and '.join(sorted(symbols_of(summary.macs)))}"
    return (
        f"{summary.name}: {shapes} → {format_shape(summary.shape(output))}, {layers_text(len(summary.nodes))}, "
        f"{number_text(summary.params)} parameters, {macs}"
    )


def number_text(size: Size) -> str:
    """A count with its thousands apart, or a formula."""
    return f"{size:,}" if isinstance(size, int) else _LONG_NUMBER.sub(lambda number: f"{int(number[0]):,}", str(size))


_LONG_NUMBER = re.compile(r"\d{4,}(?=·| ?\+|$)")
"""A coefficient or a summand, as against what stands within a floor."""


def layers_text(count: int) -> str:
    """A number of layers: ``12 layers``."""
    return f"{count:,} layer{'' if count == 1 else 's'}"

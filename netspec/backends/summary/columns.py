"""The columns of the table: what each says, and how it is written for people and for programs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any, NamedTuple

from netspec.backends.summary import Layout, Summary, View, in_layout, number_text
from netspec.backends.summary.rows import Row
from netspec.ir import total_macs, total_params
from netspec.layers import Family
from netspec.passes.measure import DTYPES, total_activations, total_weight_bytes
from netspec.passes.memory import Usage, largest, memory_usage
from netspec.passes.receptive_field import Field, Fields, receptive_fields
from netspec.sizes import Shape, Size, format_shape, symbols_of

UNKNOWN = "–"
"""What is not carried: it depends on the input's symbols in a way that is too involved."""

UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


class Numbers:
    """The numbers of a net, worked out when a column asks for them."""

    def __init__(self, summary: Summary, view: View) -> None:
        self.summary, self.view = summary, view

    @cached_property
    def fields(self) -> Mapping[str, Fields]:
        """The receptive field of every value."""
        return receptive_fields(self.summary.inputs, self.summary.nodes)

    @cached_property
    def usage(self) -> Usage:
        """The values alive while each layer runs, for one example."""
        return memory_usage(self.summary.inputs, self.summary.nodes, self.summary.outputs)

    @property
    def width(self) -> int:
        """Bytes that one value takes for the whole batch."""
        return self.view.batch * DTYPES[self.view.dtype]

    @property
    def weight_bytes(self) -> int:
        """Bytes of all weights."""
        return total_weight_bytes(self.summary.nodes, self.view.dtype)

    @property
    def activation_bytes(self) -> Size:
        """Bytes of the outputs of all layers together."""
        return self.summary.simplified(total_activations(self.summary.nodes) * self.width)

    @property
    def peak_bytes(self) -> Size | None:
        """Bytes that inference needs at its peak: the weights, and the values that are alive then."""
        peak = self.usage.peak
        return None if peak is None else peak * self.width + self.weight_bytes

    @property
    def peak_text(self) -> str:
        """The peak, and the layer at which it comes; or what it depends on."""
        peak = self.peak_bytes
        if peak is not None:
            return f"{byte_text(peak)} at {self.usage.peak_at}"
        return f"depends on {' and '.join(sorted({name for s in self.usage.live.values() for name in symbols_of(s)}))}"


class Column(NamedTuple):
    """A column: its name for programs, its heading for people, and its values.

    `text` is for people, who need no zeros; `data` is for JSON, whose numbers are plain and whose formulas are text.
    """

    key: str
    heading: str
    numeric: bool
    text: Callable[[Row, Numbers], str]
    data: Callable[[Row, Numbers], Any]


def byte_text(size: Size) -> str:
    """A number of bytes in the unit that suits it: ``44.6 MiB``; a formula stays one of bytes."""
    if not isinstance(size, int):
        return f"({number_text(size)}) B" if " " in str(size) else f"{number_text(size)} B"
    unit, scaled = 0, float(size)
    while scaled >= 1023.5 and unit + 1 < len(UNITS):
        unit, scaled = unit + 1, scaled / 1024
    digits = 0 if unit == 0 or scaled >= 99.95 else 1 if scaled >= 9.995 else 2
    return f"{scaled:.{digits}f} {UNITS[unit]}"


def plain(size: Size | Fraction | None) -> int | str | None:
    """A size as JSON has it: a number, or a formula as text."""
    return size if size is None or isinstance(size, int) else str(size)


def kernel_of(row: Row, layout: Layout) -> tuple[int, ...] | None:
    """The shape of a layer's filters, of a convolution or a dense layer.

    Channels first it is PyTorch's: out x in x kh x kw (of a transposed convolution in x out x kh x kw). Channels last
    it is kh x kw x in x out. With groups, `in` are the channels of one group.
    """
    if row.kind != "layer" or row.nodes[0].layer.family not in (Family.CONVOLUTION, Family.DENSE):
        return None
    shape = next((weight.shape for weight in row.nodes[0].weights if weight.name == "weight"), None)
    if shape is None or layout == "channels_first":
        return shape
    first, second, *window = shape
    return (*window, first, second) if row.nodes[0].layer.kind == "convtranspose" else (*window, second, first)


def _output_text(row: Row, numbers: Numbers) -> str:
    return format_shape(_output(row, numbers))


def _output_data(row: Row, numbers: Numbers) -> Any:
    return [plain(size) for size in _output(row, numbers)]


def _output(row: Row, numbers: Numbers) -> Shape:
    return in_layout(numbers.summary.shape(row.output), numbers.view.layout)


def _kernel_text(row: Row, numbers: Numbers) -> str:
    return format_shape(kernel_of(row, numbers.view.layout) or ())


def _kernel_data(row: Row, numbers: Numbers) -> Any:
    shape = kernel_of(row, numbers.view.layout)
    return None if shape is None else list(shape)


def _count(key: str, heading: str, value: Callable[[Row, Numbers], Size]) -> Column:
    """A column of counts."""

    def found(row: Row, numbers: Numbers) -> Size:
        return numbers.summary.simplified(value(row, numbers))

    def text(row: Row, numbers: Numbers) -> str:
        count = found(row, numbers)
        return "" if count == 0 else number_text(count)

    return Column(key, heading, True, text, lambda row, numbers: plain(found(row, numbers)))


def _memory(key: str, heading: str, value: Callable[[Row, Numbers], Size | None]) -> Column:
    """A column of bytes."""

    def found(row: Row, numbers: Numbers) -> Size | None:
        size = value(row, numbers)
        return None if size is None else numbers.summary.simplified(size)

    def text(row: Row, numbers: Numbers) -> str:
        size = found(row, numbers)
        if size is None:
            return UNKNOWN
        return "" if size == 0 else byte_text(size)

    return Column(key, heading, True, text, lambda row, numbers: plain(found(row, numbers)))


def _field(key: str, heading: str, value: Callable[[Field], Size | Fraction]) -> Column:
    """A column of the receptive field: one number for each axis of the input."""

    def found(row: Row, numbers: Numbers) -> list[Size | Fraction]:
        sizes = (_whole(value(field)) for field in numbers.fields[row.value] or ())
        return [size if isinstance(size, Fraction) else numbers.summary.simplified(size) for size in sizes]

    def text(row: Row, numbers: Numbers) -> str:
        return "" if row.kind == "input" else _axes_text(found(row, numbers)) or UNKNOWN

    return Column(key, heading, True, text, lambda row, numbers: [plain(size) for size in found(row, numbers)])


def _whole(size: Size | Fraction) -> Size | Fraction:
    return size.numerator if isinstance(size, Fraction) and size.denominator == 1 else size


def _axes_text(sizes: Sequence[Size | Fraction]) -> str:
    """One number for each axis: ``5x5``, ``1/2 x 1/2``."""
    whole = tuple(size for size in sizes if not isinstance(size, Fraction))
    return format_shape(whole) if len(whole) == len(sizes) else " x ".join(map(str, sizes))


def _weights(row: Row, numbers: Numbers) -> int:
    return total_weight_bytes(row.nodes, numbers.view.dtype)


def _activations(row: Row, numbers: Numbers) -> Size:
    return total_activations(row.nodes) * numbers.width


def _live(row: Row, numbers: Numbers) -> Size | None:
    if row.kind == "input":
        return 0
    name = largest({node.name: numbers.usage.live[node.name] for node in row.nodes})
    return None if name is None else numbers.usage.live[name] * numbers.width


_COLUMNS = (
    Column("output", "output", False, _output_text, _output_data),
    Column("kernel", "kernel", False, _kernel_text, _kernel_data),
    _count("parameters", "parameters", lambda row, _: total_params(row.nodes)),
    _count("macs", "MACs", lambda row, _: total_macs(row.nodes)),
    _field("receptive_field", "receptive field", lambda field: field.extent),
    _field("effective_stride", "effective stride", lambda field: field.stride),
    _field("effective_padding", "effective padding", lambda field: field.padding),
    _memory("weight_memory", "weight memory", _weights),
    _memory("activation_memory", "activation memory", _activations),
    _memory("live_memory", "live memory", _live),
)

COLUMNS: Mapping[str, Column] = {column.key: column for column in _COLUMNS}
"""Every column by its key, in the order in which they are shown."""

SHORT = ("output", "parameters", "macs", "receptive_field")
"""What people are shown unless they choose."""


def columns_for_people(view: View) -> list[Column]:
    """The columns of a table to be read. Channels last is how tutorials write kernels, so there they are shown."""
    default = SHORT if view.layout == "channels_first" else ("output", "kernel", *SHORT[1:])
    return [column for key, column in COLUMNS.items() if key in (view.columns or default)]


def columns_for_programs(view: View) -> list[Column]:
    """The columns of a table to be computed with: all, unless some are chosen."""
    return [column for key, column in COLUMNS.items() if view.columns is None or key in view.columns]

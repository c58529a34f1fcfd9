"""What can be said in numbers of a net, a module or a layer: the measures that ``assert`` and tables use."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property

from netspec.ir import Input, ShapedNode, total_macs, total_params
from netspec.layers.reach import least
from netspec.passes.receptive_field import Fields, receptive_fields
from netspec.sizes import Size, Unrepresentable, product, total

DTYPES: Mapping[str, int] = {"float64": 8, "float32": 4, "bfloat16": 2, "float16": 2, "int8": 1}
"""Bytes of a value, by its type."""

COUNTER_BYTES = 8

MEASURES = ("params", "macs", "memory", "activations", "receptive_field", "depth", "shape")


class Measures:
    """Measures of a run of layers, worked out when they are asked for.

    `nodes` may be only the part of a net that could be worked out; `complete` says that it is all of it.
    """

    def __init__(self, inputs: Sequence[Input], nodes: Sequence[ShapedNode], complete: bool) -> None:
        self.inputs = inputs
        self.nodes = nodes
        self.complete = complete

    @cached_property
    def by_name(self) -> Mapping[str, ShapedNode]:
        """Every node, by name."""
        return {node.name: node for node in self.nodes}

    @cached_property
    def fields(self) -> Mapping[str, Fields]:
        """The receptive field of every value."""
        return receptive_fields(self.inputs, self.nodes)

    @cached_property
    def depths(self) -> Mapping[str, int]:
        """For every value, the weighted layers on the longest way from an input to it."""
        depths = {value.name: 0 for value in self.inputs}
        for node in self.nodes:
            depths[node.name] = max(depths[name] for name in node.inputs) + node.layer.weighted
        return depths

    def under(self, path: str) -> Sequence[ShapedNode]:
        """The layers of a module, or the one layer of this name; all for the empty path."""
        if not path:
            return self.nodes
        if path in self.by_name:
            return (self.by_name[path],)
        return self._by_module.get(path, ())

    @cached_property
    def _by_module(self) -> Mapping[str, Sequence[ShapedNode]]:
        """The layers of every module, by its path."""
        found: dict[str, list[ShapedNode]] = {}
        for node in self.nodes:
            path = node.name
            while path := path.rpartition(".")[0]:
                found.setdefault(path, []).append(node)
        return found

    def total(self, path: str, measure: str) -> Size | None:
        """One of :data:`TOTALS`, for what :meth:`under` means; None for another measure."""
        key = path, measure
        if key not in self._totals and measure in TOTALS:
            self._totals[key] = TOTALS[measure](self.under(path))
        return self._totals.get(key)

    @cached_property
    def _totals(self) -> dict[tuple[str, str], Size]:
        """Those that have been asked for."""
        return {}


def total_activations(nodes: Iterable[ShapedNode]) -> Size:
    """Values of all outputs together, for one example."""
    return total(product(*node.output) for node in nodes)


def total_weight_bytes(nodes: Iterable[ShapedNode], dtype: str = "float32") -> int:
    """Bytes of weights, buffers too."""
    width = DTYPES[dtype]
    weights = (weight for node in nodes for weight in node.weights)
    return sum(COUNTER_BYTES if weight.is_counter else weight.size * width for weight in weights)


def total_memory(nodes: Sequence[ShapedNode]) -> Size:
    """Bytes of weights (buffers too) and of all outputs, for one example in float32."""
    return total_activations(nodes) * DTYPES["float32"] + total_weight_bytes(nodes)


TOTALS: Mapping[str, Callable[[Sequence[ShapedNode]], Size]] = {
    "params": total_params,
    "macs": total_macs,
    "memory": total_memory,
    "activations": total_activations,
}
"""The measures that are sums over layers."""


def widest(fields: Fields) -> Size:
    """The receptive field as one number: of its largest axis, of which there is one at least.

    Raises :class:`Unrepresentable` where it is not carried.
    """
    if fields is None:
        raise Unrepresentable("the receptive field is not carried")
    sizes = [field.extent for field in fields]
    try:
        return -least([-size for size in sizes])
    except Unrepresentable:
        raise Unrepresentable(f"the receptive field is the largest of {' and '.join(map(str, sizes))}") from None

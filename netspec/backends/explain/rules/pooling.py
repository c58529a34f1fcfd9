"""How gradients pass through pooling: a mean spreads them evenly over its window, a maximum sends them to its place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netspec.backends.explain.notation import Even, Expression, Gathered, Number, Sliding, Volume, Windows
from netspec.backends.explain.rules.places import axes_of, untouched_notes
from netspec.backends.explain.rules.rule import DELTA, C, Gradient, I, J, Rule, X
from netspec.ir import ShapedNode
from netspec.layers import AdaptiveAvgPool, AdaptiveMaxPool, AvgPool, MaxPool
from netspec.layers.arguments import value_text
from netspec.sizes import Size, format_shape, holds, product

MOST_WINDOWS = 1 << 16
"""The windows on an axis whose volumes are looked at one by one."""

ROUTES = "Max pooling routes each value of δ to the place of its window's maximum (of equal ones, the first)."


def sliding(layer: AvgPool | MaxPool, node: ShapedNode) -> Rule:
    """The gradient of pooling by windows that slide."""
    dilation = layer.dilation if isinstance(layer, MaxPool) else (1,) * len(layer.kernel)
    counted = layer.padding if isinstance(layer, AvgPool) and layer.include_padding else (0,) * len(layer.kernel)
    sizes, counts = node.input_shapes[0][1:], node.output[1:]
    arguments = (sizes, counts, layer.kernel, layer.stride, layer.padding, dilation, counted)
    windows = tuple(Sliding(*axis) for axis in zip(*arguments, strict=True))
    axes = axes_of(sizes, counts, layer.kernel, layer.stride, dilation, layer.padding, layer.padding)
    overlap = any(stride < span.extent and span.windows != 1 for stride, span in zip(layer.stride, axes, strict=True))
    if isinstance(layer, MaxPool):
        notes: tuple[str, ...] = ("A place that is the maximum of several windows gets the sum.",) if overlap else ()
        rule = _routed(node, windows, notes)
    else:
        whole = product(*layer.kernel) if _always_whole(windows) else None
        notes = ("Windows overlap: where they do, their shares add.",) if overlap else ()
        if whole is None:
            notes += (
                _volumes(windows, "the padding counts" if layer.include_padding else "the padding does not count"),
            )
        rule = _spread(node, windows, whole, _evenly(value_text(layer.kernel), whole), notes)
    return rule._replace(
        notes=(*rule.notes, *untouched_notes(axes)), untouched=tuple(axis.untouched() for axis in axes)
    )


def adaptive(layer: AdaptiveAvgPool | AdaptiveMaxPool, node: ShapedNode) -> Rule:
    """The gradient of pooling by as many equal windows as the output has places."""
    sizes = node.input_shapes[0][1:]
    windows = tuple(Even(*axis) for axis in zip(sizes, layer.size, strict=True))
    divides = all(isinstance(size, int) and size % count == 0 for size, count in windows)
    if isinstance(layer, AdaptiveMaxPool):
        return _routed(
            node, windows, () if divides else (_edges(windows), "Windows may overlap, and their values add.")
        )
    if divides:
        volume = product(*(size // count for size, count in windows))
        kernel = format_shape(tuple(size // count for size, count in windows))
        return _spread(node, windows, volume, _evenly(kernel, volume), ())
    notes = (_edges(windows), "Windows may overlap, and their shares add.", _volumes(windows, ""))
    return _spread(node, windows, None, _evenly("own", None), notes)


def whole_mean(node: ShapedNode) -> Rule:
    """The gradient of the mean of each channel."""
    shape = node.input_shapes[0]
    formula = DELTA[C] / product(*shape[1:])
    summary = f"The mean spreads δ evenly: every one of the {format_shape(shape[1:])} places gets the same share."
    return Rule(summary, (Gradient(X, shape, formula, (C, J)),))


def whole_maximum(node: ShapedNode) -> Rule:
    """The gradient of the maximum of each channel."""
    return _routed(node, tuple(Even(size, 1) for size in node.input_shapes[0][1:]), ())


def _evenly(window: str, volume: Size | None) -> str:
    share = f": 1/{volume} to each place" if isinstance(volume, int) else ""
    return f"Average pooling spreads each value of δ evenly over its {window} window{share}."


def _spread(node: ShapedNode, windows: Windows, volume: Size | None, summary: str, notes: Sequence[str]) -> Rule:
    share: Expression = Volume(windows) if volume is None else Number(volume)
    formula = Gathered(DELTA[C, I] / share, windows, "hold")
    return Rule(
        summary,
        (Gradient(X, node.input_shapes[0], formula, (C, J)),),
        notes=("Σ_(i∋j): over the windows i that hold the place j.", *notes),
    )


def _routed(node: ShapedNode, windows: Windows, notes: Sequence[str]) -> Rule:
    formula = Gathered(DELTA[C, I], windows, "have their maximum")
    return Rule(ROUTES, (Gradient(X, node.input_shapes[0], formula, (C, J)),), notes=tuple(notes))


def _always_whole(windows: Sequence[Sliding]) -> bool:
    """Whether every window counts all of its places, whatever sizes are not fixed."""
    for axis in windows:
        last = (axis.windows - 1) * axis.stride - axis.padding + axis.kernel
        if axis.padding > axis.margin or holds(last, "<=", axis.size + axis.margin) is not True:
            return False
    return True


def _volumes(windows: Windows, what: str) -> str:
    """How large the windows are, from the smallest to the largest."""
    least, most = 1, 1
    for axis in windows:
        lengths = set(_lengths(axis))
        if not lengths:
            return "n[i]: how many values window i counts" + (f"; {what}." if what else ".")
        least, most = least * min(lengths), most * max(lengths)
    counts = f"from {least} to {most}" if least < most else f"always {most}"
    return f"n[i]: how many values window i counts, {counts}" + (f"; {what}." if what else ".")


def _lengths(axis: Sliding | Even) -> Iterator[int]:
    """How many places each window counts; nothing for sizes that are not fixed, or very many windows."""
    if not isinstance(axis.size, int) or not isinstance(axis.windows, int) or axis.windows > MOST_WINDOWS:
        return
    for window in range(axis.windows):
        match axis:
            case Sliding():
                start = window * axis.stride - axis.padding
                yield min(start + axis.kernel, axis.size + axis.margin) - max(start, -axis.margin)
            case Even():
                yield -(-(window + 1) * axis.size // axis.windows) - window * axis.size // axis.windows


def _edges(windows: tuple[Even, ...]) -> str:
    """Where the windows begin and end."""
    edges = dict.fromkeys(
        f"⌊i·{axis.size} / {axis.windows}⌋ up to ⌈(i + 1)·{axis.size} / {axis.windows}⌉" for axis in windows
    )
    return f"Window i goes from {' and '.join(edges)}."

"""The sizes of the input that fit a net, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from netspec.domains import Box, contains
from netspec.ir import Input
from netspec.passes.fit import Fit
from netspec.passes.validity import Condition, Validity
from netspec.sizes import format_shape, substitute

MOST_BOXES = 4
"""More separate ranges than this are counted, not shown."""


def render_fit(fit: Fit, inputs: Sequence[Input]) -> list[str]:
    """Lines for what fits: nothing where that is not known, nor for vectors, which have no sizes to open.

    fits H and W ≥ 32, at least 3x32x32
      features.30  H and W ≥ 32
    """
    sizes = fit.sizes
    if sizes is None or not sizes.symbols:
        return []
    given = fit.general.inputs if fit.general is not None else tuple(inputs)
    shapes = ", ".join(format_shape(one.shape) for one in given)
    smallest = ", ".join(_at(one, sizes) for one in given)
    own = _own_sizes(given, inputs) if fit.general is not None else {}
    boxes = sorted(sizes.region, key=lambda box: not contains((box,), own)) if own else list(sizes.region)
    verb = f"as {shapes} it fits" if fit.general is not None else "fits"
    reason = _reason(sizes.conditions[0]) if len(sizes.conditions) == 1 else ""
    line = f"{verb} {_listed(boxes)}{reason and f' ({reason})'}"
    lines = [f"{line}; the smallest input is {smallest}" if len(boxes) == 1 else line]
    if not reason:
        reasons = [_reason(condition) for condition in sizes.conditions]
        width = max(map(len, reasons), default=0)
        lines += [
            f"  {reason:{width}}  {_listed(condition.region)}"
            for reason, condition in zip(reasons, sizes.conditions, strict=True)
        ]
    return lines


def _reason(condition: Condition) -> str:
    """The layer that sets a condition."""
    return f"{condition.node.name}: {condition.node.layer.call_text()}"


def _listed(boxes: Sequence[Box]) -> str:
    shown = "; or ".join(box.described() for box in boxes[:MOST_BOXES])
    return f"{shown}; or {len(boxes) - MOST_BOXES} ranges more" if len(boxes) > MOST_BOXES else shown


def _at(given: Input, sizes: Validity) -> str:
    return format_shape(tuple(substitute(size, sizes.smallest()) for size in given.shape))


def _own_sizes(opened: Sequence[Input], fixed: Sequence[Input]) -> Mapping[str, int]:
    """The sizes that the net itself has, by symbol."""
    own: dict[str, int] = {}
    for general, given in zip(opened, fixed, strict=True):
        for symbol, size in zip(general.shape, given.shape, strict=True):
            if isinstance(size, int) and not isinstance(symbol, int):
                own[str(symbol)] = size
    return own

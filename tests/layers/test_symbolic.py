"""The shape of a chain of layers, worked out once for all sizes, is the shape at each size."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from netspec.diagnostics.codes import Code
from netspec.layers import AnyLayer, AvgPool, Conv, ConvTranspose, Depthwise, MaxPool, Misfit, Pad, Upsample, facts
from netspec.layers.dense import Flatten
from netspec.sizes import Shape, Size, substitute, symbol

H, W = symbol("H"), symbol("W")

windows = st.integers(1, 3)
axes = st.tuples(windows, windows)


@st.composite
def layers(draw: st.DrawFn) -> AnyLayer:
    """A layer with a window on two axes, with few channels."""
    kernel, stride = draw(axes), draw(axes)
    half = (kernel[0] // 2, kernel[1] // 2)
    padding: Any = draw(st.sampled_from(((0, 0), half, "same")))
    margin = draw(st.sampled_from(((0, 0), half)))
    choices: tuple[AnyLayer, ...] = (
        Conv(filters=2, kernel=kernel, stride=stride, padding=padding, dilation=draw(axes)),
        Depthwise(kernel=kernel, stride=stride, padding=padding),
        MaxPool(kernel=kernel, stride=stride, padding=margin, dilation=draw(axes), ceil=draw(st.booleans())),
        AvgPool(kernel=kernel, stride=stride, padding=margin, ceil=draw(st.booleans())),
        ConvTranspose(filters=2, kernel=kernel, stride=stride, padding=margin),
        Upsample(scale=draw(axes)),
        Pad(before=draw(axes), mode=draw(st.sampled_from(("zeros", "reflect", "circular")))),
    )
    return draw(st.sampled_from(choices))


def run(chain: list[AnyLayer], shape: Shape) -> tuple[Shape, Size] | Code:
    """The shape after the last layer and the MACs of all, or why there is none."""
    macs: Size = 0
    for layer in chain:
        try:
            known = facts(layer, (shape,))
        except Misfit as misfit:
            return misfit.code
        shape = known.output
        macs = macs + known.macs
    return shape, macs


def at(size: Size, h: int, w: int) -> Size:
    return substitute(size, {"H": h, "W": w})


def test_a_symbolic_shape_is_the_shape_at_every_size() -> None:
    compared: Counter[str] = Counter()

    @settings(max_examples=600, database=None)
    @given(st.lists(layers(), min_size=1, max_size=5), st.booleans())
    def agrees(chain: list[AnyLayer], flattened: bool) -> None:
        if flattened:
            chain = [*chain, Flatten()]
        general = run(chain, (2, H, W))
        if general == Code.SYMBOLS_TOO_INVOLVED:
            compared["too involved"] += 1
            return
        for n in range(1, 40):
            special = run(chain, (2, n, n + 5))
            if isinstance(general, Code):
                compared["refused for every size"] += 1
                assert isinstance(special, Code), "refused for every size, yet this one is fine"
            elif isinstance(special, Code):
                compared["refused for this size"] += 1
            else:
                compared["equal"] += 1
                (shape, macs), (known_shape, known_macs) = general, special
                assert tuple(at(size, n, n + 5) for size in shape) == known_shape
                assert at(macs, n, n + 5) == known_macs

    agrees()
    assert compared["equal"] > compared["refused for this size"] > 0
    assert compared["too involved"] < 50


def test_a_window_that_never_fits_is_refused_for_a_symbol_too() -> None:
    shrinking = Conv(filters=1, kernel=(5, 5))
    assert isinstance(run([shrinking] * 3, (1, H, W)), tuple)
    assert run([MaxPool(kernel=(4, 4)), shrinking], (1, 16, W)) == Code.WINDOW_TOO_LARGE

"""Hypothesis strategies of arguments and input shapes for each layer: small, and wrong about half of the time.

Wrong in the ways of people: groups that do not divide, windows larger than the input or of the wrong rank, too much
padding, a vector where a map is wanted.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from hypothesis import strategies as st

from netspec.layers import (
    AdaptiveAvgPool,
    AdaptiveMaxPool,
    Add,
    AnyLayer,
    AvgPool,
    BatchNorm,
    Concat,
    Conv,
    ConvTranspose,
    Depthwise,
    Dropout,
    DropPath,
    Elu,
    Fc,
    Flatten,
    Gelu,
    GlobalAvgPool,
    GlobalMaxPool,
    GroupNorm,
    HardSigmoid,
    HardSwish,
    Identity,
    InstanceNorm,
    LayerNorm,
    LeakyRelu,
    LogSoftmax,
    Lrn,
    MaxPool,
    Mish,
    Mul,
    Pad,
    PixelShuffle,
    PRelu,
    Relu,
    Relu6,
    Reshape,
    Scale,
    Selu,
    Shuffle,
    Sigmoid,
    Silu,
    Slice,
    Softmax,
    Softplus,
    Tanh,
    Upsample,
)

Dimensions = tuple[int, ...]
Draw = st.DrawFn


class Case(NamedTuple):
    """A layer and the shapes of its inputs."""

    layer: AnyLayer
    shapes: tuple[Dimensions, ...]


def _shape(draw: Draw, ranks: tuple[int, ...] = (1, 1, 2, 2, 2, 2, 3, 3, 3, 0), largest: int = 8) -> Dimensions:
    """A shape; ranks that come up more often are listed more often."""
    rank = draw(st.sampled_from(ranks))
    channels = draw(st.sampled_from((4, 6, 1, 2, 3, 8)))
    return (channels, *draw(st.lists(st.integers(1, largest), min_size=rank, max_size=rank)))


def _per_axis(draw: Draw, rank: int, low: int, high: int) -> Any:
    """One number, one for each axis, or rarely the wrong number of them."""
    numbers = st.integers(low, high)
    form = draw(st.sampled_from(("one", "each") * 10 + ("wrong",)))
    if form == "one":
        return draw(numbers)
    length = max(rank + (draw(st.sampled_from((-1, 1))) if form == "wrong" else 0), 1)
    return tuple(draw(st.lists(numbers, min_size=length, max_size=length)))


def _window(draw: Draw, rank: int, *names: str) -> dict[str, Any]:
    """Some of the arguments of a sliding window, each left at its default half of the time."""
    limits = {
        "kernel": (1, 4),
        "stride": (1, 4),
        "padding": (0, 3),
        "dilation": (1, 3),
        "output_padding": (0, 2),
    }
    given: dict[str, Any] = {"kernel": _per_axis(draw, rank, *limits["kernel"])}
    for name in names:
        if draw(st.booleans()):
            given[name] = _per_axis(draw, rank, *limits[name])
    return given


def _conv(draw: Draw) -> Case:
    shape = _shape(draw)
    given = _window(draw, len(shape) - 1, "stride", "padding", "dilation")
    if draw(st.integers(0, 3)) == 0:
        given["padding"] = "same"
    filters = draw(st.sampled_from((4, 6, 8, 1, 3, 5)))
    groups = draw(st.sampled_from((1, 1, 2, 3, 4)))
    return Case(Conv(filters=filters, groups=groups, bias=draw(st.booleans()), **given), (shape,))


def _depthwise(draw: Draw) -> Case:
    shape = _shape(draw)
    given = _window(draw, len(shape) - 1, "stride", "padding", "dilation")
    if draw(st.integers(0, 3)) == 0:
        given["padding"] = "same"
    multiplier = draw(st.integers(1, 3))
    return Case(Depthwise(multiplier=multiplier, bias=draw(st.booleans()), **given), (shape,))


def _convtranspose(draw: Draw) -> Case:
    shape = _shape(draw, largest=5)
    given = _window(draw, len(shape) - 1, "stride", "padding", "dilation", "output_padding")
    filters = draw(st.sampled_from((4, 6, 8, 1, 3, 5)))
    groups = draw(st.sampled_from((1, 1, 2, 3, 4)))
    return Case(ConvTranspose(filters=filters, groups=groups, bias=draw(st.booleans()), **given), (shape,))


def _maxpool(draw: Draw) -> Case:
    shape = _shape(draw)
    given = _window(draw, len(shape) - 1, "stride", "padding", "dilation")
    return Case(MaxPool(ceil=draw(st.booleans()), **given), (shape,))


def _avgpool(draw: Draw) -> Case:
    shape = _shape(draw)
    given = _window(draw, len(shape) - 1, "stride", "padding")
    return Case(AvgPool(ceil=draw(st.booleans()), include_padding=draw(st.booleans()), **given), (shape,))


def _adaptive(layer: type[AdaptiveAvgPool | AdaptiveMaxPool]) -> Callable[[Draw], Case]:
    def case(draw: Draw) -> Case:
        shape = _shape(draw)
        return Case(layer(size=_per_axis(draw, len(shape) - 1, 1, 9)), (shape,))

    return case


def _fc(draw: Draw) -> Case:
    shape = _shape(draw, ranks=(0, 0, 0, 1, 2))
    return Case(Fc(units=draw(st.integers(1, 20)), bias=draw(st.booleans())), (shape,))


def _reshape(draw: Draw) -> Case:
    shape = _shape(draw, ranks=(0, 1, 2, 3), largest=4)
    wanted = list(draw(st.permutations(shape)))
    change = draw(st.sampled_from(("none", "split", "join", "other size")))
    if change == "split":
        wanted = [part for size in wanted for part in ((2, size // 2) if size % 2 == 0 else (size,))]
    elif change == "join" and len(wanted) > 1:
        wanted = [wanted[0] * wanted[1], *wanted[2:]]
    elif change == "other size":
        wanted[0] += draw(st.integers(1, 2))
    return Case(Reshape(shape=tuple(wanted)), (shape,))


EPS = st.sampled_from((1e-5, 1e-3, 0.1))


def _batchnorm(draw: Draw) -> Case:
    momentum = draw(st.sampled_from((0.1, 0.0, 1.0)))
    return Case(BatchNorm(eps=draw(EPS), momentum=momentum, affine=draw(st.booleans())), (_shape(draw),))


def _layernorm(draw: Draw) -> Case:
    return Case(LayerNorm(eps=draw(EPS | st.just(0.0)), affine=draw(st.booleans())), (_shape(draw),))


def _groupnorm(draw: Draw) -> Case:
    groups = draw(st.sampled_from((1, 2, 3, 4, 8)))
    return Case(GroupNorm(groups=groups, eps=draw(EPS), affine=draw(st.booleans())), (_shape(draw),))


def _instancenorm(draw: Draw) -> Case:
    shape = _shape(draw, largest=draw(st.sampled_from((1, 2, 8))))
    return Case(InstanceNorm(eps=draw(EPS), affine=draw(st.booleans())), (shape,))


def _lrn(draw: Draw) -> Case:
    alpha, beta, k = (draw(st.sampled_from((0.0, 0.5, 1.0))) for _ in range(3))
    return Case(Lrn(size=draw(st.integers(1, 9)), alpha=alpha, beta=beta, k=k), (_shape(draw),))


def _plain(layer: Callable[..., AnyLayer], **values: st.SearchStrategy[Any]) -> Callable[[Draw], Case]:
    """A layer with arguments that do not depend on the shape."""

    def case(draw: Draw) -> Case:
        given = {name: draw(strategy) for name, strategy in values.items() if draw(st.booleans())}
        return Case(layer(**given), (_shape(draw),))

    return case


def _droppath(draw: Draw) -> Case:
    return Case(DropPath(p=draw(st.sampled_from((0.0, 0.2, 1.0)))), (_shape(draw),))


def _merge(layer: type[Add | Mul | Concat]) -> Callable[[Draw], Case]:
    """Operands that are equal but for one change, often one that a merge allows."""

    def case(draw: Draw) -> Case:
        shape = _shape(draw, ranks=(0, 1, 2, 3), largest=4)
        shapes = [shape] * draw(st.integers(2, 4))
        place = draw(st.integers(0, len(shapes) - 1))
        change = draw(st.sampled_from(("none", "one pixel", "channels", "one axis", "rank")))
        if change == "one pixel":
            shapes[place] = (shape[0], *(1 for _ in shape[1:]))
        elif change == "channels":
            shapes[place] = (draw(st.sampled_from((1, 2, 5))), *shape[1:])
        elif change == "one axis" and len(shape) > 1:
            axis = draw(st.integers(1, len(shape) - 1))
            shapes[place] = (*shape[:axis], draw(st.integers(1, 4)), *shape[axis + 1 :])
        elif change == "rank":
            shapes[place] = shape[:-1] if len(shape) > 1 else (*shape, 1)
        return Case(layer(), tuple(shapes))

    return case


def _pad(draw: Draw) -> Case:
    shape = _shape(draw, largest=6)
    rank = len(shape) - 1
    given: dict[str, Any] = {"before": _per_axis(draw, rank, 0, 4)}
    if draw(st.booleans()):
        given["after"] = _per_axis(draw, rank, 0, 4)
    given["mode"] = draw(st.sampled_from(("zeros", "reflect", "replicate", "circular")))
    return Case(Pad(**given), (shape,))


def _upsample(draw: Draw) -> Case:
    shape = _shape(draw, largest=5)
    rank = len(shape) - 1
    fitting = {1: ("linear",), 2: ("bilinear", "bicubic"), 3: ("trilinear",)}.get(rank, ("linear",))
    every = ("nearest", "linear", "bilinear", "bicubic", "trilinear")
    given: dict[str, Any] = {"scale": _per_axis(draw, rank, 1, 3)}
    given["mode"] = draw(st.sampled_from(fitting) | st.sampled_from(every))
    return Case(Upsample(align_corners=draw(st.booleans()), **given), (shape,))


def _pixelshuffle(draw: Draw) -> Case:
    factor = draw(st.integers(1, 3))
    _, *sizes = _shape(draw, ranks=(2, 2, 2, 2, 1, 3, 0), largest=4)
    channels = draw(st.sampled_from((1, 2, 3))) * factor**2 + draw(st.sampled_from((0, 0, 1, 2)))
    return Case(PixelShuffle(factor=factor), ((channels, *sizes),))


def _shuffle(draw: Draw) -> Case:
    return Case(Shuffle(groups=draw(st.sampled_from((1, 2, 3, 4)))), (_shape(draw),))


def _slice(draw: Draw) -> Case:
    shape = _shape(draw)
    start, stop = draw(st.integers(0, shape[0] + 1)), draw(st.integers(1, shape[0] + 1))
    return Case(Slice(start=start, stop=stop), (shape,))


REALS = st.sampled_from((-1.0, 0.0, 0.3, 2.0))

CASES: dict[str, Callable[[Draw], Case]] = {
    "conv": _conv,
    "depthwise": _depthwise,
    "convtranspose": _convtranspose,
    "maxpool": _maxpool,
    "avgpool": _avgpool,
    "adaptiveavgpool": _adaptive(AdaptiveAvgPool),
    "adaptivemaxpool": _adaptive(AdaptiveMaxPool),
    "globalavgpool": _plain(GlobalAvgPool),
    "globalmaxpool": _plain(GlobalMaxPool),
    "fc": _fc,
    "flatten": _plain(Flatten),
    "reshape": _reshape,
    "batchnorm": _batchnorm,
    "layernorm": _layernorm,
    "groupnorm": _groupnorm,
    "instancenorm": _instancenorm,
    "lrn": _lrn,
    "relu": _plain(Relu),
    "relu6": _plain(Relu6),
    "leakyrelu": _plain(LeakyRelu, slope=REALS),
    "prelu": _plain(PRelu, per_channel=st.booleans(), init=REALS),
    "elu": _plain(Elu, alpha=REALS),
    "selu": _plain(Selu),
    "gelu": _plain(Gelu, approximate=st.sampled_from(("none", "tanh"))),
    "silu": _plain(Silu),
    "sigmoid": _plain(Sigmoid),
    "hardsigmoid": _plain(HardSigmoid),
    "hardswish": _plain(HardSwish),
    "tanh": _plain(Tanh),
    "softplus": _plain(Softplus, beta=st.sampled_from((0.5, 2.0)), threshold=REALS),
    "mish": _plain(Mish),
    "softmax": _plain(Softmax),
    "logsoftmax": _plain(LogSoftmax),
    "identity": _plain(Identity),
    "dropout": _plain(Dropout, p=st.sampled_from((0.0, 0.2, 1.0))),
    "droppath": _droppath,
    "add": _merge(Add),
    "mul": _merge(Mul),
    "concat": _merge(Concat),
    "pad": _pad,
    "upsample": _upsample,
    "pixelshuffle": _pixelshuffle,
    "shuffle": _shuffle,
    "slice": _slice,
    "scale": _plain(Scale, init=REALS),
}


@st.composite
def cases(draw: Draw, kind: str) -> Case:
    """A layer of this kind with shapes for its inputs."""
    return CASES[kind](draw)

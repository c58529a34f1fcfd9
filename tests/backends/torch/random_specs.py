"""Random specs with blocks: parameters, conditions, optional operands, groups that use labels from around them."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from hypothesis import assume
from hypothesis import strategies as st

import netspec
from netspec import ShapedNet, SpecError

Draw = st.DrawFn

_ACTIVATIONS = ("relu", "tanh", "sigmoid", "elu 0.5", "prelu per_channel=true", "identity")
_CONDITIONS = (
    "stride != 1 or in.channels != width",
    "stride == 1 and in.channels == width",
    "deep",
    "not deep",
    "width > 4",
    "in.channels % 2 == 0",
    "width // 2 + 1 < in.channels * 2",
    "deep and (width == 4 or stride == 2)",
)


class _Scope(NamedTuple):
    """What may be used where: parameters or not, names of blocks, labels with their number of channels."""

    parameters: bool
    blocks: tuple[str, ...]
    labels: tuple[str, ...]


@st.composite
def specs(draw: Draw) -> str:
    """The text of a spec."""
    texts: list[str] = []
    names: tuple[str, ...] = ()
    for number in range(draw(st.integers(0, 3))):
        name = ("unit", "Unit", "basic_block")[number]
        body = _body(draw, 2 - number % 2, _Scope(True, names, ()))
        parameters = "width, stride=1, deep=false, act=relu, depth=2, inner=(width + 2 * in.channels)"
        texts.append(f"block {name}({parameters}) {{\n{body}\n}}")
        names = (*names, name)
    outside = _Scope(False, names, ())
    calls = [_call(draw, 0, outside, "") for _ in range(draw(st.integers(2, 6)) if names else 0)]
    net = "\n".join([_body(draw, 1, outside), *calls])
    head = draw(st.sampled_from(["", "globalavgpool -> flatten -> fc classes", "conv classes 1 -> dropout rate"]))
    texts.append(f"net Random(classes=5, rate=0.5, wide=4) {{\ninput 4x8x8\n{net}\n{head}\n}}")
    return "\n".join(texts)


def _body(draw: Draw, depth: int, scope: _Scope) -> str:
    """Statements that keep the size of the map; with labels on some, or on none."""
    labelled = draw(st.booleans())
    lines = []
    for number in range(draw(st.integers(1, 4))):
        makers: list[Callable[[Draw, int, _Scope, str], str]] = [_layer, _layer, _layer]
        if depth:
            makers += [_group, _add, _concat, _gate, _repeat]
            if scope.parameters:
                makers += [_condition, _condition, _optional]
            if scope.blocks:
                makers += [_call, _call, _call]
            if scope.labels and labelled:
                makers.append(_skip)
        label = f"m{number}: " if labelled and draw(st.booleans()) else ""
        lines.append(draw(st.sampled_from(makers))(draw, depth - 1, scope, label))
        if label and not lines[-1].startswith("if"):
            scope = scope._replace(labels=(*scope.labels, label[:-2]))
    return "\n".join(lines)


def _width(draw: Draw, scope: _Scope) -> str:
    widths = ["4", "in.channels", "6"]
    if not scope.parameters:
        widths += ["wide", "(wide * 2)"]
    else:
        widths += ["width", "width", "(width * 2)", "(in.channels + width)", "max(width, 3)", "inner"]
    return draw(st.sampled_from(widths))


def _layer(draw: Draw, depth: int, scope: _Scope, label: str) -> str:
    width = _width(draw, scope)
    texts = [
        f"conv {width} 3 padding=1",
        f"conv {width} 1 bias=false",
        "depthwise 3 padding=1 multiplier=2",
        "batchnorm",
        draw(st.sampled_from(_ACTIVATIONS)),
        f"conv {width} 3 padding=same -> slice 0 2",
        "scale 0.5",
        "layernorm",
        "dropout",
    ]
    if scope.parameters:
        texts += [f"conv {width} 3 stride=stride padding=1 -> upsample stride", "act", "groupnorm 1 affine=deep"]
    return label + draw(st.sampled_from(texts))


def _group(draw: Draw, depth: int, scope: _Scope, label: str) -> str:
    return f"{label}{{\n{_body(draw, depth, scope)}\n}}"


def _inner(draw: Draw, depth: int, scope: _Scope) -> str:
    return _layer(draw, depth, scope, "") if draw(st.booleans()) else _group(draw, depth, scope, "")


def _add(draw: Draw, depth: int, scope: _Scope, label: str) -> str:
    other = draw(st.sampled_from(["{}", "{ conv in.channels 1 }", "{ relu -> tanh }"]))
    return f"{label}add {{ {_inner(draw, depth, scope)}\nconv in.channels 1 }} {other}".replace(
        "\nconv in", "\nconv in"
    )


def _concat(draw: Draw, depth: int, scope: _Scope, label: str) -> str:
    other = draw(st.sampled_from(["{}", "{ conv 2 1 }", "{ relu } { conv 3 1 -> relu }"]))
    return f"{label}concat {{ {_inner(draw, depth, scope)} }} {other}"


def _gate(draw: Draw, depth: int, scope: _Scope, label: str) -> str:
    return f"{label}mul {{}} {{ globalavgpool -> conv in.channels 1 -> sigmoid }}"


def _repeat(draw: Draw, depth: int, scope: _Scope, label: str) -> str:
    counts = ["0", "1", "2", "3", "4"]
    if scope.parameters:
        counts += ["depth", "depth", "depth", "depth - 1", "depth * 2"]
    bodies: list[Callable[[Draw, int, _Scope], str]] = [_inner, _inner, _dense]
    if scope.blocks:
        bodies.append(lambda draw, depth, scope: _call(draw, depth, scope, label))
    inner = draw(st.sampled_from(bodies))(draw, depth, scope._replace(labels=()))
    return f"repeat {draw(st.sampled_from(counts))} {{ {inner} }}"


def _dense(draw: Draw, depth: int, scope: _Scope) -> str:
    unit = (
        _call(draw, depth, scope, "").replace(" stride=2", "").replace(" stride=stride", "") if scope.blocks else "relu"
    )
    other = draw(st.sampled_from(["relu", "{ conv 2 1 -> relu }", "conv 3 1", unit, unit]))
    label = draw(st.sampled_from(["", "part: "]))
    return f"concat {{}} {{ {label}{other} }}"


def _condition(draw: Draw, depth: int, scope: _Scope, label: str) -> str:
    otherwise = f" else {{ {_inner(draw, depth, scope)} }}" if draw(st.booleans()) else ""
    condition = draw(st.sampled_from(_CONDITIONS))
    return f"if {condition} {{ {label}{_inner(draw, depth, scope)} }}{otherwise}"


def _optional(draw: Draw, depth: int, scope: _Scope, label: str) -> str:
    condition = draw(st.sampled_from(_CONDITIONS))
    return f"{label}add {{ conv in.channels 3 padding=1 -> relu }} {{}} if {condition}"


def _call(draw: Draw, depth: int, scope: _Scope, label: str) -> str:
    name = draw(st.sampled_from(scope.blocks))
    width = draw(
        st.sampled_from(["4", "6", "5", "in.channels", *(["width", "(width + 1)"] if scope.parameters else ["wide"])])
    )
    stride = draw(st.sampled_from(["", " stride=2", *([" stride=stride"] if scope.parameters else [])]))
    deep = draw(st.sampled_from(["", " deep=true", *([" deep=(not deep)"] if scope.parameters else [])]))
    act = draw(st.sampled_from(["", "", " act=tanh"]))
    turns = draw(st.sampled_from(["", "", " depth=0", " depth=1", " depth=3", *([" depth=depth"] * scope.parameters)]))
    inner = draw(st.sampled_from(["", "", "", " inner=5"]))
    return f"{label}{name} {width}{stride}{deep}{act}{turns}{inner}"


def _skip(draw: Draw, depth: int, scope: _Scope, label: str) -> str:
    return f"{label}concat {{}} {draw(st.sampled_from(scope.labels))}"


def small_net(text: str, layers: int = 200, macs: int = 10_000_000, params: int = 100_000) -> ShapedNet:
    """The net of a spec, where it is sound and no larger than this: concatenations in repeats soon fill all memory."""
    try:
        net = netspec.loads(text)
    except SpecError:
        assume(False)
    assume(len(net.nodes) < layers and isinstance(net.macs, int) and net.macs < macs and net.params < params)
    return net

"""Random chains of the layers that run with the batch last, as specs."""

from __future__ import annotations

from hypothesis import assume
from hypothesis import strategies as st

import netspec
from netspec import ShapedNet, SpecError

EXACT = ("relu", "relu6", "leakyrelu 0", "identity")
"""Activations that make whole numbers of whole numbers."""

ACTIVATIONS = (
    "relu",
    "relu6",
    "leakyrelu 0.2",
    "leakyrelu 0",
    "elu",
    "elu 0.4",
    "selu",
    "sigmoid",
    "hardsigmoid",
    "tanh",
    "identity",
)


def sizes(low: int, high: int, rank: int) -> st.SearchStrategy[str]:
    """One number for each axis, as a spec has them."""
    return st.lists(st.integers(low, high), min_size=rank, max_size=rank).map(lambda all: "x".join(map(str, all)))


@st.composite
def convolutions(draw: st.DrawFn, rank: int) -> str:
    """A convolution; its input must have two channels or four for the groups to fit."""
    kernel, stride, dilation = draw(sizes(1, 4, rank)), draw(sizes(1, 3, rank)), draw(sizes(1, 2, rank))
    padding = draw(st.one_of(st.just("same"), sizes(0, 3, rank)))
    filters, groups = draw(st.sampled_from([(1, 1), (3, 1), (4, 1), (2, 2), (4, 2)]))
    bias = draw(st.sampled_from(["true", "false"]))
    return f"conv {filters} {kernel} stride={stride} padding={padding} dilation={dilation} groups={groups} bias={bias}"


@st.composite
def poolings(draw: st.DrawFn, rank: int, kinds: tuple[str, ...]) -> str:
    """A pooling, often one whose windows lie side by side."""
    kind = draw(st.sampled_from(kinds))
    if draw(st.booleans()):
        return f"{kind} {draw(sizes(1, 3, rank))}"
    kernel, stride, ceil = draw(st.integers(1, 4)), draw(sizes(1, 3, rank)), draw(st.sampled_from(["true", "false"]))
    padding = draw(st.integers(0, kernel // 2))
    # With dilation a window may see the padding alone; torch then writes the gradient where no array is.
    own = {
        "maxpool": f"dilation={draw(sizes(1, 1 if padding else 2, rank))}",
        "avgpool": f"include_padding={draw(st.sampled_from(['true', 'false']))}",
    }
    return f"{kind} {kernel} stride={stride} padding={padding} ceil={ceil} {own[kind]}"


@st.composite
def chains(draw: st.DrawFn, exact: bool = False) -> ShapedNet:
    """A net of a few layers on odd sizes; the first convolution makes the others' inputs depend on weights.

    exact: with whole inputs and weights all values are whole, and so equal ones are equal in any order of computing.
    """
    activations = st.sampled_from(EXACT if exact else ACTIVATIONS)
    rank = draw(st.sampled_from([1, 2, 2]))
    lines = [f"input {draw(st.integers(1, 3))}x{draw(sizes(4, 11, rank))}", "conv 4 1"]
    for _ in range(draw(st.integers(1, 3))):
        pools = poolings(rank, ("maxpool",) if exact else ("maxpool", "avgpool"))
        lines.append(draw(st.one_of(convolutions(rank), pools, convolutions(rank), activations, st.just("dropout 0"))))
    if draw(st.booleans()) and not exact:
        lines.append(draw(st.sampled_from(["flatten", "globalavgpool -> flatten"])))
        lines += [f"fc {draw(st.integers(1, 6))}", draw(activations), "fc 3 bias=false"]
        lines.append(draw(st.sampled_from(["identity", "softmax", "logsoftmax"])))
    try:
        return netspec.loads("net Chain {\n" + "\n".join(lines) + "\n}\n")
    except SpecError:
        assume(False)
        raise

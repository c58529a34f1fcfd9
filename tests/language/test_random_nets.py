"""Random networks: what netspec says of them is what PyTorch makes of the generated code."""

from __future__ import annotations

from itertools import count

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import netspec

POINTWISE = ["relu", "batchnorm", "sigmoid", "dropout p=0.2", "groupnorm 2", "identity", "layernorm"]


@st.composite
def step(draw: st.DrawFn) -> str:
    """A step that keeps a map of 4 by 4 pixels or more, with an even number of channels."""
    width = 2 * draw(st.integers(1, 6))
    kind = draw(st.sampled_from(["conv", "depthwise", "upsample", "convtranspose", "pool", "pointwise", "slice"]))
    match kind:
        case "conv":
            kernel = draw(st.sampled_from(["1", "3x3 padding=1", "5 padding=2", "3 padding=same", "1x3 padding=0x1"]))
            return f"conv {width} {kernel} bias={draw(st.sampled_from(['true', 'false']))}"
        case "depthwise":
            return "depthwise 3 padding=1 multiplier=2"
        case "upsample":
            return f"upsample 2 mode={draw(st.sampled_from(['nearest', 'bilinear']))}"
        case "convtranspose":
            return f"convtranspose {width} 2 stride=2"
        case "pool":
            pool = draw(st.sampled_from(["maxpool 3 stride=1 padding=1", "avgpool 2 stride=1 ceil=true padding=1"]))
            return f"{pool} -> adaptiveavgpool {draw(st.integers(4, 6))}"
        case "slice":
            return f"conv {width + 2} 1 -> slice 1 {width + 1}"
        case _:
            return draw(st.sampled_from(POINTWISE))


@st.composite
def body(draw: st.DrawFn, depth: int, labels: bool) -> str:
    """Statements, one a line; with a label on each step or on none."""
    lines = []
    numbers = count(1)
    for _ in range(draw(st.integers(1, 3))):
        label = f"m{next(numbers)}: " if labels else ""
        kind = draw(st.sampled_from(["step", "step", "group", "add", "concat", "gate", "repeat", "block"]))
        if depth == 0 or kind == "step":
            lines.append(f"{label}{draw(step())}")
            continue
        inner = draw(body(depth - 1, draw(st.booleans())))
        match kind:
            case "group":
                lines.append(f"{label}{{\n{inner}\n}}")
            case "add":
                lines.append("conv 4 1")
                lines.append(
                    f"{label}add {{\n{draw(step())} -> adaptiveavgpool 4 -> conv 4 1\n}} {{ adaptiveavgpool 4 }}"
                )
            case "concat":
                lines.append(f"{label}concat {{ conv 2 3 padding=1 }} {{}} {{ conv 4 1 -> relu }}")
            case "gate":
                lines.append(f"{label}mul {{}} {{ globalavgpool -> conv in.channels 1 -> sigmoid }}")
            case "repeat":
                lines.append(f"repeat {draw(st.integers(1, 3))} {{ {label}conv 6 3 padding=1 -> relu }}")
            case _:
                stride = draw(st.integers(1, 2))
                width = 2 * draw(st.integers(1, 4))
                lines.append(f"{label}unit {width} stride={stride} -> upsample {stride}")
    return "\n".join(lines)


UNIT = """
block unit(width, stride=1) {
    add {
        conv1: conv width 3 stride=stride padding=1 -> relu
        conv2: conv (width * 2) 1 -> conv width 1
    } {
        if stride != 1 or in.channels != width { projection: { conv width 1 stride=stride -> batchnorm } }
    }
}
"""


@settings(max_examples=150)
@given(body(2, labels=False), st.sampled_from(["\nglobalavgpool -> flatten -> fc 3", ""]))
def test_the_generated_module_has_the_shapes_weights_and_names_that_were_said(text: str, head: str) -> None:
    net = netspec.loads(f"{UNIT}net N {{\ninput 4x8x8\n{text}{head}\n}}")

    module = net.to_torch().eval()

    expected = [(key, weight.shape) for key, weight in net.weights()]
    assert netspec.ShapedNet.model_validate(dict(net)) == net
    assert [(key, tuple(value.shape)) for key, value in module.state_dict().items()] == expected
    assert sum(p.numel() for p in module.parameters()) == net.params
    assert tuple(module(torch.zeros(2, 4, 8, 8)).shape) == (2, *net.output)


@settings(max_examples=60)
@given(body(2, labels=False))
def test_json_reads_back_to_an_equal_net(text: str) -> None:
    net = netspec.loads(f"{UNIT}net N {{\ninput 4 x H x W\nadaptiveavgpool 8\n{text}\n}}")

    assert netspec.ShapedNet.from_json(net.to_json()) == net

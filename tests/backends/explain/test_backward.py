"""Backpropagation through whole nets: where gradients come from and go to, their shapes, and how it is written."""

from __future__ import annotations

import json

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

import netspec
from netspec import ShapedNet
from netspec.backends.explain import End, Step, backward, backward_markdown, backward_text
from netspec.backends.torch import build
from netspec.cli import main
from netspec.sizes import format_shape
from tests.backends.explain.evaluation import Evaluation
from tests.golden_text import assert_golden
from tests.layers.torch_modules import torch_module
from tests.specs.common import NAMES, load

EVERY_KIND = """\
net Every {
    input 4x17x20
    first: conv 6 3x3 stride=2 padding=1 groups=2 dilation=2x1 -> batchnorm -> relu
    depthwise 3 stride=2 padding=same multiplier=2 bias=false
    conv 4 1 stride=2 padding=1
    convtranspose 8 4 stride=2 padding=1 output_padding=1 groups=2
    mul {} { globalavgpool -> conv 8 1 -> sigmoid }
    add {} { conv 8 3 padding=1 -> lrn 3 }
    concat {} { slice 2 4 } { droppath 0.2 }
    output side: { globalmaxpool -> flatten -> fc 1 }
    maxpool 3 stride=2 padding=1 ceil=true
    avgpool 3 stride=1 padding=1 include_padding=false
    upsample 2 mode=bilinear -> pad 1 mode=reflect -> pad 0 1
    upsample 2 -> relu6 -> leakyrelu -> prelu -> elu 0.5 -> selu -> gelu -> gelu approximate=tanh -> silu
    hardsigmoid -> hardswish -> tanh -> softplus 2 -> mish -> identity -> dropout 0.2
    adaptiveavgpool 3x3 -> adaptivemaxpool 2x2 -> layernorm -> groupnorm 2 -> instancenorm
    shuffle 2 -> scale -> reshape 8x9 -> reshape 8x3x3 -> pixelshuffle 2
    flatten -> fc 10 -> logsoftmax -> softmax
}
"""


def test_as_text(update_golden: bool) -> None:
    net = netspec.loads(EVERY_KIND)
    assert_golden("explain/backward.txt", backward_text(net.name, backward(net)), update=update_golden)


def test_as_markdown_with_latex(update_golden: bool) -> None:
    net = netspec.loads(EVERY_KIND)
    assert_golden("explain/backward.md", backward_markdown(net.name, backward(net)), update=update_golden)


def test_sizes_that_are_not_fixed(update_golden: bool) -> None:
    net = netspec.loads("net Open { input 3 x H x W \n conv 8 3 stride=2 -> maxpool 2 ceil=true -> globalavgpool }")
    assert_golden("explain/backward_open.txt", backward_text(net.name, backward(net)), update=update_golden)


@pytest.mark.parametrize("name", NAMES)
def test_every_gradient_has_the_shape_that_it_has_in_torch(name: str) -> None:
    net = load(name)
    with torch.device("meta"):
        module = build(net)
        inputs = [torch.zeros(2, *given.shape, requires_grad=True) for given in net.inputs]  # type: ignore[arg-type]
        results = module(*inputs)
        outputs = (results,) if isinstance(results, Tensor) else results
        torch.autograd.backward([output.sum() for output in outputs])
    wanted = {key: tuple(weight.grad.shape) for key, weight in module.named_parameters() if weight.grad is not None}
    found = {}
    for step in backward(net):
        if isinstance(step, Step):
            trainable = [weight.name for weight in step.node.weights if weight.trainable]
            for weight, gradient in zip(trainable, step.rule.weights, strict=True):
                found[f"{step.name}.{weight}"] = gradient.shape
            assert step.reached
            assert tuple(gradient.shape for gradient in step.rule.inputs) == step.node.input_shapes
    assert found == wanted


BRANCHING = """\
net Branching {
    input 2x6x7
    stem: conv 4 3 padding=1
    body: tanh
    output early: { globalavgpool -> flatten -> fc 3 }
    add {} { conv 4 3 padding=1 -> sigmoid } {}
    cat: concat {} body { slice 1 3 }
    mul {} { globalavgpool -> sigmoid }
    maxpool 2 stride=1 -> avgpool 2 ceil=true
    flatten -> fc 5
}
"""


def test_the_gradients_of_a_net_that_branches_are_those_of_torch() -> None:
    """Every rule at its place: from the losses back to the input, gradients add where a value is used several times."""
    net = netspec.loads(BRANCHING)
    torch.manual_seed(0)
    modules: dict[str, nn.Module] = {}
    x = torch.randn(2, 2, 6, 7, dtype=torch.float64, requires_grad=True)
    values: dict[str, Tensor] = {net.inputs[0].name: x}
    for node in net.nodes:
        modules[node.name] = torch_module(node.layer, node.input_shapes).double()  # type: ignore[arg-type]
        values[node.name] = modules[node.name](*(values[name] for name in node.inputs))
    targets = {output.name: torch.randint(3, (2,)) for output in net.outputs}
    losses = [F.cross_entropy(values[output.value], targets[output.name], reduction="sum") for output in net.outputs]
    torch.autograd.backward(losses)

    gradients: dict[tuple[str, str], Tensor] = {}
    for step in backward(net):
        parts = [gradients[use.user, use.symbol.text] for use in step.uses]
        if isinstance(step, End):
            assert x.grad is not None
            torch.testing.assert_close(sum(parts), x.grad)
            continue
        y = values[step.name].detach()
        for start in step.starts:
            given: dict[str, Tensor | float] = {"y": y, "t": targets[start.output], "classes": float(y.shape[1])}
            parts.append(Evaluation(given, (), {}).tensor(start.losses[0].gradient))
        inputs = {
            gradient.by.text: values[name].detach()
            for gradient, name in zip(step.rule.inputs, step.node.inputs, strict=True)
        }
        weights = {
            gradient.by.text: weight.detach()[None]
            for gradient, weight in zip(step.rule.weights, modules[step.name].parameters(), strict=True)
        }
        of = Evaluation({"δ": torch.stack(parts).sum(0), "y": y, **inputs, **weights}, step.rule.definitions, {})
        for gradient in step.rule.inputs:
            gradients[step.name, gradient.by.text] = of.gradient(gradient).expand(-1, *gradient.shape)  # type: ignore[arg-type]
        for gradient, parameter in zip(step.rule.weights, modules[step.name].parameters(), strict=True):
            torch.testing.assert_close(of.gradient(gradient).sum(0).reshape(parameter.shape), parameter.grad)


def test_a_value_that_is_used_several_times_says_so() -> None:
    text = backward_text("Branching", backward(netspec.loads(BRANCHING)))
    terms = "∂L/∂x + ∂L/∂x + ∂L/∂x₁ + ∂L/∂x₃ + ∂L/∂x₂"
    assert f"used by early.0, conv1, add1 and cat: their gradients add, δ = {terms}\n" in text


def test_what_reaches_no_output_gets_nothing() -> None:
    written = json.loads(netspec.loads("net N { input 4 \n output side: { fc 3 } \n fc 2 }").to_json())
    del written["outputs"][1]  # a spec says what it uses; a net from JSON need not
    net = ShapedNet.from_json(json.dumps(written))
    last, side = (step for step in backward(net) if isinstance(step, Step))
    assert (side.reached, last.reached) == (False, True)
    assert "nothing comes back" in backward_text(net.name, [side])
    (end,) = (step for step in backward(net) if isinstance(step, End))
    assert [use.user for use in end.uses] == [last.name]


def test_backwards_is_the_order_of_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "specs/lenet.net", "--backward"]) == 0
    titles = [
        line.partition(":")[0] for line in capsys.readouterr().out.splitlines() if line.endswith(")") and line[0] != " "
    ]
    names = [node.name for node in netspec.load("specs/lenet.net").nodes]
    assert [title for title in titles if title in names] == names[::-1]


def test_a_group_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "specs/resnet18.net", "layer1.0", "--backward", "--format", "markdown"]) == 0
    titles = [line for line in capsys.readouterr().out.splitlines() if line.startswith("### ")]
    assert titles[0] == "### `layer1.0.relu2`: `relu`, line 15, in basic_block"
    assert all(title.startswith("### `layer1.0.") for title in titles)


def test_a_code_has_no_gradients(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "E0302", "--backward"]) == 2
    assert capsys.readouterr().err == "netspec: E0302 is a code: --backward is for a spec\n"


@pytest.mark.parametrize("size", ["3xHxW", "3x64x64"])
def test_no_size_of_the_input_is_in_the_way(size: str) -> None:
    net = netspec.load("specs/resnet18.net", input=size)
    assert format_shape(net.inputs[0].shape) in backward_text(net.name, backward(net))

"""The rules of backpropagation: each, worked out as it is printed, is torch's gradient."""

from __future__ import annotations

import math
import re

import pytest
import torch
import torch.nn.functional as F
from hypothesis import HealthCheck, assume, given, settings
from torch import Tensor, nn

from netspec.backends.explain.losses import losses
from netspec.backends.explain.notation import Gathered
from netspec.backends.explain.rules import Rule, gradient_rule
from netspec.ir import Origin, ShapedNode
from netspec.layers import (
    LAYERS,
    AnyLayer,
    AvgPool,
    Conv,
    Facts,
    Fc,
    LogSoftmax,
    Lrn,
    MaxPool,
    Misfit,
    Pad,
    Sigmoid,
    Softmax,
    Tanh,
    Upsample,
    facts,
)
from tests.backends.explain.evaluation import Evaluation, Linear, volumes, whole
from tests.layers.strategies import Case, cases
from tests.layers.torch_modules import torch_module

BATCH = 2
LARGEST = 600
"""Values of an input or output; the rules are worked out one by one."""

NORMALIZING = {"batchnorm", "layernorm", "groupnorm", "instancenorm", "lrn"}


def shaped(case: Case, known: Facts) -> ShapedNode:
    """The layer as a node."""
    names = tuple(f"x{place}" for place, _ in enumerate(case.shapes, 1))
    origin = Origin("case.net", 1, 1)
    return ShapedNode(
        "layer",
        known.layer,  # type: ignore[arg-type] # a layer of the union
        names,
        origin,
        input_shapes=case.shapes,
        output=known.output,
        weights=known.weights,
        macs=known.macs,
    )


def evaluation(
    rule: Rule, node: ShapedNode, module: nn.Module, inputs: list[Tensor], y: Tensor, delta: Tensor
) -> Evaluation:
    """The rule with the values of one pass."""
    values = {"δ": delta, "y": y, **{gradient.by.text: x for gradient, x in zip(rule.inputs, inputs, strict=True)}}
    weights = [value.detach() for value in module.parameters()]
    for weight, symbol in zip(weights, ("W", "b") if node.layer.weighted else ("γ", "β"), strict=False):
        lone = node.layer.kind in ("prelu", "scale")
        name = {"prelu": "a", "scale": "W"}[node.layer.kind] if lone else symbol
        values[name] = weight[None] if node.layer.weighted else weight.reshape(1, -1, *[1] * (y.dim() - 2))
    if node.layer.kind in ("dropout", "droppath"):
        values["m"] = masked(module, torch.ones_like(inputs[0]))
    values = {name: value.detach() for name, value in values.items()}
    return Evaluation(values, rule.definitions, transposed(node, module))


def transposed(node: ShapedNode, module: nn.Module) -> dict[str, Linear]:
    """The transposed matrices of layers that are linear, from what they do to each unit vector."""
    if not isinstance(node.layer, Pad | Upsample):
        return {}
    sizes = list(map(whole, node.input_shapes[0][1:]))
    units = torch.eye(math.prod(sizes), dtype=torch.float64).reshape(-1, 1, *sizes)
    matrix = module(units).flatten(1)

    def apply(delta: Tensor) -> Tensor:
        values: Tensor = delta.flatten(2) @ matrix.T
        return values.reshape(*delta.shape[:2], *sizes)

    return {"P": apply, "U": apply}


def masked(module: nn.Module, *inputs: Tensor) -> Tensor:
    """The output, with the same values dropped every time."""
    torch.manual_seed(0)
    result: Tensor = module(*inputs)
    return result


def passed(case: Case, known: Facts, seed: int) -> tuple[nn.Module, list[Tensor], Tensor, Tensor]:
    """A module with random weights, its inputs, its output, and δ, with the gradients that autograd finds."""
    torch.manual_seed(seed)
    module = torch_module(known.layer, case.shapes).double().train()  # type: ignore[arg-type]
    for weight in module.parameters():
        nn.init.normal_(weight)
    inputs = [torch.randn(BATCH, *shape, dtype=torch.float64) for shape in case.shapes]
    if case.layer.kind not in NORMALIZING:  # halves meet every kink, and windows with several maxima
        inputs = [(4 * x).round() / 2 for x in inputs]
    inputs = [x.requires_grad_() for x in inputs]
    y = masked(module, *inputs)
    delta = torch.randn_like(y)
    y.backward(delta)  # type: ignore[no-untyped-call]
    return module, inputs, y, delta


@pytest.mark.parametrize("kind", LAYERS)
def test_a_rule_as_it_is_printed_gives_the_gradients_of_torch(kind: str) -> None:
    tried = 0

    @settings(max_examples=40, database=None, suppress_health_check=list(HealthCheck))
    @given(cases(kind))
    def agrees(case: Case) -> None:
        nonlocal tried
        assume(not isinstance(case.layer, Lrn) or case.layer.k > 0 or case.layer.alpha > 0)  # no division by 0
        try:
            known = facts(case.layer, case.shapes)
        except Misfit:
            assume(False)
        assume(max(math.prod(map(whole, shape)) for shape in (*case.shapes, known.output)) <= LARGEST)
        tried += 1
        node = shaped(case, known)
        rule = gradient_rule(node)
        module, inputs, y, delta = passed(case, known, tried)

        assume(all(bool(x.grad.isfinite().all()) for x in inputs if x.grad is not None))  # eps=0 may give 0 / 0
        of = evaluation(rule, node, module, inputs, y, delta)
        for gradient, x in zip(rule.inputs, inputs, strict=True):
            assert gradient.shape == tuple(x.shape[1:])
            torch.testing.assert_close(of.gradient(gradient).expand_as(x), x.grad, rtol=1e-6, atol=1e-9)
        for gradient, parameter in zip(rule.weights, module.parameters(), strict=True):
            assert gradient.shape == tuple(parameter.shape)
            found = of.gradient(gradient).sum(0).reshape(parameter.shape)
            torch.testing.assert_close(found, parameter.grad, rtol=1e-6, atol=1e-9)
        for counts in re.findall(r"n\[i\]: .*?(?:from (\d+) to|always) (\d+)", " ".join(rule.notes)):
            (gathered,) = (gradient.formula for gradient in rule.inputs)
            assert isinstance(gathered, Gathered)
            counted = volumes(gathered.windows)
            assert (int(counted.min()), int(counted.max())) == (int(counts[0] or counts[1]), int(counts[1]))
        for definition in rule.definitions:
            if definition.shape is not None:
                assert tuple(of.tensor(definition.symbol).shape[1:]) == definition.shape

    agrees()
    assert tried >= 20


@pytest.mark.parametrize("kind", ["conv", "depthwise", "avgpool", "maxpool"])
def test_the_places_that_no_window_sees_get_no_gradient(kind: str) -> None:
    seen = 0

    @settings(max_examples=60, database=None, suppress_health_check=list(HealthCheck))
    @given(cases(kind))
    def agrees(case: Case) -> None:
        nonlocal seen
        try:
            known = facts(case.layer, case.shapes)
        except Misfit:
            assume(False)
        rule = gradient_rule(shaped(case, known))
        layer = known.layer
        if isinstance(layer, MaxPool):  # the mean of the same windows shows all that they see
            assume(set(layer.dilation) == {1})
            layer = AvgPool(kernel=layer.kernel, stride=layer.stride, padding=layer.padding, ceil=layer.ceil)
            assume(fits(layer, case.shapes))
        sizes = case.shapes[0][1:]
        assume(all(len(places) < whole(size) for places, size in zip(rule.untouched, sizes, strict=True)))
        module = torch_module(layer, case.shapes).double()  # type: ignore[arg-type]
        for weight in module.parameters():
            nn.init.ones_(weight)
        x = torch.zeros(1, *map(whole, case.shapes[0]), dtype=torch.float64, requires_grad=True)
        module(x).sum().backward()
        assert x.grad is not None
        for axis, untouched in enumerate(rule.untouched, start=2):
            others = [other for other in range(x.dim()) if other != axis]
            reached = x.grad.amax(others) > 0
            assert untouched == tuple(int(place) for place in (~reached).nonzero()[:, 0])
            seen += len(untouched)

    agrees()
    assert seen


def fits(layer: AvgPool, shapes: tuple[tuple[int, ...], ...]) -> bool:
    try:
        facts(layer, shapes)
    except Misfit:
        return False
    return True


LAST: dict[str, tuple[AnyLayer | None, tuple[int, ...]]] = {
    "scores": (Fc(units=5), (5,)),
    "scores at every place": (Conv(filters=5, kernel=(1, 1)), (5, 3, 4)),
    "one score": (Fc(units=1), (1,)),
    "probabilities": (Softmax(), (5,)),
    "probabilities at every place": (Softmax(), (5, 3, 4)),
    "their logarithms": (LogSoftmax(), (5, 3)),
    "one probability": (Sigmoid(), (1,)),
    "a picture": (Tanh(), (3, 4, 4)),
}


@pytest.mark.parametrize("case", LAST)
def test_the_gradient_of_a_loss_is_that_of_torch(case: str) -> None:
    last, shape = LAST[case]
    torch.manual_seed(0)
    found = {loss.name: loss.gradient for loss in losses(last, shape)}
    assert ("cross-entropy" in " ".join(found)) == (case != "a picture")
    for name, gradient in found.items():
        y = torch.rand(1, *shape, dtype=torch.float64) * 0.8 + 0.1
        if isinstance(last, Softmax):
            y = y / y.sum(1, keepdim=True)
        y.requires_grad_()
        target = torch.rand(1, *shape, dtype=torch.float64)
        if name == "cross-entropy":
            target = torch.randint(5, (1, *shape[1:]))
            match last:
                case Softmax():
                    wanted = F.nll_loss(y.log(), target)
                case LogSoftmax():
                    wanted = F.nll_loss(y, target)
                case _:
                    wanted = F.cross_entropy(y, target)
        elif name == "binary cross-entropy":
            compare = F.binary_cross_entropy if isinstance(last, Sigmoid) else F.binary_cross_entropy_with_logits
            wanted = compare(y, target)
        else:
            wanted = F.mse_loss(y, target)
        (expected,) = torch.autograd.grad(wanted, y)
        of = Evaluation({"y": y.detach(), "t": target, "classes": 5.0}, (), {})
        torch.testing.assert_close(of.tensor(gradient), expected)

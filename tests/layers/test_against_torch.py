"""A layer takes what torch takes, and gives what torch gives: shapes, weights, parameter counts."""

from __future__ import annotations

from collections import Counter

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from torch import nn

from netspec.layers import LAYERS, Facts, Misfit, facts
from tests.layers.strategies import Case, cases
from tests.layers.torch_modules import RefusedByDesign, torch_module

EXAMPLES = 1000
EXAMPLES_OF_THE_EASYGOING = 200
BATCH = 2

EASYGOING = {
    *("flatten", "batchnorm", "layernorm", "relu", "relu6", "leakyrelu", "prelu", "elu", "selu", "gelu", "silu"),
    *("sigmoid", "hardsigmoid", "hardswish", "tanh", "softplus", "mish", "softmax", "logsoftmax", "identity"),
    *("dropout", "droppath", "scale"),
}
"""The layers that refuse nothing."""


def netspec_says(case: Case) -> Facts | None:
    """What netspec knows of the layer, or None if it refuses."""
    try:
        return facts(case.layer, case.shapes)
    except Misfit:
        return None


def torch_says(case: Case) -> tuple[nn.Module, tuple[int, ...]] | None:
    """The module and its output shape, or None if torch refuses.

    On the CPU, with real values: meta tensors let more pass, as an output padding that is no less than the stride.
    """
    try:
        module = torch_module(case.layer, case.shapes)
        output = module(*(torch.ones(BATCH, *shape) for shape in case.shapes))
    except (RuntimeError, ValueError, TypeError, IndexError, NotImplementedError, RefusedByDesign):
        return None
    return None if output.numel() == 0 else (module, tuple(output.shape[1:]))


@pytest.mark.parametrize("kind", LAYERS)
def test_a_layer_agrees_with_torch(kind: str) -> None:
    verdicts: Counter[bool] = Counter()

    @settings(
        max_examples=EXAMPLES_OF_THE_EASYGOING if kind in EASYGOING else EXAMPLES,  # the same cases on every machine
        database=None,  # the first call of a torch kernel is slow
        suppress_health_check=[HealthCheck.too_slow],  # for the same reason
    )
    @given(cases(kind))
    def agrees(case: Case) -> None:
        known, torch_has = netspec_says(case), torch_says(case)
        verdicts[torch_has is not None] += 1
        assert (known is None) == (torch_has is None)
        if known is None or torch_has is None:
            return
        module, shape = torch_has
        assert known.output == shape
        state = [(name, tuple(value.shape)) for name, value in module.state_dict().items()]
        assert [(weight.name, weight.shape) for weight in known.weights] == state
        trainable = [(weight.name, weight.size) for weight in known.weights if weight.trainable]
        assert trainable == [(name, value.numel()) for name, value in module.named_parameters()]

    agrees()
    share = verdicts[True] / verdicts.total()
    assert share == 1 if kind in EASYGOING else 0.25 < share < 1

"""Laws over random specs with blocks, conditions and parameters."""

from __future__ import annotations

import inspect

import pytest
from hypothesis import HealthCheck, given, settings

import netspec
from netspec.backends.torch import build
from tests.backends.torch.random_specs import small_net, specs
from tests.backends.torch.reference import assert_faithful

OTHER_VALUES: dict[str, int | float] = {"classes": 7, "rate": 0.25, "wide": 6}

quickly = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
@quickly
@given(specs())
def test_generated_code_computes_what_the_layers_compute(text: str) -> None:
    assert_faithful(small_net(text))


@quickly
@given(specs())
def test_parameters_of_the_class_are_those_of_the_net(text: str) -> None:
    made = type(build(small_net(text)))
    values = {name: OTHER_VALUES[name] for name in inspect.signature(made).parameters if "__init__" in vars(made)}
    expected = netspec.loads(text, parameters=values)
    found = made(**values).state_dict()
    assert [(key, tuple(value.shape)) for key, value in found.items()] == [
        (key, weight.shape) for key, weight in expected.weights()
    ]

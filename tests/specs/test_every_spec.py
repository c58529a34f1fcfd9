"""What holds for every spec in the repository."""

from __future__ import annotations

import inspect

import pytest
import torch

import netspec
from netspec.backends.torch import build
from tests.specs.common import NAMES, SPECS, load

WITH_CLASSES = [name for name in NAMES if any(parameter.name == "classes" for parameter in load(name).parameters)]


@pytest.mark.parametrize("path", sorted(SPECS.rglob("*.net")), ids=lambda path: path.relative_to(SPECS).as_posix())
def test_it_checks_cleanly(path: object) -> None:
    assert netspec.check(str(path)) == ()


@pytest.mark.parametrize("name", NAMES)
def test_it_makes_a_claim(name: str) -> None:
    assert "    assert " in (SPECS / f"{name}.net").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_it_says_what_it_is(name: str) -> None:
    assert load(name).doc


@pytest.mark.parametrize("name", WITH_CLASSES)
def test_the_generated_class_takes_the_number_of_classes(name: str) -> None:
    net = load(name)
    classes = next(parameter.value for parameter in net.parameters if parameter.name == "classes")
    with torch.device("meta"):
        made = type(build(net))
        assert inspect.signature(made).parameters["classes"].default == classes
        found = [(key, tuple(value.shape)) for key, value in made(classes=7).state_dict().items()]
    fewer = netspec.load(SPECS / f"{name}.net", parameters={"classes": 7})
    assert found == [(key, weight.shape) for key, weight in fewer.weights()]

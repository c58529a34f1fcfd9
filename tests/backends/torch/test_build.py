"""What the two functions of the backend need, and what they refuse."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch

import netspec
from netspec import SpecError
from netspec.backends.torch import build, generate
from netspec.ir import ShapedNet

TINY = "net Tiny(classes=10) { input 3x8x8\n a: { conv 4 3 -> relu }\n b: { conv 4 1 }\n flatten -> fc classes }"


def test_generating_imports_no_torch() -> None:
    code = (
        "import netspec, sys; from netspec.backends.torch import generate;"
        f"print(generate(netspec.loads({TINY!r})) != '', 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "True False\n"


def test_a_missing_torch_is_told_with_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ImportError) as caught:
        build(netspec.loads(TINY))
    assert str(caught.value) == "torch is missing: pip install 'netspec-lang[torch]'"


def test_a_net_trains() -> None:
    module = netspec.loads(TINY).to_torch()
    loss = module(torch.randn(2, 3, 8, 8)).square().mean()
    loss.backward()
    assert all(parameter.grad is not None for parameter in module.parameters())


def test_the_class_takes_the_parameters_of_the_net() -> None:
    made = type(build(netspec.loads(TINY)))
    assert made(classes=3)(torch.zeros(1, 3, 8, 8)).shape == (1, 3)


def test_layers_of_a_module_that_do_not_stand_together_are_refused() -> None:
    net = netspec.loads("net N { input 3x8x8\n a: { conv 4 3 -> relu }\n b: { conv 4 1 -> relu } }")
    text = net.to_json()
    assert generate(ShapedNet.from_json(text)) == generate(net)
    broken = text.replace('"a.1"', '"c.1"').replace('"path": "a"', '"path": "c"', 1)
    with pytest.raises(SpecError, match="E0501"):
        generate(ShapedNet.from_json(broken))

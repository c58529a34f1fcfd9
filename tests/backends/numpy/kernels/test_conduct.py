"""What every kernel keeps to: its parameters, empty batches, arrays in any order, arguments left alone."""

from __future__ import annotations

import ast
import inspect
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import netspec.backends.numpy.kernels as kernels
from netspec.layers import LAYERS
from tests.backends.numpy.kernels.calls import KINDS, Arrays, assert_close, kernel, layers_with_arrays, run

FILES = sorted(Path(kernels.__file__).parent.glob("*.py"))

a_few_cases = settings(
    max_examples=5,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)


@pytest.mark.parametrize("kind", KINDS)
def test_backward_takes_the_gradient_and_then_what_forward_takes(kind: str) -> None:
    forward, backward = (inspect.signature(kernel(name)).parameters for name in (kind, f"{kind}_backward"))
    wanted = [str(parameter) for name, parameter in forward.items() if name not in ("x", "inputs")]
    first, *found = backward.values()
    assert first.name == "grad"
    assert [str(parameter) for parameter in found if parameter.name not in ("x", "y", "inputs")] == wanted


@pytest.mark.parametrize("kind", KINDS)
def test_a_kernel_has_the_layer_s_arguments_under_their_names(kind: str) -> None:
    own = set(inspect.signature(kernel(kind)).parameters)
    layer = LAYERS[kind]
    implied = {"filters", "units", "init", "affine", "per_channel", "bias"}  # they show in the weights
    implied |= {"kernel"} if layer.family == "convolution" else set()
    implied |= {"multiplier"} if kind == "depthwise" else set()
    implied |= {"p"} if layer.family == "regularization" else set()  # it shows in the mask
    assert set(layer.model_fields) - {"kind"} - implied <= own


@pytest.mark.parametrize("kind", KINDS)
@a_few_cases
@given(data=st.data())
def test_an_empty_batch_gives_empty_values_and_zero_gradients_of_weights(kind: str, data: st.DataObject) -> None:
    arrays = data.draw(layers_with_arrays(kind, batches=(0,)))
    found = run(arrays)
    assert found.output.shape == arrays.grad.shape
    assert [x.shape for x in found.inputs] == [x.shape for x in arrays.inputs]
    for name, gradient in found.weights.items():
        assert gradient.shape == arrays.weights[name].shape
        assert not gradient.any()


@pytest.mark.parametrize("kind", KINDS)
@a_few_cases
@given(data=st.data())
def test_arrays_may_lie_in_memory_in_any_order_and_are_left_alone(kind: str, data: st.DataObject) -> None:
    arrays = data.draw(layers_with_arrays(kind))
    scattered = Arrays(
        arrays.layer,
        tuple(map(_scattered, arrays.inputs)),
        {name: _scattered(weight) for name, weight in arrays.weights.items()},
        _scattered(arrays.grad),
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        assert_close(run(scattered), run(arrays), 1e-10)


def _scattered(x: np.ndarray) -> np.ndarray:
    """The same values in Fortran's order, not contiguous, and read only."""
    spread = np.zeros((*x.shape[::-1], 2), x.dtype).T
    spread[0] = x
    spread.flags.writeable = False
    only: np.ndarray = spread[0]
    return only


def test_kernels_import_numpy_the_standard_library_and_each_other() -> None:
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            modules = [node.module] if isinstance(node, ast.ImportFrom) else []
            modules += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for module in modules:
                assert module is not None
                top = module.split(".")[0]
                fellow = module.startswith(f"{kernels.__name__}.")
                assert fellow or top == "numpy" or top in sys.stdlib_module_names, (file, module)


def test_no_two_kernels_have_the_same_name() -> None:
    """Since any of them may come to stand in one module."""
    names = [
        node.name
        for file in FILES
        for node in ast.parse(file.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    ]
    assert len(names) == len(set(names))
    assert not set(names) & set(dir(__builtins__))

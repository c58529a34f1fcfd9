"""A layer run by its kernels, on random arrays; and by torch, on the same ones.

A kernel is called by names alone: its parameters are the layer's arguments and weights, under the names that they have
in the language.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np
import torch
from hypothesis import strategies as st
from torch import Tensor

from netspec.layers import LAYERS, AnyLayer, Misfit, facts
from netspec.layers.base import per_axis_arguments, volume
from netspec.layers.merging import Merge
from tests.layers.strategies import cases
from tests.layers.torch_modules import torch_module

KINDS = tuple(kind for kind in LAYERS if kind not in ("add", "identity"))
"""The layers that have kernels: a sum is written with +, and what does nothing is not written at all."""

NAMES = {"depthwise": "conv", "slice": "slice_channels"}
"""The kernels that are called otherwise than their layers."""

LARGEST = 20_000
"""The number of values in the largest input, output or weight: kernels do the same to more of them."""


class Arrays(NamedTuple):
    """A layer for its number of axes, with arrays for its inputs and weights and for the gradient of its output."""

    layer: AnyLayer
    inputs: tuple[np.ndarray, ...]
    weights: dict[str, np.ndarray]
    grad: np.ndarray

    def astype(self, dtype: Any) -> Arrays:
        """The same values in another floating type."""
        weights = {name: w.astype(dtype) if w.dtype.kind == "f" else w for name, w in self.weights.items()}
        return Arrays(self.layer, tuple(x.astype(dtype) for x in self.inputs), weights, self.grad.astype(dtype))


class Results(NamedTuple):
    """The output of a layer, and the gradients of its inputs and of its weights that have one."""

    output: np.ndarray
    inputs: tuple[np.ndarray, ...]
    weights: dict[str, np.ndarray]


@st.composite
def layers_with_arrays(draw: st.DrawFn, kind: str, batches: tuple[int, ...] = (1, 2, 3)) -> Arrays:
    """A random layer of this kind that fits its inputs, and float64 arrays for it."""

    def fitting(case: Any) -> bool:
        try:
            known = facts(case.layer, case.shapes)
        except Misfit:
            return False
        sizes = (volume(known.output), *map(volume, case.shapes), *(weight.size for weight in known.weights))
        return max(sizes) < LARGEST

    case = draw(cases(kind).filter(fitting))
    known = facts(case.layer, case.shapes)
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    n = draw(st.sampled_from(batches))
    layer = LAYERS[kind].model_validate(known.layer.model_dump())
    inputs = tuple(_apart(rng, (n, *shape)) for shape in case.shapes)
    weights = {weight.name: _weight(rng, weight.name, weight.shape) for weight in known.weights}
    output = (size for size in known.output if isinstance(size, int))
    return Arrays(layer, inputs, weights, rng.standard_normal((n, *output)))


def _apart(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Values from -5 to 8 that differ from each other, and from the whole numbers where some activations bend."""
    count = int(np.prod(shape))
    return (13 * (rng.permutation(count) + 0.37) / max(count, 1) - 5).reshape(shape)


def _weight(rng: np.random.Generator, name: str, shape: tuple[int, ...]) -> np.ndarray:
    if name == "num_batches_tracked":
        return np.array(3)
    return rng.uniform(0.5, 1.5, shape) if name == "running_var" else rng.standard_normal(shape)


def kernel(name: str) -> Callable[..., Any]:
    """The kernel of this name, in the file of its family."""
    kind = name.removesuffix("_backward")
    family = LAYERS[kind].family
    module = import_module(f"netspec.backends.numpy.kernels.{family}")
    return getattr(module, NAMES.get(kind, kind) + name.removeprefix(kind))  # type: ignore[no-any-return]


def forward(arrays: Arrays, **more: Any) -> np.ndarray:
    """The output of the layer. `more` are the arguments that no layer has: the mask of dropout, and training."""
    function = kernel(arrays.layer.kind)
    return function(*arrays.inputs, **_options(function, arrays, more))  # type: ignore[no-any-return]


def backward(arrays: Arrays, output: np.ndarray, **more: Any) -> Results:
    """The output of the layer, and the gradients by inputs and weights."""
    function = kernel(f"{arrays.layer.kind}_backward")
    options = _options(function, arrays, more)
    if "y" in inspect.signature(function).parameters:
        found = function(arrays.grad, output, **options)
    elif "x" in inspect.signature(function).parameters or isinstance(arrays.layer, Merge):
        found = function(arrays.grad, *arrays.inputs, **options)
    else:
        found = function(arrays.grad, **options)
    if isinstance(arrays.layer, Merge):
        return Results(output, found, {})
    grads = found if isinstance(found, tuple) else (found,)
    named = zip(("weight", "bias"), grads[1:], strict=False)
    return Results(output, grads[:1], {name: grad for name, grad in named if grad is not None})


def run(arrays: Arrays, **more: Any) -> Results:
    """The layer forward, then backward."""
    return backward(arrays, forward(arrays, **more), **more)


def _options(function: Callable[..., Any], arrays: Arrays, more: dict[str, Any]) -> dict[str, Any]:
    """What the kernel is given by name: whatever of the layer it has a parameter for."""
    layer = arrays.layer
    given: dict[str, Any] = {name: _short(value) for name, value in dict(layer).items()}
    given |= {name: value for name, value in dict(layer).items() if name not in per_axis_arguments(type(layer))}
    given |= {"weight": None, "bias": None, "mask": None} | arrays.weights | more
    if layer.kind == "depthwise":
        given["groups"] = arrays.inputs[0].shape[1]
    return {name: given[name] for name in inspect.signature(function).parameters if name in given}


def _short(value: Any) -> Any:
    """One number for all axes, if they are equal, as in the language."""
    return value[0] if isinstance(value, tuple) and len(set(value)) == 1 else value


def run_in_torch(arrays: Arrays, *, training: bool = False) -> Results:
    """The same by torch. In training, the weights that are statistics are changed in place, as by the kernel."""
    shapes = tuple(x.shape[1:] for x in arrays.inputs)
    module = torch_module(arrays.layer, shapes).train(training).to(torch.from_numpy(arrays.grad).dtype)
    module.load_state_dict({name: torch.from_numpy(weight) for name, weight in arrays.weights.items()})
    inputs = tuple(torch.from_numpy(x.copy()).requires_grad_() for x in arrays.inputs)
    output: Tensor = module(*inputs)
    parameters = dict(module.named_parameters())
    output.backward(torch.from_numpy(arrays.grad))  # type: ignore[no-untyped-call]
    for name, buffer in module.named_buffers():
        arrays.weights[name][...] = buffer.numpy()
    return Results(
        output.detach().numpy(),
        tuple(_gradient(x) for x in inputs),
        {name: _gradient(weight) for name, weight in parameters.items()},
    )


def _gradient(x: Tensor) -> np.ndarray:
    return np.zeros(x.shape) if x.grad is None else x.grad.numpy()


def assert_close(found: Results, expected: Results, tolerance: float) -> None:
    """Equal up to a tolerance relative to the largest value of each array, with NaN in the same places."""
    assert found.weights.keys() == expected.weights.keys()
    pairs = [(found.output, expected.output), *zip(found.inputs, expected.inputs, strict=True)]
    pairs += [(found.weights[name], expected.weights[name]) for name in expected.weights]
    for one, other in pairs:
        finite = np.abs(other[np.isfinite(other)])
        atol = tolerance * max(1.0, finite.max(initial=0.0))
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=atol)

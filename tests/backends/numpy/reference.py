"""A net in NumPy beside the generated PyTorch module: every value, every gradient, with and without training."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from netspec import ShapedNet
from netspec.backends.numpy.kernels.network import Network
from netspec.backends.torch import build
from netspec.ir import Output
from tests.backends.torch.reference import concrete

TOLERANCE = {"float32": (2e-3, 2e-5), "float64": (1e-6, 1e-10)}
"""Of each number, and of the largest: a gradient that is zero by symmetry comes out as rounding errors of others."""


def assert_agrees(net: ShapedNet, dtype: str, *, training: bool, batch: int = 2, backward: bool = True) -> None:
    """Every value of the net, its gradients by all weights and inputs, and its statistics are those of PyTorch."""
    rng = np.random.default_rng(0)
    network = net.to_numpy(dtype=dtype, seed=0)
    randomize(network, rng)
    leave_nothing_to_chance(network)
    module, values = torch_module_with_values(net, network, training=training)
    inputs = [rng.standard_normal((batch, *concrete(value.shape))).astype(dtype) for value in net.inputs]
    tensors = [torch.from_numpy(x).requires_grad_() for x in inputs]

    network.forward(*inputs, training=training)
    expected = values(tensors)

    for name, value in expected.items():
        assert network.values[name].dtype == dtype, name
        assert_close(name, network.values[name], value.detach().numpy(), dtype)

    if not backward:
        return
    grads = [rng.standard_normal(network.values[output.value].shape).astype(dtype) for output in net.outputs]
    returned = network.backward(*grads)
    torch.autograd.backward(
        [expected[output.value] for output in net.outputs], [torch.from_numpy(grad) for grad in grads]
    )

    found = network.grads | {f"{v.name}": g for v, g in zip(net.inputs, _tuple(returned), strict=True)}
    wanted = {name: parameter.grad for name, parameter in module.named_parameters()}
    assert list(network.grads) == list(wanted)
    wanted |= {value.name: tensor.grad for value, tensor in zip(net.inputs, tensors, strict=True)}
    arrays = {name: grad.numpy() for name, grad in wanted.items() if grad is not None}
    largest = max(float(np.abs(grad).max(initial=0)) for grad in arrays.values())
    for name, grad in found.items():
        assert grad.dtype == dtype, name
        assert_close(f"gradient by {name}", grad, arrays[name], dtype, largest)
    for name, array in module.state_dict().items():
        assert_close(name, network.weights[name], array.numpy(), dtype)


def randomize(network: Network, rng: np.random.Generator) -> None:
    """Weights that are not all 0 or 1, and running statistics that are no mean and variance of anything."""
    for array in network.weights.values():
        if array.ndim == 1:
            array[...] = rng.uniform(0.5, 1.5, array.shape)


def leave_nothing_to_chance(network: Network) -> None:
    """Nothing is dropped in training: PyTorch would drop something else."""
    kernels = type(network).forward.__globals__
    for name in ("dropout_mask", "droppath_mask"):
        if name in kernels:
            kernels[name] = lambda *_: None


def torch_module_with_values(net: ShapedNet, network: Network, *, training: bool) -> Any:
    """The generated module with the same weights, and what gives all values of the net by name."""
    made = {output.value for output in net.outputs}
    further = [Output(f"value_{place}", node.name) for place, node in enumerate(net.nodes) if node.name not in made]
    wide = ShapedNet(**{**dict(net), "outputs": (*net.outputs, *further)})
    with torch.device("meta"):  # it needs no weights of its own
        module = build(wide).train(training)
    state = {name: torch.from_numpy(array.copy()) for name, array in network.weights.items()}
    module.load_state_dict(state, assign=True)
    module.requires_grad_()
    for layer in module.modules():
        if isinstance(getattr(layer, "p", None), float):
            vars(layer)["p"] = 0.0

    def values(inputs: list[torch.Tensor]) -> dict[str, torch.Tensor]:
        results = _tuple(module(*inputs))
        return {output.value: result for output, result in zip(wide.outputs, results, strict=True)}

    return module, values


def assert_close(name: str, found: np.ndarray, expected: np.ndarray, dtype: str, largest: float = 0.0) -> None:
    """Equal within rounding errors, which are those of the largest number."""
    of_each, of_largest = TOLERANCE[dtype]
    scale = max(largest, float(np.abs(expected).max(initial=0)))
    np.testing.assert_allclose(found, expected, rtol=of_each, atol=of_largest * scale + 1e-30, err_msg=name)


def _tuple(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)

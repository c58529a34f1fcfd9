"""A net run by its batch-last program with the package's own kernels; and by torch, with the same weights."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from netspec import ShapedNet
from netspec.backends.numpy import build
from netspec.backends.numpy.optimized.batch_last import Unsuited, lower
from netspec.backends.numpy.optimized.batch_last import kernels as package
from netspec.backends.numpy.optimized.batch_last.kernels.block_network import BlockTrainedNetwork
from netspec.backends.numpy.optimized.kernels.network import PlannedProgram
from netspec.backends.numpy.optimized.kernels.plan import Plan
from netspec.backends.numpy.optimized.program import Code, Program

KERNELS = {
    name: value
    for path in Path(package.__path__[0]).glob("[a-z]*.py")
    for name, value in vars(import_module(f"{package.__name__}.{path.stem}")).items()
}


def program_of(net: ShapedNet) -> Program:
    """The program of a net that suits."""
    program = lower(net)
    assert not isinstance(program, Unsuited), program.reason
    return program


class Interpreted(BlockTrainedNetwork):
    """A network that goes through the operations of a program, as the generated method does."""

    def __init__(self, net: ShapedNet, dtype: Any = np.float32, seed: int = 0) -> None:
        super().__init__(seed, dtype)
        self.readable = build(net, dtype=dtype, seed=seed)
        self.inputs, self.outputs, self.initial = self.readable.inputs, self.readable.outputs, self.readable.initial
        self.program = program_of(net)
        self.training_program = PlannedProgram("plan_batch_last", 1, self.program.chunk)
        self.programs = (self.training_program,)
        self.readable_calls = 0
        self.load_weights(self.readable.weights)

    def plan_batch_last(self, p: Plan) -> None:
        """Plan each operation."""
        x = None
        for operation in self.program.operations:
            arguments = [x if isinstance(given, Code) else given for given in operation.arguments]
            if operation.kernel:
                x = KERNELS[operation.kernel](p, *arguments, **dict(operation.options))

    def forward(self, *inputs: Any, training: bool = False) -> Any:
        """What the readable network makes of it."""
        self.readable_calls += 1
        self.readable.load_weights(self.weights)
        return self.readable.forward(*inputs, training=training)

    def backward(self, *grads: Any) -> Any:
        """What the readable network makes of it."""
        result = self.readable.backward(*grads)
        self.grads = self.readable.grads
        return result


def in_torch(net: ShapedNet, weights: dict[str, np.ndarray]) -> nn.Module:
    """The torch module of a net with these weights, of their type."""
    module = net.to_torch()
    state = {name: torch.from_numpy(np.array(array)) for name, array in weights.items()}
    module.to(next(value.dtype for value in state.values() if value.is_floating_point())).load_state_dict(state)
    return module


def gradients_in_torch(
    net: ShapedNet, weights: dict[str, np.ndarray], x: np.ndarray, target: np.ndarray, loss: str
) -> tuple[float, dict[str, np.ndarray]]:
    """The loss of a batch and its gradient by every weight, as torch computes them."""
    module = in_torch(net, weights)
    measure = nn.functional.cross_entropy if loss == "cross_entropy" else nn.functional.mse_loss
    value = measure(module(torch.from_numpy(x)), torch.from_numpy(target))
    value.backward()  # type: ignore[no-untyped-call]
    return value.item(), {
        name: np.zeros(parameter.shape) if parameter.grad is None else parameter.grad.numpy()
        for name, parameter in module.named_parameters()
    }

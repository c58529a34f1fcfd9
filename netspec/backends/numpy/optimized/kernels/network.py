"""What every optimized network can do: plan its programs, and run batches by them."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from netspec.backends.numpy.kernels.network import Network
from netspec.backends.numpy.optimized.kernels.plan import Plan


class PlannedProgram(NamedTuple):
    """A way to run a network: the method that plans it, and the batches it is for.

    `smallest` is the smallest batch that it is meant for, and `chunk` the number of
    examples that it runs at once.
    """

    method: str
    smallest: int
    chunk: int


class OptimizedNetwork(Network):
    """A network whose inference follows a plan: calls on buffers that are made once.

    `programs` are the ways to run it, those for large batches first. Plans hold copies
    of the weights, transformed for their kernels, and are made anew once `weights` has
    been looked at. Who changes an array that was kept from there looks at it again.
    """

    MOST_PLANS = 4

    programs: tuple[PlannedProgram, ...]
    result: Callable[..., Any] | None = None

    def __init__(self, seed: int | None = None, dtype: Any = np.float32) -> None:
        """A network with random weights that computes in float32, or in float64."""
        super().__init__(seed, dtype)
        self._plans: dict[tuple[Any, ...], Plan] = {}
        self._prepared: dict[Any, Any] = {}
        self._planned: dict[str, np.ndarray] | None = None

    @property
    def weights(self) -> dict[str, np.ndarray]:
        """The arrays by the names that they have in files; random unless loaded."""
        self._planned = None
        return super().weights

    def __call__(self, *inputs: Any) -> Any:
        """The outputs for a batch of each input, outside training."""
        if len(inputs) != len(self.inputs):
            names = ", ".join(self.inputs)
            raise TypeError(f"the inputs are {names}; {len(inputs)} were given")
        arrays = self.checked(dict(zip(self.inputs, inputs, strict=True)))
        n = min(map(len, arrays.values()))
        if n == 0:
            return self.forward(*inputs)
        program = next(one for one in self.programs if one.smallest <= n)
        results: dict[str, np.ndarray] = {}
        for start in range(0, n, program.chunk):
            stop = min(start + program.chunk, n)
            chunk = {name: array[start:stop] for name, array in arrays.items()}
            plan = self.planned(program, chunk)
            plan.run(chunk)
            for name, found in plan.exits.items():
                if name not in results:
                    results[name] = np.empty((n, *found.shape[1:]), self.dtype)
                results[name][start:stop] = found
        ordered = [results[name] for name in self.outputs]
        return ordered[0] if self.result is None else self.result(*ordered)

    def planned(self, program: PlannedProgram, inputs: dict[str, np.ndarray]) -> Plan:
        """The plan of a program for inputs of these shapes."""
        if self._planned is None or self._planned is not self._weights:
            self._plans.clear()
            self._prepared.clear()
        shapes = {name: array.shape for name, array in inputs.items()}
        key = (program.method, *shapes.values())
        plan = self._plans.pop(key, None)
        if plan is None:
            make = getattr(self, program.method)
            draft = Plan(shapes, self.weights, self.dtype, self._prepared)
            make(draft)
            plan = Plan(shapes, self.weights, self.dtype, self._prepared, draft.sizes)
            make(plan)
            self._planned = self._weights
        self._plans[key] = plan
        while len(self._plans) > self.MOST_PLANS:
            del self._plans[next(iter(self._plans))]
        return plan

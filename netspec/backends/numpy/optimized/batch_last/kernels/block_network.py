"""Networks whose training step runs in blocks of examples."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from netspec.backends.numpy.optimized.batch_last.kernels.training import (
    TARGET,
    TrainingPlan,
    TrainingState,
    batch_first,
    plan_cross_entropy,
    plan_mean_squared_error,
)
from netspec.backends.numpy.optimized.kernels.network import (
    OptimizedNetwork,
    PlannedProgram,
)


class BlockTrainedNetwork(OptimizedNetwork):
    """A network of one input and one output whose training steps follow plans, too.

    A block of examples goes forward and back while its values are in the cache.
    """

    training_program: PlannedProgram

    def __init__(self, seed: int | None = None, dtype: Any = np.float32) -> None:
        """A network with random weights that computes in float32, or in float64."""
        super().__init__(seed, dtype)
        self._state: TrainingState | None = None

    def gradients(
        self, x: Any, target: Any, loss: str | Callable[..., Any] = "cross_entropy"
    ) -> tuple[float, dict[str, np.ndarray]]:
        """The loss of a batch in training, and its gradient by every trained weight.

        `loss` is "cross_entropy", whose target is a label for each example, or
        "mean_squared_error", or a function of output and target that gives the loss
        and its gradient by the output. Only with a function are `values` kept.
        """
        if isinstance(x, tuple) or isinstance(target, tuple) or callable(loss):
            return super().gradients(x, target, loss)
        ((name, _),) = self.inputs.items()
        arrays = {name: self.checked({name: x})[name], TARGET: np.asarray(target)}
        n, state = len(arrays[name]), self.training_state()
        if n == 0 or not fits(arrays[TARGET], loss, (n, *state.output)):
            return super().gradients(x, target, loss)  # which says what is wrong

        parts, chunk = [], self.training_program.chunk
        for start in range(0, n, chunk):
            part = {
                name: array[start : start + chunk] for name, array in arrays.items()
            }
            parts.append((self.training_plan(state, loss, part), part))
        count = arrays[TARGET].size
        state.begin(count)
        outputs = []
        for plan, part in parts:
            plan.run(part)
            outputs.append(batch_first(plan.output, len(state.output)).copy())
        self.output = np.concatenate(outputs)
        found = state.found()
        self.grads = {name: found[name] for name in self.initial if name in found}
        return float(state.loss) / count, self.grads

    def training_state(self) -> TrainingState:
        """What the plans share, with the weights as they are now."""
        weights = self.fitted(self.weights)
        if self._state is None:
            self._state = TrainingState(weights, self.dtype, self.rng)
            ((name, shape),) = self.inputs.items()
            draft = TrainingPlan({name: (1, *map(int, shape))}, self._state)
            getattr(self, self.training_program.method)(draft)
            (result,) = draft.exits.values()
            self._state.output = result.shape[1:]
        self._state.weights.update(weights)
        return self._state

    def training_plan(
        self, state: TrainingState, loss: str, part: Mapping[str, np.ndarray]
    ) -> TrainingPlan:
        """The plan of a step for a block of so many examples."""
        shapes = {name: array.shape for name, array in part.items()}

        def made(sizes: Mapping[int, int] | None = None) -> TrainingPlan:
            plan = TrainingPlan(shapes, state, sizes)
            getattr(self, self.training_program.method)(plan)
            if loss == "cross_entropy":
                grad = plan_cross_entropy(plan)
            else:
                grad = plan_mean_squared_error(plan, len(state.output))
            plan.come_back(grad)
            return plan

        key = loss, len(part[TARGET])
        plan = state.plans.pop(key, None)
        if plan is None:
            plan = made(made().sizes)
        state.plans[key] = plan
        while len(state.plans) > self.MOST_PLANS:
            del state.plans[next(iter(state.plans))]
        return plan


def fits(target: np.ndarray, loss: str, output: tuple[int, ...]) -> bool:
    """Whether a planned loss takes this target for an output of this shape."""
    if loss == "cross_entropy":
        labels = np.issubdtype(target.dtype, np.integer) and target.shape == output[:1]
        return (
            labels
            and len(output) == 2
            and 0 <= target.min() <= target.max() < output[1]
        )
    return loss == "mean_squared_error" and target.shape == output

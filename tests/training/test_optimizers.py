"""NumPy's optimizers do what torch's do."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from netspec.training.learners.optimizers import SGD, Adam


@pytest.mark.parametrize(("ours", "theirs"), [(SGD, torch.optim.SGD), (Adam, torch.optim.Adam)])
@pytest.mark.parametrize("lr", [0.9, 0.003])
def test_weights_follow_gradients_as_in_torch(
    ours: type[SGD | Adam], theirs: type[torch.optim.Optimizer], lr: float
) -> None:
    rng = np.random.default_rng(0)
    weights = {"a": rng.normal(size=(3, 4)).astype(np.float32), "b": rng.normal(size=5).astype(np.float32)}
    tensors = {name: torch.from_numpy(array.copy()).requires_grad_() for name, array in weights.items()}
    optimizer, reference = ours(lr), theirs(tensors.values(), lr=lr)  # type: ignore[call-arg]  # both take lr
    for _ in range(30):
        gradients = {name: rng.normal(size=array.shape).astype(np.float32) for name, array in weights.items()}
        optimizer.step(weights, gradients)
        for name, tensor in tensors.items():
            tensor.grad = torch.from_numpy(gradients[name].copy())
        reference.step()
    for name, array in weights.items():
        np.testing.assert_allclose(array, tensors[name].detach().numpy(), rtol=2e-5, atol=2e-6)


def test_a_weight_without_a_gradient_stays() -> None:
    weights = {"a": np.ones(2, np.float32), "count": np.array(3)}
    SGD(0.5).step(weights, {"a": np.ones(2, np.float32)})
    assert weights["a"].tolist() == [0.5, 0.5]
    assert weights["count"] == 3

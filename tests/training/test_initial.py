"""First weights are PyTorch's: the same spread, the same fans."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from netspec.training.initial import initial_weights

from .nets import NORMED, PLAIN, net_of

WIDE = net_of("""
net Wide {
    input 6x9x9
    conv 40 3x3 groups=2
    depthwise 3x3 multiplier=2
    convtranspose 30 3x3 groups=2
    flatten -> fc 50
}
""")


def reference(scheme: str, shape: tuple[int, ...]) -> torch.Tensor:
    """A kernel as torch.nn.init draws it."""
    kernel = torch.empty(shape)
    if scheme == "xavier":
        return torch.nn.init.xavier_uniform_(kernel)
    return torch.nn.init.kaiming_normal_(kernel, nonlinearity="relu")


@pytest.mark.parametrize("scheme", ["xavier", "kaiming"])
@pytest.mark.parametrize("name", ["conv1.weight", "depthwise1.weight", "convtranspose1.weight", "fc1.weight"])
def test_kernels_are_distributed_as_by_torch(scheme: str, name: str) -> None:
    drawn = np.stack([initial_weights(WIDE, scheme, seed)[name] for seed in range(8)])  # type: ignore[arg-type]
    torch.manual_seed(0)
    wanted = np.stack([reference(scheme, drawn.shape[1:]).numpy() for _ in range(8)])
    assert drawn.std() == pytest.approx(wanted.std(), rel=0.06)
    assert abs(drawn.mean()) < 3 * wanted.std() / math.sqrt(drawn.size)
    if scheme == "xavier":
        assert np.abs(drawn).max() == pytest.approx(np.abs(wanted).max(), rel=0.01)


def test_biases_and_norms_stay_as_pytorch_has_them() -> None:
    plain, xavier = (initial_weights(net_of(NORMED), scheme, 3) for scheme in ("default", "xavier"))
    changed = [name for name in plain if not np.array_equal(plain[name], xavier[name])]
    assert changed == ["conv1.weight", "fc1.weight"]


def test_the_seed_decides() -> None:
    net = net_of(PLAIN)
    first, again, other = (initial_weights(net, "xavier", seed)["fc1.weight"] for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)

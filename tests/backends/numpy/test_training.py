"""The main job with NumPy alone: the text of a net becomes a program that learns, step by step as PyTorch does."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

import netspec

ROOT = Path(__file__).parents[3]
DATA = np.load(ROOT / "tests" / "data" / "fashion_mnist_64.npz")

READER = """
net Reader {
    input 1x28x28
    conv 6 5x5 padding=2 -> relu -> maxpool 2x2
    conv 16 5x5 -> batchnorm -> relu -> maxpool 2x2
    flatten -> fc 64 -> relu -> fc 10
}
"""

LEARN = """
import sys
import numpy as np
from reader import Reader

data = np.load(sys.argv[1])
images, labels = data["images"][:, None] / 255, data["labels"]
net = Reader(seed=0)
for step in range(50):
    loss, grads = net.gradients(images, labels)
    for name, grad in grads.items():
        net.weights[name] -= 0.2 * grad
print(loss)
print((net.forward(images, training=True).argmax(1) == labels).mean())
net.save("reader.safetensors")
again = Reader()
again.load("reader.safetensors")
print((again(images) == net(images)).all())
"""


def test_the_generated_module_learns_a_batch_of_real_images(tmp_path: Path) -> None:
    (tmp_path / "reader.net").write_text(READER, encoding="utf-8")
    command = [sys.executable, "-m", "netspec.cli", "compile", "reader.net", "--target", "numpy", "-o", "reader.py"]
    subprocess.run(command, cwd=tmp_path, check=True)

    command = [sys.executable, "-c", LEARN, str(ROOT / "tests" / "data" / "fashion_mnist_64.npz")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.stderr == ""
    loss, right, same = done.stdout.split()
    assert float(loss) < 0.5
    assert float(right) > 0.8
    assert same == "True"


@pytest.mark.parametrize(
    "spec",
    [
        (ROOT / "specs" / "lenet.net").read_text(encoding="utf-8"),
        "net N { input 1x28x28 \n conv 4 3 stride=2 -> batchnorm -> prelu -> avgpool 2 -> flatten -> fc 10 }",
    ],
    ids=["lenet", "batchnorm"],
)
def test_ten_steps_lead_where_ten_steps_of_pytorch_lead(spec: str) -> None:
    net = netspec.loads(spec)
    network = net.to_numpy(dtype="float64", seed=0)
    module = net.to_torch().double().train()
    module.load_state_dict({name: torch.from_numpy(array) for name, array in network.weights.items()})
    images, labels = DATA["images"][:16, None] / 255, DATA["labels"][:16].astype(int)
    optimizer = torch.optim.SGD(module.parameters(), lr=0.5)

    losses = []
    for _ in range(10):
        loss, grads = network.gradients(images, labels)
        for name, grad in grads.items():
            network.weights[name] -= 0.5 * grad
        optimizer.zero_grad()
        expected = torch.nn.functional.cross_entropy(module(torch.from_numpy(images)), torch.from_numpy(labels))
        expected.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        optimizer.step()
        losses.append((loss, expected.item()))

    found, wanted = zip(*losses, strict=True)
    np.testing.assert_allclose(found, wanted, rtol=1e-9)
    for name, array in module.state_dict().items():
        np.testing.assert_allclose(network.weights[name], array.numpy(), rtol=1e-7, atol=1e-12, err_msg=name)

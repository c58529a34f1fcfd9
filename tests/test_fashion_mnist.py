"""The main job, end to end: the text of LeNet becomes PyTorch code that learns from real images."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import torch

DATA = np.load(Path(__file__).parent / "data" / "fashion_mnist_64.npz")


def test_the_generated_lenet_learns_a_batch_of_real_images(tmp_path: Path) -> None:
    target = tmp_path / "lenet.py"
    command = [
        sys.executable,
        "-m",
        "netspec.cli",
        "compile",
        "specs/lenet.net",
        "--target",
        "torch",
        "-o",
        str(target),
    ]
    subprocess.run(command, check=True)
    code: dict[str, type[torch.nn.Module]] = {}
    exec(compile(target.read_text(encoding="utf-8"), str(target), "exec"), code)
    torch.manual_seed(0)
    lenet = code["LeNet"]()
    for layer in lenet.modules():
        if isinstance(layer, (torch.nn.Conv2d, torch.nn.Linear)):
            torch.nn.init.xavier_uniform_(layer.weight)
    images = torch.from_numpy(DATA["images"]).unsqueeze(1).float() / 255
    labels = torch.from_numpy(DATA["labels"]).long()
    optimizer = torch.optim.Adam(lenet.parameters(), lr=0.01)

    losses = []
    for _ in range(120):
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(lenet(images), labels)
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        optimizer.step()
        losses.append(loss.item())

    assert losses[0] > 2
    assert losses[-1] < 0.5
    assert (lenet(images).argmax(1) == labels).float().mean() > 0.8

"""The generated LeNet against one written by hand: forward, one thread. Run with ``python -m benchmarks.generated``."""

from __future__ import annotations

import argparse
import statistics
from functools import partial

import torch
from torch import nn

import netspec
from benchmarks.measuring import ROOT, in_alternation, ratio, seconds, verdict

GOAL = 1.05
CALLS = {1: 200, 256: 5}


class LeNet(nn.Module):
    """LeNet as a textbook writes it."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, 6, kernel_size=5, padding=2),
            nn.Sigmoid(),
            nn.AvgPool2d(kernel_size=2),
            nn.Conv2d(6, 16, kernel_size=5),
            nn.Sigmoid(),
            nn.AvgPool2d(kernel_size=2),
            nn.Flatten(),
            nn.Linear(400, 120),
            nn.Sigmoid(),
            nn.Linear(120, 84),
            nn.Sigmoid(),
            nn.Linear(84, 10),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The scores of each class."""
        scores: torch.Tensor = self.layers(x)
        return scores


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100)
    rounds = parser.parse_args().rounds
    torch.set_num_threads(1)
    generated, by_hand = netspec.load(ROOT / "specs" / "lenet.net").to_torch().eval(), LeNet().eval()
    weights = zip(by_hand.state_dict(), generated.state_dict().values(), strict=True)
    by_hand.load_state_dict(dict(weights))
    with torch.inference_mode():
        for batch, calls in CALLS.items():
            images = torch.rand(batch, 1, 28, 28)
            torch.testing.assert_close(generated(images), by_hand(images))
            times = in_alternation(
                {
                    "generated": partial(seconds, partial(generated, images), calls),
                    "by hand": partial(seconds, partial(by_hand, images), calls),
                },
                rounds,
            )
            middle = {name: statistics.median(found) * 1e3 for name, found in times.items()}
            compared = ratio(times["generated"], times["by hand"])
            print(f"batch {batch}: generated {middle['generated']:.3f} ms, by hand {middle['by hand']:.3f} ms")
            print(f"  generated / by hand: {compared}; {verdict(compared.median, GOAL)}")


if __name__ == "__main__":
    main()

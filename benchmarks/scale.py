"""How checking grows with the number of layers, beside onnx and torch on the same networks.

Each candidate is a whole process, from the file to the verdict: ``netspec check``; ``onnx.load``, the checker and
strict shape inference; torch, which makes the modules and runs them on the meta device.
Run with ``python -m benchmarks.scale`` after ``pip install --group bench``.
"""

from __future__ import annotations

import argparse
import itertools
import random
import statistics
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

from benchmarks.measuring import Cost, cost, in_alternation, ratio, verdict

CHANNELS, SIZE = 64, 32
VARIANTS = ("alike", "varied")
ONNX_GOAL, TORCH_GOAL, MEMORY_GOAL, LINEAR_GOAL = 4, 10, 250, 1.5


class Unit(NamedTuple):
    """Three layers: a convolution that keeps the size, a normalisation and an activation."""

    filters: int
    kernel: int
    bias: bool
    eps: float
    slope: float | None


def units(layers: int, variant: str) -> Iterator[Unit]:
    """A network: `alike`, each unit the same, or `varied`, no two of them."""
    if variant == "alike":
        yield from itertools.repeat(Unit(CHANNELS, 3, True, 1e-5, None), layers // 3)
        return
    drawn = random.Random(layers)
    for _ in range(layers // 3):
        filters, kernel, bias = drawn.randrange(16, 512), drawn.choice((1, 3, 5, 7)), drawn.random() < 0.5
        yield Unit(filters, kernel, bias, drawn.randrange(1, 10**6) / 1e6, drawn.randrange(1, 10**6) / 1e6)


def write_spec(layers: int, variant: str, path: Path) -> None:
    """The network in netspec's language."""
    lines = ["net Scale {", f"    input {CHANNELS}x{SIZE}x{SIZE}", ""]
    for unit in units(layers, variant):
        conv = f"conv {unit.filters} {unit.kernel}x{unit.kernel} padding={unit.kernel // 2}"
        if unit.slope is None:
            lines.append(f"    {conv} -> batchnorm -> relu")
        else:
            bias = "" if unit.bias else " bias=false"
            lines.append(f"    {conv}{bias} -> batchnorm eps={unit.eps:f} -> leakyrelu {unit.slope:f}")
    path.write_text("\n".join([*lines, "}", ""]), encoding="utf-8")


def write_onnx(layers: int, variant: str, path: Path) -> None:
    """The network as an ONNX model, its weights known by their shapes alone."""
    import onnx
    from onnx import helper

    def value(name: str, *shape: int) -> object:
        return helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape)

    inputs, nodes = [value("input", 1, CHANNELS, SIZE, SIZE)], []
    last, channels = "input", CHANNELS
    for i, (filters, kernel, bias, eps, slope) in enumerate(units(layers, variant)):
        inputs.append(value(f"{i}.weight", filters, channels, kernel, kernel))
        names = [last, f"{i}.weight"]
        if bias:
            inputs.append(value(f"{i}.bias", filters))
            names.append(f"{i}.bias")
        pads = [kernel // 2] * 4
        nodes.append(helper.make_node("Conv", names, [f"{i}.conv"], kernel_shape=[kernel, kernel], pads=pads))
        names = [f"{i}.{name}" for name in ("gamma", "beta", "mean", "variance")]
        inputs += [value(name, filters) for name in names]
        nodes.append(helper.make_node("BatchNormalization", [f"{i}.conv", *names], [f"{i}.normal"], epsilon=eps))
        kind, attributes = ("Relu", {}) if slope is None else ("LeakyRelu", {"alpha": slope})
        nodes.append(helper.make_node(kind, [f"{i}.normal"], [f"{i}.out"], **attributes))
        last, channels = f"{i}.out", filters
    graph = helper.make_graph(nodes, "scale", inputs, [value(last, 1, channels, SIZE, SIZE)])
    onnx.save(helper.make_model(graph), path)


def run_onnx(path: Path) -> None:
    """Check a model and infer its shapes, as strictly as onnx does."""
    import onnx

    model = onnx.load(path)
    onnx.checker.check_model(model)
    onnx.shape_inference.infer_shapes(model, strict_mode=True)


def run_torch(layers: int, variant: str) -> None:
    """Make the modules on the meta device and run them once."""
    import torch
    from torch import nn

    modules: list[nn.Module] = []
    channels = CHANNELS
    with torch.device("meta"), torch.inference_mode():
        for filters, kernel, bias, eps, slope in units(layers, variant):
            modules.append(nn.Conv2d(channels, filters, kernel, padding=kernel // 2, bias=bias))
            modules.append(nn.BatchNorm2d(filters, eps=eps))
            modules.append(nn.ReLU() if slope is None else nn.LeakyReLU(slope))
            channels = filters
        nn.Sequential(*modules).eval()(torch.empty(1, CHANNELS, SIZE, SIZE))


def compare(layers: int, variant: str, rounds: int, folder: Path) -> dict[str, list[Cost]]:
    """The costs of all three for one network."""
    spec, model = folder / f"{variant}{layers}.net", folder / f"{variant}{layers}.onnx"
    write_spec(layers, variant, spec)
    python = sys.executable
    this = [python, "-m", "benchmarks.scale"]
    # In a process of its own: what this one holds would count as memory of those that it starts.
    cost([*this, "--write-onnx", model, "--only", variant, "--layers", str(layers)])
    commands: dict[str, list[str | Path]] = {
        "netspec": [python, "-m", "netspec.cli", "check", spec],
        "onnx": [*this, "--run-onnx", model],
        "torch": [*this, "--run-torch", "--only", variant, "--layers", str(layers)],
    }
    return in_alternation({name: partial(cost, command) for name, command in commands.items()}, rounds)


def report(layers: int, costs: dict[str, list[Cost]]) -> None:
    """A table, and the ratios that have goals."""
    times = {name: [one.seconds for one in found] for name, found in costs.items()}
    for name, found in costs.items():
        middle = statistics.median(times[name])
        memory = max(one.memory for one in found)
        print(f"  {name:10}{middle:8.2f} s{layers / middle:12,.0f} layers/s{memory:8.0f} MiB")
    against_onnx, against_torch = ratio(times["netspec"], times["onnx"]), ratio(times["torch"], times["netspec"])
    print(f"  netspec / onnx: {against_onnx}; {verdict(against_onnx.median, ONNX_GOAL)}")
    print(f"  torch / netspec: {against_torch}; {verdict(against_torch.median, TORCH_GOAL, at_most=False)}")
    memory = max(one.memory for one in costs["netspec"])
    print(f"  memory of netspec: {memory:.0f} MiB; {verdict(memory, MEMORY_GOAL)}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--layers", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--only", choices=VARIANTS, help="one of the two kinds of networks")
    parser.add_argument("--rounds", type=int, default=3)
    # What the processes that are measured are told to do:
    parser.add_argument("--write-onnx", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--run-onnx", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--run-torch", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.write_onnx:
        write_onnx(given.layers[0], given.only, given.write_onnx)
    elif given.run_onnx:
        run_onnx(given.run_onnx)
    elif given.run_torch:
        run_torch(given.layers[0], given.only)
    else:
        measure(given.layers, (given.only,) if given.only else VARIANTS, given.rounds)


def measure(sizes: list[int], variants: tuple[str, ...], rounds: int) -> None:
    """Measure networks of these sizes, and how the time grows from the first to the last."""
    with tempfile.TemporaryDirectory() as name:
        for variant in variants:
            middles = []
            for layers in sizes:
                print(f"\n{layers:,} layers, {variant}", flush=True)
                costs = compare(layers, variant, rounds, Path(name))
                report(layers, costs)
                middles.append(statistics.median(one.seconds for one in costs["netspec"]) / layers)
            if len(middles) > 1:
                growth = middles[-1] / middles[0]
                print(f"  time for a layer, most / fewest layers: {growth:.2f}; {verdict(growth, LINEAR_GOAL)}")


if __name__ == "__main__":
    main()

"""The optimized NumPy program beside PyTorch eager and, where it is installed, ONNX Runtime, on one thread each.

Each candidate is a process of its own, which waits for its turns. All have the same weights and the same input, and
what they make of it is compared. Run with ``python -m benchmarks.numpy_runtime``.
"""

from __future__ import annotations

import argparse
import importlib.util
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from benchmarks.measuring import ENVIRONMENT, ROOT, in_alternation, ratio, seconds, verdict

CONVOLUTIONS = """
# The convolutions of VGG-11, with the activations and poolings between them.
net VGG11Convolutions {
    input 3x224x224

    conv 64 3x3 padding=1 -> relu -> maxpool 2x2
    conv 128 3x3 padding=1 -> relu -> maxpool 2x2
    repeat 2 { conv 256 3x3 padding=1 -> relu }
    maxpool 2x2
    repeat 2 { conv 512 3x3 padding=1 -> relu }
    maxpool 2x2
    repeat 2 { conv 512 3x3 padding=1 -> relu }
    maxpool 2x2                                     => 512x7x7
}
"""


class Case(NamedTuple):
    """A network, a batch, and goals: at most so many times what another candidate takes.

    What is measured is inference, `calls` of it in each turn, or one step of training.
    """

    spec: str
    batch: int
    goals: dict[str, float]
    calls: int = 1
    training: bool = False


CASES = {
    "lenet-1": Case("lenet", 1, {"torch": 0.35}, calls=100),
    "lenet-256": Case("lenet", 256, {"torch": 0.80}, calls=3),
    "lenet-training": Case("lenet", 256, {"torch": 0.55}, training=True),
    "vgg11-convolutions": Case("", 1, {"torch": 0.50, "onnxruntime": 0.75}),
    "vgg11": Case("vgg11", 1, {}),
    "resnet18": Case("resnet18", 1, {"torch": 0.70}),
    "resnet18-16": Case("resnet18", 16, {}),
}

TOLERANCE = 1e-4
"""How far apart results may be, as a share of the largest."""

Call: TypeAlias = Callable[[], Any]


def prepare(case: Case, folder: Path) -> None:
    """Write the programs, the weights and the input that the candidates read."""
    import netspec
    from netspec.backends.numpy import build, generate
    from netspec.backends.torch import generate as generate_torch

    net = netspec.load(ROOT / "specs" / f"{case.spec}.net") if case.spec else netspec.loads(CONVOLUTIONS)
    network = build(net, seed=0)
    network.save(folder / "weights.npz")
    rng = np.random.default_rng(0)
    shape = [size for size in net.inputs[0].shape if isinstance(size, int)]
    np.save(folder / "input.npy", rng.standard_normal((case.batch, *shape), np.float32))
    np.save(folder / "labels.npy", rng.integers(0, 10, case.batch))
    for name, text in {
        "netspec": generate(net, optimize=True),
        "readable": generate(net),
        "torch": generate_torch(net),
    }.items():
        (folder / f"{name}.py").write_text(text + f"\n\nNETWORK = {type(network).__name__}\n", encoding="utf-8")
    if not case.training and _has("onnx") and _has("onnxruntime"):
        import torch

        x = torch.from_numpy(np.load(folder / "input.npy"))
        torch.onnx.export(_torch_network(folder), (x,), folder / "model.onnx", dynamo=False)


def _has(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def _module(path: Path) -> ModuleType:
    """A generated module, run."""
    module = ModuleType(path.stem)
    exec(compile(path.read_text(encoding="utf-8"), path, "exec"), module.__dict__)
    return module


def _numpy_call(candidate: str, case: Case, folder: Path) -> Call:
    network = _module(folder / f"{candidate}.py").NETWORK()
    network.load(folder / "weights.npz")
    x = np.load(folder / "input.npy")
    if case.training:
        labels = np.load(folder / "labels.npy")
        return lambda: network.gradients(x, labels)[0]
    return lambda: network(x)


def _torch_network(folder: Path) -> Any:
    import torch

    network = _module(folder / "torch.py").NETWORK()
    with np.load(folder / "weights.npz") as weights:
        network.load_state_dict({name: torch.from_numpy(weights[name]) for name in weights.files})
    return network.eval()


def _torch_call(case: Case, folder: Path) -> Call:
    import torch

    torch.set_num_threads(1)
    network = _torch_network(folder)
    x = torch.from_numpy(np.load(folder / "input.npy"))
    if case.training:
        network.train()
        labels = torch.from_numpy(np.load(folder / "labels.npy"))

        def step() -> float:
            network.zero_grad()
            loss = torch.nn.functional.cross_entropy(network(x), labels)
            loss.backward()  # type: ignore[no-untyped-call]
            return loss.item()

        return step
    torch.set_grad_enabled(False)
    return lambda: network(x).numpy()


def _onnx_call(folder: Path) -> Call:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(folder / "model.onnx", options, providers=["CPUExecutionProvider"])
    (given,) = session.get_inputs()
    x = np.load(folder / "input.npy")
    return lambda: session.run(None, {given.name: x})[0]


def serve(candidate: str, case: Case, folder: Path) -> None:
    """What the process of a candidate does: a result, then the time of a turn for each line, last its memory in MiB."""
    match candidate:
        case "torch":
            call = _torch_call(case, folder)
        case "onnxruntime":
            call = _onnx_call(folder)
        case _:
            call = _numpy_call(candidate, case, folder)
    np.save(folder / f"{candidate}.npy", call())
    print(0.0, flush=True)
    for _ in sys.stdin:
        print(seconds(call, case.calls), flush=True)
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit, flush=True)


class Worker:
    """A candidate in a process of its own."""

    def __init__(self, arguments: Sequence[str | Path]) -> None:
        one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        command = [sys.executable, "-m", "benchmarks.numpy_runtime", *arguments]
        self._process = subprocess.Popen(
            command, cwd=ROOT, env={**ENVIRONMENT, **one}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._requests, self._answers = self._process.stdin, self._process.stdout
        self._name = " ".join(map(str, arguments[:2]))

    def answer(self) -> float:
        """What the process says next. Raises RuntimeError if it has ended."""
        line = self._answers.readline()
        if not line:
            raise RuntimeError(f"{self._name} ended with status {self._process.wait()}")
        return float(line)

    def turn(self) -> float:
        """The time of a call in one turn, in seconds."""
        print(file=self._requests, flush=True)
        return self.answer()

    def memory(self) -> float:
        """The most memory that the process held, in MiB; it ends with that."""
        self._requests.close()
        peak = self.answer()
        self._process.wait()
        return peak


def compare(name: str, candidates: Sequence[str], rounds: int) -> None:
    """Measure one case, and print."""
    case = CASES[name]
    with tempfile.TemporaryDirectory() as folder:
        this = ("--folder", folder, "--only", name)
        Worker(("--prepare", *this)).memory()
        if not (Path(folder) / "model.onnx").exists():
            candidates = [candidate for candidate in candidates if candidate != "onnxruntime"]
        workers = {candidate: Worker(("--serve", candidate, *this)) for candidate in candidates}
        for worker in workers.values():
            worker.answer()
        results = {candidate: np.load(Path(folder) / f"{candidate}.npy") for candidate in candidates}
        times = in_alternation({candidate: worker.turn for candidate, worker in workers.items()}, rounds)
        memory = {candidate: worker.memory() for candidate, worker in workers.items()}
    print(f"{name}: batch {case.batch}{', a training step' if case.training else ''}")
    for candidate in candidates:
        apart = np.abs(results[candidate] - results["netspec"]).max() / np.abs(results["netspec"]).max()
        if not apart < TOLERANCE:
            raise RuntimeError(f"{candidate} and netspec are {apart:g} of the largest value apart")
        middle = statistics.median(times[candidate]) * 1e3
        print(f"  {candidate:14}{middle:10.3f} ms{memory[candidate]:8.0f} MiB")
    for candidate in candidates[1:]:
        compared = ratio(times["netspec"], times[candidate])
        goal = f"; {verdict(compared.median, case.goals[candidate])}" if candidate in case.goals else ""
        print(f"  netspec / {candidate}: {compared}{goal}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=CASES, nargs="+", default=list(CASES))
    parser.add_argument("--beside", choices=("torch", "onnxruntime", "readable"), nargs="+")
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--prepare", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    (first, *_) = arguments.only
    if arguments.prepare:
        prepare(CASES[first], arguments.folder)
        print(0.0)
    elif arguments.serve:
        serve(arguments.serve, CASES[first], arguments.folder)
    else:
        for name in arguments.only:
            compare(name, ["netspec", *(arguments.beside or ("torch", "onnxruntime"))], arguments.rounds)


if __name__ == "__main__":
    main()

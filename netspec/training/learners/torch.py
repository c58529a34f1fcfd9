"""Training by the generated PyTorch module, on one device, or on one of several processes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import torch
from torch.nn import functional

from netspec.execution.errors import CannotRun
from netspec.ir import ShapedNet
from netspec.sizes import Shape, fixed, format_shape
from netspec.training.learners.learner import Step
from netspec.training.ranks import Ranks
from netspec.training.scores import number_of_scores
from netspec.training.settings import Settings

PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


class TorchLearner:
    """A net in PyTorch. With several processes each has a part of every batch, and all take the same step."""

    def __init__(self, net: ShapedNet, settings: Settings, device: str, ranks: Ranks) -> None:
        self.settings = settings
        self.ranks = ranks
        self.device = torch.device(device)
        self.classes = number_of_scores(net)
        if settings.channels_last and len(net.inputs[0].shape) != 3:
            raise CannotRun("--channels-last is for images with two axes")
        self.layout = torch.channels_last if settings.channels_last else torch.contiguous_format
        torch.backends.cudnn.deterministic = True  # a run that is resumed should end as one that was not broken
        module = net.to_torch()
        if ranks.processes > 1 and self.device.type == "cuda":  # elsewhere there is no batchnorm over processes
            module = torch.nn.SyncBatchNorm.convert_sync_batchnorm(module)  # type: ignore[no-untyped-call]  # torch leaves it untyped
        self.module = module.to(self.device, memory_format=self.layout)  # type: ignore[call-overload]  # torch's types lack it
        self.forward: Callable[[torch.Tensor], torch.Tensor] = self.module
        if ranks.processes > 1:
            places = [self.device] if self.device.type == "cuda" else None
            self.forward = torch.nn.parallel.DistributedDataParallel(self.module, device_ids=places)
        if settings.compile:
            self.forward = torch.compile(self.forward)
        parameters = list(self.module.parameters())
        self.optimizer: torch.optim.Optimizer = (
            torch.optim.SGD(parameters, settings.lr)
            if settings.optimizer == "sgd"
            else torch.optim.Adam(parameters, settings.lr)
        )
        # Small gradients would vanish in float16.
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=settings.precision == "float16")
        if settings.compile:
            self._compile(net.inputs[0].shape)

    def _compile(self, shape: Shape) -> None:
        """Have the net compiled, for batches as they will come. Raises :class:`CannotRun` where that cannot be done."""
        sizes = fixed(shape)
        if sizes is None:
            raise ValueError(f"a net is trained on images of one size, not {format_shape(shape)}")
        x = np.zeros((self.settings.batch // self.ranks.processes, *sizes), np.float32)
        try:
            with self._mixed():
                scores = self.forward(self._images(x))
            scores.sum().backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        except torch._dynamo.exc.TorchDynamoException as error:
            raise CannotRun(f"--compile: {str(error).splitlines()[0]}") from None

    def begin(self, epoch: int) -> None:
        """Make ready for the steps of an epoch."""
        draw = np.random.SeedSequence((self.settings.seed, epoch, self.ranks.rank)).generate_state(1)
        torch.manual_seed(int(draw[0]))

    def step(self, x: np.ndarray, labels: np.ndarray, counted: int, batch: int) -> Callable[[], Step]:
        """Take a step. The gradient is that of the mean over the whole batch, however it is shared out."""
        self.module.train()
        wanted = torch.from_numpy(labels).to(self.device, non_blocking=True)
        with self._mixed():
            scores = self.forward(self._images(x))
        losses = self._losses(scores.float(), wanted)[:counted]
        loss = losses.sum() / batch
        self.optimizer.zero_grad()
        # DistributedDataParallel takes the mean of what the processes have; the loss is their sum.
        self.scaler.scale(loss * self.ranks.processes).backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        self.scaler.step(self.optimizer)
        self.scaler.update()
        right = (scores.argmax(1) == wanted)[:counted].sum()
        outcome = self.ranks.sum(torch.stack([loss.detach(), right.to(loss.dtype)]))

        def wait() -> Step:
            mean, count = outcome.tolist()
            return Step(mean, int(count))

        return wait

    def _mixed(self) -> torch.autocast:
        wanted = PRECISIONS[self.settings.precision]
        return torch.autocast(self.device.type, wanted, enabled=wanted != torch.float32)

    def _images(self, x: np.ndarray) -> torch.Tensor:
        images = torch.from_numpy(x).to(self.device, non_blocking=True)
        return images.contiguous(memory_format=self.layout)

    def _losses(self, scores: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """The loss of each example."""
        if self.settings.loss == "cross_entropy":
            return functional.cross_entropy(scores, labels, reduction="none")
        wanted = functional.one_hot(labels, self.classes).to(scores.dtype)
        return ((scores - wanted) ** 2).mean(1)

    @torch.no_grad()
    def predict(self, x: np.ndarray) -> np.ndarray:
        """The class with the largest score, for each example: (n,)."""
        self.module.eval()
        with self._mixed():
            scores: torch.Tensor = self.module(self._images(x))
        classes: np.ndarray = scores.argmax(1).cpu().numpy()
        return classes

    def total(self, count: int) -> int:
        """The sum of a count over all processes."""
        return int(self.ranks.sum(torch.tensor([count], device=self.device)).item())

    def weights(self) -> dict[str, np.ndarray]:
        """The weights by name."""
        state = self.module.state_dict()
        return {name: _array(tensor) for name, tensor in state.items()}

    def state(self) -> dict[str, np.ndarray]:
        """What the optimizer remembers, by weight; and the scale of the gradients in float16."""
        names = [name for name, _ in self.module.named_parameters()]
        remembered = self.optimizer.state_dict()["state"]
        arrays = {
            f"{names[place]}.{what}": _array(tensor)
            for place, entry in remembered.items()
            for what, tensor in entry.items()
        }
        if self.scaler.is_enabled():
            scale = self.scaler.state_dict()
            arrays |= {f"scaler.{what}": np.array(scale[what], np.float64) for what in ("scale", "_growth_tracker")}
        return arrays

    def restore(self, weights: Mapping[str, np.ndarray], state: Mapping[str, np.ndarray]) -> None:
        """Go on from these."""
        self.module.load_state_dict({name: torch.from_numpy(array) for name, array in weights.items()})
        if self.scaler.is_enabled() and state:
            scale = self.scaler.state_dict()
            scale["scale"] = float(state["scaler.scale"])
            scale["_growth_tracker"] = int(state["scaler._growth_tracker"])
            self.scaler.load_state_dict(scale)
        entries: dict[int, dict[str, torch.Tensor]] = {}
        for place, (name, _) in enumerate(self.module.named_parameters()):
            found = {
                what: torch.from_numpy(state[f"{name}.{what}"])
                for what in ("step", "exp_avg", "exp_avg_sq")
                if f"{name}.{what}" in state
            }
            if found:
                entries[place] = found
        groups = self.optimizer.state_dict()["param_groups"]
        self.optimizer.load_state_dict({"state": entries, "param_groups": groups})


def _array(tensor: torch.Tensor) -> np.ndarray:
    """A copy that the next step does not change."""
    copy: np.ndarray = tensor.detach().contiguous().cpu().numpy().copy()
    return copy


def choose_device(wanted: str, ranks: Ranks) -> str:
    """The device of this process: a GPU where there is one, if it is `auto`. Raises :class:`CannotRun`."""
    if wanted == "auto":
        wanted = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        device = torch.device("cuda", ranks.local) if wanted == "cuda" else torch.device(wanted)
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0].rstrip(".")
        raise CannotRun(f"--device {wanted}: {reason[:1].lower()}{reason[1:]}") from None
    if device.type == "cuda":
        torch.cuda.set_device(device)
    return str(device)

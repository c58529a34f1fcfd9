"""The two that learn: a net in NumPy, and one in PyTorch."""

from __future__ import annotations

from netspec.execution.errors import CannotRun
from netspec.ir import ShapedNet
from netspec.training.learners.learner import Learner
from netspec.training.ranks import ALONE, Ranks
from netspec.training.scores import up_to_scores
from netspec.training.settings import Settings

TORCH_ALONE = ("precision", "channels_last", "compile")
"""Settings that another target knows nothing of."""


def make_learner(net: ShapedNet, settings: Settings, device: str, ranks: Ranks = ALONE) -> tuple[Learner, str]:
    """What learns, and the device that it is on. Raises :class:`CannotRun`."""
    trained = up_to_scores(net) if settings.loss == "cross_entropy" else net
    if settings.target == "torch":
        from netspec.training.learners.torch import TorchLearner, choose_device

        chosen = choose_device(device, ranks)
        return TorchLearner(trained, settings, chosen, ranks), chosen
    for name in TORCH_ALONE:
        if getattr(settings, name) != Settings.model_fields[name].default:
            raise CannotRun(f"--{name.replace('_', '-')} is for --target torch")
    if device not in ("auto", "cpu"):
        raise CannotRun(f"--device {device} is for --target torch")
    if ranks.processes > 1:
        raise CannotRun("several processes are for --target torch")
    from netspec.training.learners.numpy import NumpyLearner

    return NumpyLearner(trained, settings), "cpu"

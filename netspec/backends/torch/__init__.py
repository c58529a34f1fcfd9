"""The PyTorch backend: a readable Python module for a net, and the network itself, made by running it."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING

from netspec.backends.torch.module import generate_module
from netspec.ir import ShapedNet

if TYPE_CHECKING:
    import torch

__all__ = ["build", "generate"]


def generate(net: ShapedNet) -> str:
    """The text of a Python module that needs torch alone: a class for the net, and one for each block and group.

    The keys of its ``state_dict`` are those of :meth:`ShapedNet.weights`, in that order. Raises
    :class:`netspec.SpecError` for a net from JSON whose modules interlock.
    """
    return generate_module(net).text


def build(net: ShapedNet) -> torch.nn.Module:
    """The network as a PyTorch module, with fresh weights: the generated code, run.

    Raises ImportError where torch is missing.
    """
    try:
        import torch
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        raise ImportError("torch is missing: pip install 'netspec-lang[torch]'", name="torch") from None
    generated = generate_module(net)
    module = ModuleType(f"netspec generated {generated.name}")
    exec(compile(generated.text, f"<{module.__name__}>", "exec"), module.__dict__)
    made = getattr(module, generated.name)()
    if not isinstance(made, torch.nn.Module):
        raise TypeError(f"{generated.name} is no module")
    return made

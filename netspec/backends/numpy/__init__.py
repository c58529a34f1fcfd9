"""The NumPy backend: a module that runs and trains a net with NumPy alone, and the network made by running it."""

from __future__ import annotations

import linecache
from types import ModuleType
from typing import TYPE_CHECKING, Any
from zlib import crc32

from netspec.backends.numpy.module import generate_module
from netspec.ir import ShapedNet

if TYPE_CHECKING:
    from netspec.backends.numpy.kernels.network import Network
    from netspec.backends.numpy.module import Generated

__all__ = ["build", "generate"]


def generate(net: ShapedNet, *, optimize: bool = False) -> str:
    """The text of a Python module that needs NumPy alone: the kernels that the net uses, and a class for the net.

    The names of its weights are those of :meth:`ShapedNet.weights`, in that order. `optimize` adds a planned program to
    the readable one.
    """
    return _generated(net, optimize).text


def build(net: ShapedNet, *, optimize: bool = False, dtype: Any = "float32", seed: int | None = None) -> Network:
    """The network in NumPy, with random weights: the generated code, run.

    Raises ImportError where NumPy is missing.
    """
    try:
        import numpy as np  # noqa: F401
    except ModuleNotFoundError as error:
        if error.name != "numpy":
            raise
        raise ImportError("numpy is missing: pip install 'netspec-lang[numpy]'", name="numpy") from None
    generated = _generated(net, optimize)
    module = ModuleType(f"netspec generated {generated.name}")
    # Tracebacks and debuggers show the lines of a file by this name.
    file = f"<{module.__name__} {crc32(generated.text.encode()):08x}>"
    linecache.cache[file] = (len(generated.text), None, generated.text.splitlines(keepends=True), file)
    exec(compile(generated.text, file, "exec"), module.__dict__)
    made: Network = getattr(module, generated.name)(seed=seed, dtype=dtype)
    return made


def _generated(net: ShapedNet, optimize: bool) -> Generated:
    if not optimize:
        return generate_module(net)
    from netspec.backends.numpy.optimized import extension

    return generate_module(net, extension(net))

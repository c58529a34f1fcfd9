"""A declarative language for convolutional networks: shape checker, compiler, library.

>>> import netspec
>>> net = netspec.loads("net Tiny { input 3x32x32  \\n conv 8 3x3 -> globalavgpool -> flatten -> fc 10 }")
>>> net.params, net.macs
(314, 194480)
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from netspec import functional as functional
    from netspec.compile import Options
    from netspec.diagnostics import Code, Diagnostic, Label, SpecError
    from netspec.ir import Argument, Net, Node, ShapedNet, ShapedNode

__all__ = [
    "Code",
    "Diagnostic",
    "Label",
    "Net",
    "Node",
    "ShapedNet",
    "ShapedNode",
    "SpecError",
    "__version__",
    "check",
    "checks",
    "load",
    "loads",
]

__version__ = "0.1.0"

MODULES = {
    "Code": "netspec.diagnostics",
    "Diagnostic": "netspec.diagnostics",
    "Label": "netspec.diagnostics",
    "Net": "netspec.ir",
    "Node": "netspec.ir",
    "ShapedNet": "netspec.ir",
    "ShapedNode": "netspec.ir",
    "SpecError": "netspec.diagnostics",
}
"""Where the classes are. They are imported when they are first used, so that the command sets itself up before."""


def __getattr__(name: str) -> Any:
    """A class of `MODULES`, or ``netspec.functional``, which needs NumPy."""
    if name == "functional":
        return import_module("netspec.functional")
    if name not in MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(MODULES[name]), name)


def load(
    path: str | os.PathLike[str],
    *,
    net: str | None = None,
    parameters: Mapping[str, Argument] | None = None,
    input: str | None = None,
) -> ShapedNet:
    """The net in a file, checked, with every shape.

    `net` says which, where the file has several; `parameters` replace the net's defaults; `input` is a shape such as
    ``"3x64x64"`` that replaces the spec's. Raises :class:`SpecError` for a spec that does not check, OSError for a file
    that cannot be read, ValueError for an `input` that is no shape.
    """
    from netspec.compile import check_file, only_net

    return only_net(check_file(Path(path), _options(net, parameters, input)))


def loads(
    text: str,
    *,
    net: str | None = None,
    parameters: Mapping[str, Argument] | None = None,
    input: str | None = None,
) -> ShapedNet:
    """The net in a text, as :func:`load`. A ``use`` in it is relative to the working directory."""
    from netspec.compile import check_text, only_net

    return only_net(check_text(text, "<text>", Path(), _options(net, parameters, input)))


def check(
    path: str | os.PathLike[str],
    *,
    net: str | None = None,
    parameters: Mapping[str, Argument] | None = None,
    input: str | None = None,
) -> tuple[Diagnostic, ...]:
    """Everything that is wrong with the spec in a file, in order of place; nothing if it is sound.

    Raises nothing for any file: one that cannot be read is a diagnostic too.
    """
    from netspec.compile import check_file
    from netspec.diagnostics import Code, Diagnostic
    from netspec.files import reason

    try:
        return check_file(Path(path), _options(net, parameters, input)).diagnostics
    except (OSError, ValueError) as error:
        return (Diagnostic(Code.UNREADABLE, f"{os.fspath(path)}: {reason(error)}", None),)


def checks(
    text: str,
    *,
    net: str | None = None,
    parameters: Mapping[str, Argument] | None = None,
    input: str | None = None,
) -> tuple[Diagnostic, ...]:
    """Everything that is wrong with a text, as :func:`check`."""
    from netspec.compile import check_text
    from netspec.diagnostics import Code, Diagnostic

    try:
        return check_text(text, "<text>", Path(), _options(net, parameters, input)).diagnostics
    except ValueError as error:
        return (Diagnostic(Code.BAD_INPUT, str(error), None),)


def _options(net: str | None, parameters: Mapping[str, Argument] | None, input: str | None) -> Options:
    from netspec.compile import Options, parse_shape

    shape = None
    if input is not None:
        shape = parse_shape(input)
        if shape is None:
            raise ValueError(f"{input!r} is no shape such as 3x224x224, 3xHxW or 784")
    return Options(net, parameters or {}, shape)

"""What a network's class and the arguments of its methods are called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from netspec.backends.numpy.extract import Definition
from netspec.backends.python.names import Names
from netspec.ir import ShapedNet

_VARIABLES = frozenset({"d", "g", "m", "part", "parts", "training", "v", "w"})
"""Of the generated methods."""

_ILLEGIBLE = frozenset({"I", "O", "l"})
"""Names that linters refuse, since they look like digits."""


class Signature(NamedTuple):
    """The names of a network's class, of the inputs of `forward`, and of the gradients that `backward` is given.

    `result` is the named tuple in which several outputs are returned, and `fields` are its own; "" for one output.
    """

    name: str
    inputs: tuple[str, ...]
    gradients: tuple[str, ...]
    result: str = ""
    fields: tuple[str, ...] = ()


def signature_of(net: ShapedNet, known: Mapping[str, Definition]) -> Signature:
    """The names for a net: the spec's own, where neither Python nor what stands before the class needs them."""
    taken = {*known, *(item.name for definition in known.values() for item in definition.imports)}
    classes = Names(taken)
    name = classes.take(net.name, f"{net.name}_")
    inputs, gradients = Names(taken | _VARIABLES | _ILLEGIBLE), Names(taken | _VARIABLES | _ILLEGIBLE)
    arguments = ["x"] if len(net.inputs) == 1 else [value.name for value in net.inputs]
    given = tuple(inputs.take(own, f"{own}_") for own in arguments)
    if len(net.outputs) == 1:
        return Signature(name, given, ("grad",))
    result = classes.take(f"{net.name}Output")
    scope = Names(_ILLEGIBLE | {"count", "index"})  # these two every tuple has
    wanted = [output.name.lstrip("_") or "value" for output in net.outputs]
    fields = tuple(scope.take(own, f"{own}_") for own in wanted)
    return Signature(name, given, tuple(gradients.take(own, f"{own}_") for own in fields), result, fields)

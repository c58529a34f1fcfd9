"""The `forward` of a generated network."""

from __future__ import annotations

from collections.abc import Iterator

from netspec.backends.numpy.calls import Call, call_of
from netspec.backends.numpy.sections import INDENT, sections
from netspec.backends.numpy.signatures import Signature
from netspec.backends.python.code import Brackets, Chain, Line, Piece, Statement, Suite, Text, call
from netspec.backends.python.docstrings import docstring
from netspec.ir import ShapedNet, ShapedNode
from netspec.sizes import Shape, format_shape, format_size

ARRAY = "np.ndarray"


def forward(net: ShapedNet, names: Signature) -> Suite:
    """The method: a statement for each layer, in order, that keeps its output among the values."""
    parameters = ["self", *(f"{name}: {ARRAY}" for name in names.inputs), "training: bool = False"]
    header = Line("", Brackets("def forward(", tuple(parameters), f") -> {names.result or ARRAY}:"))
    given = (f'"{value.name}": {name}' for value, name in zip(net.inputs, names.inputs, strict=True))
    calls = [call_of(node) for node in net.nodes]
    body: list[Statement] = [Text(docstring(_about(net, names, calls), INDENT))]
    body.append(Line("v = self.values = ", call("self.checked", Brackets("{", tuple(given), "}"))))
    if any(node.weights for node in net.nodes):
        body.append(Line("", "w = self.weights_by_layer()"))
    if any(made.form == "random" for made in calls):
        body.append(Line("", "m = self.masks"))
    if any(made.moded for made in calls):
        body.append(Line("", "self.training = training"))
    body += sections(net, net.nodes, _statements, about=True)
    results = tuple(value_of(output.value) for output in net.outputs)
    body.append(Line("return ", call(names.result, *results) if names.result else results[0]))
    return Suite(header, tuple(body))


def _about(net: ShapedNet, names: Signature, calls: list[Call]) -> str:
    """The docstring: shapes, what is kept, and what training changes."""
    given = " and ".join(
        f"{name} {batch_of(value.shape)}" for value, name in zip(net.inputs, names.inputs, strict=True)
    )
    made = f"The outputs for {given}." if names.result else f"The output {batch_of(net.output)} for {given}."
    kept = "`values` then holds the output of every layer."
    changes = []
    if any(call.moded for call in calls):
        changes.append("batchnorm uses the statistics of the batch")
    kinds = {call.kernel for call in calls if call.form == "random"}
    if kinds:
        changes.append(f"{' and '.join(sorted(kinds))} {'drop' if len(kinds) > 1 else 'drops'} at random")
    training = f" In training, {', and '.join(changes)}." if changes else ""
    return f"{made}\n\n{kept}{training}"


def batch_of(shape: Shape) -> str:
    """The shape of a batch: ``(n, 3, H, W)``."""
    return f"(n, {', '.join(map(format_size, shape))})"


def value_of(name: str) -> str:
    """The output of a layer, or an input."""
    return f'v["{name}"]'


def weights_of(node: ShapedNode) -> tuple[str, ...]:
    """The weights of a layer as arguments, if it has any."""
    return (f'*w["{node.name}"]',) if node.weights else ()


def mask_of(node: ShapedNode) -> str:
    """What a layer drops at random."""
    return f'm["{node.name}"]'


def _statements(node: ShapedNode) -> Iterator[Statement]:
    made = call_of(node)
    if made.form == "random":
        mask = call(f"{made.kernel}_mask", "self.rng", value_of(node.inputs[0]), *made.arguments, "training")
        yield Line(f"{mask_of(node)} = ", mask)
    yield Line(f"{value_of(node.name)} = ", _expression(node, made), comment=format_shape(node.output), inside=True)


def _expression(node: ShapedNode, made: Call) -> Piece:
    values = tuple(value_of(name) for name in node.inputs)
    match made.form:
        case "same":
            return values[0]
        case "sum":
            return Chain((values[0], *(f"+ {value}" for value in values[1:])))
        case "random":
            return call(made.kernel, *values, mask_of(node))
        case "kernel" | "merge":
            mode = ("training=training",) if made.moded else ()
            return call(made.kernel, *values, *made.arguments, *weights_of(node), *made.options, *mode)

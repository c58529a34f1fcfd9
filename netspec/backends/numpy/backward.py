"""The `backward` of a generated network: the chain rule, layer by layer, from the outputs back to the inputs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netspec.backends.numpy.calls import SUFFIX, Call, call_of
from netspec.backends.numpy.forward import ARRAY, mask_of, value_of, weights_of
from netspec.backends.numpy.sections import INDENT, sections
from netspec.backends.numpy.signatures import Signature
from netspec.backends.python.code import WIDTH, Brackets, Chain, Line, Piece, Statement, Suite, Text, call, width
from netspec.backends.python.docstrings import docstring
from netspec.ir import ShapedNet, ShapedNode


def backward(net: ShapedNet, names: Signature) -> Suite:
    """The method: for each layer, from the last one back, the gradients by its inputs and weights."""
    several = len(net.outputs) > 1
    parameters = (f"{name}: {ARRAY} | None = None" if several else f"{name}: {ARRAY}" for name in names.gradients)
    result = ARRAY if len(net.inputs) == 1 else f"tuple[{', '.join([ARRAY] * len(net.inputs))}]"
    header = Line("", Brackets("def backward(", ("self", *parameters), f") -> {result}:"))
    chain = _ChainRule(net)
    statements = list(sections(net, net.nodes[::-1], chain.statements, about=False))
    body: list[Statement] = [Text(docstring(_about(net, names), INDENT))]
    weighted = any(node.weights for node in net.nodes)
    body.append(Line("g = ", call("self.checked_gradients", *names.gradients), comment="by the values"))
    if weighted:
        body.append(Line("", f"d: dict[str, list[{ARRAY} | None]] = {{}}", comment="by the weights"))
    body.append(Line("", "v, w = self.values, self.weights_by_layer()" if weighted else "v = self.values"))
    if any(call_of(node).form == "random" for node in net.nodes):
        body.append(Line("", "m = self.masks"))
    body += statements
    if weighted:
        body.append(Line("", "self.grads = self.named_gradients(d)"))
    body.append(Line("return ", ", ".join(map(chain.result, (value.name for value in net.inputs)))))
    return Suite(header, tuple(body))


def _about(net: ShapedNet, names: Signature) -> str:
    """The docstring: what is given, and what comes out."""
    if len(net.outputs) == 1:
        given = "Go back through the last forward, from a loss's gradient by its output."
    else:
        given = "Go back through the last forward, from a loss's gradients by its outputs."
    of_weights = "`grads` then holds the loss's gradient by every weight. " if net.params else ""
    nothing = "None stands for zeros. " if len(net.outputs) > 1 else ""
    return f"{given}\n\n{nothing}{of_weights}Returns that by {' and '.join(names.inputs)}."


class _ChainRule:
    """The statements of one layer after another; the gradient by a value is the sum of those from all its uses."""

    def __init__(self, net: ShapedNet) -> None:
        self.known = {output.value for output in net.outputs}

    def statements(self, node: ShapedNode) -> Iterator[Statement]:
        """The gradients by the inputs and weights of a layer; nothing for one that leads to no output."""
        if node.name not in self.known:
            return
        made, grad = call_of(node), _gradient(node.name)
        match made.form:
            case "same" | "sum":
                for name in node.inputs:
                    yield from self._given(name, grad)
            case "random":
                yield from self._given(node.inputs[0], call(made.kernel + SUFFIX, grad, mask_of(node)))
            case "merge":
                yield from self._shared(node.inputs, call(made.kernel + SUFFIX, grad, *map(value_of, node.inputs)))
            case "kernel":
                yield from self._given(node.inputs[0], _kernel(node, made), _weights(node, made))

    def result(self, name: str) -> str:
        """The gradient by an input."""
        return _gradient(name) if name in self.known else f"np.zeros_like({value_of(name)})"

    def _given(self, name: str, gradient: Piece, weights: str = "") -> Iterator[Line]:
        """The gradient by a value, from one of its uses; `weights` takes those that come with it."""
        target = f"{_gradient(name)}{weights}"
        if name not in self.known and (not weights or _fits(target, gradient)):
            yield Line(f"{target} = ", gradient)
        elif isinstance(gradient, str):
            yield from self._added(name, gradient)
            return
        else:
            yield Line(f"part{weights} = ", gradient)
            yield from self._added(name, "part")
        self.known.add(name)

    def _shared(self, values: Sequence[str], gradients: Piece) -> Iterator[Line]:
        """The gradients by several values."""
        target = ", ".join(map(_gradient, values))
        if len(set(values) - self.known) == len(values) and _fits(target, gradients):
            yield Line(f"{target} = ", gradients)
            self.known.update(values)
            return
        yield Line("parts = ", gradients)
        for place, name in enumerate(values):
            yield from self._added(name, f"parts[{place}]")

    def _added(self, name: str, part: str) -> Iterator[Line]:
        """The gradient by a value with a part more. It is no addition in place: others may hold the same array."""
        whole = Chain((_gradient(name), f"+ {part}")) if name in self.known else part
        yield Line(f"{_gradient(name)} = ", whole)
        self.known.add(name)


def _gradient(name: str) -> str:
    """The gradient by a value."""
    return f'g["{name}"]'


def _kernel(node: ShapedNode, made: Call) -> Brackets:
    """The call of the kernel for gradients."""
    source = value_of(node.name if made.reads == "y" else node.inputs[0])
    mode = ("training=self.training",) if made.moded else ()
    arguments = (source, *made.arguments, *weights_of(node), *made.options, *mode)
    return call(made.kernel + SUFFIX, _gradient(node.name), *arguments)


def _weights(node: ShapedNode, made: Call) -> str:
    """What takes the gradients of a layer's weights, after the gradient by its input."""
    if not made.weighted:
        return ""
    return f', *d["{node.name}"]' if any(weight.trainable for weight in node.weights) else ", *_"


def _fits(target: str, piece: Piece) -> bool:
    """Whether an assignment can be split after the bracket that opens its right side."""
    opening = piece.opening if isinstance(piece, Brackets) else str(piece)
    return INDENT + width(f"{target} = {opening}") <= WIDTH

"""The workings of a layer as data: formulas that evaluate to the numbers that the checker found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from typing import NamedTuple

from netspec.ir import ShapedNet, ShapedNode
from netspec.layers import Concat, Conv, ConvTranspose, Depthwise, Fc, Flatten
from netspec.layers.formula import Number, Term, Variable, evaluate
from netspec.passes.expand.values import measures
from netspec.passes.receptive_field import Fields, receptive_fields
from netspec.sizes import Shape, Size, product


class Working(NamedTuple):
    """One quantity: what it is, its formula, the values of the formula's names, and what comes out."""

    quantity: str
    formula: Term
    values: Mapping[str, Size]
    result: Size


class Dense(NamedTuple):
    """A convolution beside a dense layer between the same two volumes.

    `inputs` and `outputs` count the values of each volume. Each weight of the convolution is used at `positions`
    places; `connections` are its products of a weight and an input.
    """

    inputs: int
    outputs: int
    positions: int
    connections: int

    @property
    def weights(self) -> int:
        """The weights of the dense layer, which are its connections too; its biases are not among them."""
        return self.inputs * self.outputs


class Explanation(NamedTuple):
    """A layer with its workings. `dense` is there for convolutions of fixed sizes."""

    node: ShapedNode
    workings: tuple[Working, ...]
    dense: Dense | None


def explain(net: ShapedNet) -> Iterator[Explanation]:
    """The workings of each layer of a net, in order."""
    fields = receptive_fields(net.inputs, net.nodes)
    for node in net.nodes:
        field = _field(node, fields[node.inputs[0]], fields[node.name])
        yield Explanation(node, (*workings(node), *field), _dense(node))


def workings(node: ShapedNode) -> tuple[Working, ...]:
    """What follows for a layer from its inputs alone: the sizes of its output, its parameters and MACs."""
    return (*_shape(node), *_counts(node))


def _shape(node: ShapedNode) -> Iterator[Working]:
    """The sizes of the output, as far as they follow from a formula."""
    shape, layer = node.input_shapes[0], node.layer
    sizing = layer.sizing()
    if sizing is not None:
        worked: dict[tuple[object, ...], tuple[list[str], Working]] = {}
        for axis, name in enumerate(measures(len(shape))[1:]):
            values = sizing.values(axis, shape[1 + axis])
            working = Working(name, sizing.formula, values, node.output[1 + axis])
            worked.setdefault((*values.values(), working.result), ([], working))[0].append(name)
        for names, working in worked.values():
            yield working._replace(quantity=_and(names))
    elif isinstance(layer, Flatten):
        yield _product("features", _named_sizes(shape), node.output[0])
    elif isinstance(layer, Concat):
        operands = {f"operand {place}": given[0] for place, given in enumerate(node.input_shapes, 1)}
        total = _plus(operands)
        yield Working("channels", total, operands, node.output[0])


def _counts(node: ShapedNode) -> Iterator[Working]:
    """Parameters and multiplications."""
    shape, layer = node.input_shapes[0], node.layer
    biases: dict[str, Size] = {}
    match layer:
        case Conv():
            weight: dict[str, Size] = {"filters": layer.filters, **_per_group(shape[0], layer.groups)}
            weight |= _kernel(layer.kernel)
            outer = _named_sizes(node.output, "output ")
            biases = {"filters": layer.filters} if layer.bias else {}
        case Depthwise():
            weight = {"channels": shape[0], "multiplier": layer.multiplier, **_kernel(layer.kernel)}
            outer = _named_sizes(node.output, "output ")
            biases = {"channels": shape[0], "multiplier": layer.multiplier} if layer.bias else {}
        case ConvTranspose():
            weight = {"channels": shape[0], **_per_group(layer.filters, layer.groups, "filters")}
            weight |= _kernel(layer.kernel)
            outer = _named_sizes(shape, "input ")
            biases = {"filters": layer.filters} if layer.bias else {}
        case Fc():
            weight = {"units": layer.units, "features": shape[0]}
            outer = {}
            biases = {"units": layer.units} if layer.bias else {}
        case _:
            if node.params:
                sizes = {f"{w.name}s" if w.name == "weight" else w.name: w.size for w in node.weights if w.trainable}
                total = _plus(sizes)
                yield Working("parameters", total, dict(sizes), node.params)
            return
    formula = _times(weight)
    if biases:
        formula = formula + _times(biases)
    yield Working("parameters", formula, weight | biases, node.params)
    places = {name: size for name, size in outer.items() if not name.endswith("channels")}
    yield _product("MACs", places | weight, node.macs)


def _field(node: ShapedNode, before: Fields, after: Fields) -> Iterator[Working]:
    """How the receptive field grows by a window: each step in it is as far apart as neighbouring inputs see."""
    sizing = node.layer.sizing()
    if not before or not after or sizing is None or isinstance(node.layer, ConvTranspose):
        return
    names = measures(len(after) + 1)[1:]
    worked: dict[tuple[Size, ...], tuple[list[str], Working]] = {}
    for axis, name in enumerate(names):
        arguments = sizing.values(axis, 1)
        dilation = arguments.get("dilation", 1)
        spacing = before[axis].stride
        if spacing.denominator != 1:
            return
        values = {
            "before": before[axis].extent,
            "dilation": dilation,
            "kernel": arguments["kernel"],
            "spacing": spacing.numerator,
        }
        formula = Variable("before") + Variable("dilation") * (Variable("kernel") - 1) * Variable("spacing")
        if evaluate(formula, values) != after[axis].extent:
            return  # after upsampling, neighbouring inputs do not see equally far apart
        working = Working(name, formula, values, after[axis].extent)
        worked.setdefault((*values.values(), working.result), ([], working))[0].append(name)
    for axes, working in worked.values():
        what = "receptive field" if len(axes) == len(names) else f"receptive field, {_and(axes)}"
        yield working._replace(quantity=what)


def _dense(node: ShapedNode) -> Dense | None:
    if not isinstance(node.layer, (Conv, Depthwise)):
        return None
    inputs, outputs = product(*node.input_shapes[0]), product(*node.output)
    positions = product(*node.output[1:])
    if not (isinstance(inputs, int) and isinstance(outputs, int)):
        return None
    if not (isinstance(positions, int) and isinstance(node.macs, int)):
        return None
    return Dense(inputs, outputs, positions, node.macs)


def _per_group(count: Size, groups: int, what: str = "channels") -> dict[str, Size]:
    return {what: count} if groups == 1 else {f"{what} per group": count // groups}


def _kernel(kernel: Sequence[int]) -> dict[str, Size]:
    return {f"kernel {axis}": size for axis, size in zip(measures(len(kernel) + 1)[1:], kernel, strict=True)}


def _named_sizes(shape: Shape, prefix: str = "") -> dict[str, Size]:
    return {f"{prefix}{name}": size for name, size in zip(measures(len(shape)), shape, strict=True)}


def _product(quantity: str, factors: Mapping[str, Size], result: Size) -> Working:
    return Working(quantity, _times(factors), factors, result)


def _times(factors: Mapping[str, Size]) -> Term:
    if not factors:
        return Number(1)
    variables: list[Term] = [Variable(name) for name in factors]
    return reduce(lambda left, right: left * right, variables)


def _plus(summands: Mapping[str, Size]) -> Term:
    variables: list[Term] = [Variable(name) for name in summands]
    return reduce(lambda left, right: left + right, variables)


def _and(names: Sequence[str]) -> str:
    return " and ".join(names) if len(names) < 3 else f"{', '.join(names[:-1])} and {names[-1]}"

"""The net and the shaped net: what a spec means once its blocks are expanded. Frozen pydantic models with a JSON form.

A net from JSON, or from a user's own code, is validated whole. The passes make theirs of parts that have been checked,
by ``model_construct``, so that a check pays for no schema; that what they make is valid is a law that the tests hold.

A *value* is what flows between layers. It goes by the name of the layer or input that makes it, so a reference is a
name. Nodes stand in an order in which each comes after what it uses.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from netspec.diagnostics import Code, Diagnostic, SpecError
from netspec.layers import LAYERS, AnyLayer, Misfit, Weight, arguments, facts
from netspec.layers.arguments import expectation, value_text
from netspec.quick import quick
from netspec.sizes import Shape, Size, is_canonical, total

if TYPE_CHECKING:
    import torch

    from netspec.backends.numpy.kernels.network import Network


def _checked_size(size: Size) -> Size:
    if not is_canonical(size):
        raise ValueError(f"{Code.BAD_NET}: a symbolic size is not in canonical form")
    return size


_Shape: TypeAlias = Annotated[tuple[Annotated[Size, AfterValidator(_checked_size)], ...], Field(min_length=1)]
_Name: TypeAlias = Annotated[str, Field(pattern=r"^[A-Za-z_0-9.]+$")]
_Identifier: TypeAlias = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z_0-9]*$")]

Argument: TypeAlias = bool | int | float | _Identifier | tuple[int, ...]
"""A value that a parameter can have: a number, a truth value, a word, a window or shape."""

Operator: TypeAlias = Literal[
    "+", "-", "*", "//", "%", "==", "!=", "<", "<=", ">", ">=", "and", "or", "not", "negate", "min", "max"
]


@dataclass(frozen=True, slots=True)
class Use:
    """One step of the way from the net to a block's line: the block, and where it was called."""

    block: str
    file: str
    line: int


@quick
@dataclass(frozen=True, slots=True)
class Origin:
    """Where something was written (lines and columns from 1), and the calls of blocks that led there, from the net."""

    file: str
    line: int
    column: int
    uses: tuple[Use, ...] = ()


@dataclass(frozen=True, slots=True)
class Entering:
    """``in.channels`` and its like, with the value that `in` stood for."""

    measure: Literal["channels", "features", "depth", "height", "width"]
    value: _Name


@dataclass(frozen=True, slots=True)
class Operation:
    """An operator applied to its operands."""

    operator: Operator
    operands: tuple[Expression, ...]


Expression: TypeAlias = bool | int | float | _Identifier | Entering | Operation
"""An argument as it was written, in terms of the parameters of the block or net around it."""

Written: TypeAlias = tuple[tuple[_Identifier, Expression], ...]
"""For the arguments that depend on parameters or on `in`: the name, and the expression that gave the value."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a `repeat`: where that is written, the number of this turn from 1, and how many there are in general.

    `entry` is the value that entered this turn.
    """

    line: int
    column: int
    number: int
    count: Expression
    entry: _Name


@quick
@dataclass(frozen=True, slots=True)
class Node:
    """A layer at its place in a net.

    `written`, `when` and `turns` tell how the spec put it in general: the expressions of its arguments, the conditions
    (all true here) under which its block contains it at all, and the repeats around it on its level, outermost first.
    Backends that write code for people use them.
    """

    name: _Name
    layer: Annotated[AnyLayer, Field(discriminator="kind")]
    inputs: Annotated[tuple[_Name, ...], Field(min_length=1)]
    origin: Origin
    written: Written = ()
    when: tuple[Expression, ...] = ()
    turns: tuple[Turn, ...] = ()


@quick
@dataclass(frozen=True, slots=True)
class ShapedNode(Node):
    """A node with all that follows from the shapes of its inputs. MACs are for one example."""

    input_shapes: tuple[_Shape, ...] = field(kw_only=True)
    output: _Shape = field(kw_only=True)
    weights: tuple[Weight, ...] = field(kw_only=True)
    macs: Size = field(kw_only=True)

    @property
    def params(self) -> int:
        """The number of trainable values."""
        return sum(weight.size for weight in self.weights if weight.trainable)


@dataclass(frozen=True, slots=True)
class Input:
    """An input of the net, without the batch."""

    name: _Identifier
    shape: _Shape
    origin: Origin


@dataclass(frozen=True, slots=True)
class Output:
    """An output of the net: the last value is `output`, others go by their label."""

    name: _Identifier
    value: _Name


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of the net and its value. `free`: it sets arguments of layers only, never which layers there are."""

    name: _Identifier
    value: Argument
    free: bool


@quick
@dataclass(frozen=True, slots=True)
class Module:
    """A level of names: a group (`block` is None) or one call of a block, with the arguments it was called with.

    Its layers are the nodes whose names begin with `path` and a dot. `defaults` are those of the block's parameters, as
    far as they are literal; `derived` has the expressions of those that were not given and follow from others, in terms
    of the block's own parameters. `entry` is the value that entered it, `exit` the one that left it. `sequential`: a
    plain chain, whose members are numbered as in PyTorch's Sequential.
    """

    path: _Name
    block: _Identifier | None
    sequential: bool
    entry: _Name
    exit: _Name
    origin: Origin
    arguments: tuple[tuple[_Identifier, Argument], ...] = ()
    defaults: tuple[tuple[_Identifier, Argument], ...] = ()
    written: Written = ()
    derived: Written = ()
    when: tuple[Expression, ...] = ()
    turns: tuple[Turn, ...] = ()
    doc: str = ""

    def call_text(self) -> str:
        """The call as the language writes it, without what follows from defaults; of a group nothing."""
        defaults, derived = dict(self.defaults), dict(self.derived)
        words = [self.block or ""]
        in_order = True  # what follows a parameter that is left out must be named
        for name, value in self.arguments:
            if name not in derived and (name not in defaults or value != defaults[name]):
                words.append(value_text(value) if in_order and name not in defaults else f"{name}={value_text(value)}")
            in_order = in_order and name not in defaults and name not in derived
        return " ".join(words)


def total_params(nodes: Sequence[ShapedNode]) -> int:
    """Trainable values."""
    return sum([node.params for node in nodes if node.weights])


def total_macs(nodes: Sequence[ShapedNode]) -> Size:
    """Multiplications of convolutions and dense layers, for one example."""
    return total(node.macs for node in nodes)


class Net(BaseModel):
    """A network of plain layers: blocks expanded, arguments checked, shapes still open.

    `modules` come in the order in which they are entered, so each after the one around it.
    """

    # It holds for the dataclasses above too, as parts of a net; their own constructors check nothing.
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)

    name: _Identifier
    doc: str = ""
    parameters: tuple[Parameter, ...] = ()
    inputs: Annotated[tuple[Input, ...], Field(min_length=1)]
    nodes: tuple[Node, ...]
    modules: tuple[Module, ...] = ()
    outputs: Annotated[tuple[Output, ...], Field(min_length=1)]

    def _repr_svg_(self) -> str | None:
        """The graph, for notebooks; without Graphviz the maps, where the net is a stack."""
        from netspec.backends.notebook import svg  # only notebooks draw

        return svg(self)

    def _repr_html_(self) -> str:
        """The picture beside the table, for notebooks."""
        from netspec.backends.notebook import html  # likewise

        return html(self)

    @model_validator(mode="after")
    def _is_well_formed(self) -> Self:
        for problem in _problems(self):
            raise ValueError(f"{Code.BAD_NET}: {problem}")
        return self


class ShapedNet(Net):
    """A net in which every shape is known and every layer fits: what a backend gets.

    Sizes may depend on the input's symbols (:mod:`netspec.sizes`).
    """

    nodes: tuple[ShapedNode, ...]

    @model_validator(mode="after")
    def _follows_from_its_inputs(self) -> Self:
        shapes = self.shapes()
        for node in self.nodes:
            if node.input_shapes != tuple(shapes[name] for name in node.inputs):
                raise ValueError(f"{Code.BAD_NET}: {node.name}: its input shapes are not those of {node.inputs}")
            try:
                known = facts(node.layer, node.input_shapes)
            except Misfit as misfit:
                raise ValueError(f"{misfit.code}: {node.name}: {misfit.message}") from None
            if known != (node.layer, node.output, node.weights, node.macs):
                raise ValueError(f"{Code.BAD_NET}: {node.name}: its shapes, weights or MACs are not those of its layer")
        return self

    def shapes(self) -> dict[str, Shape]:
        """The shape of every value, by name."""
        shapes = {value.name: value.shape for value in self.inputs}
        shapes.update((node.name, node.output) for node in self.nodes)
        return shapes

    @property
    def params(self) -> int:
        """The number of trainable values."""
        return total_params(self.nodes)

    @property
    def macs(self) -> Size:
        """Multiplications of convolutions and dense layers for one example."""
        return total_macs(self.nodes)

    @property
    def output(self) -> Shape:
        """The shape of the last value."""
        return self.shape_of(self.outputs[0].value)

    def shape_of(self, value: str) -> Shape:
        """The shape of one value, by name. Raises KeyError."""
        for node in reversed(self.nodes):
            if node.name == value:
                return node.output
        return {given.name: given.shape for given in self.inputs}[value]

    def weights(self) -> Iterator[tuple[str, Weight]]:
        """Every weight under its key in a weights file, in order."""
        for node in self.nodes:
            for weight in node.weights:
                yield f"{node.name}.{weight.name}", weight

    def to_json(self) -> str:
        """The shaped net as JSON, which :meth:`from_json` reads back to an equal one."""
        return self.model_dump_json(indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes) -> ShapedNet:
        """A shaped net from JSON, validated again by the same rules. Raises :class:`SpecError`."""
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            raise SpecError(_diagnostics(error)) from None

    def to_torch(self) -> torch.nn.Module:
        """The network as a PyTorch module, with fresh weights: the generated code, run. Needs torch."""
        from netspec.backends.torch import build  # torch is optional, and heavy

        return build(self)

    def to_numpy(self, *, dtype: Any = "float32", seed: int | None = None, optimize: bool = False) -> Network:
        """The network in NumPy, with random weights that the seed decides: the generated code, run. Needs NumPy."""
        from netspec.backends.numpy import build  # NumPy is optional, and heavy

        return build(self, dtype=dtype, seed=seed, optimize=optimize)


def _diagnostics(error: ValidationError) -> tuple[Diagnostic, ...]:
    """What is wrong with the JSON of a net, in the words of a net: one diagnostic for each place in it."""
    found: dict[str, Diagnostic] = {}
    for item in error.errors(include_url=False):
        place = [str(step) for step in item["loc"] if isinstance(step, int) or str(step).isidentifier()]
        code, text = Code.BAD_NET, _WRONG.get(item["type"], "is nothing that a net has there")
        match place:
            case ["nodes", _, "layer", kind, name, *_] if kind in LAYERS and name in arguments(LAYERS[kind]):
                del place[3]
                place = place[:4]
                if item["type"] not in _WRONG:
                    code, text = Code.BAD_ARGUMENT, f"must be {expectation(arguments(LAYERS[kind])[name])}"
        sizes = [i for i, step in enumerate(place) if step in ("int", "QuasiAffine", "Polynomial")]
        if sizes:
            place, text = place[: sizes[0]], "is no size"
        message = f"`{'.'.join(place)}` {text}" if place else f"the text {text}"
        if item["type"] == "value_error":
            code_text, _, message = str(item["ctx"]["error"]).partition(": ")
            code = Code(code_text)
        found.setdefault(message, Diagnostic(code, message, None))
    return tuple(found.values())


_WRONG = {
    "missing": "is missing",
    "missing_argument": "is missing",
    "extra_forbidden": "is no part of a net",
    "unexpected_keyword_argument": "is no part of a net",
    "union_tag_invalid": "is no layer that netspec knows",
    "json_invalid": "is no JSON",
}
"""pydantic's types of errors in netspec's words."""


def _problems(net: Net) -> Iterator[str]:
    """What keeps a net from being well formed: references to nothing, names used twice."""
    known = [value.name for value in net.inputs]
    seen = set(known)
    if len(seen) < len(known):
        yield "two inputs have one name"
    for node in net.nodes:
        for name in node.inputs:
            if name not in seen:
                yield f"{node.name} uses `{name}`, which nothing before it makes"
        if node.name in seen:
            yield f"two values are called `{node.name}`"
        seen.add(node.name)
    paths = {module.path for module in net.modules}
    if len(paths) < len(net.modules):
        yield "two modules have one path"
    for module in net.modules:
        parent, _, _ = module.path.rpartition(".")
        if parent and parent not in paths:
            yield f"the module {module.path} lies in none"
        for name in (module.entry, module.exit):
            if name not in seen:
                yield f"the module {module.path} speaks of `{name}`, which nothing makes"
    for output in net.outputs:
        if output.value not in seen:
            yield f"the output `{output.name}` is `{output.value}`, which nothing makes"

"""What every layer is: its arguments, its shape rule, its weights, its multiplications."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cache, lru_cache
from typing import Any, ClassVar, Literal, NamedTuple, Self

from pydantic import BaseModel, ConfigDict

from netspec.diagnostics.codes import Code
from netspec.layers.arguments import LARGEST, default_text, is_per_axis, value_text
from netspec.layers.formula import Sizing
from netspec.layers.reach import POINTWISE, Reach
from netspec.sizes import Shape, Size, Unrepresentable, format_shape, format_size, holds


class Family(StrEnum):
    """The families of section headings: each has a file here."""

    CONVOLUTION = "convolution"
    POOLING = "pooling"
    DENSE = "dense"
    NORMALIZATION = "normalization"
    ACTIVATION = "activation"
    REGULARIZATION = "regularization"
    MERGING = "merging"
    REARRANGING = "rearranging"


class Misfit(Exception):
    """A layer does not fit its inputs. The checker turns it into a diagnostic at the layer's place.

    `caption` is for under the marked text; `operand` says which input is at fault, where there are several.
    """

    def __init__(
        self, code: Code, message: str, *, caption: str = "", help: tuple[str, ...] = (), operand: int | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.caption = caption
        self.help = help
        self.operand = operand


class Weight(NamedTuple):
    """An array that a layer keeps. Only trainable ones count as parameters; the others are buffers."""

    name: str
    shape: tuple[int, ...]
    trainable: bool = True

    @property
    def size(self) -> int:
        """The number of values."""
        return math.prod(self.shape)

    @property
    def is_counter(self) -> bool:
        """Whether it is a lone count, which is a 64-bit integer whatever the type of the others."""
        return self.shape == ()


class Need(NamedTuple):
    """What must be true of the sizes of a layer's inputs for it to fit; sizes that are not fixed may decide it."""

    left: Size
    relation: Literal["==", ">="]
    right: Size


class Facts(NamedTuple):
    """What is known of a layer once its inputs' shapes are known."""

    layer: Layer
    output: Shape
    weights: tuple[Weight, ...]
    macs: Size


class Layer(BaseModel, ABC):
    """A layer with its checked arguments, not yet applied to anything.

    A subclass is one layer of the language. Its fields, in order, are the positional arguments; `kind` is its name.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)

    family: ClassVar[Family]
    weighted: ClassVar[bool] = False
    """Whether the layer counts towards a net's depth, as convolutions and dense layers do."""
    kind: str

    @abstractmethod
    def output(self, inputs: tuple[Shape, ...]) -> Shape:
        """The shape of the output. Raises :class:`Misfit`, or `Unrepresentable` for symbols that get too involved."""

    def weights(self, inputs: tuple[Shape, ...]) -> tuple[Weight, ...]:
        """The arrays that the layer keeps, in PyTorch's order."""
        return ()

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> Size:
        """Multiplications of convolutions and dense layers for one example, without the bias."""
        return 0

    def sizing(self) -> Sizing | None:
        """The formula of the output's spatial sizes, for layers with a window that slides."""
        return None

    def needs(self, inputs: tuple[Shape, ...]) -> Iterator[Need]:
        """What must be true of the inputs' sizes, besides that every size of the output is at least 1."""
        return iter(())

    def reaches(self, inputs: tuple[Shape, ...]) -> tuple[Reach, ...]:
        """How the layer looks at each spatial axis of its input; one pixel at a time unless overridden."""
        return (POINTWISE,) * (len(inputs[0]) - 1)

    def for_rank(self, rank: int) -> Self:
        """The same layer with one number for each of `rank` spatial axes. Raises :class:`Misfit`."""
        names = per_axis_arguments(type(self))
        if not names:
            return self
        changed: dict[str, object] = {}
        for name in names:
            value = getattr(self, name)
            if isinstance(value, tuple):
                if len(value) == 1 != rank:
                    changed[name] = value * max(rank, 1)
                elif len(value) != rank:
                    axes = f"{rank} spatial {'axis' if rank == 1 else 'axes'}" if rank else "no spatial axes"
                    raise Misfit(
                        Code.WRONG_RANK,
                        f"`{name}` of `{self.kind}` is {value_text(value)}, but its input has {axes}",
                        caption=f"{len(value)} numbers for {axes}",
                    )
        # A copy is not validated, and need not be: its numbers are those of this layer.
        return self.model_copy(update=changed) if changed else self

    def call_text(self) -> str:
        """The layer as the language writes it, without what equals its default: ``conv 6 5x5 padding=2``."""
        words = [self.kind]
        for name, field in arguments(type(self)).items():
            value = getattr(self, name)
            text, default = value_text(value), default_text(field)
            if default in type(self).model_fields:
                default = value_text(getattr(self, default))
            if default is None:
                words.append(text)
            elif text != default and not _all_equal_to(value, default):
                one = isinstance(value, tuple) and len(set(value)) == 1
                words.append(f"{name}={value[0] if one else text}")
        return " ".join(words)


def _all_equal_to(value: object, default: str) -> bool:
    return isinstance(value, tuple) and all(str(item) == default for item in value)


class Unary(Layer):
    """A layer with one input. Subclasses give the rules for its shape alone."""

    def output(self, inputs: tuple[Shape, ...]) -> Shape:
        if len(inputs) != 1:
            raise Misfit(Code.BAD_OPERANDS, f"`{self.kind}` takes one input, but has {len(inputs)}")
        return self.output_of(inputs[0])

    def weights(self, inputs: tuple[Shape, ...]) -> tuple[Weight, ...]:
        return self.weights_for(inputs[0])

    def output_of(self, shape: Shape) -> Shape:
        """The shape of the output for an input of this shape: the same, unless overridden."""
        return shape

    def weights_for(self, shape: Shape) -> tuple[Weight, ...]:
        """The arrays that the layer keeps for an input of this shape: none, unless overridden."""
        return ()


@cache
def arguments(kind: type[Layer]) -> dict[str, Any]:
    """The arguments of a layer in positional order, by name, as pydantic's FieldInfo."""
    return {name: field for name, field in kind.model_fields.items() if name != "kind"}


@cache
def per_axis_arguments(kind: type[Layer]) -> tuple[str, ...]:
    """The arguments that have one number for each spatial axis."""
    return tuple(name for name, field in arguments(kind).items() if is_per_axis(field))


def signature(kind: type[Layer]) -> str:
    """How the layer is called: ``maxpool kernel stride=kernel padding=0``."""
    words = [kind.model_fields["kind"].default]
    for name, field in arguments(kind).items():
        default = default_text(field)
        words.append(name if default is None else f"{name}={default}")
    return " ".join(words)


@lru_cache(maxsize=1 << 12)
def facts(layer: Layer, inputs: tuple[Shape, ...]) -> Facts:
    """All that follows from a layer and the shapes of its inputs. Raises :class:`Misfit`."""
    try:
        layer = _ranked(layer, len(inputs[0]) - 1)
        output = layer.output(inputs)
        weights = layer.weights(inputs)
        macs = layer.macs(inputs, output)
    except Unrepresentable as error:
        raise Misfit(
            Code.SYMBOLS_TOO_INVOLVED,
            f"the output of `{layer.kind}` depends on the input's symbols in a way that netspec does not carry",
            caption=str(error),
        ) from None
    numbers = [size for size in (*output, macs, *[w.size for w in weights]) if isinstance(size, int)]
    if max(numbers, default=0) > LARGEST or volume(output) > LARGEST:
        raise Misfit(Code.NUMBER_TOO_LARGE, f"`{layer.call_text()}` makes numbers beyond 2^63")
    return Facts(layer, output, weights, macs)


@lru_cache(maxsize=1 << 12)
def _ranked(layer: Layer, rank: int) -> Layer:
    return layer.for_rank(rank)


def never(need: Need) -> bool:
    """Whether something needed is true for no size of the input."""
    return holds(need.left, need.relation, need.right) is False


def volume(shape: Shape) -> int:
    """The number of values in a shape, as far as it is known: symbols count as 1."""
    return math.prod([size for size in shape if isinstance(size, int)])


def channels(layer: Layer, shape: Shape) -> int:
    """The number of channels (or features) of an input. Raises :class:`Misfit` where it depends on a symbol."""
    if isinstance(shape[0], int):
        return shape[0]
    raise Misfit(
        Code.NOT_FIXED,
        f"`{layer.kind}` needs a fixed number of features, but its input has {format_size(shape[0])}",
        caption=f"input {format_shape(shape)}",
        help=("`globalavgpool -> flatten` gives a vector of fixed length for every size of the input",),
    )


def require_spatial(layer: Layer, shape: Shape, ranks: tuple[int, ...] = (1, 2, 3)) -> None:
    """Raise :class:`Misfit` unless the input has one of these numbers of spatial axes."""
    rank = len(shape) - 1
    if rank in ranks:
        return
    wanted = "feature maps" if len(ranks) > 1 else f"{ranks[0]}-D feature maps"
    have = "a vector" if rank == 0 else f"{rank}-D"
    raise Misfit(
        Code.WRONG_RANK,
        f"`{layer.kind}` needs {wanted}, but its input {format_shape(shape)} is {have}",
        caption=f"input {format_shape(shape)}",
    )


def require_groups(groups: int, counts: Mapping[str, int]) -> None:
    """Raise :class:`Misfit` unless the groups divide each of these counts, given by what they count."""
    for what, count in counts.items():
        if count % groups:
            common = math.gcd(groups, *counts.values())
            raise Misfit(
                Code.GROUPS,
                f"groups={groups} does not divide the {count} {what}",
                caption=f"{count} = {count // groups}·{groups} + {count % groups}",
                help=(f"groups={common} divides {' and '.join(str(count) for count in counts.values())}",),
            )

"""The gradient rules worked out as they are printed, with plain torch operations: no autograd, no backward pass.

Every tensor has the batch as its first axis; that of a weight is 1.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from functools import reduce
from itertools import product
from types import EllipsisType

import torch
import torch.nn.functional as F
from torch import Tensor

from netspec.backends.explain.notation import (
    Call,
    Cases,
    Comparison,
    Even,
    Expression,
    Floor,
    Fraction,
    Gathered,
    Indexed,
    Number,
    Power,
    Product,
    Reduced,
    Sliding,
    Stretched,
    Sum,
    Summation,
    Symbol,
    Transposed,
    Volume,
    Windows,
)
from netspec.backends.explain.rules import Definition, Gradient
from netspec.backends.explain.rules.rule import DELTA

Value = Tensor | float
Place = tuple[int, ...]
Linear = Callable[[Tensor], Tensor]
"""A matrix that is known by what it does."""

CORRELATIONS: tuple[Callable[..., Tensor], ...] = (F.conv1d, F.conv2d, F.conv3d)


class Evaluation:
    """Values by the text of their symbols, and definitions that make others of them."""

    def __init__(
        self, values: Mapping[str, Value], definitions: tuple[Definition, ...], transposed: Mapping[str, Linear]
    ) -> None:
        self.values = dict(values)
        self.definitions = {definition.symbol.text: definition.formula for definition in definitions}
        self.transposed = transposed

    def gradient(self, gradient: Gradient) -> Tensor:
        """The gradient of every example, index by index where the formula has indices of channels."""
        return self._each(gradient.formula, list(zip(gradient.indices, gradient.shape, strict=False)))

    def _each(self, formula: Expression, indices: list[tuple[Expression, object]]) -> Tensor:
        for place, (index, size) in enumerate(indices):
            if isinstance(index, Symbol) and index.text in "cf":
                assert isinstance(size, int)
                parts = []
                for number in range(size):
                    self.values[index.text] = number
                    parts.append(self._each(formula, indices[place + 1 :]))
                del self.values[index.text]
                batch = max(part.shape[0] for part in parts)
                return torch.stack([part.expand(batch, *part.shape[1:]) for part in parts], dim=1)
        value = self(formula)
        if isinstance(value, Tensor):
            return value
        like = self.tensor(DELTA)  # a number stands for as many values
        return torch.full_like(like.select(1, 0) if "c" in self.values else like, value)

    def tensor(self, term: Expression) -> Tensor:
        value = self(term)
        assert isinstance(value, Tensor), term
        return value

    def __call__(self, term: Expression) -> Value:
        match term:
            case Symbol(text="π"):
                return math.pi
            case Symbol():
                if term.text not in self.values:
                    self.values[term.text] = self(self.definitions[term.text])
                return self.values[term.text]
            case Number():
                assert isinstance(term.value, int | float)
                return term.value
            case Sum():
                left, right = self(term.left), self(term.right)
                return left - right if term.negative else left + right
            case Product():
                return self._product(term)
            case Fraction():
                return self(term.over) / self(term.under)
            case Power():
                return self(term.base) ** self(term.exponent)
            case Floor():
                return self(term.over) // self(term.under)
            case Call():
                return self._call(term)
            case Cases():
                return self._cases(term)
            case Indexed():
                return self._indexed(term)
            case Transposed():
                raise AssertionError("a transposed matrix stands in a product")
            case Summation():
                total = []
                for number in range(term.count):
                    self.values[term.index.text] = number
                    total.append(self(term.body))
                del self.values[term.index.text]
                return reduce(operator.add, total)
            case Reduced():
                return self._reduced(term)
            case Stretched():
                return stretched(self.tensor(term.body), term)
            case Gathered():
                return self._gathered(term)
            case Volume():
                return volumes(term.windows)

    def _product(self, term: Product) -> Value:
        match term:
            case Product(sign=" ", left=Transposed(base=Symbol(text=text))) if text in self.transposed:
                return self.transposed[text](self.tensor(term.right))
            case Product(sign=" ", left=Transposed(base=matrix)):
                return torch.einsum("zoi,no->ni", self.tensor(matrix), self.tensor(term.right))
            case Product(sign=" ", right=Transposed(base=vector)):
                return torch.einsum("no,ni->noi", self.tensor(term.left), self.tensor(vector))
            case Product(sign="⋆"):
                return correlation(self.tensor(term.left), self.tensor(term.right))
            case _:
                return self(term.left) * self(term.right)

    def _indexed(self, term: Indexed) -> Tensor:
        """The values at the indices that are known; of the others, all."""
        value = self.tensor(term.base)
        for index in term.indices:
            if not (isinstance(index, Symbol) and index.text in "ij"):
                number = self(index)
                assert not isinstance(number, Tensor)
                value = value.select(1, int(number))
        return value

    def _cases(self, term: Cases) -> Value:
        value: Value | None = None
        for branch, condition in reversed(term.branches):
            holds = self._holds(condition)
            if isinstance(holds, bool):  # an index decides: the other branch may not even exist
                if holds:
                    return self(branch)
                continue
            value = self(term.otherwise) if value is None else value
            value = torch.where(holds, _tensor(self(branch)), _tensor(value))
        return self(term.otherwise) if value is None else value

    def _holds(self, condition: Comparison) -> Tensor | bool:
        operands = [self(operand) for operand in condition.operands]
        relations = {"<": operator.lt, "≤": operator.le}
        truths = [
            relations[sign](left, right)
            for left, sign, right in zip(operands, condition.signs, operands[1:], strict=False)
        ]
        return reduce(operator.and_, truths)  # type: ignore[no-any-return]

    def _reduced(self, term: Reduced) -> Tensor:
        value = self.tensor(term.body)
        if term.index is not None:
            return value.flatten(1).sum(1)
        if "group" in term.axes:
            rows = value.reshape(value.shape[0], term.groups, -1)
            result = rows.mean(2, keepdim=True) if term.how == "mean" else rows.var(2, correction=0, keepdim=True)
            return result.expand_as(rows).reshape(value.shape)
        places = tuple(range(2, value.dim()))
        axes = {"batch": (0,), "channels": (1,), "places": places}
        chosen = tuple(axis for name in term.axes for axis in axes[name])
        match term.how:
            case "Σ":
                return value.sum(chosen, keepdim=True) if chosen else value
            case "mean":
                return value.mean(chosen, keepdim=True)
            case "var":
                return value.var(chosen, correction=0, keepdim=True)

    def _gathered(self, term: Gathered) -> Tensor:
        values, x = self.tensor(term.body), self.tensor(Symbol("x", "x"))[:, int(self.values["c"])]
        result = torch.zeros_like(x)
        for window, places in windows(term.windows):
            shares = values[every(window)]
            if term.whose == "hold":
                for place in places:
                    result[every(place)] += shares
                continue
            seen = torch.stack([x[every(place)] for place in places], dim=1)
            for example, largest in enumerate(seen.argmax(1)):
                result[example][places[int(largest)]] += shares[example]
        return result

    def _call(self, term: Call) -> Value:
        if term.function == "mod":
            return int(self.number(term.argument)) % whole(term.settings[0])
        value, settings = _tensor(self(term.argument)), term.settings
        rank = value.dim() - 1
        match term.function:
            case "pad" | "cut":
                sign = 1 if term.function == "pad" else -1
                before, after = settings if len(settings) == 2 else (*settings, *settings)
                return F.pad(value, [sign * margin for pair in reversed(_pairs(before, after)) for margin in pair])
            case "rot180":
                return value.flip(tuple(range(1, rank + 1)))
            case "reshape":
                return value.reshape(value.shape[0], *_numbers(settings[0]))
            case "blocksum":
                factors = _numbers(settings[0])
                sizes = [part for size, r in zip(value.shape[2:], factors, strict=True) for part in (size // r, r)]
                split = value.reshape(*value.shape[:2], *sizes)
                return split.sum(tuple(range(3, split.dim(), 2)))
            case "pixelunshuffle":
                return F.pixel_unshuffle(value, whole(settings[0]))
            case "shuffle":
                return F.channel_shuffle(value, whole(settings[0]))
            case "near":
                before_, after_ = whole(settings[0]), whole(settings[1])
                count = value.shape[1]
                ranges = [(max(c - before_, 0), min(c + after_ + 1, count)) for c in range(count)]
                return torch.stack([value[:, low:high].sum(1) for low, high in ranges], dim=1)
            case "min":
                return value.clamp(max=whole(settings[0]))
            case "softmax":
                return value.softmax(1)
            case "onehot":
                return F.one_hot(value.long(), int(self.number(Symbol("classes", "")))).movedim(-1, 1).double()
            case _:
                return FUNCTIONS[term.function](value)

    def number(self, term: Expression) -> float:
        value = self(term)
        assert not isinstance(value, Tensor)
        return value


FUNCTIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "exp": torch.exp,
    "tanh": torch.tanh,
    "σ": torch.sigmoid,
    "√": torch.sqrt,
    "softplus": F.softplus,
    "Φ": lambda x: (1 + torch.erf(x / math.sqrt(2))) / 2,
    "φ": lambda x: torch.exp(-(x**2) / 2) / math.sqrt(2 * math.pi),
}


def correlation(left: Tensor, right: Tensor) -> Tensor:
    """Of each example, with the right one sliding over the left one where it fits wholly."""
    batch = max(left.shape[0], right.shape[0])
    left, right = (value.expand(batch, *value.shape[1:]) for value in (left, right))
    return CORRELATIONS[left.dim() - 2](left[None], right[:, None], groups=batch)[0]


def stretched(value: Tensor, term: Stretched) -> Tensor:
    """Zeros between neighbours on the last axes, or values left out there."""
    inner: tuple[slice | EllipsisType, ...] = (..., *(slice(None, None, factor) for factor in term.factors))
    if term.sign == "↓":
        return value[inner]
    sizes = value.shape[value.dim() - len(term.factors) :]
    wide = [(size - 1) * factor + 1 for size, factor in zip(sizes, term.factors, strict=True)]
    result = value.new_zeros(*value.shape[: value.dim() - len(term.factors)], *wide)
    result[inner] = value
    return result


def windows(axes: Windows) -> list[tuple[Place, list[Place]]]:
    """Each window by its place, and the places of the map that it holds."""
    found = []
    for window in product(*(range(whole(axis.windows)) for axis in axes)):
        held = [_held(axis, number) for axis, number in zip(axes, window, strict=True)]
        found.append((window, list(product(*held))))
    return found


def every(place: Place) -> tuple[slice | int, ...]:
    """One place of every example."""
    examples: tuple[slice | int, ...] = (slice(None),)
    return examples + place


def _held(axis: Sliding | Even, number: int) -> list[int]:
    size = whole(axis.size)
    match axis:
        case Sliding():
            return [place for place in _reach(axis, number) if 0 <= place < size]
        case Even():
            return list(range(math.floor(number * size / axis.windows), math.ceil((number + 1) * size / axis.windows)))


def _reach(axis: Sliding, number: int) -> list[int]:
    """The places of a window, in the map and around it."""
    return [number * axis.stride - axis.padding + k * axis.dilation for k in range(axis.kernel)]


def volumes(axes: Windows) -> Tensor:
    """How many places each window counts: those in the map, and in as much of the padding as counts."""
    lengths = [[_counted(axis, number) for number in range(whole(axis.windows))] for axis in axes]
    counts = [math.prod(sizes) for sizes in product(*lengths)]
    return torch.tensor(counts, dtype=torch.float64).reshape([len(axis) for axis in lengths])


def _counted(axis: Sliding | Even, number: int) -> int:
    if isinstance(axis, Even):
        return len(_held(axis, number))
    return sum(-axis.margin <= place < whole(axis.size) + axis.margin for place in _reach(axis, number))


def whole(size: object) -> int:
    """A size that is fixed."""
    assert isinstance(size, int)
    return size


def _tensor(value: Value) -> Tensor:
    return value if isinstance(value, Tensor) else torch.tensor(float(value), dtype=torch.float64)


def _numbers(setting: object) -> tuple[int, ...]:
    return tuple(map(whole, setting)) if isinstance(setting, tuple) else (whole(setting),)


def _pairs(before: object, after: object) -> list[tuple[int, int]]:
    return list(zip(_numbers(before), _numbers(after), strict=True))

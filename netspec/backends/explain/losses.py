"""Where backpropagation begins: the gradients of the losses by the net's output."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from netspec.backends.explain.notation import Call, Expression, Number, Symbol
from netspec.backends.explain.rules.rule import Y
from netspec.layers import AnyLayer, Family, Identity, LogSoftmax, Sigmoid, Softmax
from netspec.sizes import Shape, Size, product

TARGET = Symbol("t", "t")


class Loss(NamedTuple):
    """A loss and its gradient by the output y, for a target t; the note says more in words."""

    name: str
    gradient: Expression
    note: str = ""


def losses(last: AnyLayer | None, shape: Shape) -> Iterator[Loss]:
    """The losses that an output is made for, by the layer that makes it; each is a mean over what it compares.

    Scores can be classified by cross-entropy, probabilities too; anything can be compared by its squared error.
    Source: Goodfellow, Bengio and Courville, "Deep Learning", 2016, section 6.2.
    """
    chosen = Call("onehot", TARGET)
    places, values = product(*shape[1:]), product(*shape)
    match last:
        case Softmax():
            yield Loss("cross-entropy", -_mean(chosen / Y, places), "after softmax: y − onehot(t)")
        case LogSoftmax():
            yield Loss("cross-entropy", -_mean(chosen, places), "after logsoftmax: exp(y) − onehot(t)")
        case Sigmoid():
            gradient = (Y - TARGET) / (Y & (1 - Y))
            yield Loss("binary cross-entropy", _mean(gradient, values), "after sigmoid: y − t")
        case _ if last is not None and last.family is Family.ACTIVATION and not isinstance(last, Identity):
            pass  # neither scores nor probabilities
        case _ if shape[0] == 1:
            yield Loss("binary cross-entropy", _mean(Call("σ", Y) - TARGET, values))
        case _:
            yield Loss("cross-entropy", _mean(Call("softmax", Y) - chosen, places))
    yield Loss("mean squared error", Number(2) / values * (Y - TARGET))


def _mean(gradient: Expression, count: Size) -> Expression:
    """The gradient of the mean over so many."""
    return gradient if count == 1 else gradient / count

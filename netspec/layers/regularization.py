"""Regularisation: layers that drop values at random in training, and do nothing otherwise."""

from typing import ClassVar, Literal

from pydantic import Field

from netspec.layers.arguments import Probability
from netspec.layers.base import Family, Unary


class Dropout(Unary):
    """Sets values to 0 at random in training, and scales the others up. PyTorch's Dropout."""

    family: ClassVar[Family] = Family.REGULARIZATION
    kind: Literal["dropout"] = "dropout"
    p: Probability = Field(0.5, description="the probability that a value is dropped")


class DropPath(Unary):
    """Stochastic depth: drops the whole input of an example at random in training. Torchvision's StochasticDepth.

    Source: Huang et al., "Deep Networks with Stochastic Depth", 2016.
    """

    family: ClassVar[Family] = Family.REGULARIZATION
    kind: Literal["droppath"] = "droppath"
    p: Probability = Field(description="the probability that an example's input is dropped")

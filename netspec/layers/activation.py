"""Activations: one function for every value, or over the channels (softmax). They take any shape and keep it."""

from typing import ClassVar, Literal

from pydantic import Field

from netspec.layers.arguments import Flag, Positive, Real
from netspec.layers.base import Family, Unary, Weight, channels
from netspec.sizes import Shape


class Activation(Unary):
    """A layer that keeps its input's shape and, but for prelu, learns nothing."""

    family: ClassVar[Family] = Family.ACTIVATION


class Relu(Activation):
    """max(0, x). PyTorch's ReLU."""

    kind: Literal["relu"] = "relu"


class Relu6(Activation):
    """min(max(0, x), 6). PyTorch's ReLU6."""

    kind: Literal["relu6"] = "relu6"


class LeakyRelu(Activation):
    """x where x ≥ 0, slope·x elsewhere. PyTorch's LeakyReLU."""

    kind: Literal["leakyrelu"] = "leakyrelu"
    slope: Real = Field(0.01, description="the factor of negative values")


class PRelu(Activation):
    """x where x ≥ 0, slope·x elsewhere, with a learned slope. PyTorch's PReLU."""

    kind: Literal["prelu"] = "prelu"
    per_channel: Flag = Field(False, description="whether each channel learns its own slope")
    init: Real = Field(0.25, description="the slope before training")

    def weights_for(self, shape: Shape) -> tuple[Weight, ...]:
        return (Weight("weight", (channels(self, shape) if self.per_channel else 1,)),)


class Elu(Activation):
    """x where x > 0, alpha·(eˣ − 1) elsewhere. PyTorch's ELU."""

    kind: Literal["elu"] = "elu"
    alpha: Real = Field(1.0, description="the limit of very negative values, with the sign changed")


class Selu(Activation):
    """ELU with the two constants that keep mean 0 and variance 1 from layer to layer. PyTorch's SELU."""

    kind: Literal["selu"] = "selu"


class Gelu(Activation):
    """x·Φ(x), with the normal distribution's Φ. PyTorch's GELU."""

    kind: Literal["gelu"] = "gelu"
    approximate: Literal["none", "tanh"] = Field("none", description="`tanh` computes Φ approximately, by a tanh")


class Silu(Activation):
    """x·sigmoid(x), also called swish. PyTorch's SiLU."""

    kind: Literal["silu"] = "silu"


class Sigmoid(Activation):
    """1 / (1 + e⁻ˣ). PyTorch's Sigmoid."""

    kind: Literal["sigmoid"] = "sigmoid"


class HardSigmoid(Activation):
    """min(max(0, x + 3), 6) / 6. PyTorch's Hardsigmoid."""

    kind: Literal["hardsigmoid"] = "hardsigmoid"


class HardSwish(Activation):
    """x·hardsigmoid(x). PyTorch's Hardswish."""

    kind: Literal["hardswish"] = "hardswish"


class Tanh(Activation):
    """The hyperbolic tangent. PyTorch's Tanh."""

    kind: Literal["tanh"] = "tanh"


class Softplus(Activation):
    """log(1 + e^(beta·x)) / beta. PyTorch's Softplus."""

    kind: Literal["softplus"] = "softplus"
    beta: Positive = Field(1.0, description="how sharply it bends; it nears relu as beta grows")
    threshold: Real = Field(20.0, description="where beta·x exceeds this, the result is x itself")


class Mish(Activation):
    """x·tanh(softplus(x)). PyTorch's Mish."""

    kind: Literal["mish"] = "mish"


class Softmax(Activation):
    """Positive values that sum to 1 over the channels, at each position. PyTorch's Softmax over axis 1."""

    kind: Literal["softmax"] = "softmax"


class LogSoftmax(Activation):
    """The logarithm of softmax. PyTorch's LogSoftmax over axis 1."""

    kind: Literal["logsoftmax"] = "logsoftmax"


class Identity(Activation):
    """The input itself. PyTorch's Identity."""

    kind: Literal["identity"] = "identity"

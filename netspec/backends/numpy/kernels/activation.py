"""Activations: one function for every value, or over the channels (softmax)."""

import math

import numpy as np

from netspec.backends.numpy.kernels.shapes import along_channels, sum_to_channels


def relu(x: np.ndarray) -> np.ndarray:
    """max(0, x)."""
    return np.maximum(x, 0)


def relu_backward(grad: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The gradient of relu by its input."""
    return np.where(y <= 0, 0, grad)


def relu6(x: np.ndarray) -> np.ndarray:
    """min(max(0, x), 6)."""
    return np.clip(x, 0, 6)


def relu6_backward(grad: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The gradient of relu6 by its input."""
    return np.where((y <= 0) | (y >= 6), 0, grad)


def leakyrelu(x: np.ndarray, slope: float = 0.01) -> np.ndarray:
    """x where x > 0, slope·x elsewhere."""
    return np.where(x > 0, x, slope * x)


def leakyrelu_backward(
    grad: np.ndarray, x: np.ndarray, slope: float = 0.01
) -> np.ndarray:
    """The gradient of leakyrelu by its input."""
    return np.where(x > 0, grad, slope * grad)


def prelu(x: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """x where x > 0, weight·x elsewhere, with a learned weight.

    Shapes: x (n, channels, *spatial) or (n, channels), weight (1,) or (channels,).
    """
    return np.where(x > 0, x, along_channels(weight, x) * x)


def prelu_backward(
    grad: np.ndarray, x: np.ndarray, weight: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The gradients of prelu by its input and weight."""
    x_grad = np.where(x > 0, grad, along_channels(weight, x) * grad)
    weight_grad = sum_to_channels(np.where(x > 0, 0, x * grad))
    return x_grad, weight_grad if len(weight) > 1 else weight_grad.sum(keepdims=True)


def elu(x: np.ndarray, alpha: float = 1.0) -> np.ndarray:
    """x where x > 0, alpha·(eˣ − 1) elsewhere.

    Source: Clevert et al., "Fast and Accurate Deep Network Learning by ELUs", 2016.
    """
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


def elu_backward(grad: np.ndarray, x: np.ndarray, alpha: float = 1.0) -> np.ndarray:
    """The gradient of elu by its input."""
    return grad * np.where(x > 0, 1, alpha * np.exp(np.minimum(x, 0)))


def selu(x: np.ndarray) -> np.ndarray:
    """ELU times a constant: mean 0 and variance 1 stay so from layer to layer.

    Source: Klambauer et al., "Self-Normalizing Neural Networks", 2017.
    """
    return 1.0507009873554805 * elu(x, alpha=1.6732632423543772)


def selu_backward(grad: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The gradient of selu by its input."""
    return 1.0507009873554805 * elu_backward(grad, x, alpha=1.6732632423543772)


def gelu(x: np.ndarray, approximate: str = "none") -> np.ndarray:
    """x·Φ(x), with the normal distribution's Φ, or with its approximation by a tanh.

    Source: Hendrycks and Gimpel, "Gaussian Error Linear Units", 2016.
    """
    if approximate == "tanh":
        tanh = np.tanh(math.sqrt(2 / math.pi) * x * (1 + 0.044715 * x**2))
        return x * (1 + tanh) / 2
    return x * normal_cdf(x)


def gelu_backward(
    grad: np.ndarray, x: np.ndarray, approximate: str = "none"
) -> np.ndarray:
    """The gradient of gelu by its input."""
    if approximate == "tanh":
        tanh = np.tanh(math.sqrt(2 / math.pi) * x * (1 + 0.044715 * x**2))
        inner = math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * x**2)
        return grad * (1 + tanh + x * (1 - tanh**2) * inner) / 2
    density = np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)
    return grad * (normal_cdf(x) + x * density)


def silu(x: np.ndarray) -> np.ndarray:
    """x·sigmoid(x), also called swish."""
    return x * sigmoid(x)


def silu_backward(grad: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The gradient of silu by its input."""
    s = sigmoid(x)
    return grad * s * (1 + x * (1 - s))


def sigmoid(x: np.ndarray) -> np.ndarray:
    """1 / (1 + e⁻ˣ)."""
    with np.errstate(over="ignore"):  # where e⁻ˣ is infinite the result is 0
        return 1 / (1 + np.exp(-x))


def sigmoid_backward(grad: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The gradient of sigmoid by its input."""
    return grad * y * (1 - y)


def hardsigmoid(x: np.ndarray) -> np.ndarray:
    """min(max(0, x + 3), 6) / 6."""
    return np.clip(x + 3, 0, 6) / 6


def hardsigmoid_backward(grad: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The gradient of hardsigmoid by its input."""
    return np.where((x > -3) & (x < 3), grad / 6, 0)


def hardswish(x: np.ndarray) -> np.ndarray:
    """x·hardsigmoid(x).

    Source: Howard et al., "Searching for MobileNetV3", 2019.
    """
    return x * hardsigmoid(x)


def hardswish_backward(grad: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The gradient of hardswish by its input."""
    return grad * np.where(x <= -3, 0, np.where(x < 3, x / 3 + 0.5, 1))


def tanh(x: np.ndarray) -> np.ndarray:
    """The hyperbolic tangent."""
    return np.tanh(x)


def tanh_backward(grad: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The gradient of tanh by its input."""
    return grad * (1 - y**2)


def softplus(x: np.ndarray, beta: float = 1.0, threshold: float = 20.0) -> np.ndarray:
    """log(1 + e^(beta·x)) / beta, and x itself where beta·x exceeds the threshold."""
    return np.where(beta * x > threshold, x, np.logaddexp(0, beta * x) / beta)


def softplus_backward(
    grad: np.ndarray, x: np.ndarray, beta: float = 1.0, threshold: float = 20.0
) -> np.ndarray:
    """The gradient of softplus by its input."""
    return np.where(beta * x > threshold, grad, grad * sigmoid(beta * x))


def mish(x: np.ndarray) -> np.ndarray:
    """x·tanh(log(1 + eˣ)).

    Source: Misra, "Mish: A Self Regularized Non-Monotonic Activation Function", 2019.
    """
    return x * np.tanh(np.logaddexp(0, x))


def mish_backward(grad: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The gradient of mish by its input."""
    t = np.tanh(np.logaddexp(0, x))
    return grad * (t + x * (1 - t**2) * sigmoid(x))


def softmax(x: np.ndarray) -> np.ndarray:
    """Positive values that sum to 1 over the channels, at each position: eˣ / Σ eˣ."""
    powers = np.exp(x - x.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def softmax_backward(grad: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The gradient of softmax by its input."""
    return y * (grad - (grad * y).sum(axis=1, keepdims=True))


def logsoftmax(x: np.ndarray) -> np.ndarray:
    """The logarithm of softmax: x − log Σ eˣ over the channels."""
    shifted = x - x.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def logsoftmax_backward(grad: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The gradient of logsoftmax by its input."""
    return grad - np.exp(y) * grad.sum(axis=1, keepdims=True)


def normal_cdf(x: np.ndarray) -> np.ndarray:
    """Φ(x), the share of the normal distribution below x, which NumPy does not have.

    Near 0 and in the tails it is a ratio of polynomials, exact to rounding.
    Source: Cody, "Rational Chebyshev Approximations for the Error Function", 1969.
    """
    x = np.clip(x, -40, 40)  # beyond, Φ is 0 or 1, and powers of x would overflow
    size = np.abs(x)
    near = x * polynomial(
        x**2,
        *(0.065682337918207449, 2.2352520354606839, 161.02823106855588),
        *(1067.6894854603710, 18154.981253343561),
    )
    near /= polynomial(
        x**2,
        *(1.0, 47.202581904688242, 976.09855173777669),
        *(10260.932208618978, 45507.789335026730),
    )
    tail = np.exp(-(x**2) / 2) * polynomial(
        size,
        *(1.0765576773720192e-8, 0.39894151208813466, 8.8831497943883759),
        *(93.506656132177856, 597.27027639480026, 2494.5375852903727),
        *(6848.1904505362823, 11602.651437647350, 9842.7148383839780),
    )
    tail /= polynomial(
        size,
        *(1.0, 22.266688044328116, 235.38790178262500, 1519.3775994075548),
        *(6485.5582982667608, 18615.571640885098, 34900.952721145977),
        *(38912.003286093271, 19685.429676859991),
    )
    return np.where(size < 0.66, 0.5 + near, np.where(x < 0, tail, 1 - tail))


def polynomial(x: np.ndarray, *coefficients: float) -> np.ndarray:
    """A polynomial's value at each x, by Horner's scheme, highest power first."""
    value = np.full_like(x, coefficients[0])
    for coefficient in coefficients[1:]:
        value *= x
        value += coefficient
    return value

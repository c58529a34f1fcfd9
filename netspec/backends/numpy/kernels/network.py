"""What every generated network can do: keep weights, check what comes in, learn."""

import os
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from netspec.backends.numpy.kernels.files import read_weights, write_weights
from netspec.backends.numpy.kernels.initial import Initial
from netspec.backends.numpy.kernels.losses import cross_entropy, mean_squared_error


class Network:
    """A network: its weights, the values that flow through it, their gradients.

    The class of a network has `forward`, which keeps the output of every layer in
    `values`, by the layer's name, and `backward`, which keeps the gradient of every
    trained weight in `grads`, by the weight's name. `gradients` does both, and keeps
    the first output for its batch in `output`. Its `inputs` are their shapes
    without the batch (a letter is a size left open), its `outputs` the layers that
    they come from, and `initial` says what each weight is before training.
    """

    inputs: dict[str, tuple[int | str, ...]]
    outputs: dict[str, str]
    initial: dict[str, Initial]
    forward: Callable[..., Any]
    backward: Callable[..., Any]

    def __init__(self, seed: int | None = None, dtype: Any = np.float32) -> None:
        """A network with random weights that computes in float32, or in float64."""
        self.dtype = np.dtype(dtype)
        if self.dtype not in (np.float32, np.float64):
            raise ValueError(f"a network computes in float32 or float64, not {dtype}")
        self.rng = np.random.default_rng(seed)
        self.training = False
        self.values: dict[str, np.ndarray] = {}
        self.grads: dict[str, np.ndarray] = {}
        self.output: np.ndarray | None = None
        self.masks: dict[str, np.ndarray | None] = {}
        self._weights: dict[str, np.ndarray] | None = None

    def __call__(self, *inputs: Any) -> Any:
        """The outputs for a batch of each input, outside training."""
        return self.forward(*inputs)

    def gradients(
        self, x: Any, target: Any, loss: str | Callable[..., Any] = "cross_entropy"
    ) -> tuple[float, dict[str, np.ndarray]]:
        """The loss of a batch in training, and its gradient by every trained weight.

        `loss` is "cross_entropy", whose target is a label for each example, or
        "mean_squared_error", or a function of output and target that gives the loss
        and its gradient by the output. Several inputs or targets are tuples: the losses
        of all outputs are added, but for those whose target is missing or None.
        """
        known = {
            "cross_entropy": cross_entropy,
            "mean_squared_error": mean_squared_error,
        }
        measure = loss if callable(loss) else known.get(loss)
        if measure is None:
            raise ValueError(f"loss is {' or '.join(known)}, or a function, not {loss}")
        inputs = x if isinstance(x, tuple) else (x,)
        targets = target if isinstance(target, tuple) else (target,)
        outputs = self.forward(*inputs, training=True)
        outputs = outputs if isinstance(outputs, tuple) else (outputs,)
        targets += (None,) * (len(outputs) - len(targets))
        total, grads = 0.0, []
        for output, wanted in zip(outputs, targets, strict=True):
            grad = None
            if wanted is not None:
                part, grad = measure(output, np.asarray(wanted))
                total += float(part)
            grads.append(grad)
        self.output = outputs[0]
        self.backward(*grads)
        return total, self.grads

    @property
    def weights(self) -> dict[str, np.ndarray]:
        """The arrays by the names that they have in files; random unless loaded."""
        if self._weights is None:
            self._weights = {
                name: initial.draw(self.rng, self.dtype)
                for name, initial in self.initial.items()
            }
        return self._weights

    def load(self, path: str | os.PathLike[str]) -> None:
        """Take the weights from a .safetensors or .npz file.

        Raises ValueError that lists all that does not fit, and then changes nothing;
        OSError for a file that cannot be read.
        """
        arrays = read_weights(path)
        try:
            self._weights = self.fitted(arrays)
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from None

    def load_weights(self, arrays: Mapping[str, Any]) -> None:
        """Take the weights from arrays, which are copied. Raises as `load` does."""
        self._weights = self.fitted({name: np.array(arrays[name]) for name in arrays})

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the weights to a .safetensors or .npz file, which is replaced whole."""
        write_weights(path, self.fitted(self.weights))

    def fitted(self, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Arrays as weights: of the network's type, if all are there and of its shapes.

        Floating-point numbers of another width are converted. Raises ValueError.
        """
        weights, wrong = {}, []
        for name, initial in self.initial.items():
            if name not in arrays:
                wrong.append(f"{name} is missing")
                continue
            array = np.asarray(arrays[name])
            dtype = np.dtype(np.int64) if initial.whole else self.dtype
            if array.shape != initial.shape:
                wrong.append(f"{name} is of shape {array.shape}, not {initial.shape}")
            elif array.dtype.kind not in ("iu" if initial.whole else "f"):
                wrong.append(f"{name} holds {array.dtype}, not {dtype}")
            else:
                weights[name] = array.astype(dtype, copy=False)
        wrong += [f"{name} is unknown" for name in arrays if name not in self.initial]
        if wrong:
            about = f"these are not the weights of {type(self).__name__}:"
            raise ValueError("\n  ".join([about, *wrong]))
        return weights

    def weights_by_layer(self) -> dict[str, list[np.ndarray]]:
        """The weights of each layer that has any, in order: mostly weight and bias."""
        weights = self.weights
        layers: dict[str, list[np.ndarray]] = {}
        for name in self.initial:
            layer, _, _ = name.rpartition(".")
            layers.setdefault(layer, []).append(weights[name])
        return layers

    def checked(self, inputs: Mapping[str, Any]) -> dict[str, np.ndarray]:
        """The inputs by name, as arrays of the network's type.

        Raises ValueError for a wrong shape, TypeError for other than floating-point
        numbers.
        """
        values: dict[str, np.ndarray] = {}
        known: dict[int | str, int] = {}  # what sizes left open turn out to be
        for name, given in inputs.items():
            x, shape = np.asarray(given), ("n", *self.inputs[name])
            if x.dtype.kind != "f":
                raise TypeError(
                    f"{name} holds {x.dtype}, not floating-point numbers; "
                    "x / 255 makes them of the bytes of an image"
                )
            fits = x.ndim == len(shape)
            if fits:
                for size, have in zip(shape, x.shape, strict=True):
                    want = (
                        known.setdefault(size, have) if isinstance(size, str) else size
                    )
                    fits = fits and have == want
            if not fits:
                wanted = ", ".join(str(known.get(size, size)) for size in shape)
                lacks_batch = x.ndim == len(shape) - 1
                hint = f"; {name}[None] makes a batch of one" if lacks_batch else ""
                raise ValueError(f"{name} must be ({wanted}), not {x.shape}{hint}")
            values[name] = x.astype(self.dtype, copy=False)
        return values

    def checked_gradients(self, *grads: Any) -> dict[str, np.ndarray]:
        """The gradient by each output, by its layer; zeros for None.

        Raises RuntimeError before any forward, ValueError for a wrong shape.
        """
        if not self.values:
            raise RuntimeError("backward goes back through a forward: call that first")
        found: dict[str, np.ndarray] = {}
        for layer, grad in zip(self.outputs.values(), grads, strict=True):
            y = self.values[layer]
            array = np.zeros_like(y) if grad is None else np.asarray(grad, self.dtype)
            if array.shape != y.shape:
                raise ValueError(
                    f"the gradient by {layer} is of shape {array.shape}, not {y.shape}"
                )
            found[layer] = found[layer] + array if layer in found else array
        return found

    def named_gradients(
        self, grads: Mapping[str, list[np.ndarray | None]]
    ) -> dict[str, np.ndarray]:
        """The gradients of each layer's weight and bias by the names of these."""
        found = {
            f"{layer}.{name}": grad
            for layer, ordered in grads.items()
            for name, grad in zip(("weight", "bias"), ordered, strict=False)
            if grad is not None
        }
        return {name: found[name] for name in self.initial if name in found}

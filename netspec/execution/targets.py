"""The values of a net's layers, by the code that is generated for a target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count
from typing import TYPE_CHECKING, Literal, TypeAlias

from netspec.diagnostics.suggestions import did_you_mean
from netspec.execution.errors import CannotRun
from netspec.files import reason
from netspec.ir import Output, ShapedNet

if TYPE_CHECKING:
    import numpy as np

    from netspec.backends.numpy.kernels.network import Network

Target: TypeAlias = Literal["numpy", "torch"]

ALL = "all"
"""What asks for every layer."""


def network_with_weights(net: ShapedNet, weights: str | None, seed: int | None) -> Network:
    """The net in NumPy, with the weights of a file, or random ones. Raises :class:`CannotRun`."""
    try:
        network = net.to_numpy(seed=seed)
    except ImportError as error:
        raise CannotRun(str(error)) from None
    if weights is not None:
        try:
            network.load(weights)
        except OSError as error:
            raise CannotRun(f"{weights}: {reason(error)}") from None
        except ValueError as error:
            message, *details = str(error).split("\n")
            raise CannotRun(message, tuple(line.strip() for line in details)) from None
    return network


def values_wanted(net: ShapedNet, layers: Sequence[str]) -> dict[str, str]:
    """The values that are asked for, by the words that ask for them; the outputs if nothing is asked.

    A layer goes by its name, a group or a block's call by its path, which means what leaves it. Raises
    :class:`CannotRun` for another name.
    """
    if not layers:
        return {output.name: output.value for output in net.outputs}
    names = {value.name: value.name for value in net.inputs} | {node.name: node.name for node in net.nodes}
    known = {module.path: module.exit for module in net.modules} | names
    if ALL in layers and ALL not in known:
        return names
    for name in layers:
        if name not in known:
            near = did_you_mean(name, known)
            raise CannotRun(f"{net.name} has no layer `{name}`" + (f"; did you mean `{near}`?" if near else ""))
    return {name: known[name] for name in layers}


def run(
    net: ShapedNet, network: Network, inputs: Mapping[str, np.ndarray], wanted: Sequence[str], target: Target
) -> dict[str, np.ndarray]:
    """These values, outside training. Raises :class:`CannotRun`."""
    import numpy as np

    try:
        given = network.checked({name: inputs[name] for name in network.inputs})
        with np.errstate(all="ignore"):  # what is no number any more is told with the result
            if target == "torch":
                return _by_torch(net, network, given, wanted)
            network(*given.values())
            return {name: network.values[name] for name in wanted}
    except ValueError as error:
        raise CannotRun(str(error)) from None


def _by_torch(
    net: ShapedNet, network: Network, inputs: Mapping[str, np.ndarray], wanted: Sequence[str]
) -> dict[str, np.ndarray]:
    """These values by the generated PyTorch module, which gives them as further outputs."""
    from netspec.backends.torch import build

    taken = {output.name for output in net.outputs}
    free = (name for name in map("value{}".format, count()) if name not in taken)
    asked = [name for name in dict.fromkeys(wanted) if name not in inputs]
    outputs = tuple(Output(name, value) for name, value in zip(free, asked, strict=False))
    wide = ShapedNet(**{**dict(net), "outputs": (*net.outputs, *outputs)})
    try:
        module = build(wide).eval()
        import torch
    except ImportError as error:
        raise CannotRun(str(error)) from None
    module.load_state_dict({name: torch.from_numpy(array) for name, array in network.weights.items()})
    with torch.no_grad():
        made = module(*map(torch.from_numpy, inputs.values()))
    results = () if isinstance(made, torch.Tensor) else made[len(net.outputs) :]
    values = {name: result.numpy() for name, result in zip(asked, results, strict=True)}
    return {name: values[name] if name in values else inputs[name] for name in wanted}

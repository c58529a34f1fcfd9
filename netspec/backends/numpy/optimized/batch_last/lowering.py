"""The lowering of small networks: a program with the batch last, or why there is none."""

from __future__ import annotations

import math

from netspec.backends.numpy.optimized.batch_last.products import Products, macs, numbers, products
from netspec.backends.numpy.optimized.batch_last.stages import Stage, Unsuited, stages
from netspec.backends.numpy.optimized.batch_last.steps import X, operations
from netspec.backends.numpy.optimized.program import Operation, Program
from netspec.ir import ShapedNet
from netspec.layers import Conv, Depthwise, Fc

FEW_CHANNELS = 8
"""Up to so many channels in each convolution, nothing else is faster, whatever the batch."""

SOME_CHANNELS = 16
"""With more channels, small kernels are faster otherwise: by Winograd's minimal filtering, or as long products."""

LARGE_KERNEL = 25
"""The places of a kernel, 5x5, from which that holds no more: to lay out its windows takes many copies."""

MANY_CHANNELS = 64
"""With more channels, other convolutions are faster otherwise, too, and the program is for training alone."""

MOST_CHANNELS = 256
"""With more channels, it gains little in training either."""

MOST_VALUES = 500_000
"""The values of a map above which a block of examples takes more memory than it is worth."""

SMALLEST = 16
"""The smallest batch whose examples fill the vectors, where channels are more than a few."""

MOST_MULTIPLICATIONS = 2.0
"""How many times the MACs of all convolutions their products may take."""

MOST_WEIGHTS = 1_000_000
"""The weights of a dense layer above which reading them for each block takes too long."""

SMALL_PRODUCT = 1_000_000
"""The multiplications up to which OpenBLAS computes a product without first copying its operands into another order.

Source: OpenBLAS, sgemm_small_matrix_permit.
"""

CACHED_VALUES = 160_000
"""The values of a map that leave room for others in a cache of one or two megabytes."""

BLOCKS = (64, 48, 32, 24, 16)
"""How many examples may run at once; with fewer, steps take longer than what they do."""


def lower(net: ShapedNet) -> Program | Unsuited:
    """A program with the batch last for a net that suits: a chain of convolutions of few channels, and dense layers.

    The net is trained by it, too, unless a batchnorm is folded in: in training that looks at the whole batch.
    """
    try:
        chain = tuple(stages(net))
        steps = tuple(operation for stage in chain for operation in operations(stage))
        convolutions = tuple(products(stage) for stage in chain if isinstance(stage.main.layer, (Conv, Depthwise)))
        _check(chain, convolutions)
        smallest = _smallest(convolutions)
        trained = all(stage.batchnorm is None for stage in chain)
        if smallest is None and not trained:
            raise Unsuited("convolutions of so many channels are faster otherwise")
        given, result = net.inputs[0], net.outputs[0].name
        first = Operation((), "batch_last_input", (given.name, numbers(given.shape)), makes="x")
        last = Operation((), "batch_last_output", (X, result, len(net.output)))
    except Unsuited as unsuited:
        return unsuited
    block = _block(convolutions)
    return Program(
        "batch_last",
        "The batch last: maps are (height, channels, width, n).",
        (first, *steps, last),
        chunk=block,
        smallest=smallest,
        base="BlockTrainedNetwork" if trained else "OptimizedNetwork",
        variables=(),
    )


def _check(chain: tuple[Stage, ...], convolutions: tuple[Products, ...]) -> None:
    """Raise :class:`Unsuited` for a net that gains nothing."""
    if not convolutions:
        raise Unsuited("it has no convolution")
    channels = max(made.channels for made in convolutions)
    if channels > MOST_CHANNELS:
        raise Unsuited(f"a convolution sees {channels} channels, and more than {MOST_CHANNELS} gain little")
    values = max(made.values for made in convolutions)
    if values > MOST_VALUES:
        raise Unsuited(f"maps of {values:,} values are too large for blocks of examples")
    needed = sum(macs(stage.main) for stage in chain if isinstance(stage.main.layer, (Conv, Depthwise)))
    made = sum(made.rows * made.each for made in convolutions)
    if made > MOST_MULTIPLICATIONS * needed:
        raise Unsuited(f"the products would take {made / needed:.1f} times the MACs of the convolutions")
    for stage in chain:
        if isinstance(stage.main.layer, Fc) and macs(stage.main) > MOST_WEIGHTS:
            raise Unsuited(f"{stage.main.name} has {macs(stage.main):,} weights to read for each block of examples")


def _smallest(convolutions: tuple[Products, ...]) -> int | None:
    """The smallest batch for which the program is the fastest; None if it is for training alone."""
    channels = max(made.channels for made in convolutions)
    small = (made.channels for made in convolutions if math.prod(made.kernel) < LARGE_KERNEL)
    if channels > MANY_CHANNELS or max(small, default=0) > SOME_CHANNELS:
        return None
    return 1 if channels <= FEW_CHANNELS else SMALLEST


def _block(convolutions: tuple[Products, ...]) -> int:
    """How many examples run at once: as many as keep products small and maps in the cache."""
    for block in BLOCKS:
        if all(block * made.each <= SMALL_PRODUCT and block * made.values <= CACHED_VALUES for made in convolutions):
            return block
    return BLOCKS[-1]

"""Programs whose arrays have the batch last: for small networks, at inference and in training."""

from netspec.backends.numpy.optimized.batch_last.lowering import lower
from netspec.backends.numpy.optimized.batch_last.stages import Unsuited

__all__ = ["Unsuited", "lower"]

"""What ``--explain`` prints: how each layer of a net is computed, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netspec.backends.numpy.optimized.program import Program
from netspec.backends.numpy.optimized.text import for_inference, layers_text

HEADINGS = ("layers", "lowering", "reason")
GAP = "  "
TOGETHER = """\
Layers joined by + are one operation: a batchnorm is folded into the weights before it; sums, poolings and activations
are worked out while a piece of the result is in cache."""


def explained(title: str, programs: Sequence[Program], notes: Sequence[str]) -> str:
    """A table for each program, those for large batches first, and notes after them."""
    parts = [f"{title}, optimized for NumPy"]
    alone = [program for program in programs if program.smallest is None]
    parts += ["\n".join(_table(program)) for program in (*for_inference(programs), *alone)]
    if any(len(one.layers) > 1 for program in programs for one in program.operations):
        parts.append(TOGETHER)
    return "\n\n".join([*parts, *notes]) + "\n"


def _table(program: Program) -> Iterator[str]:
    rows = [(layers_text(one.layers), one.lowering, one.reason) for one in program.operations if one.layers]
    batches = "training"
    if program.smallest is not None:
        batches = f"batches from {program.smallest}" if program.smallest > 1 else "any batch"
    yield f"{program.about} For {batches}, {program.chunk} at a time."
    yield ""
    widths = [max(map(len, column)) for column in zip(HEADINGS, *rows, strict=True)]
    for row in (HEADINGS, *rows):
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield GAP.join(cells).rstrip()

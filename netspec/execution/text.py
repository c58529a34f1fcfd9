"""Values of layers as text: number by number where they are few, else what they come to."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from netspec.sizes import format_shape

if TYPE_CHECKING:
    import numpy as np

MOST_EXAMPLES = 8
"""Of a batch that are shown."""

MOST_NUMBERS = 2000
"""Of one example that are shown one by one."""

WIDEST = 100
"""Columns; maps with wider rows of numbers are summed up."""

MOST_ENTRIES = 20
"""Of a vector; of a longer one the largest are shown."""

LARGEST = 5
"""How many these are."""

MOST_CHANNELS = 16
"""Of maps that are summed up."""

FIGURES = 5
"""Significant figures of the largest number."""


def render(title: str, values: np.ndarray, *, alone: bool) -> str:
    """A batch of values, example by example; `alone`: there is but one, and nobody speaks of a batch."""
    shape = format_shape(values.shape[1:])
    if alone:
        return "\n".join([f"{title}: {shape}", "", *_example(values[0])]) + "\n"
    count = len(values)
    lines = [f"{title}: {count:,} example{'' if count == 1 else 's'} of {shape}"]
    for place, example in enumerate(values[:MOST_EXAMPLES]):
        lines += ["", f"example {place}", "", *_example(example)]
    if count > MOST_EXAMPLES:
        lines += ["", f"… {count - MOST_EXAMPLES:,} more"]
    return "\n".join(lines) + "\n"


def _example(example: np.ndarray) -> Iterator[str]:
    """The lines of one example."""
    if example.ndim == 1:
        yield from _vector(example)
        return
    cells = _cells(example) if example.size <= MOST_NUMBERS else None
    if cells is not None and (len(cells.flat[0]) + 2) * cells.shape[-1] <= WIDEST:
        yield from _maps(cells)
    else:
        yield from _measures(example)


def _vector(vector: np.ndarray) -> Iterator[str]:
    """A vector entry by entry, or its largest ones."""
    cells = _cells(vector)
    if len(vector) <= MOST_ENTRIES:
        places = list(range(len(vector)))
    else:
        yield _summary(vector)
        yield from ("", f"the {LARGEST} largest")
        # Not a number sorts as the largest, and that is what should be seen.
        places = vector.argsort(kind="stable")[: -LARGEST - 1 : -1].tolist()
    width = len(str(len(vector) - 1))
    for place in places:
        yield f"{place:>{width}}  {cells[place]}"


def _maps(cells: np.ndarray) -> Iterator[str]:
    """Maps row by row, channel by channel; of three axes, the first counts planes."""
    for place, channel in enumerate(cells):
        yield from ([""] if place else [])
        yield f"channel {place}"
        planes = channel.reshape(-1, *channel.shape[-2:]) if channel.ndim > 1 else channel[None, None]
        for number, plane in enumerate(planes):
            if channel.ndim == 3:
                yield f"plane {number}"
            for row in plane:
                yield "  " + "  ".join(row)


def _measures(maps: np.ndarray) -> Iterator[str]:
    """What maps come to, together and channel by channel."""
    yield _summary(maps)
    yield ""
    shown = maps[:MOST_CHANNELS].reshape(min(len(maps), MOST_CHANNELS), -1)
    columns = [
        ["channel", *map(str, range(len(shown)))],
        *(
            [name, *_cells(numbers)]
            for name, numbers in (("least", shown.min(1)), ("mean", shown.mean(1)), ("largest", shown.max(1)))
        ),
    ]
    widths = [max(map(len, column)) for column in columns]
    for row in zip(*columns, strict=True):
        yield "  ".join(text.rjust(width) for text, width in zip(row, widths, strict=True))
    if len(maps) > MOST_CHANNELS:
        yield f"… {len(maps) - MOST_CHANNELS:,} more"


def _summary(values: np.ndarray) -> str:
    """``least -1.2034, mean 0.0213, largest 3.1416``."""
    import numpy as np

    numbers = np.array([values.min(), values.mean(), values.max()])
    return ", ".join(
        f"{name} {cell.strip()}" for name, cell in zip(("least", "mean", "largest"), _cells(numbers), strict=True)
    )


def _cells(numbers: np.ndarray) -> np.ndarray:
    """Numbers as texts of one width: whole ones as such, others with figures enough for the largest."""
    import numpy as np

    finite = numbers[np.isfinite(numbers)].astype(np.float64)
    largest = np.abs(finite).max(initial=0)
    if largest < 10**FIGURES and (finite == np.rint(finite)).all():
        form = ".0f"
    elif 10**-3 <= largest < 10**FIGURES:
        form = f".{FIGURES - 1 - math.floor(math.log10(largest))}f"
    else:
        form = f".{FIGURES - 1}e"
    # A zero has no sign for the reader.
    texts = [f"{float(number):z{form}}" for number in numbers.flat]
    width = max(map(len, texts), default=0)
    return np.array([text.rjust(width) for text in texts], object).reshape(numbers.shape)

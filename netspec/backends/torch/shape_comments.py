"""The shapes beside the lines of ``forward``: numbers, and in a class of many uses what they have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from netspec.backends.torch.expressions import Expression, is_constant, names, render
from netspec.backends.torch.plans import Made, Parameter, Plan
from netspec.backends.torch.templates import ends
from netspec.sizes import Shape, Size, format_shape

_AXES = {1: "W", 2: "HW", 3: "DHW"}


def _divided(size: Size, factor: int) -> Size | None:
    return None if not factor or size % factor != 0 else size // factor


_RATIOS: tuple[tuple[str, Callable[[Size, int], Size | None]], ...] = (
    ("{}/{}", _divided),
    ("{}*{}", lambda size, factor: size * factor),
    ("⌈{}/{}⌉", lambda size, factor: (size + factor - 1) // factor if factor else None),
    ("⌊{}/{}⌋", lambda size, factor: size // factor if factor else None),
)
"""What can become of an axis, and how it is written."""


def shape_comment(
    made: Made, plan: Plan, parameters: Sequence[Parameter], variable: str | None, shapes: Mapping[str, Shape]
) -> str:
    """The shape of a step's result in terms that hold in all bodies, and turns of a loop; empty where there are none.

    ``64x56x56``, or ``width x H/stride x W/stride`` where the input is C x H x W. `parameters` are those of the class,
    `variable` is the loop's.
    """
    outputs = {place: shapes[ends(part)[1][0]] for place, part in enumerate(made.item.parts) if part is not None}
    example = next(iter(outputs.values()))
    if all(shape == example for shape in outputs.values()) and is_constant(made.channels):
        return format_shape(example)
    if made.channels is None or len({len(shape) for shape in outputs.values()}) > 1:
        return ""
    if variable is not None and variable in names(made.channels):
        return ""
    texts = [_channels(made.channels)]
    inputs = {place: shapes[plan.wholes[place]] for place in outputs}
    for axis in range(1, len(example)):
        text = _spatial(axis, outputs, inputs, _factors(plan, parameters))
        if text is None:
            return ""
        texts.append(text)
    return " x ".join(texts)


def _channels(expression: Expression) -> str:
    text = render(expression)
    return text if text.isidentifier() or text.isdecimal() else f"({text})"


def _spatial(
    axis: int, outputs: dict[int, Shape], inputs: dict[int, Shape], factors: Iterator[tuple[str, list[int]]]
) -> str | None:
    """One axis: a number, or the input's axis, as it is or divided or multiplied by a parameter or a number."""
    sizes = {place: shape[axis] for place, shape in outputs.items()}
    if len(set(sizes.values())) == 1:
        return str(next(iter(sizes.values())))
    if any(len(inputs[place]) != len(outputs[place]) for place in outputs):
        return None
    whole = {place: shape[axis] for place, shape in inputs.items()}
    letter = _AXES[len(next(iter(outputs.values()))) - 1][axis - 1]
    if sizes == whole:
        return letter
    for text, numbers in factors:
        for form, found in _RATIOS:
            if all(found(whole[place], numbers[place]) == size for place, size in sizes.items()):
                return form.format(letter, text)
    return None


def _factors(plan: Plan, parameters: Sequence[Parameter]) -> Iterator[tuple[str, list[int]]]:
    """What an axis may have been divided or multiplied by: parameters, then small numbers."""
    for parameter in parameters:
        values = [values[parameter.name] for values in plan.values]
        numbers = [value for value in values if isinstance(value, int)]
        if parameter.annotation == "int":
            yield parameter.name, numbers
    for number in (2, 4, 8):
        yield str(number), [number] * len(plan.values)

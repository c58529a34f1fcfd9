"""Plain values in generated Python: arguments of layers and how Python writes them."""

from __future__ import annotations

from typing import TypeAlias

Value: TypeAlias = bool | int | float | str | tuple[int, ...] | None


def collapsed(value: object) -> Value:
    """Equal numbers for all axes as one."""
    if isinstance(value, tuple):
        return value[0] if len(set(value)) == 1 else value
    assert value is None or isinstance(value, (bool, int, float, str))
    return value


def equal(left: Value, right: Value) -> bool:
    """Whether two values are the same to the reader as well: True is not 1."""
    return isinstance(left, bool) == isinstance(right, bool) and left == right


def literal(value: Value) -> str:
    """A value as Python writes it."""
    match value:
        case float():
            mantissa, _, exponent = repr(value).partition("e")
            return f"{mantissa}e{int(exponent)}" if exponent else mantissa
        case str():
            return f'"{value}"'
        case _:
            return repr(value)

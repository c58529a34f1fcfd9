"""Provenance: how the spec put a value in general, in terms of parameters and of what entered a body."""

from __future__ import annotations

from typing import Literal

from netspec.ir import Entering, Expression, Operation
from netspec.passes.expand.values import Scope
from netspec.syntax import tree

_LONGEST_PROVENANCE = 16
"""Chains with more operands than this are kept as their value alone."""


def provenance(expression: tree.Expression, scope: Scope) -> Expression | None:
    """The expression in terms of parameters and `in`; None if it depends on neither, or is nothing a net can keep."""
    converted = _converted(expression, scope)
    return converted if _depends(converted) else None


def _converted(expression: tree.Expression, scope: Scope) -> Expression | None:
    match expression:
        case tree.Number() | tree.Truth():
            return expression.value
        case tree.Word():
            value = scope.parameters.get(expression.text)
            return expression.text if isinstance(value, (bool, int, float, tuple)) else None
        case tree.Path(parts=("in", "channels" | "features" | "depth" | "height" | "width" as measure)):
            return Entering(measure, scope.entering.name)
        case tree.Prefix():
            operand = _converted(expression.operand, scope)
            negation: Literal["not", "negate"] = "not" if expression.operator == "not" else "negate"
            return Operation(negation, (operand,)) if operand is not None and expression.times == 1 else None
        case tree.Choice():
            operands = tuple(_converted(operand, scope) for operand in expression.operands)
            return Operation(expression.function, operands) if None not in operands else None  # type: ignore[arg-type]
        case tree.Infix() if len(expression.rest) < _LONGEST_PROVENANCE:
            result = _converted(expression.first, scope)
            for operator_word, operand_tree in expression.rest:
                right = _converted(operand_tree, scope)
                if result is None or right is None:
                    return None
                result = Operation(operator_word.text, (result, right))  # type: ignore[arg-type]  # the grammar's signs
            return result
        case _:
            return None


def _depends(expression: Expression | None) -> bool:
    if isinstance(expression, Operation):
        return any(map(_depends, expression.operands))
    return isinstance(expression, (str, Entering))


def depends_on_in(expression: tree.Expression) -> bool:
    """Whether an expression speaks of `in`."""
    match expression:
        case tree.Path():
            return True
        case tree.Prefix():
            return depends_on_in(expression.operand)
        case tree.Infix():
            return depends_on_in(expression.first) or any(depends_on_in(operand) for _, operand in expression.rest)
        case tree.Choice():
            return any(map(depends_on_in, expression.operands))
        case tree.Spaced():
            return any(map(depends_on_in, expression.parts))
        case tree.Word() | tree.Number() | tree.Truth() | tree.Window():
            return False

"""Sizes compared for all values of their symbols at once."""

from __future__ import annotations

from typing import Literal, TypeAlias

from netspec.sizes.arithmetic import Polynomial, QuasiAffine, Size, Unrepresentable, canonical

Relation: TypeAlias = Literal["==", "!=", "<", "<=", ">", ">="]


def minimum(first: Size, second: Size) -> Size:
    """The smaller of two sizes, where they grow alike, so that the residue alone decides."""
    if isinstance(first, int) and isinstance(second, int):
        return min(first, second)
    difference = first - second
    if isinstance(difference, int):
        return second if difference > 0 else first
    if isinstance(difference, QuasiAffine) and difference.slope == 0:
        least = [min(intercept, 0) for intercept in difference.intercepts]
        return second + canonical(difference.symbol, difference.period, 0, least)
    raise Unrepresentable(f"min({first}, {second})")


def holds(left: Size, relation: Relation, right: Size) -> bool | None:
    """Whether the relation holds for every value (from 1) of the symbols, for none (False), or for some (None)."""
    match relation:
        case "<" | "<=":
            return holds(right, ">" if relation == "<" else ">=", left)
        case ">":
            return holds(left, ">=", right + 1)
        case "!=":
            equal = holds(left, "==", right)
            return None if equal is None else not equal
        case "==" | ">=":
            pass
    if isinstance(left, int) and isinstance(right, int):
        return left == right if relation == "==" else left >= right
    if left == right:
        return True
    difference = left - right
    match difference:
        case int():
            return difference == 0 if relation == "==" else difference >= 0
        case Polynomial():
            return None
        case QuasiAffine():
            return _sign_holds(difference, relation)


def _sign_holds(difference: QuasiAffine, relation: Relation) -> bool | None:
    """Whether ``difference relation 0``, decided on each residue class, where it is an affine function of q."""
    answers: set[bool] = set()
    slope = difference.slope
    for residue, intercept in enumerate(difference.intercepts):
        first = intercept if residue else intercept + slope  # a size is at least 1, so H = 0 does not count
        if relation == ">=":
            answers.add(first >= 0)
            if slope:
                answers.add(slope > 0)
        elif slope:
            answers.add(False)
            if -first % slope == 0 and -first // slope >= 0:
                answers.add(True)
        else:
            answers.add(first == 0)
    return answers.pop() if len(answers) == 1 else None

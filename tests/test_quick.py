"""Classes that are made quickly are otherwise what dataclasses and named tuples are."""

from __future__ import annotations

import copy
import inspect
import pickle
from dataclasses import FrozenInstanceError, dataclass, field, replace
from typing import NamedTuple

import pytest

from netspec.quick import quick, quick_tuple


@dataclass(frozen=True, slots=True)
class Standard:
    name: str
    count: int = 1


@dataclass(frozen=True, slots=True)
class StandardChild(Standard):
    shape: tuple[int, ...] = field(kw_only=True)
    note: str = field(default="none", kw_only=True)


@quick
@dataclass(frozen=True, slots=True)
class Quick:
    name: str
    count: int = 1


@quick
@dataclass(frozen=True, slots=True)
class QuickChild(Quick):
    shape: tuple[int, ...] = field(kw_only=True)
    note: str = field(default="none", kw_only=True)


class Pair(NamedTuple):
    left: int
    right: int


@pytest.mark.parametrize(("kind", "standard"), [(Quick, Standard), (QuickChild, StandardChild)])
def test_it_is_called_as_a_dataclass_is(kind: type, standard: type) -> None:
    assert inspect.signature(kind) == inspect.signature(standard)


def test_its_values_are_those_given_and_the_defaults() -> None:
    made = QuickChild("a", shape=(3, 4))
    assert (made.name, made.count, made.shape, made.note) == ("a", 1, (3, 4), "none")


def test_it_is_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        Quick("a").count = 2  # type: ignore[misc]  # that it cannot be assigned is the point


def test_a_missing_value_is_an_error_of_its_class() -> None:
    with pytest.raises(TypeError, match=r"^Quick\.__init__\(\) missing 1 required positional argument: 'name'$"):
        Quick()  # type: ignore[call-arg]  # that it is missing is the point


def test_it_is_equal_copied_replaced_and_pickled() -> None:
    made = QuickChild("a", 2, shape=(3,))
    assert made == QuickChild("a", 2, shape=(3,))
    assert copy.deepcopy(made) == pickle.loads(pickle.dumps(made)) == made
    assert replace(made, count=3) == QuickChild("a", 3, shape=(3,))


def test_a_named_tuple() -> None:
    made = quick_tuple(Pair)((1, 2))
    assert (type(made), made.left, made.right) == (Pair, 1, 2)

"""The net's JSON form: read back it is validated by the same rules, and mistakes are told in netspec's words."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

import netspec

TEXT = "# Tiny.\nnet Tiny(units=2) { input 3 x H x W \n a: conv 4 3 -> globalavgpool -> flatten -> fc units }"


def test_reading_back_gives_an_equal_net() -> None:
    net = netspec.loads(TEXT)

    assert netspec.ShapedNet.from_json(net.to_json()) == net


def _set(*path: str | int) -> Callable[[dict[str, Any], Any], None]:
    def change(data: Any, value: Any) -> None:
        for step in path[:-1]:
            data = data[step]
        data[path[-1]] = value

    return change


@pytest.mark.parametrize(
    ("path", "value", "code", "message"),
    [
        (("name",), "two words", "E0501", "`name`"),
        (("surplus",), 1, "E0501", "`surplus` is no part of a net"),
        (("nodes", 0, "layer", "filters"), 0, "E0205", "`nodes.0.layer.filters` must be a whole number from 1 up"),
        (("nodes", 0, "layer", "filters"), 4.5, "E0205", "`nodes.0.layer.filters` must be a whole number from 1 up"),
        (("nodes", 0, "layer", "kind"), "dense", "E0501", "`nodes.0.layer` is no layer that netspec knows"),
        (("nodes", 0, "layer", "groups"), 3, "E0304", "groups=3"),
        (("nodes", 0, "layer", "filters"), 5, "E0501", "a: its shapes, weights or MACs are not those of its layer"),
        (("nodes", 0, "output"), [4, 1, 1], "E0501", "a: its shapes, weights or MACs are not those of its layer"),
        (("nodes", 1, "inputs"), ["b"], "E0501", "globalavgpool1 uses `b`, which nothing before it makes"),
        (("nodes", 1, "inputs"), ["input"], "E0501", "globalavgpool1: its input shapes"),
        (("nodes", 1, "name"), "a", "E0501", "two values are called `a`"),
        (("nodes", 0, "origin", "surplus"), 1, "E0501", "is no part of a net"),
        (("inputs", 0, "shape", 1, "symbol"), "H\nimport os", "E0501", "canonical"),
        (("inputs", 0, "shape", 1, "period"), 0, "E0501", "canonical"),
        (("outputs", 0, "value"), "nothing", "E0501", "the output `output` is `nothing`"),
        (("parameters", 0, "name"), "a b", "E0501", "`parameters.0.name`"),
    ],
)
def test_what_is_wrong_is_told(path: tuple[str | int, ...], value: object, code: str, message: str) -> None:
    data = json.loads(netspec.loads(TEXT).to_json())
    _set(*path)(data, value)

    with pytest.raises(netspec.SpecError) as caught:
        netspec.ShapedNet.from_json(json.dumps(data))

    found = caught.value.diagnostics[0]
    assert found.code == code
    assert message in found.message


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '"net"', "null", "{}", b"\xff\xfe"])
def test_what_is_no_net_is_refused(text: str | bytes) -> None:
    with pytest.raises(netspec.SpecError):
        netspec.ShapedNet.from_json(text)


def test_nets_are_frozen() -> None:
    net = netspec.loads(TEXT)

    with pytest.raises(ValueError, match="frozen"):
        net.name = "Other"  # type: ignore[misc]  # that is the point

"""Whole networks: the generated code is faithful, and what a careful colleague would have written."""

from __future__ import annotations

from difflib import unified_diff
from functools import cache, partial
from pathlib import Path

import pytest
import torch

import netspec
from netspec.backends.torch import build, generate
from tests.backends.torch.reference import assert_faithful, concrete, random_inputs
from tests.backends.torch.specs import ALL
from tests.tools import assert_silent, with_each_tool

SPECS = Path(__file__).parents[3] / "specs"
GOLDEN = Path(__file__).parents[2] / "golden" / "torch"

NETS = {
    path.relative_to(SPECS).with_suffix("").as_posix(): path
    for path in sorted(SPECS.rglob("*.net"))
    if path.parent.name != "blocks"
} | ALL


@cache
def load(name: str) -> netspec.ShapedNet:
    source = NETS[name]
    return netspec.loads(source) if isinstance(source, str) else netspec.load(source)


assert len(NETS) == len([*SPECS.rglob("*.net")]) - len([*SPECS.glob("blocks/*.net")]) + len(ALL), "two nets of one name"


def is_light(net: netspec.ShapedNet) -> bool:
    """Whether a net runs in a moment."""
    return net.params < 15_000_000 and (not isinstance(net.macs, int) or net.macs < 500_000_000)


LIGHT = [name for name in NETS if is_light(load(name))]
HEAVY = [name for name in NETS if name not in LIGHT]


@pytest.mark.parametrize("name", NETS)
def test_the_text_is_the_golden_one(name: str, update_golden: bool) -> None:
    path, text = GOLDEN / f"{name}.py", generate(load(name))
    if update_golden:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    golden = path.read_text(encoding="utf-8") if path.exists() else ""
    difference = unified_diff(golden.splitlines(), text.splitlines(), str(path), "generated now", lineterm="")
    assert golden == text, "\n".join(difference)


def test_no_golden_text_is_left_over() -> None:
    assert {path.relative_to(GOLDEN).with_suffix("").as_posix() for path in GOLDEN.rglob("*.py")} == set(NETS)


@pytest.mark.parametrize("name", LIGHT)
def test_a_net_computes_what_its_layers_compute(name: str) -> None:
    assert_faithful(load(name))


@pytest.mark.parametrize("name", HEAVY)
def test_the_weights_of_a_large_net_have_its_names_and_shapes(name: str) -> None:
    net = load(name)
    with torch.device("meta"):
        state = build(net).state_dict()
    assert [(key, tuple(value.shape)) for key, value in state.items()] == [
        (key, weight.shape) for key, weight in net.weights()
    ]


@pytest.mark.parametrize("name", LIGHT)
def test_every_module_gives_the_shape_that_the_net_states(name: str) -> None:
    net = load(name)
    module = build(net).eval()
    exits = {layer.path: layer.exit for layer in net.modules} | {node.name: node.name for node in net.nodes}
    shapes = net.shapes()
    found: dict[str, tuple[int, ...]] = {}
    for path, inner in module.named_modules():
        if path in exits:
            inner.register_forward_hook(partial(_note, found, path))
    module(*random_inputs(net))
    assert found == {path: concrete(shapes[exits[path]]) for path in found}
    assert found.keys() >= {node.name for node in net.nodes if node.weights}


def _note(found: dict[str, tuple[int, ...]], path: str, _: torch.nn.Module, inputs: object, result: object) -> None:
    if isinstance(result, torch.Tensor):
        found[path] = tuple(result.shape[1:])


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the texts for all nets."""
    folder = tmp_path_factory.mktemp("generated")
    for name in NETS:
        path = folder / f"{name.replace('/', '_')}.py"
        path.write_text(generate(load(name)), encoding="utf-8")
    return folder


@with_each_tool()
def test_tools_find_nothing_to_say(generated: Path, tool: tuple[str, ...]) -> None:
    assert_silent(tool, generated)

"""The text that ``--optimize`` adds to a module, and the tables of ``--explain``."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

import netspec
from netspec.backends.numpy import generate
from netspec.backends.numpy.optimized import SECTIONS, explain
from tests.backends.numpy.optimized.running import text_of
from tests.backends.numpy.test_text import COLLISIONS
from tests.backends.torch.specs import ALL
from tests.golden_text import assert_golden
from tests.tools import assert_silent, with_each_tool

SPECS = Path(__file__).parents[4] / "specs"

SYMBOLIC = """
# All that a plan can hold: sizes left open, several inputs and outputs, parts that are joined, readable kernels.
block residual(width, stride=1) {
    add {
        conv1: conv width 3x3 stride=stride padding=1 bias=false
        bn1: batchnorm eps=0.001 -> leakyrelu 0.2
        conv2: conv width 3x3 padding=1 bias=false
        bn2: batchnorm
    } {
        if stride != 1 or in.channels != width {
            downsample: { conv width 1x1 stride=stride bias=false -> batchnorm }
        }
    }
    relu
}

net Everything {
    image: input 3 x H x W
    code: input 12
    from image
    stem: conv 16 3x3 padding=1 -> relu -> maxpool 2x2
    stage: { residual 16 -> residual 32 stride=2 }
    concat { conv 8 1x1 -> hardswish } { depthwise 3x3 padding=same -> groupnorm 4 } { pad 1 -> maxpool 3x3 stride=1 }
    upsample 2 -> convtranspose 6 3x3 stride=2 padding=1 -> sigmoid -> slice 1 4
    output map: {}
    globalavgpool -> flatten -> fc 12 -> dropout
    mul {} code -> fc 5 -> softmax
}
"""

NETS = {name: netspec.load(SPECS / f"{name}.net") for name in ("resnet18", "mobilenet_v2", "u_net", "m5", "lenet")}
NETS |= {name: netspec.loads(text) for name, text in ALL.items()}
NETS |= {"collisions": netspec.loads(COLLISIONS), "everything": netspec.loads(SYMBOLIC)}


def own_class(text: str) -> str:
    """The network's own class, with which a module ends, without its readable methods."""
    tree = ast.parse(text)
    made = tree.body[-1]
    assert isinstance(made, ast.ClassDef)
    methods = [node for node in made.body if isinstance(node, ast.FunctionDef)]
    lines = text.splitlines(keepends=True)
    before = lines[made.lineno - 1 : methods[0].lineno - 1]
    plans = ["".join(lines[node.lineno - 1 : node.end_lineno]) for node in methods if node.name.startswith("plan_")]
    return "".join(before) + "\n".join(plans)


@pytest.mark.parametrize("name", ["resnet18", "everything"])
def test_the_plan_is_the_golden_one(name: str, update_golden: bool) -> None:
    assert_golden(f"numpy/optimized/{name}.py", own_class(text_of(NETS[name])), update=update_golden)


@pytest.mark.parametrize("name", ["resnet18", "everything", "lenet"])
def test_the_explanation_is_the_golden_one(name: str, update_golden: bool) -> None:
    assert_golden(f"numpy/optimized/{name}.txt", explain(NETS[name]), update=update_golden)


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the optimized modules of all nets."""
    folder = tmp_path_factory.mktemp("optimized")
    for name, net in NETS.items():
        (folder / f"{name}.py").write_text(text_of(net), encoding="utf-8")
        if generate(net, optimize=True) != text_of(net):
            (folder / f"{name}_as_chosen.py").write_text(generate(net, optimize=True), encoding="utf-8")
    return folder


@with_each_tool("--no-warn-return-any")  # NumPy's own annotations make arithmetic on plain arrays Any
def test_tools_find_nothing_to_say(generated: Path, tool: tuple[str, ...]) -> None:
    assert_silent(tool, generated)


@pytest.mark.parametrize("name", ["everything", "collisions", "hostile_names"])
def test_a_module_runs_where_there_is_nothing_but_numpy(name: str, generated: Path) -> None:
    code = (
        "import sys; sys.modules.update(dict.fromkeys(('netspec', 'torch', 'lark', 'pydantic')))\n"
        f"import {name} as module, numpy as np\n"
        "made = [c for c in vars(module).values() if isinstance(c, type) and issubclass(c, module.OptimizedNetwork)]\n"
        "net = made[-1](seed=0)\n"
        "shapes = ([s if isinstance(s, int) else 20 for s in shape] for shape in net.inputs.values())\n"
        "x = [np.ones((2, *shape), np.float32) for shape in shapes]\n"
        "found, wanted = net(*x), net.forward(*x)\n"
        "found, wanted = (y if isinstance(y, tuple) else (y,) for y in (found, wanted))\n"
        "print(all(np.allclose(*pair, atol=1e-4) for pair in zip(found, wanted, strict=True)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=generated, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("True\n", "")


def test_no_two_kernels_have_one_name() -> None:
    names = Counter(
        name
        for section in SECTIONS
        for file in section.files
        for node in ast.parse(file.read_text(encoding="utf-8")).body
        for name in _defined(node)
    )
    assert [name for name, times in names.items() if times > 1] == []


def _defined(node: ast.stmt) -> list[str]:
    match node:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.Assign(targets=targets):
            return [ast.unparse(target) for target in targets]
        case ast.AnnAssign(target=target):
            return [ast.unparse(target)]
        case _:
            return []

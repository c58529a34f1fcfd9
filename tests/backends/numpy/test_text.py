"""The generated module as text: what a careful teacher would hand out, whatever the spec holds."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import netspec
from netspec import ShapedNet
from netspec.backends.numpy import generate
from netspec.backends.numpy.extract import definitions
from tests.backends.torch.specs import ALL
from tests.golden_text import assert_golden
from tests.tools import assert_silent, with_each_tool

SPECS = Path(__file__).parents[3] / "specs"

COLLISIONS = """
# The class of this net cannot be called what it inherits from.
net Network {
    v: input 2x6x6
    w: input 2x6x6
    from v
    conv: conv 4 3 padding=1
    np: batchnorm -> self: relu -> g: identity
    concat {} w -> training: dropout
    d: conv 4 1 -> add {} g
    output l: { globalavgpool -> flatten -> fc 3 }
    output part: { globalavgpool -> flatten }
    output grad: {}
    uniform: relu
}
"""

NETS: dict[str, Path | str] = {name: SPECS / f"{name}.net" for name in ("lenet", "resnet18", "convnext_tiny", "m5")}
NETS |= ALL
NETS["collisions"] = COLLISIONS


@cache
def load(name: str) -> ShapedNet:
    source = NETS[name]
    return netspec.loads(source) if isinstance(source, str) else netspec.load(source)


@pytest.mark.parametrize("name", ["lenet", "resnet18"])
def test_the_text_is_the_golden_one(name: str, update_golden: bool) -> None:
    assert_golden(f"numpy/{name}.py", generate(load(name)), update=update_golden)


def test_a_text_is_the_same_every_time() -> None:
    assert generate(load("lenet")) == generate(netspec.load(SPECS / "lenet.net"))


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the texts for all nets."""
    folder = tmp_path_factory.mktemp("generated")
    for name in NETS:
        (folder / f"{name}.py").write_text(generate(load(name)), encoding="utf-8")
    return folder


@with_each_tool("--no-warn-return-any")  # NumPy's own annotations make arithmetic on plain arrays Any
def test_tools_find_nothing_to_say(generated: Path, tool: tuple[str, ...]) -> None:
    assert_silent(tool, generated)


@pytest.mark.parametrize("name", ["lenet", "collisions", "hostile_names"])
def test_a_module_runs_where_there_is_nothing_but_numpy(name: str, generated: Path) -> None:
    code = (
        "import sys; sys.modules.update(dict.fromkeys(('netspec', 'torch', 'lark', 'pydantic')))\n"
        f"import {name} as module, numpy as np\n"
        "made = [c for c in vars(module).values() if isinstance(c, type) and issubclass(c, module.Network)]\n"
        "net = made[-1](seed=0)\n"
        "outputs = net(*(np.zeros((2, *shape), np.float32) for shape in net.inputs.values()))\n"
        "net.backward(*outputs) if isinstance(outputs, tuple) else net.backward(outputs)\n"
        "print(len(net.values) > len(net.inputs), len(net.grads) > 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=generated, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("True True\n", "")


@pytest.mark.parametrize("name", NETS)
def test_a_module_imports_the_standard_library_and_numpy_alone(name: str) -> None:
    modules = set()
    for node in ast.walk(ast.parse(generate(load(name)))):
        if isinstance(node, ast.Import):
            modules |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            modules.add(str(node.module).partition(".")[0])
    assert modules - set(sys.stdlib_module_names) == {"numpy"}


@pytest.mark.parametrize("name", NETS)
def test_a_module_holds_nothing_that_it_does_not_use(name: str) -> None:
    body = ast.parse(generate(load(name))).body
    own = body[-1]
    assert isinstance(own, ast.ClassDef)
    uses = {
        node.name: {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
        for node in body
        if isinstance(node, (ast.FunctionDef, ast.ClassDef))
    }
    constants = {
        node.targets[0].id for node in body if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    reached, waiting = set(), [own.name]
    while waiting:
        used = waiting.pop()
        if used not in reached:
            reached.add(used)
            waiting += uses.get(used, set()) & (uses.keys() | constants)
    assert reached == uses.keys() | constants


def test_only_the_kernels_of_the_net_are_there() -> None:
    text = generate(load("lenet"))
    assert "def conv(" in text
    assert "def conv_backward(" in text
    assert "def batchnorm(" not in text
    assert "def maxpool(" not in text


def test_the_kernels_are_the_packages_own() -> None:
    text, known = generate(load("lenet")), definitions()
    for name in ("conv", "conv_backward", "sigmoid", "avgpool", "fc", "cross_entropy", "Network"):
        assert known[name].text in text


def test_the_docs_of_net_and_blocks_are_there() -> None:
    text = generate(load("resnet18"))
    assert '"""ResNet-18: He et al., "Deep residual learning for image' in text
    assert "11,689,512 parameters, 1,814,073,344 multiplications an example." in text
    assert text.count("# Two 3x3 convolutions, around which the input goes as it is, or projected.") == 1


def test_groups_and_blocks_begin_with_a_comment() -> None:
    lines = [line.strip() for line in generate(load("resnet18")).splitlines()]
    headings = [line for line in lines if line.startswith("# layer")]
    assert headings[:4] == [
        "# layer1.0: basic_block 64",
        "# layer1.1: basic_block 64",
        "# layer2.0: basic_block 128 stride=2",
        "# layer2.0.downsample",
    ]


@pytest.mark.parametrize(
    "doc",
    [
        'Doc with """ quotes, a \\\\ and an "end"',
        "卷积神经网络 " * 12,
        "tab\\there \\u202e mark",
        "fmt: off",
        "x" * 100,
    ],
)
def test_no_doc_leaves_its_comment(doc: str, tmp_path: Path) -> None:
    text = f"# {doc}\nblock unit {{ relu -> conv 2 1 }}\n# {doc}\nnet N {{\ninput 2x4x4\nunit\nb: unit\n}}"
    module = generate(netspec.loads(text))
    own = ast.parse(module).body[-1]
    assert isinstance(own, ast.ClassDef)
    assert [node.name for node in own.body if isinstance(node, ast.FunctionDef)] == ["__init__", "forward", "backward"]
    (tmp_path / "module.py").write_text(module, encoding="utf-8")
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--check", "."]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 0


def test_ten_thousand_layers_run_forward_and_backward() -> None:
    import numpy as np

    net = netspec.loads("net Long {\ninput 2x2x2\nrepeat 5_000 { scale 1.0 -> relu }\n}")
    network = net.to_numpy(seed=0)
    x = np.ones((1, 2, 2, 2), np.float32)

    assert (network(x) == x).all()
    assert (network.backward(x) == x).all()
    assert len(network.grads) == 5_000

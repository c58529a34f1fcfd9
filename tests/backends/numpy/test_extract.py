"""The kernels' text is taken whole, with all that it needs, from files that keep to the rules for that."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

import netspec
from netspec.backends.numpy import kernels
from netspec.backends.numpy.calls import call_of
from netspec.backends.numpy.extract import READABLE, Import, Section, definitions, excerpt, import_lines
from netspec.layers import LAYERS

FOLDER = Path(kernels.__path__[0])
FILES = sorted(path for path in FOLDER.glob("*.py") if path.name != "__init__.py")


def section(tmp_path: Path, **files: str) -> tuple[Section, ...]:
    for name, text in files.items():
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    return (Section("Kernels.", tuple(tmp_path / f"{name}.py" for name in files)),)


def test_every_file_of_kernels_has_its_place() -> None:
    assert sorted(path for part in READABLE for path in part.files) == FILES


def test_names_are_given_once() -> None:
    names = [name for part in READABLE for path in part.files for name in definitions((Section("", (path,)),))]
    assert [name for name, count in Counter(names).items() if count > 1] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_holds_definitions_and_plain_imports_alone(path: Path) -> None:
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        match node:
            case ast.Import(names=names) | ast.ImportFrom(names=names, level=0):
                assert [alias.asname for alias in names if alias.asname not in (None, "np")] == []
            case ast.FunctionDef() | ast.ClassDef():
                assert ast.get_docstring(node)
            case ast.Assign(targets=[ast.Name()]) | ast.AnnAssign() | ast.Expr(value=ast.Constant()):
                pass
            case _:
                pytest.fail(ast.unparse(node))


def test_a_definition_comes_with_what_it_uses_and_nothing_else(tmp_path: Path) -> None:
    sections = section(
        tmp_path,
        first="import math\n\nimport numpy as np\n\n\ndef a(x):\n    return b(x) + np.pi\n\n\ndef c():\n    math.e\n",
        second='LIMIT = 3\n"""How far."""\n\n\ndef b(x, c=1):\n    return LIMIT * x + c\n',
    )
    taken = excerpt(["a"], sections=sections)
    assert taken.imports == ("import numpy as np",)
    assert taken.parts == (
        "# Kernels.",
        "def a(x):\n    return b(x) + np.pi",
        'LIMIT = 3\n"""How far."""',
        "def b(x, c=1):\n    return LIMIT * x + c",
    )


def test_comments_and_decorators_come_along(tmp_path: Path) -> None:
    text = "# Why.\n# And how.\n@cache\ndef a(x):\n    return x\n"
    sections = section(tmp_path, only=f"from functools import cache\n\n\n{text}")
    assert excerpt(["a"], sections=sections) == (("from functools import cache",), ("# Kernels.", text.rstrip()))


def test_methods_and_attributes_are_no_uses(tmp_path: Path) -> None:
    functions = "def b():\n    pass\n\n\ndef c():\n    pass\n"
    text = f"class A:\n    b = 1\n\n    def c(self):\n        return self.b\n\n\n{functions}"
    assert definitions(section(tmp_path, only=text))["A"].uses == frozenset()


def test_what_is_not_there_is_an_error() -> None:
    with pytest.raises(KeyError):
        excerpt(["none"])


def test_imports_are_sorted_as_ruff_sorts_them() -> None:
    imports = [
        Import("numpy", "np", True),
        Import("typing", "NamedTuple", False),
        Import("typing", "Any", False),
        Import("os", "os", True),
        Import("math", "pi", False),
        Import("math", "PI", False),
    ]
    assert list(import_lines(imports)) == [
        "import os",
        "from math import PI, pi",
        "from typing import Any, NamedTuple",
        "",
        "import numpy as np",
    ]


SPECS = {
    "conv": "conv 2 1",
    "depthwise": "depthwise 1",
    "convtranspose": "convtranspose 2 1",
    "maxpool": "maxpool 1",
    "avgpool": "avgpool 1",
    "adaptiveavgpool": "adaptiveavgpool 1",
    "adaptivemaxpool": "adaptivemaxpool 1",
    "fc": "flatten -> fc 2",
    "reshape": "reshape 4",
    "groupnorm": "groupnorm 1",
    "lrn": "lrn 2",
    "droppath": "droppath 0.5",
    "add": "add {} {relu}",
    "mul": "mul {} {relu}",
    "concat": "concat {} {}",
    "pad": "pad 1",
    "upsample": "upsample 2",
    "pixelshuffle": "pixelshuffle 1",
    "shuffle": "shuffle 1",
    "slice": "slice 0 1",
}
"""Layers that need arguments or operands; the others are called by their names alone."""


@pytest.mark.parametrize("kind", LAYERS)
def test_every_layer_has_its_kernels(kind: str) -> None:
    net = netspec.loads(f"net N {{ input 1x2x2 \n {SPECS.get(kind, kind)} }}")
    (node,) = (node for node in net.nodes if node.layer.kind == kind)
    made = call_of(node)
    assert set(made.kernels) <= definitions().keys()
    assert made.kernels or kind in ("add", "identity")

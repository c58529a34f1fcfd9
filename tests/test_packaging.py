"""The wheel, as a user would get it: built, installed in a fresh environment without torch, and run elsewhere."""

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent
LENET = ROOT / "specs" / "lenet.net"
HEAVY = ("torch", "numpy", "lark", "rich", "typer", "graphviz", "onnx")

pytestmark = pytest.mark.xdist_group("packaging")  # the wheel is built once


class Installed(NamedTuple):
    """The built archives, and an environment that holds nothing but the wheel and what it depends on."""

    wheel: Path
    sdist: Path
    python: Path
    elsewhere: Path


def run(*command: str | Path, folder: Path) -> str:
    """What a command prints; its errors are the test's."""
    # Without PYTHONPATH and the like, so that nothing of the checkout is found by accident.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    folder = tmp_path_factory.mktemp("packaging")
    # The wheel is made from the sdist, which proves that the sdist is complete.
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT, folder=folder)
    (wheel,), (sdist,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    environment = folder / "environment"
    run(sys.executable, "-m", "venv", "--without-pip", environment, folder=folder)
    python = environment / "bin" / "python"
    run(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", wheel, folder=folder)
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "lenet.net").write_bytes(LENET.read_bytes())
    return Installed(wheel, sdist, python, elsewhere)


def test_the_wheel_holds_the_package_the_grammar_and_the_types(installed: Installed) -> None:
    names = set(zipfile.ZipFile(installed.wheel).namelist())
    assert {"netspec/cli/__init__.py", "netspec/py.typed", "netspec/grammars/netspec.lark"} <= names
    modules = {str(path.relative_to(ROOT)) for path in (ROOT / "netspec").rglob("*.py")}
    assert modules <= names
    strays = {name for name in names if not name.startswith(("netspec/", "netspec_lang-"))}
    assert not strays


def test_the_sdist_can_be_worked_with(installed: Installed) -> None:
    with tarfile.open(installed.sdist) as archive:
        top = os.path.commonpath(archive.getnames())
        names = {name.removeprefix(f"{top}/") for name in archive.getnames()}
    assert {"grammars/netspec.lark", "specs/lenet.net", "tests/test_packaging.py", "scripts/test", "LICENSE"} <= names


def test_the_installed_command_checks_a_spec_outside_the_checkout(installed: Installed) -> None:
    command = installed.python.parent / "netspec"
    said = run(command, "check", "lenet.net", folder=installed.elsewhere)
    assert said == "LeNet: 1x28x28 → 10, 12 layers, 61,706 parameters, 416,520 MACs\n"


def test_the_installed_command_compiles_without_torch(installed: Installed) -> None:
    command = installed.python.parent / "netspec"
    code = run(command, "compile", "lenet.net", "--target", "torch", folder=installed.elsewhere)
    compile(code, "lenet.py", "exec")
    listed = run(sys.executable, "-m", "pip", "--python", installed.python, "list", folder=installed.elsewhere)
    assert "torch" not in listed.split()


def test_the_installed_parser_needs_no_tables_built(installed: Installed) -> None:
    code = "import netspec.syntax.grammar as g; print(g.grammar_path()); g.build_tables = None; g.load_tables()"
    path = Path(run(installed.python, "-c", code, folder=installed.elsewhere).strip())
    assert path.parts[-3:] == ("netspec", "grammars", "netspec.lark")
    assert installed.python.parent.parent in path.parents


@pytest.mark.parametrize("name", ["lenet", "resnet18"])
def test_a_check_imports_nothing_heavy(name: str) -> None:
    code = (
        "import sys; from netspec.cli import main; "
        f"assert main(['check', {str(ROOT / 'specs' / f'{name}.net')!r}]) == 0; "
        f"print(sorted(set(sys.modules) & {set(HEAVY)!r}))"
    )
    assert run(sys.executable, "-c", code, folder=ROOT).splitlines()[-1] == "[]"

"""What a run of the command loads: little, since most of a short run is importing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import netspec
from netspec.cli import COMMANDS, main

SPECS = Path(__file__).parent.parent / "specs"


def loaded_by(*arguments: str) -> set[str]:
    """The modules of netspec that a command has loaded at its end."""
    code = f"import sys; from netspec.cli import main; main({list(arguments)!r}); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name for name in done.stdout.splitlines()[-1].split() if name.startswith("netspec.")}


def test_a_command_loads_no_other() -> None:
    assert loaded_by("check", str(SPECS / "lenet.net")) & set(COMMANDS.values()) == {"netspec.cli.check"}


def test_fixed_sizes_are_checked_without_the_arithmetic_of_open_ones() -> None:
    open_sizes = {"netspec.domains", "netspec.passes.validity", "netspec.passes.fit", "netspec.passes.generalize"}
    assert not loaded_by("check", str(SPECS / "lenet.net")) & open_sizes
    assert loaded_by("check", str(SPECS / "lenet.net"), "--for-all") >= open_sizes


def test_only_a_check_loads_the_lints() -> None:
    assert "netspec.passes.lints" not in loaded_by("summary", str(SPECS / "lenet.net"))


def test_nothing_is_loaded_before_the_command_has_set_itself_up() -> None:
    code = "import sys, netspec.cli; print('pydantic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


@pytest.mark.parametrize("arguments", [["--help"], ["chekc", "lenet.net"]])
def test_without_a_command_all_are_told(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(arguments)
    output = "".join(capsys.readouterr())
    assert [name for name in COMMANDS if name not in output] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_is_known_by_its_name(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([name, "--help"])
    assert capsys.readouterr().out.startswith(f"usage: netspec {name} ")


def test_every_public_name_is_there() -> None:
    assert [name for name in netspec.__all__ if not hasattr(netspec, name)] == []

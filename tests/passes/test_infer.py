"""Shapes for a plain net: one from JSON comes to the same as one from a spec."""

from __future__ import annotations

from pathlib import Path

import pytest

import netspec
from netspec.passes.expand import expand
from netspec.passes.infer import infer
from netspec.source import Source
from netspec.syntax.project import read_project


@pytest.mark.parametrize("path", sorted(Path("specs").glob("*.net")), ids=lambda path: path.stem)
def test_a_plain_net_read_back_is_shaped_as_the_spec_is(path: Path) -> None:
    project = read_project(Source(str(path), path.read_text(encoding="utf-8")), path.parent)
    plain = expand(project.main, project.main.nets[0]).net
    assert plain is not None

    read_back = netspec.Net.model_validate_json(plain.model_dump_json())

    assert not any(isinstance(node, netspec.ShapedNode) for node in read_back.nodes)
    assert infer(read_back) == netspec.load(path)

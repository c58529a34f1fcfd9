"""What the tests of the pictures draw: the specs, and sketches of texts, sound or not."""

from __future__ import annotations

from pathlib import Path

import netspec
from netspec.compile import check_text
from netspec.diagnostics import Diagnostic
from netspec.sketch import Sketch, sketch_of
from tests.backends.torch.specs import ALL

ROOT = Path(__file__).parent.parent.parent
SPECS = sorted(path for folder in ("specs", "specs/d2l") for path in (ROOT / folder).glob("*.net"))


def spec(name: str) -> Sketch:
    """The sketch of a spec of the repository, or of a structure that the tests of the compiler use too."""
    path = ROOT / "specs" / f"{name}.net"
    return sketch_of(netspec.load(path) if path.exists() else netspec.loads(ALL[name]))


def sketch(text: str) -> Sketch:
    """The sketch of the one sound net of a text."""
    return sketch_of(netspec.loads(text))


def broken(text: str) -> tuple[Sketch, tuple[Diagnostic, ...]]:
    """The sketch of the one net of a text with mistakes, and its problems."""
    result = check_text(text, "broken.net", Path())
    (net,) = result.nets
    assert result.diagnostics
    assert net.sketch is not None
    return net.sketch, result.diagnostics


BROKEN = """
block basic(width) {
    add {
        conv1: conv width 3x3 padding=1 -> batchnorm -> relu
        conv2: conv width 3x3
    } {}
    relu
}
net Broken {
    input 3x32x32
    conv 16 3x3 padding=1 -> relu    => 16x31x32
    layer1: { basic 16 }
    cnov 32 3x3 -> relu
    conv 3x3 padding=
    globalavgpool -> flatten -> fc 10
}
"""

HOSTILE = f"""net Hostile {{
    input 3x8x8
    relu
    "<b>&\\N\\G {{{{0}}}} ]]> \u202e 卷积 é{"x" * 500}"
    conv 4 3x3
}}
"""
"""A line that means something to XML, to Graphviz, to templates and to terminals."""

"""What tests of the commands share: specs, and those that the fixture `own_folder` writes."""

from __future__ import annotations

from pathlib import Path

SPECS = Path(__file__).parent.parent / "specs"
LENET = str(SPECS / "lenet.net")
RESNET = str(SPECS / "resnet18.net")

TWO_NETS = "net A {\n    input 3x8x8\n    relu\n}\n\nnet B {\n    input 3x8x8\n    conv 4 3x3\n}\n"
BROKEN = "net Broken {\n    input 3x8x8\n    conv 4 3x3\n    conv 4 9x9\n    fc 10\n}\n"

ESCAPE = "\x1b["
"""How each change of colour begins on a terminal."""

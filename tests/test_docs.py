"""What the documentation says is what the code does."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

import netspec

SCHEMA = Path("docs/net.schema.json")


def test_generated_pages_are_up_to_date() -> None:
    run = subprocess.run([sys.executable, "docs/generate.py", "--check"], capture_output=True, text=True, check=False)

    assert (run.returncode, run.stderr) == (0, "")


@pytest.mark.parametrize("path", sorted(Path("specs").glob("*.net")), ids=lambda path: path.stem)
def test_the_published_schema_accepts_what_is_written(path: Path) -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)

    jsonschema.validate(json.loads(netspec.load(path).to_json()), schema)


def test_the_published_schema_refuses_another_layer() -> None:
    net = json.loads(netspec.load("specs/lenet.net").to_json())
    net["nodes"][0]["layer"]["kind"] = "convolution"

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(net, json.loads(SCHEMA.read_text(encoding="utf-8")))


def _specs(page: str) -> list[str]:
    text = Path(page).read_text(encoding="utf-8")
    return [part.split("```")[0] for part in text.split("```netspec\n")[1:]]


@pytest.mark.parametrize("text", _specs("docs/language.md"), ids=lambda text: text.split("(")[0].split("{")[0].strip())
def test_the_specs_of_the_language_page_check(text: str) -> None:
    assert netspec.checks(text) == ()

"""`python -m netspec.cli`."""

from netspec.cli import run

run()

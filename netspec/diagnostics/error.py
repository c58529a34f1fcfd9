"""The one exception that a wrong spec raises."""

from __future__ import annotations

from netspec.diagnostics.diagnostic import Diagnostic
from netspec.diagnostics.text import render_text


class SpecError(Exception):
    """A spec that does not check. Carries every diagnostic; as a string it prints them as the command line does."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__(diagnostics)
        self.diagnostics = diagnostics

    def __str__(self) -> str:
        return "\n" + "\n".join(render_text(diagnostic) for diagnostic in self.diagnostics)

"""Diagnostics: codes, the value itself, its renderings, and suggestions."""

from netspec.diagnostics.codes import Code
from netspec.diagnostics.diagnostic import MOST_DIAGNOSTICS, Diagnostic, Fix, Gap, Label, in_order
from netspec.diagnostics.error import SpecError
from netspec.diagnostics.suggestions import did_you_mean

__all__ = ["MOST_DIAGNOSTICS", "Code", "Diagnostic", "Fix", "Gap", "Label", "SpecError", "did_you_mean", "in_order"]

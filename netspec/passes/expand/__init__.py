"""From the syntax tree to the net: blocks expanded, arguments checked, shapes found on the way."""

from netspec.passes.expand.draft import ClaimSite, StatedSite
from netspec.passes.expand.expand import Expansion, expand

__all__ = ["ClaimSite", "Expansion", "StatedSite", "expand"]

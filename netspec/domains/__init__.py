"""Sets of values of the input's symbols, exact: where a relation between sizes holds, and what satisfies several.

On each residue class of its symbol a quasi-affine function is affine, so where it is at least 0, or 0, is a range of
that class. A :class:`Domain` is a range for each class; such sets are closed under intersection. What depends on
two symbols, as the features after ``flatten`` do, is a union of :class:`Box`, with a domain for each symbol.
"""

from netspec.domains.domain import ALL, END, Domain, Range
from netspec.domains.region import EVERYWHERE, MOST_BOXES, MOST_CELLS, Box, Region, cells, contains, described, meet
from netspec.domains.relation import LARGEST_FEATURES, Relation, grows, region_where

__all__ = [
    "ALL",
    "END",
    "EVERYWHERE",
    "LARGEST_FEATURES",
    "MOST_BOXES",
    "MOST_CELLS",
    "Box",
    "Domain",
    "Range",
    "Region",
    "Relation",
    "cells",
    "contains",
    "described",
    "grows",
    "meet",
    "region_where",
]

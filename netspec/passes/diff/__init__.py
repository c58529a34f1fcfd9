"""What differs between two nets: which layers belong together, and what became of each."""

from netspec.passes.diff.compare import Change, Diff, Pair, compare

__all__ = ["Change", "Diff", "Pair", "compare"]

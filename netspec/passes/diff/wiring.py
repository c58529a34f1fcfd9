"""Wiring: where the layers of a net take their inputs from, in terms that two nets share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from netspec.ir import ShapedNet


class Sources:
    """Where the values of one net come from. `shared` gives each value that has a partner in the other net their name.

    What has no partner is looked through: its sources stand for it, so that a layer put in or taken out between two
    others leaves their connection what it was.
    """

    def __init__(self, net: ShapedNet, shared: Mapping[str, str]) -> None:
        self.shared = shared
        self._reached: dict[str, frozenset[str]] = {
            given.name: frozenset(filter(None, [shared.get(given.name)])) for given in net.inputs
        }
        for node in net.nodes:
            own = shared.get(node.name)
            known = (self._reached[name] for name in node.inputs)
            self._reached[node.name] = frozenset().union(*known) if own is None else frozenset([own])

    def direct(self, values: Sequence[str]) -> list[str | None]:
        """The shared names of values; None for those without a partner."""
        return [self.shared.get(name) for name in values]

    def reached(self, values: Sequence[str]) -> frozenset[str]:
        """The shared names of the nearest values from which these come."""
        return frozenset().union(*(self._reached[name] for name in values))


def is_rewired(old: Sequence[str], new: Sequence[str], before: Sources, after: Sources, *, ordered: bool) -> bool:
    """Whether values of two nets, such as the inputs of a layer, come from different places."""
    one, other = before.direct(old), after.direct(new)
    if None not in one and None not in other:
        return one != other if ordered else Counter(one) != Counter(other)
    known, known_after = {name for name in one if name is not None}, {name for name in other if name is not None}
    return not (known <= after.reached(new) and known_after <= before.reached(old))

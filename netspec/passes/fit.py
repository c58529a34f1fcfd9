"""Which sizes of the input fit a net that was expanded, and what is wrong where none do."""

from __future__ import annotations

from typing import NamedTuple

from netspec.diagnostics import Code, Diagnostic
from netspec.domains import EVERYWHERE, described, meet
from netspec.ir import ShapedNet
from netspec.passes.expand import Expansion
from netspec.passes.generalize import General, generalized
from netspec.passes.places import place_of
from netspec.passes.validity import TooInvolved, Validity, validity


class Fit(NamedTuple):
    """The sizes of the input that fit a net; `sizes` is None as long as they are not known.

    `general` is the net for all sizes, where its own are fixed.
    """

    general: General | None
    sizes: Validity | None


def fit(expansion: Expansion, net: ShapedNet | None) -> tuple[Fit, tuple[Diagnostic, ...]]:
    """The sizes that fit a net, and what is wrong if there are none. `net` is None if something is wrong with it.

    Where the input's sizes are fixed, the question is which others would fit.
    """
    if net is None:
        # Without all layers it is not known which sizes fit, so no claim about them can be judged.
        return Fit(None, None), ()
    is_open = any(not isinstance(size, int) for given in net.inputs for size in given.shape)
    general = None
    try:
        general = None if is_open else generalized(net)
        given = general or General(net.inputs, net.nodes, {})
        sizes = validity(given.inputs, given.nodes, given.pins)
    except TooInvolved as error:
        place = place_of(error.node.origin, expansion.sources)
        message = f"the sizes of the input that fit `{error.node.name}` are more than netspec carries"
        return Fit(general, None), (Diagnostic(Code.SYMBOLS_TOO_INVOLVED, message, place, str(error)),)
    if sizes.region:
        return Fit(general, sizes), ()
    *before, last = sizes.conditions
    others = EVERYWHERE
    for condition in before:
        others = meet(others, condition.region)
    place = place_of(last.node.origin, expansion.sources)
    message = f"no size of the input fits `{last.node.name}` and the layers before it"
    caption = f"this fits {described(last.region)}; what comes before, {described(others)}"
    return Fit(general, sizes), (Diagnostic(Code.NO_SIZE_FITS, message, place, caption),)

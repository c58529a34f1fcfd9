"""What a notebook shows of a net: its picture, with the table beside it."""

from __future__ import annotations

import html as escaping

from netspec.backends.graphviz import GraphvizFails, NoGraphviz, Options, TooLarge, graph
from netspec.backends.html import page
from netspec.backends.maps import Branches, maps_svg
from netspec.backends.pictures.problems import judge
from netspec.backends.summary import Summary, of_net
from netspec.ir import Net, ShapedNet, ShapedNode
from netspec.sketch import Sketch, sketch_of

HEIGHT = 520
"""Pixels of the frame that holds a page."""


def svg(net: Net) -> str | None:
    """A picture of a net: the graph, with fewer levels where it is too large; without Graphviz the maps, or nothing."""
    sketch = sketch_of(net)
    try:
        return _graph(sketch)
    except (NoGraphviz, GraphvizFails):
        pass
    try:
        return maps_svg(sketch)
    except Branches:
        return None


def _graph(sketch: Sketch) -> str | None:
    try:
        return graph(sketch).svg()
    except TooLarge as large:
        return graph(sketch, options=Options(depth=large.depth)).svg() if large.depth is not None else None


def html(net: Net) -> str:
    """The page of a net in a frame of its own, so that neither its style nor its script touch the notebook."""
    content = escaping.escape(page(svg(net), _summary(net)))
    return f'<iframe srcdoc="{content}" title="{net.name}" style="border: 0; height: {HEIGHT}px; width: 100%"></iframe>'


def _summary(net: Net) -> Summary:
    if isinstance(net, ShapedNet):
        return of_net(net)
    judged = judge(sketch_of(net))
    known = tuple(node for node in judged.sketch.nodes if isinstance(node, ShapedNode))
    return Summary(net.name, net.inputs, known, len(known) == len(net.nodes))

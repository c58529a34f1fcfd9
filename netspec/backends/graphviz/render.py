"""Rendering: DOT text through Graphviz's `dot`, and its SVG made fit for pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias
from xml.etree import ElementTree

import graphviz

from netspec.backends.pictures.text import width

Format: TypeAlias = Literal["svg", "pdf", "png"]

SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"


class NoGraphviz(Exception):
    """`dot` is not installed."""


class GraphvizFails(Exception):
    """`dot` could not make the picture; the message is what it says."""


def render(dot: str, format: Format) -> bytes:
    """A picture of a graph, laid out by `dot`. Raises :class:`NoGraphviz` and :class:`GraphvizFails`.

    An interrupt ends `dot` too.
    """
    try:
        picture: bytes = graphviz.pipe("dot", format, dot.encode(), quiet=True)
    except graphviz.ExecutableNotFound:
        raise NoGraphviz from None
    except graphviz.CalledProcessError as error:
        first, *_ = error.stderr.decode(errors="replace").splitlines() or ["no reason given"]
        raise GraphvizFails(first) from None
    return picture


def finished_svg(rendered: bytes, name: str, layers: Mapping[str, Sequence[str]]) -> str:
    """The SVG of `dot` with tooltips that every browser shows, and ``data-layers`` that name each box's layers.

    `layers` are the names of the layers behind each identity in the graph.
    """
    ElementTree.register_namespace("", SVG)
    root = ElementTree.fromstring(rendered)
    root.set("role", "img")
    root.set("aria-label", name)
    graph = root[0]
    graph.remove(graph[0])
    title = ElementTree.Element(f"{{{SVG}}}title")
    title.text = name
    root.insert(0, title)
    for group in list(graph):
        _retitle(group)
    for holder in list(root.iter(f"{{{SVG}}}g")):
        _unlink(holder, layers)
    for shape in root.iter():
        if shape.get("stroke") == "transparent":  # no colour of SVG 1.1
            shape.set("stroke", "none")
        if shape.tag == f"{{{SVG}}}text":
            _unspace(shape)
    root.tail = "\n"
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode")


def _retitle(group: ElementTree.Element) -> None:
    """Put the tooltip of an edge or frame in the place of its name in the graph; what has none keeps no title."""
    title = group.find(f"{{{SVG}}}title")
    if title is None:
        return
    tip = next((link.get(f"{{{XLINK}}}title") for link in group.iter(f"{{{SVG}}}a") if not _target(link)), None)
    if tip is None:
        group.remove(title)
    else:
        title.text = tip


def _unlink(group: ElementTree.Element, layers: Mapping[str, Sequence[str]]) -> None:
    """Of a group that holds a link, make a plain group with a title."""
    links = [child for child in group if child.tag == f"{{{SVG}}}a"]
    if len(links) != 1 or len(group) != 1:
        return
    (link,) = links
    group.remove(link)
    group.attrib.clear()
    target = _target(link)
    if target:
        group.set("class", "box")
        group.set("data-layers", " ".join(layers.get(target, ())))
        title = ElementTree.SubElement(group, f"{{{SVG}}}title")
        title.text = link.get(f"{{{XLINK}}}title")
    group.text = "\n"
    group.extend(list(link))


def _unspace(text: ElementTree.Element) -> None:
    """Move a text to where it begins: not every program leaves room for spaces before it."""
    shown = text.text or ""
    begun = shown.lstrip("\N{NO-BREAK SPACE} ")
    room = width(" " * (len(shown) - len(begun)), float(text.get("font-size", "0")))
    if room and text.get("text-anchor") == "start":
        text.set("x", f"{float(text.get('x', '0')) + room:g}")
        text.text = begun


def _target(link: ElementTree.Element) -> str:
    """The identity that a link in the graph leads to."""
    return link.get(f"{{{XLINK}}}href", "").removeprefix("#")

"""The shapes in a spec that does not check, as far as they are known."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from netspec.compile import Options
from netspec.passes.expand import expand
from netspec.sizes import Shape
from netspec.source import Source
from netspec.syntax import tree
from netspec.syntax.project import read_project


class Known(NamedTuple):
    """Shapes as a spec would write them: what enters and leaves a statement, by where it starts; of what has a label.

    Of a statement in a block or a repeat the shapes are those of its first use.
    """

    entering: dict[int, str]
    leaving: dict[int, str]
    values: dict[str, str]


def known_shapes(text: str, name: str, folder: Path, options: Options, largest: int) -> Known:
    """What is known of the first net of a text."""
    project = read_project(Source(name, text), folder)
    entering: dict[int, str] = {}
    leaving: dict[int, str] = {}
    values: dict[str, str] = {}

    def watch(statement: tree.Statement, source: Source, before: Shape | None, after: Shape | None) -> None:
        if source is project.main.source:
            for shape, known in ((before, entering), (after, leaving)):
                if written := _written(shape):
                    known.setdefault(statement.span.start, written)

    if project.main.nets and not project.problems:
        net = project.main.nets[0]
        found = expand(project.main, net, options.settings, options.input_shape, watch, largest=largest)
        shapes = [(node.name, node.output) for node in found.partial]
        shapes += [(given.name, given.shape) for given in found.inputs]
        values = {label: written for label, shape in shapes if (written := _written(shape))}
        modules = found.net.modules if found.net is not None else found.sketch.modules if found.sketch else ()
        values |= {module.path: values[module.exit] for module in modules if module.exit in values}
    return Known(entering, leaving, values)


def _written(shape: Shape | None) -> str | None:
    """A shape of fixed sizes."""
    if shape is None or not all(isinstance(size, int) for size in shape):
        return None
    return "x".join(map(str, shape))

"""Annotating a spec: the shapes that come out of its lines, written after ``=>``.

In a net each line that changes the shape says what comes out of it, if all turns of the repeats around it agree. From
vector to vector nothing is written, since a dense layer says its units itself, and after a ``}`` nothing that has been
said inside. A block is written for all its uses, so nothing new is written there, nor in a body on one line. A shape
that is stated already stays as it is while it is true; else it is replaced, or taken away where uses differ.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Container, Iterator
from typing import NamedTuple

from netspec.passes.expand import expand
from netspec.sizes import Shape, Size, format_shape, format_size
from netspec.source import Source, Span
from netspec.syntax import tree
from netspec.syntax.format import SHAPE_GAP, WIDTH
from netspec.syntax.project import Project

LEAST_GROUPED = 10_000
"""Numbers of features from here on are written with ``_`` between groups of digits."""


def annotate(project: Project, untrue: Container[Span]) -> str:
    """The text of a project's main file with the shapes of its lines, which are then to be put into their column.

    The file is in the canonical layout already, so that a shape is known to fit. `untrue` are the places of the stated
    shapes in it that are not true.
    """
    return _Annotator(project, untrue).run()


class _Edit(NamedTuple):
    """A text for a place."""

    span: Span
    text: str


class _Shapes(NamedTuple):
    """The shapes before and after a statement, over all its uses. None: it could not be worked out."""

    before: set[Shape | None]
    after: set[Shape | None]


class _Annotator:
    """One run. `taken` are the names of the present net's parameters: a symbol of such a name cannot be written."""

    def __init__(self, project: Project, untrue: Container[Span]) -> None:
        self.file = project.main
        self.untrue = untrue
        self.shapes: dict[Span, _Shapes] = defaultdict(lambda: _Shapes(set(), set()))
        self.edits: list[_Edit] = []
        self.taken: frozenset[str] = frozenset()

    def run(self) -> str:
        for net in self.file.nets:
            expand(self.file, net, watch=self._watch)
        for net in self.file.nets:
            self.taken = frozenset(parameter.name.text for parameter in net.parameters)
            self._body(net.body, is_open=True, in_block=False)
        for definition in self.file.blocks.values():
            if definition.file is self.file:
                self._body(definition.block.body, is_open=False, in_block=True)
        return _edited(self.file.source.text, self.edits)

    def _watch(self, statement: tree.Statement, source: Source, before: Shape | None, after: Shape | None) -> None:
        if source is self.file.source:
            shapes = self.shapes[statement.span]
            shapes.before.add(before)
            shapes.after.add(after)

    def _body(self, body: tree.Body, *, is_open: bool, in_block: bool) -> bool:
        """Annotate a body, and say whether the shape that leaves it is stated in it.

        `is_open`: new shapes may be written.
        """
        is_open = is_open and "\n" in self.file.source.slice(body.span)
        is_said = False
        for statement in body.statements:
            if self._statement(statement, is_open=is_open, in_block=in_block):
                is_said = True
            elif self._changes(statement.span):
                is_said = False
        return is_said

    def _statement(self, statement: tree.Statement, *, is_open: bool, in_block: bool) -> bool:
        """Annotate a statement, and say whether its shape is stated."""
        is_said = False
        for body in _bodies(statement):
            is_said = self._body(body, is_open=is_open, in_block=in_block)
        match statement:
            case tree.Chain(steps=[*_, last], stated=stated):
                end = last.span.end
                is_said = is_said and isinstance(last, tree.Group)
            case tree.Repeat(body=body, stated=stated):
                end = body.span.end
            case _:
                return False
        text = self._shape_text(statement.span, end, in_block=in_block)
        if stated is None:
            if text is None or not is_open or is_said or not self._changes(statement.span):
                return is_said
            if self._is_dense(statement.span):
                return False
            self.edits.append(_Edit(Span(end, end), f" => {text}"))
        elif stated.span in self.untrue and self.shapes[statement.span].after:
            self.edits.append(_Edit(Span(end, statement.span.end), f" => {text}" if text is not None else ""))
            return text is not None
        return True

    def _changes(self, span: Span) -> bool:
        """Whether a statement changes the shape."""
        before, after = self.shapes[span]
        return before != after

    def _is_dense(self, span: Span) -> bool:
        """Whether a statement leads from vector to vector."""
        return all(shape is not None and len(shape) == 1 for shapes in self.shapes[span] for shape in shapes)

    def _shape_text(self, span: Span, end: int, *, in_block: bool) -> str | None:
        """The shape after a statement as a spec writes it; None where uses differ, or it cannot be written there."""
        after = self.shapes[span].after
        shape = next(iter(after)) if len(after) == 1 else None
        text = _written(shape, self.taken, in_block=in_block) if shape is not None else None
        if text is None:
            return None
        column = self.file.source.position(end).column - 1
        return text if column + SHAPE_GAP + 1 + len(f"=> {text}") <= WIDTH else None


def _bodies(statement: tree.Statement) -> Iterator[tree.Body]:
    """The bodies of a statement, in order."""
    match statement:
        case tree.Chain():
            for step in statement.steps:
                if isinstance(step, tree.Group):
                    yield step.body
                else:
                    yield from (part.body for part in step.parts if isinstance(part, tree.Operand))
        case tree.Repeat() | tree.Output():
            yield statement.body
        case tree.Conditional():
            yield statement.then
            otherwise = statement.otherwise
            while isinstance(otherwise, tree.Conditional):
                yield otherwise.then
                otherwise = otherwise.otherwise
            if otherwise is not None:
                yield otherwise
        case tree.Input() | tree.GoOn() | tree.Claim() | tree.Broken():
            pass


def _edited(text: str, edits: list[_Edit]) -> str:
    parts = []
    end = 0
    for span, replacement in sorted(edits):
        parts += [text[end : span.start], replacement]
        end = span.end
    return "".join([*parts, text[end:]])


def _written(shape: Shape, taken: frozenset[str], *, in_block: bool) -> str | None:
    """A shape as a spec writes it. None for one that cannot be written, and of symbols in a block, which knows none."""
    first, *others = shape
    if isinstance(first, int) and not others:
        return f"{first:_}" if first >= LEAST_GROUPED else str(first)
    if all(isinstance(size, int) for size in shape):
        return format_shape(shape)
    sizes = [_size(size) for size in shape]
    known = [size for size in sizes if size is not None and taken.isdisjoint(re.findall(r"\w+", size))]
    return " x ".join(known) if len(known) == len(sizes) and not in_block else None


def _size(size: Size) -> str | None:
    """A size as an expression: ``((H + 3) // 4)`` for ⌊(H+3)/4⌋. None for one that only a list of cases can tell."""
    formula = format_size(size)
    if "[" in formula:
        return None
    text = re.sub(r"⌊([^⌊⌋]*)/(\d+)⌋", r"(\1 // \2)", formula.replace("·", " * "))
    text = re.sub(r"(?<=[\w)])([+-])(?=\w)", r" \1 ", text)
    return text if re.fullmatch(r"\w+|⌊[^⌊⌋]*⌋", formula) else f"({text})"

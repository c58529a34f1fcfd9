"""Texts that are nearly alike, read one after the other: an item that has been read before is not read again."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

from netspec.compile import Options, Result, check_project, check_text
from netspec.source import Source
from netspec.syntax import tree
from netspec.syntax.parser import Parsed, parse, proofread
from netspec.syntax.project import Definition, Project, SpecFile, read_project

_ITEM = re.compile(r"^(?=(?:net|block|use)\b)", re.MULTILINE)
"""Where an item begins, in the layout in which specs are written."""

_MOST_KEPT = 256


class Reader:
    """Reads variants of one text. `characters` counts those that were parsed, for the effort that it took."""

    doubts = False
    """Whether most variants have syntax errors, as those of a text with one: then they are proofread first."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name, self.folder = name, folder
        self.characters = 0
        self._parsed: dict[str, tuple[Source, Parsed]] = {}
        self._used: dict[str, Project] = {}

    def check(self, text: str, options: Options) -> Result:
        """What :func:`netspec.compile.check_text` finds, but for places: those are in the item's own source.

        Of a text with syntax errors only the first is told, and names defined twice are not noticed.
        """
        nets: list[tuple[tree.Net, Source]] = []
        blocks: dict[str, Definition] = {}
        for piece in _pieces(text):
            source, parsed = self._piece(piece)
            if parsed.problems:
                return Result((), parsed.problems)
            file = SpecFile(source, (), blocks, broken=False, lacks_blocks=False)
            for item in parsed.file.items:
                match item:
                    case tree.Net():
                        nets.append((item, source))
                    case tree.Block():
                        blocks[item.name.text] = Definition(item, file)
                    case tree.Use():
                        used = self._use(item.path)
                        if used.problems:
                            return Result((), used.problems)
                        blocks |= used.main.blocks
                    case tree.Broken():
                        pass  # which is a problem of the piece
        if len(nets) != 1:
            self.characters += len(text)
            return check_text(text, self.name, self.folder, options)
        ((net, source),) = nets
        return check_project(Project(SpecFile(source, (net,), blocks, broken=False, lacks_blocks=False), ()), options)

    def _piece(self, text: str) -> tuple[Source, Parsed]:
        known = self._parsed.get(text)
        if known is None:
            if len(self._parsed) >= _MOST_KEPT:
                self._parsed.clear()
            source = Source(self.name, text)
            parsed = proofread(source, most=1) if self.doubts else parse(source, most=1)
            if self.doubts and not parsed.problems:
                parsed = parse(source)
            known = self._parsed[text] = source, parsed
            self.characters += parsed.read
        return known

    def _use(self, path: str) -> Project:
        """The blocks of a used file."""
        if path not in self._used:
            self._used[path] = read_project(Source(self.name, f'use "{path}"\n'), self.folder)
        return self._used[path]


def _pieces(text: str) -> list[str]:
    """The text cut where items begin."""
    starts = [0, *(match.start() for match in _ITEM.finditer(text)), len(text)]
    return [text[start:end] for start, end in pairwise(starts) if text[start:end].strip()]

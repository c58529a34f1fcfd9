"""A file and all that it uses: read, parsed, and every name defined once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from netspec.diagnostics import MOST_DIAGNOSTICS, Code, Diagnostic, Label, did_you_mean
from netspec.source import Place, Source, Span, shown
from netspec.syntax import tree
from netspec.syntax.parser import parse

MAX_FILE_SIZE = 16 * 2**20
"""The largest file that is read, in bytes."""

SUFFIX = ".net"


class NotASpec(Exception):
    """A file cannot be a spec. The message says why, as the end of a sentence."""

    def __init__(self, message: str, code: Code = Code.UNREADABLE) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True, eq=False)
class Definition:
    """A block, with the file that it stands in: its body's names are looked up there."""

    block: tree.Block
    file: SpecFile


@dataclass(frozen=True, slots=True, eq=False)
class SpecFile:
    """One parsed file. `blocks` are those it can call: its own and those of the files it uses.

    `broken`: something in it could not be read. `lacks_blocks`: it was a whole item, so a name that is not known may be
    that of a block.
    """

    source: Source
    nets: tuple[tree.Net, ...]
    blocks: dict[str, Definition]
    broken: bool
    lacks_blocks: bool


@dataclass(frozen=True, slots=True)
class Project:
    """The file that was asked for, with what is wrong in it and in those it uses."""

    main: SpecFile
    problems: tuple[Diagnostic, ...]


def decode(data: bytes) -> str:
    """The text of a file. Raises :class:`NotASpec`."""
    if len(data) > MAX_FILE_SIZE:
        raise NotASpec(f"is larger than {MAX_FILE_SIZE // 2**20} MiB", Code.FILE_TOO_LARGE)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotASpec(f"is not UTF-8 text: the byte at offset {error.start} has no meaning in it") from None
    if "\0" in text:
        raise NotASpec(f"is not text: it holds a zero byte, at offset {data.index(0)}")
    return text


def read_bytes(path: Path) -> bytes:
    """A file, or as much of it as shows that it is too large. Raises OSError."""
    with path.open("rb") as file:
        return file.read(MAX_FILE_SIZE + 1)


def read_project(source: Source, folder: Path) -> Project:
    """The file with this text, and every file that it uses. `folder` is what its paths are relative to."""
    return _Reader().project(source, folder)


class _Reader:
    """One reading. Files are known by their real path, so that two ways to one file meet."""

    def __init__(self) -> None:
        self.problems: list[Diagnostic] = []
        self.done: dict[str, SpecFile] = {}

    def project(self, source: Source, folder: Path) -> Project:
        own = os.path.realpath(folder / Path(source.name).name)
        main = self._file(source, folder, (own,))
        return Project(main, tuple(self.problems))

    def _file(self, source: Source, folder: Path, chain: tuple[str, ...]) -> SpecFile:
        """One file; `chain` holds the real paths of the files being read, from the first to this."""
        parsed = parse(source)
        self.problems += parsed.problems
        blocks: dict[str, Definition] = {}
        broken = bool(parsed.problems)
        lacks_blocks = any(isinstance(item, tree.Broken) for item in parsed.file.items) or not parsed.file.items
        nets = tuple(item for item in parsed.file.items if isinstance(item, tree.Net))
        for item in parsed.file.items:
            if isinstance(item, tree.Use):
                used = self._used(item, source, folder, chain)
                if used is None:
                    broken = lacks_blocks = True
                    continue
                lacks_blocks = lacks_blocks or used.lacks_blocks
                for name, definition in used.blocks.items():
                    if definition.file is used:
                        self._define(blocks, name, definition, Place(source, item.span))
        file = SpecFile(source, nets, blocks, broken, lacks_blocks)
        names: dict[str, tree.Word] = {}
        for item in parsed.file.items:
            if isinstance(item, (tree.Net, tree.Block)):
                self._once(names, item.name, source)
                self._parameters_once(item, source)
            if isinstance(item, tree.Block):
                self._define(blocks, item.name.text, Definition(item, file), Place(source, item.name.span))
        return file

    def _used(self, use: tree.Use, source: Source, folder: Path, chain: tuple[str, ...]) -> SpecFile | None:
        place = Place(source, Span(use.span.start, use.span.end))
        path = folder / use.path
        if not use.path.endswith(SUFFIX) or not use.path.isprintable():
            self._bad_use(f'"{use.path}" is no spec: the name of one ends in {SUFFIX}', place)
            return None
        real = os.path.realpath(path)
        if real in chain:
            if real == chain[-1]:
                self._bad_use("a file cannot use itself", place)
            else:
                names = " uses ".join(shown(Path(p).name) for p in (*chain[chain.index(real) :], real))
                self._bad_use(f"files use each other in a circle: {names}", place)
            return None
        if real in self.done:
            return self.done[real]
        try:
            text = decode(read_bytes(path))
        except OSError as error:
            helps = isinstance(error, FileNotFoundError) and not self.problems  # a folder can be large
            near = _similar(path) if helps else None
            help = (f'did you mean "{os.path.join(os.path.dirname(use.path), near)}"?',) if near else ()
            reason = (error.strerror or "error").lower()
            self._bad_use(f'"{use.path}" cannot be read: {reason}', place, help)
            return None
        except NotASpec as error:
            self._bad_use(f'"{use.path}" {error}', place)
            return None
        name = os.path.normpath(os.path.join(os.path.dirname(source.name), use.path))
        if len(chain) >= MAX_CHAIN:
            self._bad_use(f"more than {MAX_CHAIN} files use each other in a row", place)
            return None
        file = self._file(Source(name, text), path.parent, (*chain, real))
        self.done[real] = file
        return file

    def _bad_use(self, message: str, place: Place, help: tuple[str, ...] = ()) -> None:
        if len(self.problems) < MOST_DIAGNOSTICS:
            self.problems.append(Diagnostic(Code.BAD_USE, message, place, help=help))

    def _define(self, blocks: dict[str, Definition], name: str, definition: Definition, place: Place) -> None:
        known = blocks.get(name)
        if known is None or known.block is definition.block:
            blocks[name] = definition
        elif known.file is not definition.file:
            label = Label(Place(known.file.source, known.block.name.span), "first defined here")
            self.problems.append(Diagnostic(Code.DEFINED_TWICE, f"`{name}` is defined twice", place, labels=(label,)))

    def _once(self, names: dict[str, tree.Word], name: tree.Word, source: Source) -> None:
        if name.text in names and len(self.problems) < MOST_DIAGNOSTICS:
            label = Label(Place(source, names[name.text].span), "first defined here")
            self.problems.append(
                Diagnostic(
                    Code.DEFINED_TWICE,
                    f"`{name.text}` is defined twice",
                    Place(source, name.span),
                    labels=(label,),
                )
            )
        names.setdefault(name.text, name)

    def _parameters_once(self, item: tree.Net | tree.Block, source: Source) -> None:
        names: dict[str, tree.Word] = {}
        for parameter in item.parameters:
            self._once(names, parameter.name, source)


def _similar(path: Path) -> str | None:
    """The name of a spec beside a missing one that was probably meant."""
    try:
        specs = [name for name in os.listdir(path.parent) if name.endswith(SUFFIX) and name.isprintable()]
    except OSError:
        return None
    return did_you_mean(path.name, specs)


MAX_CHAIN = 100
"""Files that use each other in a row; it bounds the reader's recursion."""


def documentation(source: Source, span: Span) -> str:
    """The comment directly above an item, without its signs."""
    return "\n".join(reversed(list(_comment_lines_above(source, span))))


def _comment_lines_above(source: Source, span: Span) -> Iterator[str]:
    number = source.position(span.start).line - 1
    while number >= 1:
        line = source.line(number).strip()
        if not line.startswith("#"):
            return
        yield line.removeprefix("#").removeprefix(" ").rstrip()
        number -= 1

"""The kernels that a generated module uses, as text: taken from their own files, with all that they use in turn."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import groupby, pairwise
from pathlib import Path
from typing import NamedTuple

_KERNELS = Path(__file__).with_name("kernels")
_OWN = "netspec."


class Section(NamedTuple):
    """Files whose definitions stand together in a module, under a heading."""

    heading: str
    files: tuple[Path, ...]


def _section(heading: str, *names: str) -> Section:
    return Section(heading, tuple(_KERNELS / f"{name}.py" for name in names))


READABLE = (
    _section(
        "Layers, each with its gradient.",
        "convolution",
        "pooling",
        "dense",
        "normalization",
        "activation",
        "regularization",
        "merging",
        "rearranging",
    ),
    _section("What several layers need.", "shapes", "windows"),
    _section("Losses, each with its gradient.", "losses"),
    _section("Weights before training, and in files.", "initial", "files"),
    _section("What every network can do.", "network"),
)
"""The readable kernels, in the order in which a module has them."""


class Import(NamedTuple):
    """A name from another module: ``import module as name``, or ``from module import name``."""

    module: str
    name: str
    whole: bool


class Definition(NamedTuple):
    """A function, class or constant at the top of a file: its text, and the names that it uses."""

    heading: str
    text: str
    uses: frozenset[str]
    imports: frozenset[Import]


class Excerpt(NamedTuple):
    """What a module needs of the files: the lines of its imports, and headings and definitions in order."""

    imports: tuple[str, ...]
    parts: tuple[str, ...]


def excerpt(wanted: Iterable[str], further: Iterable[Import] = (), sections: Sequence[Section] = READABLE) -> Excerpt:
    """These definitions, and all that they use in turn. Raises KeyError for a name that the files do not define.

    `further` is what else the module imports.
    """
    known = definitions(tuple(sections))
    needed: set[str] = set()
    waiting = list(wanted)
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting += known[name].uses
    imports = {*further, *(item for name in needed for item in known[name].imports)}
    parts: list[str] = []
    for heading, group in groupby((known[name] for name in known if name in needed), lambda found: found.heading):
        parts += [f"# {heading}", *(found.text for found in group)]
    return Excerpt(tuple(import_lines(imports)), tuple(parts))


@cache
def definitions(sections: tuple[Section, ...] = READABLE) -> Mapping[str, Definition]:
    """Everything that is defined at the top of the files, by name, in their order."""
    found: dict[str, tuple[str, str, set[str]]] = {}
    imports: dict[str, Import] = {}
    for section in sections:
        for path in section.files:
            source = path.read_text(encoding="utf-8")
            lines, body = source.splitlines(), ast.parse(source).body
            for node, following in pairwise([*body, None]):
                if isinstance(node, (ast.Import, ast.ImportFrom)):
                    imports.update(_imported(node))
                elif node is not None and (name := _defined(node)):
                    found[name] = (section.heading, _text(lines, node, following), _free_names(node))
    return {
        name: Definition(
            heading,
            text,
            frozenset(mentioned & found.keys()),
            frozenset(imports[used] for used in mentioned & imports.keys()),
        )
        for name, (heading, text, mentioned) in found.items()
    }


def _defined(node: ast.stmt) -> str:
    """The name that a statement defines; "" for a docstring, which comes along with what it is about."""
    match node:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return name
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return name
        case _:
            return ""


def _imported(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, Import]]:
    """The names that an import binds; not those from netspec itself, which are definitions here."""
    for alias in node.names:
        name = alias.asname or alias.name
        if isinstance(node, ast.Import):
            yield name, Import(alias.name, name, True)
        elif node.module is not None and not node.module.startswith(_OWN):
            yield name, Import(node.module, name, False)


def _text(lines: list[str], node: ast.stmt, following: ast.stmt | None) -> str:
    """The text of a definition, with its decorators, the comment above it and the docstring below a constant."""
    first, last = node.lineno, node.end_lineno
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        first = min([first, *(decorator.lineno for decorator in node.decorator_list)])
    elif isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant):
        last = following.end_lineno
    while first > 1 and lines[first - 2].startswith("#"):
        first -= 1
    return "\n".join(lines[first - 1 : last])


def _free_names(node: ast.AST) -> set[str]:
    """The names that a definition takes from around it."""
    if isinstance(node, ast.ClassDef):
        inner = [*node.bases, *node.keywords, *node.decorator_list, *node.body]
        return set().union(*map(_free_names, inner))
    used, bound = set(), set()
    for part in ast.walk(node):
        match part:
            case ast.Name(id=name, ctx=ast.Load()):
                used.add(name)
            case ast.Name(id=name) | ast.arg(arg=name) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                bound.add(name)
            case _:
                pass
    return used - bound


def import_lines(imports: Iterable[Import]) -> Iterator[str]:
    """The lines of imports, sorted as ruff does: the standard library, a blank line, NumPy."""
    sections: dict[bool, list[Import]] = {True: [], False: []}
    for item in imports:
        sections[item.module.partition(".")[0] in sys.stdlib_module_names].append(item)
    for standard, items in sections.items():
        if not standard and items and sections[True]:
            yield ""
        for item in sorted(item for item in items if item.whole):
            same = item.module == item.name
            yield f"import {item.module}" if same else f"import {item.module} as {item.name}"
        members: dict[str, list[str]] = {}
        for item in items:
            if not item.whole:
                members.setdefault(item.module, []).append(item.name)
        for module, names in sorted(members.items()):
            yield f"from {module} import {', '.join(sorted(names, key=_import_order))}"


def _import_order(name: str) -> tuple[int, str]:
    """Constants, then classes, then functions."""
    return (0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2), name

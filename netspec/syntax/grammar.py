"""The grammar's LALR tables: made by Lark from ``netspec.lark``, kept in :mod:`netspec.syntax.tables`.

``python -m netspec.syntax.grammar`` writes that module anew after a change of the grammar; ``--check`` only says
whether it is up to date. Until then, a checkout with a changed grammar builds the tables at each start.
"""

from __future__ import annotations

import sys
import zlib
from pathlib import Path
from typing import Any, NamedTuple

_PACKAGE = Path(__file__).resolve().parent.parent


class Rule(NamedTuple):
    """A rule of the grammar as the parser uses it.

    `picks` tells which of the `length` symbols become children: an index, ~index for a list whose items become
    children, None for an optional part that is absent. An empty `builder` passes its one child on; ``[]`` makes a list.
    """

    nonterminal: int
    length: int
    builder: str
    picks: tuple[int | None, ...]


class Tables(NamedTuple):
    """What the parser needs to know: symbols are numbers, terminals first.

    `pattern` matches one token, and `groups` tells which by the number of the group that matched. The last group is
    that of all `signs`, which their text tells apart, as it does `keywords` among names. `states` map a symbol to where
    it leads: a terminal to a state to shift to (0 and up) or to ~rule to reduce by, a nonterminal to the next state.
    """

    checksum: int
    symbols: tuple[str, ...]
    kept: frozenset[int]
    keywords: dict[str, int]
    signs: dict[str, int]
    ignored: str
    pattern: str
    groups: tuple[int, ...]
    rules: tuple[Rule, ...]
    states: tuple[dict[int, int], ...]
    start: int
    accepting: int


def grammar_path() -> Path:
    """The grammar: beside the package where it is installed, at the top of a checkout otherwise."""
    installed = _PACKAGE / "grammars" / "netspec.lark"
    return installed if installed.exists() else _PACKAGE.parent / "grammars" / "netspec.lark"


def load_tables() -> Tables:
    """The tables of the present grammar."""
    from netspec.syntax import tables

    text = grammar_path().read_bytes()
    if zlib.crc32(text) == tables.CHECKSUM:
        rules = tuple(map(Rule._make, tables.RULES))
        return Tables(
            tables.CHECKSUM,
            tables.SYMBOLS,
            tables.KEPT,
            tables.KEYWORDS,
            tables.SIGNS,
            tables.IGNORED,
            tables.PATTERN,
            tables.GROUPS,
            rules,
            tables.STATES,
            tables.START,
            tables.ACCEPTING,
        )
    return build_tables(text)


def build_tables(text: bytes) -> Tables:
    """The tables of a grammar, by Lark's LALR construction. Raises Lark's errors for a grammar with conflicts."""
    from lark import Lark
    from lark.parsers.lalr_analysis import Shift

    # Lark has no public face for its tables, and so no types for them either.
    lark: Any = Lark(text.decode(), parser="lalr", lexer="basic", maybe_placeholders=True, strict=False)
    table = lark.parser.parser._parse_table
    terminals = sorted(lark.terminals, key=lambda t: (-t.priority, -t.pattern.max_width, -len(t.pattern.value), t.name))
    fixed = [t for t in terminals if t.pattern.type == "str"]
    words = [t for t in fixed if t.pattern.value.isidentifier()]
    signs = [t for t in fixed if t not in words]
    ignored = [t for t in terminals if t.name in lark.ignore_tokens]
    others = [t for t in terminals if t not in fixed and t not in ignored]
    names = [t.name for t in terminals] + ["$END"]
    names += sorted({str(rule.origin.name) for rule in lark.rules})
    numbers = {name: i for i, name in enumerate(names)}
    kept = {
        numbers[symbol.name]
        for rule in lark.rules
        for symbol in rule.expansion
        if symbol.is_term and not symbol.filter_out
    }

    ordered = sorted(lark.rules, key=lambda rule: (rule.origin.name, rule.order))
    order = {rule: i for i, rule in enumerate(ordered)}
    rules = tuple(_rule(rule, numbers) for rule in ordered)
    place = _numbered(table, numbers)
    states = [
        {
            numbers[name]: place[argument] if action is Shift else ~order[argument]
            for name, (action, argument) in sorted(table.states[state].items(), key=lambda item: numbers[item[0]])
        }
        for state in place
    ]
    return Tables(
        checksum=zlib.crc32(text),
        symbols=tuple(names),
        kept=frozenset(kept),
        keywords={t.pattern.value: numbers[t.name] for t in sorted(words, key=lambda t: t.name)},
        signs={t.pattern.value: numbers[t.name] for t in signs},
        ignored="|".join(map(_regexp, ignored)),
        pattern="|".join(f"({part})" for part in (*map(_regexp, others), "|".join(map(_regexp, signs)))),
        groups=(-1, *(numbers[t.name] for t in others), -1),
        rules=rules,
        states=_direct(states, rules),
        start=place[table.start_states["start"]],
        accepting=place[table.end_states["start"]],
    )


def _regexp(terminal: Any) -> str:
    return str(terminal.pattern.to_regexp())


def _numbered(table: Any, numbers: dict[str, int]) -> dict[int, int]:
    """Lark's states in the order in which they are reached from the start; Lark's own numbers differ with each run."""
    from lark.parsers.lalr_analysis import Shift

    place = {table.start_states["start"]: 0}
    reached = list(place)
    for state in reached:
        for _, (action, target) in sorted(table.states[state].items(), key=lambda item: numbers[item[0]]):
            if action is Shift and target not in place:
                place[target] = len(place)
                reached.append(target)
    return place


def _direct(states: list[dict[int, int]], rules: tuple[Rule, ...]) -> tuple[dict[int, int], ...]:
    """The states without the detours through rules that only pass a child on, from one nonterminal to another."""
    passed: dict[int, int] = {}
    for state, actions in enumerate(states):
        targets = set(actions.values())
        if len(targets) == 1 and (action := targets.pop()) < 0 and rules[~action][1:3] == (1, ""):
            passed[state] = rules[~action].nonterminal
    direct = []
    for actions in states:
        actions = dict(actions)
        for symbol, target in actions.items():
            while target in passed:
                target = actions[passed[target]]
            actions[symbol] = target
        direct.append(actions)
    return tuple(direct)


def _rule(rule: Any, numbers: dict[str, int]) -> Rule:
    """A rule of Lark's, with what Lark's own tree builder would do to its children."""
    absent = "".join(str(int(empty)) for empty in rule.options.empty_indices).split("0")
    picks: list[int | None] = []
    for i, symbol in enumerate(rule.expansion):
        if rule.options.empty_indices:
            picks += [None] * len(absent[i])
        if not (symbol.is_term and symbol.filter_out):
            picks.append(~i if symbol.name.startswith("__") else i)
    if rule.options.empty_indices:
        picks += [None] * len(absent[-1])
    name = str(rule.origin.name)
    builder = "[]" if name.startswith("__") else str(rule.alias or name)
    only_child = len(picks) == 1 and not (rule.alias and rule.expansion[0].is_term)
    if rule.options.expand1 and only_child:
        builder = ""
    return Rule(numbers[name], len(rule.expansion), builder, tuple(picks))


def render_tables(tables: Tables) -> str:
    """The tables as a Python module."""
    lines = [
        '"""LALR tables of grammars/netspec.lark. Generated: ``python -m netspec.syntax.grammar`` makes it anew."""',
        "",
        "# fmt: off",
        f"CHECKSUM = {tables.checksum}",
        f"SYMBOLS: tuple[str, ...] = {tables.symbols!r}",
        f"KEPT: frozenset[int] = frozenset({sorted(tables.kept)!r})",
        f"KEYWORDS: dict[str, int] = {tables.keywords!r}",
        f"SIGNS: dict[str, int] = {tables.signs!r}",
        f"IGNORED = {tables.ignored!r}",
        f"PATTERN = {tables.pattern!r}",
        f"GROUPS: tuple[int, ...] = {tables.groups!r}",
        f"START = {tables.start}",
        f"ACCEPTING = {tables.accepting}",
        "RULES: tuple[tuple[int, int, str, tuple[int | None, ...]], ...] = (",
        *(f"    {tuple(rule)!r}," for rule in tables.rules),
        ")",
        "STATES: tuple[dict[int, int], ...] = (",
        *(f"    {state!r}," for state in tables.states),
        ")",
        "",
    ]
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    """Write ``tables.py``, or with ``--check`` compare it."""
    target = _PACKAGE / "syntax" / "tables.py"
    text = render_tables(build_tables(grammar_path().read_bytes()))
    if arguments == ["--check"]:
        if target.read_text(encoding="utf-8") == text:
            return 0
        print(f"{target.name} is out of date: run python -m netspec.syntax.grammar", file=sys.stderr)
        return 1
    target.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

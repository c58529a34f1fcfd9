"""From text to tree: a loop over Lark's LALR tables that builds the tree as it goes and goes on after mistakes."""

from __future__ import annotations

from sys import intern
from typing import Any, NamedTuple

from netspec.diagnostics import MOST_DIAGNOSTICS, Code, Diagnostic, Label, did_you_mean
from netspec.quick import quick_tuple
from netspec.source import Place, Source, Span, quick_span
from netspec.syntax import hints, tree
from netspec.syntax.machine import Machine, Reduction, State, machine
from netspec.syntax.tree import Word

quick_word = quick_tuple(Word)

MAX_NESTING = 100
"""Bodies and parentheses within each other. It also bounds every recursion over the tree."""


class Parsed(NamedTuple):
    """The tree, and what was wrong. Where something was, the tree holds :class:`netspec.syntax.tree.Broken`.

    `read`: so many characters were read: all, but where there were too many mistakes.
    """

    file: tree.File
    problems: tuple[Diagnostic, ...]
    read: int


def parse(source: Source, most: int = MOST_DIAGNOSTICS) -> Parsed:
    """The syntax tree of a text. Never raises: after a mistake it goes on at the next line, and ends after so many."""
    return _Parser(machine(), source, most).run()


def proofread(source: Source, most: int = MOST_DIAGNOSTICS) -> Parsed:
    """What :func:`parse` finds wrong with a text, in half the time, without the tree."""
    return _Parser(machine(builds=False), source, most).run()


def is_reserved(word: str) -> bool:
    """Whether a word cannot be a name: the grammar's keywords but `x`, and `in`."""
    return word == "in" or (word != "x" and word in machine().tables.keywords)


class _Parser:
    """One run over one text."""

    def __init__(self, machine: Machine, source: Source, most: int) -> None:
        self.machine = machine
        self.source = source
        self.most = most
        self.problems: list[Diagnostic] = []
        self.states = [machine.states[machine.tables.start]]
        self.values: list[Any] = [None]
        self.starts = [0]
        self.end = 0  # of the last token taken
        self.braces: list[int] = []
        self.parentheses: list[int] = []
        self.brackets = {
            machine.symbol["LBRACE"]: (True, self.braces),
            machine.symbol["RBRACE"]: (False, self.braces),
            machine.symbol["LPAR"]: (True, self.parentheses),
            machine.symbol["RPAR"]: (False, self.parentheses),
        }
        self.skipping = False
        self.skipped_braces = 0
        self.last = machine.symbol["_NEWLINE"]

    def run(self) -> Parsed:
        machine = self.machine
        symbol, tables = machine.symbol, machine.tables
        groups, signs, keywords, kept = tables.groups, tables.signs, tables.keywords, machine.kept
        name, newline, x = symbol["NAME"], symbol["_NEWLINE"], symbol["X"]
        brackets, states, values, starts = self.brackets, self.states, self.values, self.starts
        bad = len(groups)
        for match in machine.scan(self.source.text):
            group = match.lastindex
            if group is None:
                break
            start, end = match.span(group)
            if group == bad:
                if not self.skipping:
                    self._bad_characters(match[group], Span(start, end))
                if len(self.problems) >= self.most:
                    break
                continue
            kind = groups[group]
            if kind == newline and self.parentheses:
                continue
            text = match[group]
            if kind < 0:
                kind = signs[text]
            elif kind == name:
                text = intern(text)  # the same few words again and again
                kind = keywords.get(text, name)
                if kind == x and x not in states[-1]:
                    kind = name  # `x` separates sizes only where a size stands before it
            if self.skipping:
                self._skip(kind)
                if self.skipping:
                    continue
            state = states[-1].get(kind)
            if isinstance(state, Reduction):
                state = self._reduce(state, kind)
            if state is None:
                if kind == newline == self.last:
                    continue  # the end of a broken line has been taken already
                is_tried_again = self._unexpected(kind, Span(start, end))
                if len(self.problems) >= self.most:
                    break
                state = self._next(kind) if is_tried_again else None
                if state is None:
                    continue
            if kind in brackets and not self._track(kind, start):
                return Parsed(tree.File(()), tuple(self.problems), end)
            states.append(state)
            values.append(quick_word((text, quick_span((start, end)))) if kind in kept else None)
            starts.append(start)
            self.end = end
            self.last = kind
        return self._finish()

    def _next(self, kind: int) -> State | None:
        """The state that a token leads to, after all reductions that come before it; None where it does not belong."""
        return self._reduce(self.states[-1].get(kind), kind)

    def _reduce(self, action: State | Reduction | None, kind: int) -> State | None:
        """Apply this rule, if it is one, and those after it; then as :meth:`_next`."""
        states, values, starts, end = self.states, self.values, self.starts, self.end
        while isinstance(action, Reduction):
            nonterminal, length, make = action
            if length == 1:
                if make is not None:
                    values[-1] = make(values, starts[-1], end)
                state = states[-1] = states[-2][nonterminal]
            else:
                start = starts[-length] if length else end
                value = make(values, start, end) if make is not None else None
                if length:
                    del states[-length:], values[-length:], starts[-length:]
                state = states[-1][nonterminal]
                states.append(state)
                values.append(value)
                starts.append(start)
            action = state.get(kind)
        return action

    def _track(self, kind: int, start: int) -> bool:
        """Keep count of brackets; False (with a diagnostic) where they are nested too deep to go on."""
        opens, opened = self.brackets[kind]
        if not opens:
            opened.pop()
            return True
        opened.append(start)
        if len(opened) <= MAX_NESTING:
            return True
        what = "bodies" if opened is self.braces else "parentheses"
        place = Place(self.source, Span(start, start + 1))
        self.problems.append(
            Diagnostic(Code.NESTED_TOO_DEEP, f"more than {MAX_NESTING} {what} within each other", place)
        )
        return False

    # What is wrong, and going on after it

    def _bad_characters(self, text: str, span: Span) -> None:
        if text[0].isdigit():
            message = f"`{text[:40]}` is neither a number nor a size"
        elif text[0] == '"':
            message = "this text in quotes has no end on its line"
        elif text[0].isalpha():
            message = f"`{text[:40]}` cannot stand in a name: names are made of the letters a-z and A-Z, digits and _"
        elif text.isprintable():
            message = f"`{text[:40]}` means nothing here"
        else:
            message = f"the character U+{ord(text[0]):04X} means nothing here"
        advice = hints.characters(text)
        help = (advice,) if advice is not None else ()
        self._problem(Code.BAD_CHARACTER, message, span, help=help)
        self._recover(span.start)

    def _unexpected(self, kind: int, span: Span) -> bool:
        """Tell of a token that does not belong. True if it is to be tried again; else it is skipped."""
        symbol = self.machine.symbol
        if kind == symbol["_ARROW"]:
            span = Span(span.start, span.start + len("->"))  # without the line ends that belong to it
        text = self.source.slice(span)
        opened = self.parentheses[-1] if self.parentheses else None
        if opened is not None and self.source.position(opened).line < self.source.position(span.start).line:
            self._problem(Code.UNEXPECTED_TOKEN, "this `(` is never closed", Span(opened, opened + 1))
            self._recover(opened)
            self._resume()
            return True
        if kind in (symbol["NET"], symbol["BLOCK"]) and self.braces:
            brace = Span(self.braces[-1], self.braces[-1] + 1)
            label = Label(Place(self.source, span), f"a {text} cannot stand inside another body")
            self._problem(Code.UNEXPECTED_TOKEN, "this `{` is never closed", brace, labels=(label,))
            self._recover(brace.start, whole_item=True)
            self._resume()
            return True
        if kind == symbol["_NEWLINE"] and symbol["LBRACE"] in self._accepted() and self._brace_follows(span):
            # The line end is passed over, and the body taken as it is.
            at = self.source.text.index("{", span.end)
            message = "`{` stands in the line of what it belongs to"
            self._problem(Code.UNEXPECTED_TOKEN, message, Span(at, at + 1))
            return False
        if kind == symbol["RBRACE"] and not self.braces:
            message, caption = "this `}` closes nothing", ""
        elif kind == symbol["_NEWLINE"]:
            span = Span(span.start, span.start + 1)
            message, caption = "the line ends too early", self._expected()
        else:
            message, caption = f"`{text}` does not belong here", self._expected()
        code, help = Code.UNEXPECTED_TOKEN, self._advice(kind, text, span)
        is_name_wanted = symbol["NAME"] in self._accepted() and symbol["INPUT"] not in self._accepted()
        if text in self.machine.tables.keywords and is_name_wanted:
            code, message = Code.RESERVED_WORD, f"`{text}` is a word of the language and cannot be a name"
        self._problem(code, message, span, caption=caption, help=help)
        self._recover(span.start)
        self._skip(kind)
        return not self.skipping

    def _accepted(self) -> State:
        """The symbols that can stand next."""
        return self.states[-1]

    def _brace_follows(self, line_end: Span) -> bool:
        """Whether the next line begins with a body."""
        return self.source.text[line_end.end : line_end.end + hints.FARTHEST].lstrip().startswith("{")

    def _advice(self, kind: int, text: str, span: Span) -> tuple[str, ...]:
        """What to do about a token that does not belong."""
        symbol, accepted = self.machine.symbol, self._accepted()
        if kind == symbol["NAME"] and symbol["NET"] in accepted:
            known = [word for word, number in self.machine.tables.keywords.items() if number in accepted]
            near = hints.item_meant(text) or did_you_mean(text, known)
            return (f"did you mean `{near}`?",) if near else ()
        if not self.braces and not self.parentheses:
            return ()
        before = self.source.text[max(0, span.start - hints.FARTHEST) : span.start].rpartition("\n")[2]
        after = self.source.text[span.end : span.end + hints.FARTHEST].partition("\n")[0]
        advice = hints.hint(text, before, after, in_parentheses=bool(self.parentheses))
        return (advice,) if advice is not None else ()

    def _expected(self) -> str:
        """What could have stood here, in the words of the language."""
        accepted = {self.machine.tables.symbols[i] for i in self._accepted()}
        if self.last == self.machine.symbol["_NEWLINE"]:
            accepted.discard("_NEWLINE")
        return hints.expected(accepted)

    def _problem(
        self,
        code: Code,
        message: str,
        span: Span,
        *,
        caption: str = "",
        help: tuple[str, ...] = (),
        labels: tuple[Label, ...] = (),
    ) -> None:
        self.problems.append(Diagnostic(code, message, Place(self.source, span), caption, labels, (), help))

    def _recover(self, start: int, *, whole_item: bool = False) -> None:
        """Replace what is unfinished by a broken statement (or item) and skip the rest of its line."""
        symbol = self.machine.symbol
        statement, item = symbol["statement"], symbol["item"]
        goal = item if whole_item else statement
        if self._is_after("RBRACE"):
            if not self.braces:
                # A net or block is complete: what follows it in its line takes nothing from it.
                self._next(symbol["_NEWLINE"])
                self._skip_line()
                return
            while not self._is_after("LBRACE"):  # a closed body is no place for a statement
                self._pop()
            self._pop()
        while not (goal in self.states[-1] or item in self.states[-1]):
            self._pop()
        if item in self.states[-1]:
            goal = item
            self.braces.clear()
        self.states.append(self.states[-1][goal])
        self.values.append(tree.Broken(Span(start, start)))
        self.starts.append(start)
        self.end = start
        self._skip_line()

    def _is_after(self, terminal: str) -> bool:
        """Whether the last symbol taken is this bracket: a state is reached by one symbol alone."""
        kind = self.machine.symbol[terminal]
        return any(state.get(kind) is self.states[-1] for state in self.machine.states)

    def _pop(self) -> None:
        del self.states[-1], self.values[-1], self.starts[-1]

    def _skip_line(self) -> None:
        self.parentheses.clear()
        self.skipping = True
        self.skipped_braces = 0

    def _skip(self, kind: int) -> None:
        """Pass over a token after a mistake, up to the end of its line or of the body around it."""
        symbol = self.machine.symbol
        if kind == symbol["LBRACE"]:
            self.skipped_braces += 1
        elif kind == symbol["RBRACE"]:
            if self.skipped_braces:
                self.skipped_braces -= 1
            elif self.braces:
                self.skipping = False
        elif kind == symbol["_NEWLINE"] and not self.skipped_braces:
            self.skipping = False

    def _resume(self) -> None:
        """Go on as if the broken line had ended here."""
        self.skipping = False
        newline = self.machine.symbol["_NEWLINE"]
        state = self._next(newline)
        if state is not None:
            self.states.append(state)
            self.values.append(None)
            self.starts.append(self.end)
            self.last = newline

    def _finish(self) -> Parsed:
        if len(self.problems) >= self.most:
            note = f"the rest of the file is not read after {self.most:,} mistakes"
            self.problems[-1] = self.problems[-1]._replace(notes=(note,))
            return Parsed(tree.File(()), tuple(self.problems), self.end)
        end = self.machine.symbol["$END"]
        self._next(end)
        if self.states[-1] is not self.machine.states[self.machine.tables.accepting]:
            at = len(self.source.text.rstrip())
            if self.parentheses or self.braces:
                sign, opened = ("(", self.parentheses[-1]) if self.parentheses else ("{", self.braces[-1])
                ending = Label(Place(self.source, Span(max(at - 1, 0), at)), "the file ends here")
                self._problem(
                    Code.UNEXPECTED_END, f"this `{sign}` is never closed", Span(opened, opened + 1), labels=(ending,)
                )
            elif not self.problems:
                span = Span(max(at - 1, 0), at)
                self._problem(Code.UNEXPECTED_END, "the file ends too early", span, caption=self._expected())
            self._recover(at, whole_item=True)
            self._next(end)
        file = next((value for value in reversed(self.values) if isinstance(value, tree.File)), tree.File(()))
        return Parsed(file, tuple(self.problems), len(self.source.text))

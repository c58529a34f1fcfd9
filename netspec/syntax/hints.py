"""What could have stood at a place, and what to do about a token that does not belong there."""

from __future__ import annotations

import re

FARTHEST = 200
"""Advice looks at no more than so many characters on either side, so that it takes constant time."""

_ITEMS = {
    "net": {"network", "model", "module", "class", "nn"},
    "block": {"def", "function", "fn", "func", "macro", "layer"},
    "use": {"import", "include", "require", "using"},
}
"""What other languages call the items of a file."""

_WORDS = {"&&": "and", "||": "or", "!": "not"}

_RELATIONS = {"==", "!=", "<", "<=", ">", ">="}

_OPERATORS = {"+", "-", "*", "//", "%", "and", "or", "not"} | _RELATIONS


def hint(text: str, before: str, after: str, *, in_parentheses: bool) -> str | None:
    """Advice for a token with this text; `before` and `after` are the rest of its line."""
    if text == "," and in_parentheses:
        return "a size is written 3x3, and arguments stand one after another: `conv 6 3x3 stride=2`"
    if text == ",":
        return "arguments stand one after another, without commas: `conv 6 3x3 stride=2`"
    if text == "=" and after.lstrip().startswith(">"):
        return "`=>`, which states a shape, has no space in it"
    if text == "=" and re.search(r"\b(if|assert)\b", before):
        return "a comparison is written `==`"
    if text == "*" and before.endswith(tuple("0123456789")) and after[:1].isdigit():
        return "a size is written 3x3, an expression in parentheses: `(2 * width)`"
    if text == "//" and not in_parentheses:
        return "an expression stands in parentheses: `(width // 2)`; a comment begins with `#`"
    if text == "*" and (before.endswith("*") or after.startswith("*")):
        return "there are no powers: write the product"
    if text in _RELATIONS and re.search(r"[<>=]", before):
        return "comparisons do not chain: join two of them by `and`"
    if text in _OPERATORS and not in_parentheses:
        return "an expression stands in parentheses: `(2 * width)`"
    if text.endswith(":") and before.strip():
        return f"an argument is given by name as `{text[:-1].rstrip()}=…`; a label stands before its layer"
    if text == "->" and not before.strip():
        return "a chain goes on in the next line where the line before ends with `->`"
    if text == "->" and re.search(r"(^|\{)\s*(\w+\s*:\s*)?input\b[^{}]*$", before):
        return "an input is a statement of its own: the layers begin in the next line"
    if text == "else":
        return "`else` stands in the line of the `}` before it"
    if text == "input" and before.strip():
        return "an input that a spec comes back to has a label: `image: input 3x32x32`, and later `from image`"
    if text.startswith('"') and before.rstrip().endswith("="):
        return f"words stand without quotes: `{text.strip(chr(34))}`"
    if "." in text and after.lstrip().startswith(":"):
        return "a label is one name; the groups around it make the path"
    return None


def item_meant(word: str) -> str | None:
    """`net`, `block` or `use`, for the word that another language has for it."""
    return next((item for item, words in _ITEMS.items() if word.lower() in words), None)


def characters(text: str) -> str | None:
    """Advice for characters that are no token."""
    if re.fullmatch(r"\d+([xX×*]\d+)+", text):
        return f"sizes are written with a small x: `{text.replace('X', 'x').replace('*', 'x')}`"
    if text[0].isdigit():
        return "numbers are written 6, 61_706 or 0.5, sizes 3x3, 1x28x28 or 3 x H x W"
    if text == ";":
        return "a statement ends at the end of its line"
    if text == "/":
        return "division is `//`, which rounds down: sizes are whole numbers"
    if text[0] == "'":
        return "words stand without quotes, as in `padding=same`; the path after `use` has double ones"
    if text in _WORDS:
        return f"netspec writes `{_WORDS[text]}`"
    if text == "/*":
        return "a comment begins with `#` and ends with its line"
    return None


def expected(terminals: set[str]) -> str:
    """What could have stood at a place where these terminals of the grammar can stand; nothing if it is too much."""
    phrases: list[str] = []
    for tokens, phrase in _PHRASES:
        if tokens <= terminals:
            phrases.append(phrase)
            terminals = terminals - tokens
    if not 0 < len(phrases) <= _MOST_PHRASES:
        return ""
    return "expected " + " or ".join(filter(None, [", ".join(phrases[:-1]), phrases[-1]]))


_MOST_PHRASES = 5

_PHRASES: tuple[tuple[frozenset[str], str], ...] = tuple(
    (frozenset(tokens.split()), phrase)
    for tokens, phrase in (
        ("NET", "`net`"),
        ("BLOCK", "`block`"),
        ("USE", "`use`"),
        ("INPUT ASSERT REPEAT FROM OUTPUT IF LABEL NAME LBRACE", "a statement"),
        ("WINDOW INTEGER DECIMAL NAME PATH LPAR", "a value"),
        ("LABEL NAME LBRACE", "a layer, a block or a group"),
        ("LABEL", "a label with `:`"),
        ("NAME", "a name"),
        ("STRING", 'a path in quotes, as in `use "blocks.net"`'),
        ("INPUT", "`input`"),
        ("_EQUALS", "`=`"),
        ("EQUAL PLUS TIMES", "an operator"),
        ("_ARROW", "`->`"),
        ("_GIVES", "`=>`"),
        ("COMMA", "`,`"),
        ("LPAR", "`(`"),
        ("RPAR", "`)`"),
        ("LBRACE", "`{`"),
        ("RBRACE", "`}`"),
        ("IF", "`if`"),
        ("ELSE", "`else`"),
        ("_NEWLINE", "the end of the line"),
    )
)

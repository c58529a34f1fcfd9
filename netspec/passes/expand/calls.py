"""Calls: what is written after a name, bound to the arguments of a layer or the parameters of a block."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, Literal, NamedTuple, get_args, get_origin

from pydantic import ValidationError

from netspec.diagnostics import Code
from netspec.layers import LAYERS, AnyLayer, arguments, signature
from netspec.layers.arguments import expectation
from netspec.passes.expand.reports import Reports, Site
from netspec.passes.expand.values import Bare, Evaluated, Known, Unknown, describe
from netspec.sizes import Polynomial, QuasiAffine
from netspec.source import Span
from netspec.syntax import tree


class Signature(NamedTuple):
    """What can be called: the names in positional order, those that must be given, and how it is written."""

    name: str
    names: tuple[str, ...]
    required: frozenset[str]
    text: str
    foreign: Callable[[str], str | None]


@cache
def layer_signature(kind: str) -> Signature:
    """The signature of a layer."""
    fields = arguments(LAYERS[kind])
    required = frozenset(name for name, field in fields.items() if field.is_required())
    return Signature(kind, tuple(fields), required, signature(LAYERS[kind]), lambda word: _foreign(kind, word))


def _foreign(kind: str, word: str) -> str | None:
    from netspec.layers.foreign_words import argument_for  # only a mistake pays for it

    return argument_for(kind, word)


def parameter_signature(name: str, parameters: Sequence[tree.Parameter], text: str) -> Signature:
    """The signature of a block or net; `text` is how its definition writes it."""
    names = tuple(parameter.name.text for parameter in parameters)
    required = frozenset(parameter.name.text for parameter in parameters if parameter.default is None)
    return Signature(name, names, required, text, lambda word: None)


Bound = dict[str, tree.Argument]
"""What was written for each argument that was given."""


def bind(call: tree.Call, signature: Signature, site: Site, reports: Reports) -> Bound | None:
    """What a call gives for each argument; None, after diagnostics, where it does not fit the signature."""
    bound: Bound = {}
    if not call.parts and not signature.required:
        return bound
    sound = True
    usage = (f"it is called as `{signature.text}`",)
    position = 0
    for before, part in zip((call.name, *call.parts), call.parts, strict=False):
        if _runs_on(before.span, part, site):
            text = site.source.slice(Span(_start(before), part.span.end))
            message = f"`{text}` is two values here: `{site.source.slice(part.span)}` stands for itself"
            parenthesised = f"an expression stands in parentheses: `({text})`"
            reports.add(site, Code.BAD_EXPRESSION, message, part.span, help=(parenthesised,))
            return None
        if isinstance(part, tree.Operand) or part.condition is not None:
            message = f"`{signature.name}` takes no operands"
            reports.add(site, Code.BAD_OPERANDS, message, _first_line(part.span, part), help=usage)
            sound = False
            continue
        if part.keyword is None:
            if position >= len(signature.names):
                many = len(signature.names)
                limit = f"at most {many} value{'s' if many > 1 else ''}" if many else "no arguments"
                message = f"`{signature.name}` takes {limit}"
                reports.add(site, Code.TOO_MANY_ARGUMENTS, message, part.span, help=usage)
                sound = False
                break
            name = signature.names[position]
            position += 1
        else:
            name = part.keyword.text
            if name not in signature.names:
                known = signature.foreign(name) or reports.near(name, signature.names)
                help = (f"netspec calls it `{known}`",) if signature.foreign(name) else (f"did you mean `{known}`?",)
                message = f"`{signature.name}` has no argument `{name}`"
                span = part.keyword.span
                reports.add(site, Code.UNKNOWN_ARGUMENT, message, span, help=(help if known else ()) + usage)
                sound = False
                continue
        if name in bound:
            message = f"`{name}` of `{signature.name}` is given twice"
            advice = _by_name(part, signature.names) if part.keyword is None else ()
            reports.add(site, Code.REPEATED_ARGUMENT, message, part.span, help=advice + usage)
            sound = False
            continue
        bound[name] = part
    missing = [name for name in signature.names if name in signature.required and name not in bound]
    if missing and sound:
        words = " and ".join(f"`{name}`" for name in missing)
        reports.add(site, Code.MISSING_ARGUMENT, f"`{signature.name}` needs {words}", call.name.span, help=usage)
        sound = False
    return bound if sound else None


def _runs_on(before: Span, part: tree.Argument | tree.Operand, site: Site) -> bool:
    """Whether a part is the `-1` of `width-1`, which was meant to be one expression."""
    return before.end == part.span.start and site.source.text[part.span.start] == "-"


def _start(part: tree.Word | tree.Argument | tree.Operand) -> int:
    """Where the value of a part begins."""
    return part.value.span.start if isinstance(part, tree.Argument) else part.span.start


def _by_name(part: tree.Argument, names: Iterable[str]) -> tuple[str, ...]:
    """Help for `stride 2`, where `stride` was taken as a value."""
    if isinstance(part.value, tree.Word) and part.value.text in names:
        return (f"an argument is given by name as `{part.value.text}=…`",)
    return ()


def _first_line(span: Span, part: tree.Operand | tree.Argument) -> Span:
    """For a body, only its brace is marked."""
    return Span(span.start, span.start + 1) if isinstance(part, tree.Operand) else span


def make_layer(
    kind: str,
    bound: Bound,
    values: Mapping[str, Evaluated],
    parameters: Iterable[str],
    site: Site,
    reports: Reports,
) -> AnyLayer | None:
    """The layer with these arguments; None, after diagnostics, where one is wrong or unknown.

    `parameters` are the names that could have been meant by a word that is none.
    """
    layer_class = LAYERS[kind]
    fields = arguments(layer_class)
    given: dict[str, Any] = {}
    sound = True
    for name, value in values.items():
        if isinstance(value, Unknown):
            sound = False
        elif _symbolic(value):
            message = f"`{name}` of `{kind}` must be fixed, not {describe(value)}, which depends on the input's size"
            reports.add(site, Code.NOT_FIXED, message, bound[name].value.span)
            sound = False
        elif isinstance(value, Bare) and not _words(fields[name]):
            near = reports.near(value, parameters)
            help = (f"did you mean `{near}`?",) if near else _by_name(bound[name], fields)
            message = f"`{name}` of `{kind}` must be {expectation(fields[name])}; `{value}` is no parameter here"
            reports.add(site, Code.UNKNOWN_NAME, message, bound[name].value.span, help=help)
            sound = False
        else:
            given[name] = str(value) if isinstance(value, Bare) else value
    try:
        layer = layer_class(**given)
        return layer if sound else None
    except ValidationError as error:
        wrong = dict.fromkeys(str(item["loc"][0]) for item in error.errors() if item["loc"])
        for name in wrong:
            if name not in given:
                continue  # its default follows another argument, which is told; or it is told itself
            value = given[name]
            near = reports.near(value, _words(fields[name])) if isinstance(value, str) else None
            message = f"`{name}` of `{kind}` must be {expectation(fields[name])}, not {describe(value)}"
            help = (f"did you mean `{near}`?",) if near else ()
            reports.add(site, Code.BAD_ARGUMENT, message, bound[name].value.span, help=help)
        return None


def _symbolic(value: Known) -> bool:
    if isinstance(value, tuple):
        return any(map(_symbolic, value))
    return isinstance(value, (QuasiAffine, Polynomial))


def _words(field: Any) -> tuple[str, ...]:
    """The words that an argument accepts, as in ``padding=same``."""
    annotation = field.annotation
    choices = get_args(annotation) if get_origin(annotation) is not Literal else (annotation,)
    return tuple(word for choice in choices if get_origin(choice) is Literal for word in get_args(choice))

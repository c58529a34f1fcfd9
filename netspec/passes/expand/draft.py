"""The net while it is being made: nodes and modules added, names given, labels looked up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from netspec.diagnostics import Code, Label, did_you_mean
from netspec.ir import Argument, Expression, Input, Module, Node, Origin, Output, ShapedNode, Turn, Use, Written
from netspec.layers import AnyLayer, Facts, Misfit, facts
from netspec.passes.expand.calls import Bound, make_layer
from netspec.passes.expand.limits import (
    CHARACTERS_A_LAYER,
    MAX_LAYERS,
    NOTHING,
    TIMES_AS_LONG,
    Least,
    limit,
    weight,
)
from netspec.passes.expand.names import Labels, Level, labels_of, numbered
from netspec.passes.expand.reports import MOST_NUMBERS, Reports, Site, TooMany
from netspec.passes.expand.values import Evaluated, Scope, Value, quick_value
from netspec.passes.infer import shaped
from netspec.passes.places import place_of
from netspec.sizes import Shape, fixed
from netspec.sketch import Fault
from netspec.source import Place, Source, Span
from netspec.syntax import tree
from netspec.syntax.parser import is_reserved
from netspec.syntax.project import SpecFile

MOST_REMEMBERED = 1 << 12
"""Layers kept to be used again: those of nearly every net, and no burden where no two are alike."""


class ClaimSite(NamedTuple):
    """An ``assert`` with what is needed to judge it later: where it stands, and the level that it speaks of."""

    claim: tree.Claim
    scope: Scope
    site: Site
    path: str


class StatedSite(NamedTuple):
    """A shape after ``=>`` that is right for some sizes of the input: whether for all that fit is known at the end."""

    stated: Shape
    found: Shape
    span: Span
    site: Site


class Context(NamedTuple):
    """Where a statement stands: its level of names, what names mean there, and how it came to be part of the net.

    `turns` are those of the repeats around it, and `shadowed` keeps what their labels meant before the present one.
    `times`: how often at least the present body runs, by the repeats around it. `roots`: the net's parameters that each
    parameter here depends on; `inner`: `in` is not what entered the net or block, so it may depend on all of them.
    `top`: directly in the net, or in a condition there.
    """

    level: Level
    scope: Scope
    site: Site
    file: SpecFile
    turns: tuple[Turn, ...] = ()
    shadowed: dict[str, Value | None] | None = None
    times: int = 1
    when: tuple[Expression, ...] = ()
    uses: tuple[Use, ...] = ()
    blocks: tuple[tree.Block, ...] = ()
    roots: Mapping[str, frozenset[str]] = {}
    inner: bool = False
    top: bool = False


class _Layers(dict[tuple[object, ...], AnyLayer]):
    """Layers that were made, by their arguments and, where those are literals, by the text that asks for them."""

    def keep(self, key: tuple[object, ...], layer: AnyLayer) -> None:
        """Remember a layer, and forget all others if they have become too many."""
        if len(self) >= MOST_REMEMBERED:
            self.clear()
        self[key] = layer


class Draft:
    """What has come of a net so far, and what was wrong."""

    before = NOTHING
    """What the nets before this one came to: those of a file share its limit."""

    characters = 0
    """Those that this net comes to, written out."""

    depth = 0
    """How many bodies the present place lies in, through calls of blocks too."""

    def __init__(self, file: SpecFile, settings: Mapping[str, Argument], input_shape: Shape | None) -> None:
        self.file, self.settings, self.input_shape = file, settings, input_shape
        # Claims speak of the net as it is written, so they are not judged for other parameters or another input.
        self.as_written = not settings and input_shape is None
        self.reports = Reports()
        self.limit = limit(file)
        self.faults: list[tuple[int, Fault]] = []
        self.misstated: list[tuple[Place, str]] = []
        self.nodes: list[Node] = []
        self.modules: list[Module | None] = []
        self.inputs: list[Input] = []
        self.outputs: list[Output] = []
        self.claims: list[ClaimSite] = []
        self.stated: list[StatedSite] = []
        self.bound_parameters: set[str] = set()
        self.sources: dict[str, Source] = {}
        self._label_spans: dict[str, tuple[Site, Span]] = {}
        self._labels: dict[int, Labels] = {}
        self._named: dict[str, Value] = {}
        self._named_nodes = 0
        self._unnamed_modules: list[int] = []
        self._named_modules = 0
        self._least = Least()
        self.open: set[tuple[AnyLayer, tuple[Shape, ...]]] = set()
        self.layers = _Layers()

    # Layers

    def made(self, kind: str, bound: Bound, values: dict[str, Evaluated], context: Context) -> AnyLayer | None:
        """The layer with these arguments, or None after diagnostics."""
        key = (kind, *((name, type(value), value) for name, value in values.items()))
        layer = self.layers.get(key)
        if layer is None:
            layer = make_layer(kind, bound, values, context.scope.parameters, context.site, self.reports)
            if layer is not None:
                self.layers.keep(key, layer)
        return layer

    def emit(
        self,
        call: tree.Call,
        layer: AnyLayer,
        inputs: tuple[Value, ...],
        span: Span,
        written: Written,
        context: Context,
    ) -> Value:
        """Add a node, and find the shape that comes out of it."""
        name = self.name(call.label, layer.kind, context)
        if len(self.nodes) >= self.limit.layers:
            self.too_many(span, context)
        known = tuple([value.shape for value in inputs if value.shape is not None])
        found = self._facts(layer, known, call, span, context) if len(known) == len(inputs) else None
        origin = self.origin(call.label.span if call.label is not None else span, context)
        names = tuple([value.name for value in inputs])
        drawn = (names, origin, written, context.when, context.turns)
        self.nodes.append(Node(name, layer, *drawn) if found is None else shaped(found, known, name, *drawn))
        self.spend(len(name), span, context)
        if found is not None and fixed(found.output) is None:
            self._carry(layer, known, found.output, span, context)
        value = quick_value((name, found.output if found is not None else None))
        if call.label is not None:
            self.define(call.label, value, context)
        return value

    def _facts(
        self, layer: AnyLayer, shapes: tuple[Shape, ...], call: tree.Call, span: Span, context: Context
    ) -> Facts | None:
        try:
            return facts(layer, shapes)
        except Misfit as misfit:
            operands = [part.span.start for part in call.parts]
            labels: tuple[Label, ...] = ()
            caption = misfit.caption
            if misfit.operand is not None and misfit.operand < len(operands):
                at = operands[misfit.operand]
                labels = (Label(Place(context.site.source, Span(at, at + 1)), caption),)
                caption = ""
            self.reports.add(
                context.site, misfit.code, misfit.message, span, caption=caption, labels=labels, help=misfit.help
            )
            return None

    def fault(self, label: tree.Word | None, span: Span, inputs: tuple[Value, ...], context: Context) -> Value:
        """Keep what came to no layer in its place among the others, and go on with a value that has no shape."""
        source = context.site.source
        own = label.text if label is not None else "step"
        name = f"{context.level.path}.{own}?{len(self.faults) + 1}".removeprefix(".")
        fault = Fault(name, source.slice(span), tuple(value.name for value in inputs), Place(source, span))
        self.faults.append((len(self.nodes), fault))
        return Value(name, None)

    def _carry(self, layer: AnyLayer, inputs: tuple[Shape, ...], output: Shape, span: Span, context: Context) -> None:
        """Count a layer with sizes that depend on symbols, and stop where they have become too much."""
        if not self.reports.carries(*output):
            message = f"up to this layer the sizes have {MOST_NUMBERS:,} numbers, and netspec carries no more"
            self.reports.add(context.site, Code.SYMBOLS_TOO_INVOLVED, message, span)
            raise TooMany
        self.open.add((layer, inputs))
        if len(self.open) > self.limit.open:
            message = f"{self._which()} more than {self.before.open + self.limit.open:,} different layers of open sizes"
            help = ("with numbers for the sizes of the input there may be more",)
            self.reports.add(context.site, Code.TOO_MANY_LAYERS, message, span, help=help)
            raise TooMany

    # Names and labels

    def labels(self, body: tree.Body) -> Labels:
        """The labels on the level of a body."""
        key = id(body)  # the tree lives as long as the draft
        if key not in self._labels:
            self._labels[key] = labels_of(body)
        return self._labels[key]

    def name(self, label: tree.Word | None, kind: str, context: Context) -> str:
        """The full name of the next thing on a level."""
        level = context.level
        if label is None:
            return level.name(None, kind, context.turns)
        own = numbered(label.text, context.turns)
        full = f"{level.path}.{own}" if level.path else own
        if is_reserved(label.text):
            message = f"`{label.text}` is a word of the language and cannot be a label"
            self.reports.add(context.site, Code.RESERVED_WORD, message, label.span)
        if own in level.taken:
            site, span = self._label_spans[full]
            shown = (Label(Place(site.source, span), "first defined here"),)
            message = f"the label `{own}` is defined twice"
            self.reports.add(context.site, Code.DEFINED_TWICE, message, label.span, labels=shown)
        self._label_spans.setdefault(full, (context.site, label.span))
        return level.name(label.text, kind, context.turns)

    def define(self, label: tree.Word, value: Value, context: Context) -> None:
        """Let a label stand for a value from here on; in a repeat also under its number, and bare for this turn."""
        values = context.level.values
        if context.shadowed is not None:
            context.shadowed.setdefault(label.text, values.get(label.text))
            values[numbered(label.text, context.turns)] = value
        values[label.text] = value

    def look_up(self, label: tree.Word | tree.Path, context: Context) -> Value | None:
        """The value that a label, or a path of labels, stands for; None, after a diagnostic, if there is none."""
        if isinstance(label, tree.Path):
            return self._reached(label, context)
        value = context.level.find(label.text)
        if value is None and not context.file.broken:
            later = label.text in context.level.labels.plain | context.level.labels.repeated
            message = f"the label `{label.text}` is not defined {'yet' if later else 'here'}"
            near = None
            if not later and self.reports.helps:
                near = did_you_mean(label.text, context.level.known()) or self._path_to(label.text, context.level)
            help = ("a label stands for an earlier value",) if later else (f"did you mean `{near}`?",) if near else ()
            self.reports.add(context.site, Code.UNKNOWN_LABEL, message, label.span, help=help)
        return value

    def _path_to(self, label: str, level: Level) -> str | None:
        """The path that leads from a level to something of this name in a group or block that has been left."""
        while level.around is not None:
            level = level.around
        prefix = f"{level.path}." if level.path else ""
        paths = (name.removeprefix(prefix) for name in self._names_so_far() if name.startswith(prefix))
        return next((path for path in paths if path.endswith(f".{label}")), None)

    def _reached(self, path: tree.Path, context: Context) -> Value | None:
        """The value inside a group or call of a block that has been left, by the path of its name."""
        named = self._names_so_far()
        text = ".".join(path.parts)
        level: Level | None = context.level
        while level is not None:
            value = named.get(f"{level.path}.{text}" if level.path else text)
            if value is not None:
                return value
            level = level.around
        if not context.file.broken:
            prefix = f"{context.level.path}." if context.level.path else ""
            near = None
            if self.reports.helps:
                near = did_you_mean(text, [name.removeprefix(prefix) for name in named if name.startswith(prefix)])
            help = (f"did you mean `{near}`?",) if near else ("a path leads to an earlier value",)
            self.reports.add(
                context.site, Code.UNKNOWN_LABEL, f"there is no `{text}` before this line", path.span, help=help
            )
        return None

    def _names_so_far(self) -> dict[str, Value]:
        """Every value by its name, and that which left each group and block by the group's; kept up when asked for."""
        for made in self.inputs:
            self._named[made.name] = Value(made.name, made.shape)
        for node in self.nodes[self._named_nodes :]:
            self._named[node.name] = Value(node.name, node.output if isinstance(node, ShapedNode) else None)
        self._named_nodes = len(self.nodes)
        waiting = [*self._unnamed_modules, *range(self._named_modules, len(self.modules))]
        self._named_modules = len(self.modules)
        self._unnamed_modules = []
        for place in waiting:
            module = self.modules[place]
            if module is None:
                self._unnamed_modules.append(place)
            elif module.exit in self._named:
                self._named[module.path] = self._named[module.exit]
        return self._named

    # Places and limits

    def origin(self, span: Span, context: Context) -> Origin:
        """A place as a net keeps it."""
        source = context.site.source
        self.sources[source.shown] = source
        line, column = source.position(span.start)
        return Origin(source.shown, line, column, context.uses)

    def foresee(self, body: tree.Body, file: SpecFile, turns: int, span: Span, context: Context) -> None:
        """Stop before a body is expanded so many times that it must run over the limit."""
        if turns * max(self._least.layers(body, file), 1) > self.limit.layers:
            self.too_many(span, context)

    def spend(self, characters: int, span: Span, context: Context) -> None:
        """Count what is written out, and stop where that is too much."""
        self.characters += characters
        if self.characters > self.limit.characters:
            most = self.before.characters + self.limit.characters
            message = f"written out, {self._which()} more than {most:,} characters"
            note = f"a longer file may have more: what it comes to may be {TIMES_AS_LONG} times as long as itself"
            self.reports.add(context.site, Code.TOO_MANY_LAYERS, message, span, notes=(note,))
            raise TooMany

    def weigh(self, expression: tree.Expression, context: Context) -> None:
        """Count an expression that is evaluated once more."""
        self.spend(weight(expression.span), expression.span, context)

    def too_many(self, span: Span, context: Context) -> None:
        """Stop: the net grows beyond the limit."""
        message = f"{self._which()} more than {self.before.layers + self.limit.layers:,} layers"
        note = f"a longer file may have more: one for every {CHARACTERS_A_LAYER} characters, up to {MAX_LAYERS:,}"
        self.reports.add(context.site, Code.TOO_MANY_LAYERS, message, span, notes=(note,))
        raise TooMany

    def _which(self) -> str:
        return "the net has" if self.before == NOTHING else "the nets of this file have"

    def check_used(self) -> None:
        """Every value must reach an output: what does not would count, and do nothing."""
        used = {output.value for output in self.outputs}
        for node in reversed(self.nodes):
            if node.name in used:
                used.update(node.inputs)
        origins = {made.name: made.origin for made in self.inputs} | {made.name: made.origin for made in self.nodes}
        for name, origin in origins.items():
            if name not in used:
                place = place_of(origin, self.sources)
                message = f"nothing uses the output of `{name}`"
                help = ["an extra output of the net is written `output label: { ... }`"]
                if self._follows_a_label(name):
                    help.insert(0, "a label stands for the step right after it, not for its whole line")
                self.reports.add(Site(place.source), Code.UNUSED_VALUE, message, place.span, help=tuple(help))
                return

    def _follows_a_label(self, name: str) -> bool:
        """Whether a layer without a label stands after a labelled one on its line."""
        lines = [node.origin.line for node in self.nodes]
        at = next((i for i, node in enumerate(self.nodes) if node.name == name), 0)
        return at > 0 and lines[at] == lines[at - 1] and self.nodes[at - 1].name in self._label_spans

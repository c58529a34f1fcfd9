"""Expanding a net: blocks, repeats and conditions become plain layers, and shapes are found on the way.

Both go hand in hand, since ``in.channels`` may steer an expansion. A layer whose input could not be worked out is
passed over in silence, so that one mistake gives one message. Recursion follows the nesting of bodies and of calls of
blocks, which the parser and :data:`MAX_DEPTH` bound.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from netspec.diagnostics import Code, Diagnostic, Label, did_you_mean
from netspec.ir import (
    Argument,
    Expression,
    Input,
    Module,
    Net,
    Node,
    Operation,
    Origin,
    Output,
    Parameter,
    Use,
    Written,
)
from netspec.layers import LAYERS, AnyLayer, Facts, Misfit, facts
from netspec.passes.expand.calls import Bound, Signature, bind, layer_signature, make_layer, parameter_signature
from netspec.passes.expand.limits import MAX_DEPTH, MAX_LAYERS, Least
from netspec.passes.expand.names import Labels, Level, labels_of, numbered
from netspec.passes.expand.reports import Reports, Site, TooMany
from netspec.passes.expand.values import UNKNOWN, Evaluated, Scope, Unknown, Value, describe, evaluate, provenance
from netspec.sizes import Polynomial, QuasiAffine, Shape, format_shape, holds
from netspec.source import Place, Span
from netspec.syntax import tree
from netspec.syntax.project import Definition, SpecFile, documentation

MERGES = ("add", "mul", "concat")


class ClaimSite(NamedTuple):
    """An ``assert`` with what is needed to judge it later: where it stands, and the level that it speaks of."""

    claim: tree.Claim
    scope: Scope
    site: Site
    path: str


class Expansion(NamedTuple):
    """What came of a net: as a whole if it is sound, and in any case its layers as far as they could be worked out."""

    net: Net | None
    partial: tuple[tuple[Node, tuple[Shape, ...], Facts], ...]
    inputs: tuple[Input, ...]
    claims: tuple[ClaimSite, ...]
    diagnostics: tuple[Diagnostic, ...]


def expand(
    file: SpecFile,
    net: tree.Net,
    settings: Mapping[str, Argument] | None = None,
    input_shape: Shape | None = None,
) -> Expansion:
    """A net of a file as plain layers. `settings` replace its parameters' defaults, `input_shape` its one input."""
    return _Expander(file, net, settings or {}, input_shape).run()


class _Context(NamedTuple):
    """Where a statement stands: its level of names, what names mean there, and how it came to be part of the net."""

    level: Level
    scope: Scope
    site: Site
    file: SpecFile
    turns: tuple[int, ...] = ()
    when: tuple[Expression, ...] = ()
    uses: tuple[Use, ...] = ()
    blocks: tuple[tree.Block, ...] = ()
    top: bool = False


class _Expander:
    """One expansion."""

    def __init__(
        self, file: SpecFile, net: tree.Net, settings: Mapping[str, Argument], input_shape: Shape | None
    ) -> None:
        self.file, self.tree, self.settings, self.input_shape = file, net, settings, input_shape
        # Claims speak of the net as it is written, so they are not judged for other parameters or another input.
        self.as_written = not settings and input_shape is None
        self.reports = Reports()
        self.nodes: list[Node] = []
        self.found: list[tuple[tuple[Shape, ...], Facts] | None] = []
        self.modules: list[Module] = []
        self.inputs: list[Input] = []
        self.outputs: list[Output] = []
        self.claims: list[ClaimSite] = []
        self.spans: dict[str, tuple[Site, Span]] = {}
        self.labels: dict[int, Labels] = {}
        self.layers: dict[tuple[object, ...], AnyLayer] = {}
        self.signatures: dict[str, Signature] = {}
        self.bound_parameters: set[str] = set()
        self.least = Least()

    def run(self) -> Expansion:
        net, site = self.tree, Site(self.file.source)
        parameters = self._net_parameters(site)
        start = Value("input", None)
        scope = Scope(parameters, start)
        level = Level("", self._labels(net.body), sequential=False)
        context = _Context(level, scope, site, self.file, top=True)
        try:
            last = self._body(net.body, start, context)
            if not self.inputs and not self.file.broken:
                help = ("an input comes first: `input 1x28x28` for one channel of 28 by 28 pixels",)
                self.reports.add(site, Code.BAD_INPUT, f"`{net.name.text}` has no input", net.name.span, help=help)
            self.outputs.insert(0, Output("output", last.name))
            if not self.reports.diagnostics and not self.file.broken:
                self._check_used(site)
        except TooMany:
            pass
        diagnostics = tuple(self.reports.diagnostics)
        known = tuple((node, *found) for node, found in zip(self.nodes, self.found, strict=True) if found is not None)
        whole = None
        if not diagnostics and not self.file.broken:
            whole = Net(
                name=net.name.text,
                doc=documentation(self.file.source, net.span),
                parameters=tuple(
                    Parameter(name, value, name not in self.bound_parameters)
                    for name, value in parameters.items()
                    if not isinstance(value, (Unknown, QuasiAffine, Polynomial))
                    and not (isinstance(value, tuple) and not all(isinstance(size, int) for size in value))
                ),
                inputs=tuple(self.inputs),
                nodes=tuple(self.nodes),
                modules=tuple(self.modules),
                outputs=tuple(self.outputs),
            )
        return Expansion(whole, known, tuple(self.inputs), tuple(self.claims), diagnostics)

    def _net_parameters(self, site: Site) -> dict[str, Evaluated]:
        values: dict[str, Evaluated] = {}
        for parameter in self.tree.parameters:
            name = parameter.name.text
            if name in self.settings:
                values[name] = self.settings[name]
            elif parameter.default is None:
                help = (f"give it one: `--set {name}=…`, or a default: `{name}=…`",)
                message = f"the parameter `{name}` of `{self.tree.name.text}` has no value"
                self.reports.add(site, Code.UNSET_PARAMETER, message, parameter.name.span, help=help)
                values[name] = UNKNOWN
            else:
                scope = Scope(values, Value("input", None))
                values[name] = evaluate(parameter.default, scope, site, self.reports)
        return values

    # Statements

    def _body(self, body: tree.Body, current: Value, context: _Context) -> Value:
        for statement in body.statements:
            match statement:
                case tree.Chain():
                    current = self._chain(statement, current, context)
                case tree.Repeat():
                    current = self._repeat(statement, current, context)
                case tree.Conditional():
                    current = self._conditional(statement, current, context)
                case tree.GoOn():
                    current = self._go_on(statement.label, current, context)
                case tree.Input():
                    current = self._input(statement, context)
                    if context.top:
                        context = context._replace(scope=self._entered(context.scope, current))
                case tree.Output():
                    self._output(statement, current, context)
                case tree.Claim() if not self.as_written:
                    pass
                case tree.Claim():
                    self.claims.append(ClaimSite(statement, context.scope, context.site, context.level.path))
                case tree.Broken():
                    current = Value(current.name, None)
        return current

    def _entered(self, scope: Scope, value: Value) -> Scope:
        symbols = {size.symbol for size in value.shape or () if isinstance(size, QuasiAffine)}
        return Scope(scope.parameters, value, scope.symbols | symbols)

    def _input(self, statement: tree.Input, context: _Context) -> Value:
        label = statement.label.text if statement.label is not None else None
        unlabelled = [value for value in self.inputs if value.name == "input"]
        nothing = Value("input", None)
        if not context.top:
            self._misplaced("an input belongs to the net, not to a body within it", statement.span, context)
            return nothing
        if unlabelled or (label is None and self.inputs):
            message = "where there are several inputs, each has a label"
            help = ("`left: input 3x32x32`",)
            self.reports.add(context.site, Code.BAD_INPUT, message, statement.span, help=help)
            return nothing
        if self.input_shape is not None:
            if self.inputs:
                message = "the command gives one input shape, but the net has several inputs"
                self.reports.add(context.site, Code.BAD_INPUT, message, statement.span)
                return nothing
            shape: Shape | None = self.input_shape
        else:
            shape = self._shape(statement.shape, context)
        if shape is None or not self._sound_input(shape, statement.shape.span, context):
            shape = None
        name = label if label is not None else "input"
        value = Value(name, shape)
        if statement.label is not None and not self._define(statement.label, value, context):
            return nothing
        self.spans[name] = (context.site, statement.span)
        if shape is not None:
            self.inputs.append(Input(name, shape, self._origin(statement.span, context)))
        return value

    def _sound_input(self, shape: Shape, span: Span, context: _Context) -> bool:
        problem = None
        if len(shape) > 4:
            problem = f"{format_shape(shape)} has {len(shape) - 1} spatial axes; there can be three at most"
        elif not isinstance(shape[0], int):
            problem = "the number of channels, which comes first, must be fixed"
        elif any(isinstance(size, int) and size < 1 for size in shape):
            problem = f"every size must be at least 1 in {format_shape(shape)}"
        if problem is None:
            return True
        help = ("a shape is written channels first, without the batch: 3x224x224, 3 x H x W, or 784",)
        self.reports.add(context.site, Code.BAD_INPUT, problem, span, help=help)
        return False

    def _chain(self, chain: tree.Chain, current: Value, context: _Context) -> Value:
        for step in chain.steps:
            if isinstance(step, tree.Group):
                current = self._group(step.label, step.body, current, context)
            else:
                current = self._call(step, current, context)
        if chain.stated is not None and self.as_written:
            self._check_stated(chain.stated, current, context)
        return current

    def _check_stated(self, stated: tree.Expression, current: Value, context: _Context) -> None:
        shape = self._shape(stated, context)
        if shape is None or current.shape is None:
            return
        pairs = zip(shape, current.shape, strict=False)
        answers = {len(shape) == len(current.shape), *(holds(a, "==", b) for a, b in pairs)}
        if answers == {True}:
            return
        only = "" if False in answers else ", which it is for some sizes of the input only"
        message = f"the shape here is {format_shape(current.shape)}, not {format_shape(shape)}{only}"
        self.reports.add(context.site, Code.STATED_SHAPE, message, stated.span)

    def _repeat(self, repeat: tree.Repeat, current: Value, context: _Context) -> Value:
        self._bind_net_parameters(repeat.count, context)
        count = evaluate(repeat.count, context.scope, context.site, self.reports)
        if isinstance(count, Unknown):
            return Value(current.name, None)
        span = repeat.count.span
        if isinstance(count, bool) or not isinstance(count, int) or count < 0:
            message = f"a body is repeated a whole number of times from 0 up, not {describe(count)}"
            self.reports.add(context.site, Code.BAD_ARGUMENT, message, span)
            return Value(current.name, None)
        least = self.least.layers(repeat.body, context.file)
        if len(self.nodes) + count * max(least, 1) > MAX_LAYERS:
            self._too_many(span, context)
        outer = context.level.values
        for turn in range(1, count + 1):
            scope = Scope(context.scope.parameters, current, context.scope.symbols)
            inner = context._replace(scope=scope, turns=(*context.turns, turn), top=False)
            before = dict(outer) if context.level.labels.repeated else outer
            current = self._body(repeat.body, current, inner)
            if before is not outer:
                self._number_labels(before, inner)
        return current

    def _number_labels(self, before: dict[str, Value], context: _Context) -> None:
        """At the end of a turn: its labels go on under their numbers alone."""
        values = context.level.values
        for label in [label for label, value in values.items() if before.get(label) is not value]:
            if label in context.level.labels.repeated:
                del values[label]
        values.update((label, value) for label, value in before.items() if label not in values)

    def _conditional(self, conditional: tree.Conditional, current: Value, context: _Context) -> Value:
        statement: tree.Body | tree.Conditional | None = conditional
        while isinstance(statement, tree.Conditional):
            truth = self._condition(statement.condition, context)
            if truth is None:
                return Value(current.name, None)
            context = self._under(statement.condition, truth, context)
            if truth:
                return self._body(statement.then, current, context._replace(top=context.top))
            statement = statement.otherwise
        return current if statement is None else self._body(statement, current, context)

    def _condition(self, condition: tree.Expression, context: _Context) -> bool | None:
        """Whether a condition holds; None if it is unknown."""
        self._bind_net_parameters(condition, context)
        value = evaluate(condition, context.scope, context.site, self.reports)
        if isinstance(value, bool):
            return value
        if not isinstance(value, Unknown):
            message = f"a condition must be true or false, not {describe(value)}"
            self.reports.add(context.site, Code.BAD_EXPRESSION, message, condition.span)
        return None

    def _under(self, condition: tree.Expression, truth: bool, context: _Context) -> _Context:
        """The context of what is there because a condition is true, or false."""
        expression = provenance(condition, context.scope)
        if expression is None:
            return context
        return context._replace(when=(*context.when, expression if truth else Operation("not", (expression,))))

    def _bind_net_parameters(self, expression: tree.Expression, context: _Context) -> None:
        """Note the net's parameters that decide what layers there are."""
        if not context.blocks and not isinstance(expression, tree.Number):
            text = context.site.source.slice(expression.span)
            self.bound_parameters.update(set(re.findall(r"\w+", text)) & context.scope.parameters.keys())

    def _go_on(self, label: tree.Word, current: Value, context: _Context) -> Value:
        value = self._look_up(label, context)
        return value if value is not None else Value(current.name, None)

    def _output(self, statement: tree.Output, current: Value, context: _Context) -> None:
        if not context.top:
            self._misplaced("an output belongs to the net, not to a body within it", statement.span, context)
            return
        value = self._group(statement.label, statement.body, current, context)
        self.outputs.append(Output(statement.label.text, value.name))

    def _misplaced(self, message: str, span: Span, context: _Context) -> None:
        self.reports.add(context.site, Code.MISPLACED, message, span)

    # Steps

    def _group(self, label: tree.Word | None, body: tree.Body, current: Value, context: _Context) -> Value:
        labels = self._labels(body)
        path = self._name(label, "group", context)
        level = Level(path, labels, labels.sequential, context.level)
        scope = Scope(context.scope.parameters, current, context.scope.symbols)
        span = label.span if label is not None else Span(body.span.start, body.span.start + 1)
        inner = _Context(level, scope, context.site, context.file, (), (), context.uses, context.blocks)
        module = Module(
            path, None, labels.sequential, current.name, current.name, self._origin(span, context), when=context.when
        )
        value = self._fill(module, body, current, inner)
        if label is not None:
            self._define(label, value, context)
        return value

    def _fill(self, module: Module, body: tree.Body, current: Value, context: _Context) -> Value:
        """Expand a body as the inside of a module."""
        if context.level.path.count(".") >= MAX_DEPTH:
            message = f"more than {MAX_DEPTH} blocks and groups within each other"
            self.reports.add(context.site, Code.NESTED_TOO_DEEP, message, Span(body.span.start, body.span.start + 1))
            raise TooMany
        at = len(self.modules)
        self.modules.append(module)
        value = self._body(body, current, context)
        self.modules[at] = Module(
            module.path,
            module.block,
            module.sequential,
            module.entry,
            value.name,
            module.origin,
            module.arguments,
            module.written,
            module.when,
            module.doc,
        )
        return value

    def _call(self, call: tree.Call, current: Value, context: _Context) -> Value:
        name = call.name.text
        meant = context.scope.parameters.get(name)
        if isinstance(meant, str):
            name = str(meant)
        elif isinstance(meant, Unknown):
            return self._failed(call, current, context)
        if name in MERGES:
            return self._merge(name, call, current, context)
        if name in LAYERS:
            return self._layer(name, call, current, context)
        definition = context.file.blocks.get(name)
        if definition is not None:
            return self._block(definition, call, current, context)
        if not context.file.broken:
            self._unknown_layer(name, call.name.span, context)
        return self._failed(call, current, context)

    def _unknown_layer(self, name: str, span: Span, context: _Context) -> None:
        from netspec.layers.foreign_words import layer_for  # only a mistake pays for it

        foreign = layer_for(name)
        near = foreign or did_you_mean(name, [*LAYERS, *context.file.blocks])
        help = (f"netspec calls it `{near}`" if foreign else f"did you mean `{near}`?",) if near else ()
        if name in context.scope.parameters:
            help = (f"`{name}` is a parameter, but its value is no layer or block",)
        message = f"there is no layer or block `{name}`"
        self.reports.add(context.site, Code.UNKNOWN_LAYER, message, span, help=help)

    def _failed(self, call: tree.Call, current: Value, context: _Context) -> Value:
        """What goes on after a step that is wrong: a value with no shape, still known by its label."""
        value = Value(current.name, None)
        if call.label is not None:
            self._name(call.label, call.name.text, context)
            self._define(call.label, value, context)
        return value

    def _layer(self, kind: str, call: tree.Call, current: Value, context: _Context) -> Value:
        signature = self.signatures.get(kind) or self.signatures.setdefault(kind, layer_signature(kind))
        bound = bind(call, signature, context.site, self.reports) if call.parts or signature.required else {}
        if bound is None:
            return self._failed(call, current, context)
        values = self._values(bound, context)
        layer = self._made(kind, bound, values, context)
        if layer is None:
            return self._failed(call, current, context)
        span = Span(call.name.span.start, call.span.end)
        return self._emit(call, kind, layer, (current,), span, self._written(bound, context), context)

    def _made(self, kind: str, bound: Bound, values: dict[str, Evaluated], context: _Context) -> AnyLayer | None:
        """The layer with these arguments; equal layers are one object."""
        key = (kind, *((name, type(value), value) for name, value in values.items()))
        layer = self.layers.get(key)
        if layer is None:
            layer = make_layer(kind, bound, values, context.scope.parameters, context.site, self.reports)
            if layer is not None:
                self.layers[key] = layer
        return layer

    def _values(self, bound: Bound, context: _Context) -> dict[str, Evaluated]:
        return {
            name: evaluate(argument.value, context.scope, context.site, self.reports)
            for name, argument in bound.items()
        }

    def _written(self, bound: Bound, context: _Context) -> Written:
        written = []
        for name, argument in bound.items():
            if not isinstance(argument.value, (tree.Number, tree.Window, tree.Truth)):
                expression = provenance(argument.value, context.scope)
                if expression is not None:
                    written.append((name, expression))
        return tuple(written)

    def _emit(
        self,
        call: tree.Call,
        kind: str,
        layer: AnyLayer,
        inputs: tuple[Value, ...],
        span: Span,
        written: Written,
        context: _Context,
    ) -> Value:
        """Add a node, and find the shape that comes out of it."""
        name = self._name(call.label, kind, context)
        if len(self.nodes) >= MAX_LAYERS:
            self._too_many(span, context)
        found: Facts | None = None
        shapes = tuple(value.shape for value in inputs)
        known = tuple(shape for shape in shapes if shape is not None)
        if len(known) == len(shapes):
            try:
                found = facts(layer, known)
            except Misfit as misfit:
                self._tell(misfit, call, span, context)
        origin = self._origin(call.label.span if call.label is not None else span, context)
        self.nodes.append(Node(name, layer, tuple(value.name for value in inputs), origin, written, context.when))
        self.found.append((known, found) if found is not None else None)
        self.spans[name] = (context.site, span)
        value = Value(name, found.output if found is not None else None)
        if call.label is not None:
            self._define(call.label, value, context)
        return value

    def _tell(self, misfit: Misfit, call: tree.Call, span: Span, context: _Context) -> None:
        operands = [part for part in call.parts if isinstance(part, tree.Operand) or part.keyword is None]
        labels: tuple[Label, ...] = ()
        caption = misfit.caption
        if misfit.operand is not None and misfit.operand < len(operands):
            at = operands[misfit.operand].span.start
            labels = (Label(Place(context.site.source, Span(at, at + 1)), misfit.caption),)
            caption = ""
        self.reports.add(
            context.site, misfit.code, misfit.message, span, caption=caption, labels=labels, help=misfit.help
        )

    def _merge(self, kind: str, call: tree.Call, current: Value, context: _Context) -> Value:
        operands: list[Value] = []
        known = True
        when: list[Expression] = []
        for part in call.parts:
            if isinstance(part, tree.Argument) and (part.keyword is not None or not isinstance(part.value, tree.Word)):
                message = f"the operands of `{kind}` are bodies `{{ ... }}` and labels"
                self.reports.add(context.site, Code.BAD_OPERANDS, message, part.span)
                known = False
                continue
            inner = context
            if part.condition is not None:
                truth = self._condition(part.condition, context)
                if truth is None:
                    known = False
                if not truth:
                    continue
                inner = self._under(part.condition, True, context)
                when += inner.when[len(context.when) :]
            value: Value | None
            if isinstance(part, tree.Operand):
                scope = Scope(context.scope.parameters, current, context.scope.symbols)
                value = self._body(part.body, current, inner._replace(scope=scope, top=False))
            elif isinstance(part.value, tree.Word):
                value = self._look_up(part.value, context)
            if value is None or value.shape is None:
                known = False
            if value is not None:
                operands.append(value)
        if not known:
            return self._failed(call, current, context)
        if len(operands) > 1:
            layer = self._made(kind, {}, {}, context)
            if layer is None:
                raise TypeError(f"{kind} takes no arguments")
            inside = context._replace(when=(*context.when, *when))
            return self._emit(call, kind, layer, tuple(operands), call.name.span, (), inside)
        if len(operands) == 1 and len(call.parts) > 1:
            return self._passed(call, operands[0], context)
        help = (f"`{kind} {{ ... }} {{}}` merges a body with the current value",)
        message = f"`{kind}` needs two operands or more"
        self.reports.add(context.site, Code.BAD_OPERANDS, message, call.name.span, help=help)
        return self._failed(call, current, context)

    def _passed(self, call: tree.Call, value: Value, context: _Context) -> Value:
        """A merge of which one operand is left passes it through, under its own label too."""
        if call.label is not None:
            self._define(call.label, value, context)
        return value

    def _block(self, definition: Definition, call: tree.Call, current: Value, context: _Context) -> Value:
        block, source = definition.block, definition.file.source
        if block in context.blocks:
            self._cycle(block, call, context)
            return self._failed(call, current, context)
        text = source.slice(Span(block.name.span.start, block.body.span.start)).strip()
        signature = parameter_signature(block.name.text, block.parameters, " ".join(text.split()))
        bound = bind(call, signature, context.site, self.reports)
        if bound is None:
            return self._failed(call, current, context)
        for argument in bound.values():
            self._bind_net_parameters(argument.value, context)
        place = Place(context.site.source, Span(call.name.span.start, call.span.end))
        site = Site(source, (*context.site.calls, (block.name.text, place)))
        values = self._values(bound, context)
        for parameter in block.parameters:
            name = parameter.name.text
            if parameter.default is not None and name not in values:
                values[name] = evaluate(parameter.default, Scope(values, current), site, self.reports)
        arguments = {parameter.name.text: values[parameter.name.text] for parameter in block.parameters}
        path = self._name(call.label, block.name.text, context)
        labels = self._labels(block.body)
        use = Use(block.name.text, place.source.name, place.position.line)
        inner = _Context(
            Level(path, labels, labels.sequential),
            Scope(arguments, current),
            site,
            definition.file,
            uses=(*context.uses, use),
            blocks=(*context.blocks, block),
        )
        module = Module(
            path,
            block.name.text,
            labels.sequential,
            current.name,
            current.name,
            self._origin(call.label.span if call.label is not None else place.span, context),
            tuple((name, _plain(value)) for name, value in arguments.items() if _is_plain(value)),
            self._written(bound, context),
            context.when,
            documentation(source, block.span),
        )
        value = self._fill(module, block.body, current, inner)
        if call.label is not None:
            self._define(call.label, value, context)
        return value

    def _cycle(self, block: tree.Block, call: tree.Call, context: _Context) -> None:
        if block is context.blocks[-1]:
            message = f"the block `{block.name.text}` uses itself"
        else:
            names = [inner.name.text for inner in context.blocks[context.blocks.index(block) :]]
            message = "blocks use each other in a circle: " + " uses ".join(f"`{n}`" for n in (*names, names[0]))
        self.reports.add(context.site, Code.BLOCK_CYCLE, message, call.name.span)

    # Names and places

    def _labels(self, body: tree.Body) -> Labels:
        key = id(body)  # the tree lives as long as the expansion
        if key not in self.labels:
            self.labels[key] = labels_of(body)
        return self.labels[key]

    def _name(self, label: tree.Word | None, kind: str, context: _Context) -> str:
        level = context.level
        if label is not None:
            own = numbered(label.text, context.turns)
            full = f"{level.path}.{own}" if level.path else own
            if own in level.taken and full in self.spans:
                site, span = self.spans[full]
                shown = (Label(Place(site.source, span), "first defined here"),)
                message = f"the label `{own}` is defined twice"
                self.reports.add(context.site, Code.DEFINED_TWICE, message, label.span, labels=shown)
            self.spans.setdefault(full, (context.site, label.span))
        return level.name(label.text if label is not None else None, kind, context.turns)

    def _define(self, label: tree.Word, value: Value, context: _Context) -> bool:
        """Let a label stand for a value from here on; in a repeat under its number too."""
        values = context.level.values
        values[label.text] = value
        if context.turns:
            values[numbered(label.text, context.turns)] = value
        return True

    def _look_up(self, label: tree.Word, context: _Context) -> Value | None:
        value = context.level.find(label.text)
        if value is None and not context.file.broken:
            near = did_you_mean(label.text, context.level.known())
            later = label.text in context.level.labels.plain | context.level.labels.repeated
            message = f"the label `{label.text}` is not defined {'yet' if later else 'here'}"
            help = (f"did you mean `{near}`?",) if near and not later else ()
            if later:
                help = ("a label stands for an earlier value",)
            self.reports.add(context.site, Code.UNKNOWN_LABEL, message, label.span, help=help)
        return value

    def _shape(self, expression: tree.Expression, context: _Context) -> Shape | None:
        """A shape that is written down: a window, a spaced shape, or one number for a vector."""
        value = evaluate(expression, context.scope, context.site, self.reports)
        if isinstance(value, Unknown):
            return None
        if isinstance(value, (int, QuasiAffine, Polynomial)) and not isinstance(value, bool):
            value = (value,)
        if not isinstance(value, tuple):
            message = f"this must be a shape such as 3x224x224, not {describe(value)}"
            self.reports.add(context.site, Code.BAD_EXPRESSION, message, expression.span)
            return None
        return value

    def _origin(self, span: Span, context: _Context) -> Origin:
        position = context.site.source.position(span.start)
        return Origin(context.site.source.name, position.line, position.column, context.uses)

    def _too_many(self, span: Span, context: _Context) -> None:
        message = f"the net has more than {MAX_LAYERS:,} layers"
        self.reports.add(context.site, Code.TOO_MANY_LAYERS, message, span)
        raise TooMany

    def _check_used(self, site: Site) -> None:
        """Every value must reach an output: what does not would count, and do nothing."""
        used = {output.value for output in self.outputs}
        for node in reversed(self.nodes):
            if node.name in used:
                used.update(node.inputs)
        for name in [value.name for value in self.inputs] + [node.name for node in self.nodes]:
            if name not in used:
                place, span = self.spans[name]
                message = f"nothing uses the output of `{name}`"
                help = ("an extra output of the net is written `output label: { ... }`",)
                self.reports.add(place, Code.UNUSED_VALUE, message, span, help=help)
                return


_IsPlain = Callable[[Evaluated], bool]


def _is_plain(value: Evaluated) -> bool:
    sizes = value if isinstance(value, tuple) else (value,)
    return not any(isinstance(size, (Unknown, QuasiAffine, Polynomial)) for size in sizes)


def _plain(value: Evaluated) -> Argument:
    if isinstance(value, (Unknown, QuasiAffine, Polynomial)):
        raise TypeError(f"{value!r} is no argument")
    if isinstance(value, str):
        return str(value)
    if isinstance(value, tuple):
        return tuple(size for size in value if isinstance(size, int))
    return value

"""Steps of a chain: layers, merges, groups and calls of blocks."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Mapping
from typing import NamedTuple

from netspec.diagnostics import Code
from netspec.ir import Argument, Expression, Module, Operation, Use, Written
from netspec.layers import LAYERS
from netspec.passes.expand.calls import Bound, Signature, bind, layer_signature, parameter_signature
from netspec.passes.expand.draft import Context, Draft
from netspec.passes.expand.limits import MAX_DEPTH, PART, weight
from netspec.passes.expand.names import MERGES, Level
from netspec.passes.expand.provenance import depends_on_in, provenance
from netspec.passes.expand.reports import Site, TooMany
from netspec.passes.expand.values import BlockName, Evaluated, Scope, Unknown, Value, describe, evaluate
from netspec.sizes import Polynomial, QuasiAffine, Shape
from netspec.source import Place, Span, quick_span
from netspec.syntax import tree
from netspec.syntax.project import Definition, SpecFile, documentation

LITERALS = frozenset({tree.Number, tree.Window, tree.Truth})
"""What depends on nothing: the common case, passed over quickly."""


class _KnownBlock(NamedTuple):
    """What is the same in every call of a block: how it is called, its documentation, the defaults that are literal."""

    signature: Signature
    doc: str
    defaults: dict[str, Evaluated]


class Steps(Draft):
    """A draft that knows what each step means. What is inside a body is up to :meth:`body`."""

    def __init__(self, file: SpecFile, settings: Mapping[str, Argument], input_shape: Shape | None) -> None:
        super().__init__(file, settings, input_shape)
        self._blocks: dict[int, _KnownBlock] = {}

    @abstractmethod
    def body(self, body: tree.Body, current: Value, context: Context) -> Value:
        """Expand the statements of a body and return the value that leaves it."""

    def step(self, step: tree.Step, current: Value, context: Context) -> Value:
        """Apply one step to the current value."""
        if isinstance(step, tree.Group):
            return self.group(step.label, step.body, current, context)
        self.spend(_length(step), step.name.span, context)
        name = step.name.text
        meant = context.scope.parameters.get(name)
        if isinstance(meant, Unknown):
            return self._failed(step, (current,), context)
        if isinstance(meant, str):
            self.decides(step.name, context)
            name = str(meant)
        if isinstance(meant, BlockName):
            return self._block(meant.definition, step, current, context)
        if name in LAYERS:
            merges = name in MERGES
            return self._merge(name, step, current, context) if merges else self._layer(name, step, current, context)
        definition = context.file.blocks.get(name)
        if definition is not None:
            return self._block(definition, step, current, context)
        if not context.file.lacks_blocks:
            self._unknown_layer(name, step.name.span, context)
        return self._failed(step, (current,), context)

    def _unknown_layer(self, name: str, span: Span, context: Context) -> None:
        from netspec.layers.foreign_words import layer_for  # only a mistake pays for it

        foreign = layer_for(name)
        near = foreign or self.reports.near(name, [*LAYERS, *context.file.blocks])
        help = (f"netspec calls it `{near}`" if foreign else f"did you mean `{near}`?",) if near else ()
        if name in context.scope.parameters:
            help = (f"`{name}` is a parameter, but its value is no layer or block",)
        self.reports.add(context.site, Code.UNKNOWN_LAYER, f"there is no layer or block `{name}`", span, help=help)

    def _failed(self, call: tree.Call, inputs: tuple[Value, ...], context: Context) -> Value:
        """What goes on after a step that is wrong: a value with no shape, still known by its label."""
        value = self.fault(call.label, Span(call.name.span.start, call.span.end), inputs, context)
        if call.label is not None:
            self.name(call.label, call.name.text, context)
            self.define(call.label, value, context)
        return value

    def _layer(self, kind: str, call: tree.Call, current: Value, context: Context) -> Value:
        span = quick_span((call.name.span.start, call.span.end))
        text = (kind, context.site.source.slice(span))
        layer = self.layers.get(text)
        if layer is not None:
            return self.emit(call, layer, (current,), span, (), context)
        bound = bind(call, layer_signature(kind), context.site, self.reports)
        if bound is not None:
            layer = self.made(kind, bound, self._values(bound, context), context)
        if bound is None or layer is None:
            return self._failed(call, (current,), context)
        if LITERALS.issuperset(type(argument.value) for argument in bound.values()):
            self.layers.keep(text, layer)  # the same words mean the same everywhere
        return self.emit(call, layer, (current,), span, self._written(bound, context), context)

    def _values(self, bound: Bound, context: Context) -> dict[str, Evaluated]:
        return {
            name: evaluate(argument.value, context.scope, context.site, self.reports)
            for name, argument in bound.items()
        }

    def _written(self, bound: Bound, context: Context) -> Written:
        """Of the arguments that depend on parameters or on `in`: how."""
        written = []
        for name, argument in bound.items():
            if type(argument.value) not in LITERALS:
                expression = provenance(argument.value, context.scope)
                if expression is not None:
                    written.append((name, expression))
        return tuple(written)

    # Merges

    def _merge(self, kind: str, call: tree.Call, current: Value, context: Context) -> Value:
        operands: list[Value] = []
        conditions: list[Expression] = []
        known = True
        for part in call.parts:
            if isinstance(part, tree.Argument) and (
                part.keyword is not None or not isinstance(part.value, (tree.Word, tree.Path))
            ):
                message = f"the operands of `{kind}` are bodies `{{ ... }}` and labels"
                self.reports.add(context.site, Code.BAD_OPERANDS, message, part.span)
                known = False
                continue
            inner = context
            if part.condition is not None:
                truth = self.condition(part.condition, context)
                known = known and truth is not None
                if not truth:
                    continue
                inner = self.under(part.condition, True, context)
                conditions += inner.when[len(context.when) :]
            value = self._operand(part, current, inner)
            known = known and value is not None and value.shape is not None
            if value is not None:
                operands.append(value)
        if not known:
            return self._failed(call, tuple(operands), context)
        if len(operands) == 1 and len(call.parts) > 1:
            return self._passed(call, operands[0], context)
        layer = self.made(kind, {}, {}, context) if len(operands) > 1 else None
        if layer is None:
            help = (
                f"`{kind} {{ ... }} {{}}` merges a body with the current value",
                "a further operand begins on the line where the one before it ends",
            )
            message = f"`{kind}` needs two operands or more"
            self.reports.add(context.site, Code.BAD_OPERANDS, message, call.name.span, help=help)
            return self._failed(call, tuple(operands), context)
        inside = context._replace(when=(*context.when, *conditions))
        return self.emit(call, layer, tuple(operands), call.name.span, (), inside)

    def _operand(self, part: tree.Operand | tree.Argument, current: Value, context: Context) -> Value | None:
        if isinstance(part, tree.Operand):
            inner = context._replace(scope=entered(context.scope, current), inner=True, top=False)
            return self.body(part.body, current, inner)
        return self.look_up(part.value, context) if isinstance(part.value, (tree.Word, tree.Path)) else None

    def _passed(self, call: tree.Call, value: Value, context: Context) -> Value:
        """A merge of which one operand is left passes it through, under its own label too."""
        if call.label is not None:
            self.define(call.label, value, context)
        return value

    # Groups and blocks

    def group(self, label: tree.Word | None, body: tree.Body, current: Value, context: Context) -> Value:
        """Expand a body as a level of its own."""
        labels = self.labels(body)
        path = self.name(label, "group", context)
        self.spend(len(path), body.span, context)
        span = label.span if label is not None else Span(body.span.start, body.span.start + 1)
        origin = self.origin(span, context)
        inner = Context(
            Level(path, labels, labels.sequential, context.level),
            entered(context.scope, current),
            context.site,
            context.file,
            uses=context.uses,
            blocks=context.blocks,
            roots=context.roots,
            inner=True,
        )
        at = self._entered_module()
        value = self.body(body, current, inner)
        self.modules[at] = Module(
            path,
            None,
            labels.sequential,
            current.name,
            value.name,
            origin,
            when=context.when,
            turns=context.turns,
        )
        if label is not None:
            self.define(label, value, context)
        return value

    def _entered_module(self) -> int:
        """Keep a module's place among the others, in the order in which they are entered."""
        self.modules.append(None)
        return len(self.modules) - 1

    def _block(self, definition: Definition, call: tree.Call, current: Value, context: Context) -> Value:
        block, source = definition.block, definition.file.source
        if block in context.blocks:
            self._cycle(block, call, context)
            return self._failed(call, (current,), context)
        known = self._known_block(definition)
        bound = bind(call, known.signature, context.site, self.reports)
        if bound is None:
            return self._failed(call, (current,), context)
        place = Place(context.site.source, Span(call.name.span.start, call.span.end))
        self.foresee(block.body, definition.file, 1, place.span, context)
        site = Site(source, (*context.site.calls, (block.name.text, place)))
        values = self._values(bound, context)
        arguments: dict[str, Evaluated] = {}
        roots: dict[str, frozenset[str]] = {}
        derived = []
        for parameter in block.parameters:
            name = parameter.name.text
            if name in values:
                arguments[name] = meaning(values[name], context.file)
                depends_on = roots_of(bound[name].value, context.site, context.roots)
            elif parameter.default is not None:
                self.spend(weight(parameter.default.span), place.span, context)
                scope = Scope(arguments, current)
                default = evaluate(parameter.default, scope, site, self.reports)
                arguments[name] = meaning(default, definition.file)
                depends_on = roots_of(parameter.default, site, roots)
                expression = provenance(parameter.default, scope)
                if expression is not None:
                    derived.append((name, expression))
            else:
                continue
            if depends_on:
                roots[name] = depends_on
        path = self.name(call.label, block.name.text, context)
        self.spend(len(path), call.name.span, context)
        labels = self.labels(block.body)
        inner = Context(
            Level(path, labels, labels.sequential),
            Scope(arguments, current),
            site,
            definition.file,
            uses=(*context.uses, Use(block.name.text, place.source.shown, place.position.line)),
            blocks=(*context.blocks, block),
            roots=roots,
        )
        at = self._entered_module()
        value = self.body(block.body, current, inner)
        self.modules[at] = Module(
            path,
            block.name.text,
            labels.sequential,
            current.name,
            value.name,
            self.origin(call.label.span if call.label is not None else place.span, context),
            _plain(arguments),
            _plain(known.defaults),
            self._written(bound, context),
            tuple(derived),
            context.when,
            context.turns,
            known.doc,
        )
        if call.label is not None:
            self.define(call.label, value, context)
        return value

    def _known_block(self, definition: Definition) -> _KnownBlock:
        block, source = definition.block, definition.file.source
        known = self._blocks.get(id(block))
        if known is None:
            text = source.slice(Span(block.name.span.start, block.body.span.start))
            defaults = {
                parameter.name.text: evaluate(parameter.default, Scope({}, Value("", None)), Site(source), self.reports)
                for parameter in block.parameters
                if type(parameter.default) in LITERALS and parameter.default is not None
            }
            known = self._blocks[id(block)] = _KnownBlock(
                parameter_signature(block.name.text, block.parameters, " ".join(text.split())),
                documentation(source, block.span),
                defaults,
            )
        return known

    def _cycle(self, block: tree.Block, call: tree.Call, context: Context) -> None:
        if block is context.blocks[-1]:
            message = f"the block `{block.name.text}` uses itself"
        else:
            names = [inner.name.text for inner in context.blocks[context.blocks.index(block) :]]
            message = "blocks use each other in a circle: " + " uses ".join(f"`{n}`" for n in (*names, names[0]))
        self.reports.add(context.site, Code.BLOCK_CYCLE, message, call.name.span)

    def enter(self, body: tree.Body, context: Context) -> None:
        """Count a body within the present ones. Stops where they are nested too deep."""
        if self.depth >= MAX_DEPTH:
            span = Span(body.span.start, body.span.start + 1)
            message = f"more than {MAX_DEPTH} bodies within each other, counting those of blocks"
            self.reports.add(context.site, Code.NESTED_TOO_DEEP, message, span)
            raise TooMany
        self.depth += 1

    # Conditions

    def condition(self, condition: tree.Expression, context: Context) -> bool | None:
        """Whether a condition holds; None if it is unknown."""
        self.decides(condition, context)
        self.weigh(condition, context)
        value = evaluate(condition, context.scope, context.site, self.reports)
        if isinstance(value, bool):
            return value
        if not isinstance(value, Unknown):
            message = f"a condition must be true or false, not {describe(value)}"
            self.reports.add(context.site, Code.BAD_EXPRESSION, message, condition.span)
        return None

    def under(self, condition: tree.Expression, truth: bool, context: Context) -> Context:
        """The context of what is there because a condition is true, or false."""
        expression = provenance(condition, context.scope)
        context = context._replace(times=1)
        if expression is None:
            return context
        return context._replace(when=(*context.when, expression if truth else Operation("not", (expression,))))

    def decides(self, expression: tree.Expression, context: Context) -> None:
        """Note that the net's parameters that an expression depends on decide which layers there are."""
        if not context.roots:
            return
        self.bound_parameters |= roots_of(expression, context.site, context.roots)
        if context.inner and depends_on_in(expression):
            self.bound_parameters.update(*context.roots.values())


def _length(call: tree.Call) -> int:
    """How much a call is written out, without the bodies in it."""
    return PART + sum([weight(part.span) if isinstance(part, tree.Argument) else PART for part in call.parts])


def entered(scope: Scope, value: Value) -> Scope:
    """What names mean in a body that a value enters."""
    return Scope(scope.parameters, value, scope.symbols)


def roots_of(expression: tree.Expression, site: Site, roots: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """The net's parameters that an expression depends on, by those that each name in it depends on."""
    if type(expression) in LITERALS or not roots:
        return frozenset()
    words = re.findall(r"\w+", site.source.slice(expression.span))
    return frozenset().union(*(roots[word] for word in words if word in roots))


def meaning(value: Evaluated, file: SpecFile) -> Evaluated:
    """An argument as the block that takes it sees it: the name of a block is one that is known where it was written."""
    if isinstance(value, str) and not isinstance(value, BlockName) and value in file.blocks and value not in LAYERS:
        return BlockName(value, file.blocks[value])
    return value


def plain_argument(item: tuple[str, Evaluated]) -> tuple[str, Argument | None]:
    """An argument as a net keeps it; None for one that depends on symbols or is unknown."""
    name, value = item
    match value:
        case Unknown() | QuasiAffine() | Polynomial():
            return name, None
        case tuple():
            sizes = tuple(size for size in value if isinstance(size, int))
            return name, sizes if len(sizes) == len(value) else None
        case str():
            return name, str(value)
        case _:
            return name, value


def _plain(values: Mapping[str, Evaluated]) -> tuple[tuple[str, Argument], ...]:
    """Those of the values that a net can keep, by name."""
    return tuple((name, value) for name, value in map(plain_argument, values.items()) if value is not None)

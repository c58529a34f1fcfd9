"""Expanding a net: blocks, repeats and conditions become plain layers, and shapes are found on the way.

Both go hand in hand, since ``in.channels`` may steer an expansion. A layer whose input could not be worked out is
passed over in silence, so that one mistake gives one message. Recursion follows the nesting of bodies, through calls of
blocks too, which :data:`netspec.passes.expand.limits.MAX_DEPTH` bounds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import sub
from typing import NamedTuple, TypeAlias

from netspec.diagnostics import MOST_DIAGNOSTICS, Code, Diagnostic, Gap
from netspec.ir import Argument, Input, Net, Output, Parameter, ShapedNode, Turn
from netspec.passes.expand.draft import ClaimSite, Context, StatedSite
from netspec.passes.expand.limits import MAX_LAYERS, NOTHING, PART, Amount
from netspec.passes.expand.names import Level
from netspec.passes.expand.provenance import depends_on_in, provenance
from netspec.passes.expand.reports import Site, TooMany
from netspec.passes.expand.steps import Steps, entered, plain_argument
from netspec.passes.expand.values import UNKNOWN, Evaluated, Scope, Unknown, Value, describe, evaluate
from netspec.sizes import Polynomial, QuasiAffine, Shape, format_shape, holds, symbols_of
from netspec.sketch import Drawn, Sketch
from netspec.source import Place, Source, Span
from netspec.syntax import tree
from netspec.syntax.project import SpecFile, documentation

MAX_AXES = 3
"""Spatial axes that an input can have."""


Watch: TypeAlias = Callable[[tree.Statement, Source, Shape | None, Shape | None], None]
"""What looks on: it gets a statement, the text that it stands in, the shape before it and the shape after it."""


class Expansion(NamedTuple):
    """What came of a net: as a whole if it is sound, and in any case its layers as far as they could be worked out."""

    net: Net | None
    partial: tuple[ShapedNode, ...]
    inputs: tuple[Input, ...]
    claims: tuple[ClaimSite, ...]
    stated: tuple[StatedSite, ...]
    sources: Mapping[str, Source]
    diagnostics: tuple[Diagnostic, ...]
    amount: Amount
    sketch: Sketch | None = None


def expand(
    file: SpecFile,
    net: tree.Net,
    settings: Mapping[str, Argument] | None = None,
    input_shape: Shape | None = None,
    watch: Watch | None = None,
    most: int = MOST_DIAGNOSTICS,
    largest: int = MAX_LAYERS,
    before: Amount = NOTHING,
) -> Expansion:
    """A net of a file as plain layers. `settings` replace its parameters' defaults, `input_shape` its one input.

    `watch` is told of each statement, each time that it is expanded. It ends after `most` mistakes, and
    before there are more than `largest` layers. `before`: what the nets before it came to, which count against the
    limits of the file.
    """
    expander = _Expander(file, settings or {}, input_shape, watch)
    expander.reports.most, expander.before = most, before
    left = Amount(*map(sub, expander.limit, before))
    expander.limit = left._replace(layers=min(left.layers, largest))
    return expander.net(net)


class _Expander(Steps):
    """One expansion: what each statement does."""

    turns = 0
    """Turns of all repeats so far."""

    started = False
    """Whether an input has been met."""

    def __init__(
        self, file: SpecFile, settings: Mapping[str, Argument], input_shape: Shape | None, watch: Watch | None
    ) -> None:
        super().__init__(file, settings, input_shape)
        self.watch = watch

    def net(self, net: tree.Net) -> Expansion:
        """Expand a net."""
        site = Site(self.file.source)
        parameters: dict[str, Evaluated] = {}
        start = Value("input", None)
        level = Level("", self.labels(net.body), sequential=False)
        roots = {parameter.name.text: frozenset({parameter.name.text}) for parameter in net.parameters}
        context = Context(level, Scope(parameters, start), site, self.file, roots=roots, top=True)
        try:
            self._set(parameters, net, site)
            last = self.body(net.body, start, context)
            self._check_ends(net, last, site)
        except TooMany:
            pass
        diagnostics = tuple(self.reports.diagnostics)
        known = tuple(node for node in self.nodes if isinstance(node, ShapedNode))
        whole = None
        if not diagnostics and not self.file.broken:
            plain = map(plain_argument, parameters.items())
            whole = Net.model_construct(
                name=net.name.text,
                doc=documentation(self.file.source, net.span),
                parameters=tuple(
                    Parameter(name, value, name not in self.bound_parameters)
                    for name, value in plain
                    if value is not None
                ),
                inputs=tuple(self.inputs),
                nodes=tuple(self.nodes),
                modules=tuple(module for module in self.modules if module is not None),
                outputs=tuple(self.outputs),
            )
        return Expansion(
            whole,
            known,
            tuple(self.inputs),
            tuple(self.claims),
            tuple(self.stated),
            self.sources,
            diagnostics,
            Amount(len(self.nodes), self.characters, len(self.open)),
            self._sketch(net.name.text) if whole is None else None,
        )

    def _sketch(self, name: str) -> Sketch:
        """The net as far as it came, with what failed in its place."""
        nodes: list[Drawn] = []
        done = 0
        for position, fault in self.faults:
            nodes += [*self.nodes[done:position], fault]
            done = position
        nodes += self.nodes[done:]
        modules = tuple(module for module in self.modules if module is not None)
        return Sketch(name, tuple(self.inputs), tuple(nodes), modules, tuple(self.outputs), tuple(self.misstated))

    def _set(self, values: dict[str, Evaluated], net: tree.Net, site: Site) -> None:
        """Give each parameter of the net its value."""
        for parameter in net.parameters:
            name = parameter.name.text
            if name in self.settings:
                values[name] = self.settings[name]
            elif parameter.default is not None:
                scope = Scope(values, Value("input", None))
                values[name] = evaluate(parameter.default, scope, site, self.reports)
            else:
                help = (f"give it one: `--set {name}=…`, or a default: `{name}=…`",)
                message = f"the parameter `{name}` of `{net.name.text}` has no value"
                self.reports.add(site, Code.UNSET_PARAMETER, message, parameter.name.span, help=help)
                values[name] = UNKNOWN

    def _check_ends(self, net: tree.Net, last: Value, site: Site) -> None:
        """A net has an input and an output, and all between them counts."""
        if not self.inputs and not self.reports.diagnostics and not self.file.broken:
            help = ("an input comes first: `input 1x28x28` for one channel of 28 by 28 pixels",)
            self.reports.add(site, Code.BAD_INPUT, f"`{net.name.text}` has no input", net.name.span, help=help)
        self.outputs.insert(0, Output("output", last.name))
        if not self.reports.diagnostics and not self.file.broken:
            self.check_used()

    # Statements

    def body(self, body: tree.Body, current: Value, context: Context) -> Value:
        if not body.statements:
            return current
        self.enter(body, context)
        self.spend(PART * len(body.statements), body.span, context)
        for statement in body.statements:
            before = current.shape
            match statement:
                case tree.Chain():
                    current = self._chain(statement, current, context)
                case tree.Repeat():
                    current = self._repeat(statement, current, context)
                case tree.Conditional():
                    current = self._conditional(statement, current, context)
                case tree.GoOn():
                    current = self.look_up(statement.place, context) or Value(current.name, None)
                case tree.Input():
                    current = self._input(statement, context)
                    if context.top:
                        symbols = {size.symbol for size in current.shape or () if isinstance(size, QuasiAffine)}
                        scope = Scope(context.scope.parameters, current, context.scope.symbols | symbols)
                        context = context._replace(scope=scope)
                case tree.Output():
                    self._output(statement, current, context)
                case tree.Claim():
                    if self.as_written:
                        self.weigh(statement.expression, context)
                        self.claims.append(ClaimSite(statement, context.scope, context.site, context.level.path))
                case tree.Broken():
                    current = self._broken(statement, current, context)
            if self.watch is not None:
                self.watch(statement, context.site.source, before, current.shape)
        self.depth -= 1
        return current

    def _broken(self, statement: tree.Broken, current: Value, context: Context) -> Value:
        """A line with a syntax error: nothing is known of what comes out."""
        source, at = context.site.source, statement.span.start
        position = source.position(at)
        line = source.line(position.line)
        written = line.partition("#")[0].strip()
        start = at - position.column + 1 + line.index(written)
        return self.fault(None, Span(start, start + len(written)), (current,), context)

    def _chain(self, chain: tree.Chain, current: Value, context: Context) -> Value:
        if not self.started and not self.file.broken:
            self.started = True
            message = "a net begins with its input: nothing has come before this layer"
            help = ("an input comes first: `input 1x28x28` for one channel of 28 by 28 pixels",)
            self.reports.add(context.site, Code.BAD_INPUT, message, chain.steps[0].span, help=help)
        for step in chain.steps:
            current = self.step(step, current, context)
        self._check_stated(chain.stated, current, context)
        return current

    def _check_stated(self, stated: tree.Expression | None, current: Value, context: Context) -> None:
        """Hold the shape that comes out of a statement against what it says after `=>`."""
        if stated is None or not self.as_written:
            return
        self.weigh(stated, context)
        shape = self._shape(stated, context)
        if shape is None or current.shape is None:
            return
        named = {symbol for size in shape for symbol in symbols_of(size)}
        unknown = named and named.difference(*(symbols_of(size) for given in self.inputs for size in given.shape))
        if unknown:
            message = f"`{min(unknown)}` is no size of the input"
            self.reports.add(context.site, Code.UNKNOWN_NAME, message, stated.span)
            return
        pairs = zip(shape, current.shape, strict=False)
        answers = {len(shape) == len(current.shape), *(holds(a, "==", b) for a, b in pairs)}
        if False in answers:
            message = f"the shape here is {format_shape(current.shape)}, not {format_shape(shape)}"
            gap = Gap(_numbers(current.shape), _numbers(shape))
            self.reports.add(context.site, Code.STATED_SHAPE, message, stated.span, gap=gap)
            self.misstated.append((Place(context.site.source, stated.span), current.name))
        elif None in answers:
            self.misstated.append((Place(context.site.source, stated.span), current.name))
            self.stated.append(StatedSite(shape, current.shape, stated.span, context.site))

    def _repeat(self, repeat: tree.Repeat, current: Value, context: Context) -> Value:
        self.decides(repeat.turns, context)
        self.weigh(repeat.turns, context)
        count = evaluate(repeat.turns, context.scope, context.site, self.reports)
        if isinstance(count, Unknown):
            return Value(current.name, None)
        span = repeat.turns.span
        if isinstance(count, bool) or not isinstance(count, int) or count < 0:
            message = f"a body is repeated a whole number of times from 0 up, not {describe(count)}"
            self.reports.add(context.site, Code.BAD_ARGUMENT, message, span)
            return Value(current.name, None)
        # In each turn of the repeats around it this one runs as often, unless the turn's own value decides.
        times = count if depends_on_in(repeat.turns) else count * context.times
        self.foresee(repeat.body, context.file, times, span, context)
        self.turns += count
        if self.turns > self.limit.layers:
            self.too_many(span, context)
        self.spend(PART * count, span, context)
        line, column = context.site.source.position(repeat.span.start)
        written = provenance(repeat.turns, context.scope) or count
        for number in range(1, count + 1):
            shadowed: dict[str, Value | None] = {}
            inner = context._replace(
                scope=entered(context.scope, current),
                turns=(*context.turns, Turn(line, column, number, written, current.name)),
                shadowed=shadowed,
                times=times,
                inner=True,
                top=False,
            )
            current = self.body(repeat.body, current, inner)
            # After its turn a label is known by its number alone.
            for label, before in shadowed.items():
                if before is None:
                    del context.level.values[label]
                else:
                    context.level.values[label] = before
        self._check_stated(repeat.stated, current, context)
        return current

    def _conditional(self, conditional: tree.Conditional, current: Value, context: Context) -> Value:
        statement: tree.Body | tree.Conditional | None = conditional
        while isinstance(statement, tree.Conditional):
            truth = self.condition(statement.condition, context)
            if truth is None:
                return Value(current.name, None)
            context = self.under(statement.condition, truth, context)
            if truth:
                return self.body(statement.then, current, context)
            statement = statement.otherwise
        return current if statement is None else self.body(statement, current, context)

    def _output(self, statement: tree.Output, current: Value, context: Context) -> None:
        if not context.top:
            message = "an output belongs to the net, not to a body within it"
            self.reports.add(context.site, Code.MISPLACED, message, statement.span)
            return
        value = self.group(statement.label, statement.body, current, context)
        self.outputs.append(Output(statement.label.text, value.name))

    def _input(self, statement: tree.Input, context: Context) -> Value:
        self.started = True
        nothing = Value("input", None)
        problem = self._input_problem(statement, context)
        if problem is not None:
            code, message = problem
            self.reports.add(context.site, code, message, statement.span)
            return nothing
        shape = self.input_shape or self._shape(statement.shape, context)
        if shape is None or not self._is_input_shape(shape, statement.shape.span, context):
            shape = None
        name = self.name(statement.label, "input", context) if statement.label is not None else "input"
        value = Value(name, shape)
        if statement.label is not None:
            self.define(statement.label, value, context)
        if shape is not None:
            self.inputs.append(Input(name, shape, self.origin(statement.span, context)))
        return value

    def _input_problem(self, statement: tree.Input, context: Context) -> tuple[Code, str] | None:
        if not context.top:
            return Code.MISPLACED, "an input belongs to the net, not to a body within it"
        if self.inputs and (statement.label is None or self.inputs[0].name == "input"):
            return Code.BAD_INPUT, "where there are several inputs, each has a label: `left: input 3x32x32`"
        if self.inputs and self.input_shape is not None:
            return Code.BAD_INPUT, "one input shape was given for a net with several inputs"
        return None

    def _is_input_shape(self, shape: Shape, span: Span, context: Context) -> bool:
        problem = None
        if len(shape) > 1 + MAX_AXES:
            problem = f"{format_shape(shape)} has {len(shape) - 1} spatial axes; there can be {MAX_AXES} at most"
        elif not isinstance(shape[0], int):
            problem = "the number of channels, which comes first, must be fixed"
        elif any(isinstance(size, int) and size < 1 for size in shape):
            problem = f"every size must be at least 1 in {format_shape(shape)}"
        if problem is None:
            return True
        help = ("a shape is written channels first, without the batch: 3x224x224, 3 x H x W, or 784",)
        self.reports.add(context.site, Code.BAD_INPUT, problem, span, help=help)
        return False

    def _shape(self, expression: tree.Expression, context: Context) -> Shape | None:
        """A shape that is written down: a window, a spaced shape, or one number for a vector."""
        value = evaluate(expression, context.scope, context.site, self.reports)
        match value:
            case Unknown():
                return None
            case tuple():
                return value
            case bool() | float() | str():
                message = f"this must be a shape such as 3x224x224, not {describe(value)}"
                self.reports.add(context.site, Code.BAD_EXPRESSION, message, expression.span)
                return None
            case int() | QuasiAffine() | Polynomial():
                return (value,)


def _numbers(shape: Shape) -> tuple[int, ...]:
    """The sizes of a shape; 0 for one that is not fixed."""
    return tuple(size if isinstance(size, int) else 0 for size in shape)

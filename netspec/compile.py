"""The pipeline: text, tree, net, shaped net."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from netspec.diagnostics import MOST_DIAGNOSTICS, Code, Diagnostic, SpecError, did_you_mean, in_order
from netspec.ir import Argument, Input, ShapedNet, ShapedNode
from netspec.passes.claims import check_claims
from netspec.passes.expand import Expansion, expand
from netspec.passes.expand.limits import MAX_LAYERS, NOTHING, Amount
from netspec.passes.infer import infer
from netspec.passes.measure import Measures
from netspec.sizes import Shape
from netspec.sketch import Sketch, sketch_of
from netspec.source import Place, Source, Span
from netspec.syntax import tree
from netspec.syntax.project import NotASpec, Project, SpecFile, decode, read_bytes, read_project

if TYPE_CHECKING:
    from netspec.passes.fit import Fit
    from netspec.passes.lints import Choice

STDIN = "<stdin>"


class Options(NamedTuple):
    """What a command adds to a spec: the net meant, values for its parameters, the shape of its input.

    `for_all`: the sizes that fit are asked for even where the input's are fixed. `lints`: those that run. `most`,
    `largest`: the expansion of a net ends after so many mistakes, and before so many layers.
    """

    net: str | None = None
    settings: Mapping[str, Argument] = {}
    input_shape: Shape | None = None
    for_all: bool = False
    lints: Choice | None = None
    most: int = MOST_DIAGNOSTICS
    largest: int = MAX_LAYERS


AS_WRITTEN = Options()


class Checked(NamedTuple):
    """One net after checking: `shaped` if it is sound, and in any case its layers as far as they are known.

    `complete`: all of them are, though a claim about them may be wrong. `faulty`: something is wrong with this net.
    `fit`: which sizes of the input fit; None where they are fixed and no others were asked for.
    """

    name: str
    shaped: ShapedNet | None
    inputs: tuple[Input, ...]
    nodes: tuple[ShapedNode, ...]
    complete: bool
    faulty: bool
    fit: Fit | None
    sketch: Sketch | None = None


class Result(NamedTuple):
    """What a file came to: its nets and everything that is wrong, in order of place.

    `blocks` counts those that the file defines: one with blocks alone is sound, for others to use. `warnings` are what
    the lints found in sound nets. `amount`: what the nets come to when they are written out.
    """

    nets: tuple[Checked, ...]
    diagnostics: tuple[Diagnostic, ...]
    blocks: int = 0
    warnings: tuple[Diagnostic, ...] = ()
    amount: Amount = NOTHING


def check_text(text: str, name: str, folder: Path, options: Options = AS_WRITTEN) -> Result:
    """Check a spec. `name` is what messages call it, `folder` what its ``use`` is relative to."""
    return check_project(read_project(Source(name, text), folder), options)


def check_project(project: Project, options: Options = AS_WRITTEN) -> Result:
    """Check a spec that has been read."""
    diagnostics = list(project.problems)
    nets, problems = _chosen(project, options)
    diagnostics += problems
    blocks = sum(definition.file is project.main for definition in project.main.blocks.values())
    checked: list[Checked] = []
    warnings: list[Diagnostic] = []
    amount = NOTHING
    while nets and len(diagnostics) < MOST_DIAGNOSTICS and len(warnings) < MOST_DIAGNOSTICS:
        net, *nets = nets
        name = net.name.text
        expansion = expand(
            project.main,
            net,
            options.settings,
            options.input_shape,
            most=options.most,
            largest=options.largest,
            before=amount,
        )
        amount = Amount(*map(sum, zip(amount, expansion.amount, strict=True)))
        about_names: list[Diagnostic] = []
        if options.lints is not None:
            from netspec.passes.lints import lint_names  # imported here, since only `netspec check` asks for lints

            told = any(found.shaped is not None for found in checked)
            about_names = lint_names(project.main, net, options.lints, blocks=not told)
        if not nets:
            del net, project  # the tree of a large spec takes as much room as its net, and is needed no more
        found, problems = _judged(name, expansion, options.for_all)
        checked.append(found)
        diagnostics += problems
        if options.lints is not None and found.shaped is not None:
            from netspec.passes.lints import Subject, lint_layers

            warnings += [*about_names, *lint_layers(Subject(found.shaped, expansion.sources), options.lints)]
    return Result(tuple(checked), in_order(diagnostics), blocks, in_order(warnings), amount)


def _judged(name: str, expansion: Expansion, for_all: bool) -> tuple[Checked, list[Diagnostic]]:
    """A net with its shapes, the sizes of its input that fit, and its claims held against it."""
    shaped = infer(expansion.net) if expansion.net is not None else None
    nodes = shaped.nodes if shaped is not None else expansion.partial
    problems = list(expansion.diagnostics)
    fitting: Fit | None = None
    is_open = any(not isinstance(size, int) for given in expansion.inputs for size in given.shape)
    if is_open or (for_all and shaped is not None):
        from netspec.passes.fit import fit  # imported here, since fixed sizes need none of its arithmetic

        fitting, unfit = fit(expansion, shaped)
        problems += unfit
    if fitting is None or (fitting.sizes is not None and fitting.sizes.region):
        measures = Measures(expansion.inputs, nodes, complete=shaped is not None)
        exits = {}
        if shaped is not None:
            exits = {module.path: module.exit for module in shaped.modules} | {"": shaped.outputs[0].value}
        sizes = fitting.sizes if fitting is not None else None
        problems += check_claims(expansion.claims, expansion.stated, measures, exits, sizes)
    sound = shaped if not problems else None
    sketch = sketch_of(shaped) if shaped is not None else expansion.sketch
    return Checked(name, sound, expansion.inputs, nodes, shaped is not None, bool(problems), fitting, sketch), problems


def _chosen(project: Project, options: Options) -> tuple[list[tree.Net], list[Diagnostic]]:
    """The nets that the options mean, and what is wrong with the options."""
    file = project.main
    nets = [net for net in file.nets if options.net in (None, net.name.text)]
    if not nets:
        library = file.blocks and (options.net, options.settings, options.input_shape) == AS_WRITTEN[:3]
        return [], [] if file.broken or library else [_no_net(file, options.net)]
    if not options.settings:
        return nets, []
    known = {parameter.name.text for net in nets for parameter in net.parameters}
    problems = []
    for name in options.settings:
        if name not in known:
            near = did_you_mean(name, known)
            help = (f"did you mean `{near}`?",) if near else ()
            message = f"no net here has a parameter `{name}` to set"
            problems.append(Diagnostic(Code.UNSET_PARAMETER, message, Place(file.source, nets[0].name.span), help=help))
    return nets, problems


def _no_net(file: SpecFile, wanted: str | None) -> Diagnostic:
    names = [net.name.text for net in file.nets]
    if wanted is not None and names:
        near = did_you_mean(wanted, names)
        help = (f"did you mean `{near}`?",) if near else (f"its nets are {', '.join(names)}",)
        return Diagnostic(Code.NO_NET, f"there is no net `{wanted}` in this file", _start(file), help=help)
    help = ("a file holds at least one: `net Name { input 1x28x28 ... }`",)
    what = "this file is empty" if not file.source.text.strip() else "there is no net in this file"
    return Diagnostic(Code.NO_NET, what, _start(file), help=help)


def _start(file: SpecFile) -> Place:
    return Place(file.source, Span(0, 0))


def check_bytes(data: bytes, name: str, folder: Path, options: Options = AS_WRITTEN) -> Result:
    """Check what may be a spec."""
    try:
        return check_text(decode(data), name, folder, options)
    except NotASpec as error:
        place = Place(Source(name, ""), Span(0, 0))
        return Result((), (Diagnostic(error.code, f"this file {error}", place),))


def check_file(path: Path, options: Options = AS_WRITTEN) -> Result:
    """Check a spec in a file. Raises OSError."""
    return check_bytes(read_bytes(path), str(path), path.parent, options)


def only_net(result: Result) -> ShapedNet:
    """The one net of a file. Raises :class:`SpecError` if anything is wrong, or there are several."""
    if result.diagnostics:
        raise SpecError(result.diagnostics)
    match [net.shaped for net in result.nets if net.shaped is not None]:
        case [net]:
            return net
        case []:
            message = "the file has blocks alone, and no net"
        case several:
            message = f"the file has several nets; say which one is meant: {', '.join(net.name for net in several)}"
    raise SpecError((Diagnostic(Code.NO_NET, message, None),))


def parse_value(text: str) -> Argument | None:
    """A value as a spec would write it (``10``, ``0.5``, ``true``, ``3x3``, ``relu``); None if it is none."""
    value = _default(text)
    match value:
        case tree.Number() | tree.Truth():
            return value.value
        case tree.Word():
            return value.text
        case tree.Window() if all(isinstance(size, int) for size in value.sizes):
            return tuple(size for size in value.sizes if isinstance(size, int))
        case _:
            return None


def parse_shape(text: str) -> Shape | None:
    """A shape as a spec would write it (``3x224x224``, ``3 x H x W``, ``784``); None if it is none."""
    from netspec.passes.expand.reports import Reports, Site
    from netspec.passes.expand.values import Scope, Unknown, Value, evaluate

    written = _default(text)
    if not isinstance(written, (tree.Number, tree.Window, tree.Spaced)):
        return None
    reports = Reports()
    shape = evaluate(written, Scope({}, Value("input", None)), Site(Source("", text)), reports)
    if isinstance(shape, int) and not isinstance(shape, bool):
        return (shape,)
    return shape if isinstance(shape, tuple) and not isinstance(shape, Unknown) else None


def _default(text: str) -> tree.Expression | None:
    """A lone value, read by the grammar as the default of a parameter."""
    project = read_project(Source("", f"block b(value={text}) {{}}"), Path())
    definition = project.main.blocks.get("b")
    if project.problems or definition is None or len(definition.block.parameters) != 1:
        return None
    return definition.block.parameters[0].default

"""Whether data and net go together, told before anything starts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from netspec.compile import Options, Result
from netspec.diagnostics import Code, Diagnostic
from netspec.ir import Origin, ShapedNet
from netspec.passes.places import place_of
from netspec.sizes import Shape, format_shape
from netspec.source import Place, Source
from netspec.syntax.project import decode, read_bytes
from netspec.training.data.dataset import Dataset


def bound(net: ShapedNet, data: Dataset) -> Shape | None:
    """The shape of the images, where the net leaves sizes of its only input open and they fit the others."""
    shape = net.inputs[0].shape
    fixed = [size for size in shape if isinstance(size, int)]
    if len(net.inputs) > 1 or len(fixed) == len(shape) or len(shape) != len(data.shape):
        return None
    fits = all(not isinstance(want, int) or have == want for have, want in zip(data.shape, shape, strict=True))
    return data.shape if fits else None


def misfits(
    net: ShapedNet, data: Dataset, options: Options, check: Callable[[Options], Result]
) -> Iterator[Diagnostic]:
    """What keeps the net from being trained on the data. Other options are offered if `check` finds that they help."""
    (given,) = net.inputs
    classes = len(data.classes)
    if given.shape != data.shape:
        message = (
            f"`{net.name}` takes {format_shape(given.shape)}, but an image of {data.name} is {format_shape(data.shape)}"
        )
        notes: tuple[str, ...] = ()
        if sorted(map(str, given.shape)) == sorted(map(str, data.shape)):
            notes = ("channels come first: an image of 32 rows, 32 columns and 3 channels is 3x32x32",)
        help = _tried(f"--input {format_shape(data.shape)}", options._replace(input_shape=data.shape), classes, check)
        yield Diagnostic(
            Code.IMAGES_DIFFER, message, _place(given.origin), format_shape(given.shape), notes=notes, help=help
        )
    if net.output != (classes,):
        message = (
            f"{data.name} has {classes} classes, but `{net.name}` gives {format_shape(net.output)}: "
            "it must give a vector with a score for each class"
        )
        tried: tuple[str, ...] = ()
        for parameter in net.parameters:
            if type(parameter.value) is int and not tried:
                settings = {**options.settings, parameter.name: classes}
                tried = _tried(f"--set {parameter.name}={classes}", options._replace(settings=settings), classes, check)
        yield Diagnostic(Code.CLASSES_DIFFER, message, _place(_last(net)), format_shape(net.output), help=tried)


def _tried(words: str, options: Options, classes: int, check: Callable[[Options], Result]) -> tuple[str, ...]:
    """Other options as help, if the net is then sound and has as many outputs as there are classes."""
    result = check(options)
    sound = not result.diagnostics and all(
        net.shaped is not None and net.shaped.output == (classes,) for net in result.nets
    )
    return (f"with `{words}` it fits",) if sound else ()


def _last(net: ShapedNet) -> Origin:
    origins = {value.name: value.origin for value in net.inputs} | {node.name: node.origin for node in net.nodes}
    return origins[net.outputs[0].value]


def _place(origin: Origin) -> Place | None:
    """Where something is written; None if its file cannot be read by the name that the net keeps."""
    try:
        source = Source(origin.file, decode(read_bytes(Path(origin.file))))
    except OSError:
        return None
    return place_of(origin, {origin.file: source})

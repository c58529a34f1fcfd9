"""Known values of layers: sizes, parameters, MACs, how they are written, what they say when they do not fit."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from pydantic import ValidationError
from torch import nn

from netspec.diagnostics.codes import Code
from netspec.layers import LAYERS, Misfit, Reach, Weight, facts
from netspec.layers.arguments import value_text
from netspec.layers.base import Layer
from netspec.layers.reach import whole
from netspec.sizes import Shape, symbol
from tests.layers.torch_modules import torch_module

H, W = symbol("H"), symbol("W")


def layer(kind: str, **given: Any) -> Any:
    """A layer by its name in the language."""
    return LAYERS[kind](**given)


@pytest.mark.parametrize(
    ("made", "shape", "output", "params", "macs"),
    [
        # LeNet
        (layer("conv", filters=6, kernel=5, padding=2), (1, 28, 28), (6, 28, 28), 156, 117_600),
        (layer("avgpool", kernel=2), (6, 28, 28), (6, 14, 14), 0, 0),
        (layer("conv", filters=16, kernel=5), (6, 14, 14), (16, 10, 10), 2416, 240_000),
        (layer("flatten"), (16, 5, 5), (400,), 0, 0),
        (layer("fc", units=120), (400,), (120,), 48_120, 48_000),
        # AlexNet
        (layer("conv", filters=64, kernel=11, stride=4, padding=2), (3, 224, 224), (64, 55, 55), 23_296, 70_276_800),
        (layer("maxpool", kernel=3, stride=2), (64, 55, 55), (64, 27, 27), 0, 0),
        (layer("conv", filters=192, kernel=5, padding=2), (64, 27, 27), (192, 27, 27), 307_392, 223_948_800),
        (layer("conv", filters=256, kernel=5, padding=2, groups=2), (96, 27, 27), (256, 27, 27), 307_456, 223_948_800),
        # ResNet's first layers, GoogLeNet's pooling, MobileNet's depthwise, a U-Net's way up
        (
            layer("conv", filters=64, kernel=7, stride=2, padding=3, bias=False),
            (3, 224, 224),
            (64, 112, 112),
            9408,
            118_013_952,
        ),
        (layer("maxpool", kernel=3, stride=2, padding=1), (64, 112, 112), (64, 56, 56), 0, 0),
        (layer("maxpool", kernel=3, stride=2, ceil=True), (64, 112, 112), (64, 56, 56), 0, 0),
        (layer("depthwise", kernel=3, padding=1, bias=False), (32, 112, 112), (32, 112, 112), 288, 3_612_672),
        (layer("convtranspose", filters=64, kernel=2, stride=2), (128, 28, 28), (64, 56, 56), 32_832, 25_690_112),
        # the others
        (layer("conv", filters=8, kernel=3, stride=2, padding="same"), (3, 7, 8), (8, 4, 4), 224, 3456),
        (layer("adaptiveavgpool", size=7), (512, 9, 10), (512, 7, 7), 0, 0),
        (layer("globalavgpool"), (512, 7, 7), (512, 1, 1), 0, 0),
        (layer("globalmaxpool"), (8, 5), (8, 1), 0, 0),
        (layer("reshape", shape=(64, 7, 7)), (3136,), (64, 7, 7), 0, 0),
        (layer("reshape", shape=400), (16, 5, 5), (400,), 0, 0),
        (layer("batchnorm"), (64, 8, 8), (64, 8, 8), 128, 0),
        (layer("batchnorm", affine=False), (64, 8, 8), (64, 8, 8), 0, 0),
        (layer("layernorm"), (96,), (96,), 192, 0),
        (layer("prelu"), (8, 4, 4), (8, 4, 4), 1, 0),
        (layer("prelu", per_channel=True), (8, 4, 4), (8, 4, 4), 8, 0),
        (layer("pad", before=(1, 2), after=(0, 3)), (3, 8, 8), (3, 9, 13), 0, 0),
        (layer("upsample", scale=(2, 3)), (3, 8, 8), (3, 16, 24), 0, 0),
        (layer("pixelshuffle", factor=3), (18, 8, 8), (2, 24, 24), 0, 0),
        (layer("slice", start=2, stop=5), (8, 4, 4), (3, 4, 4), 0, 0),
        (layer("scale", init=1e-6), (96, 56, 56), (96, 56, 56), 96, 0),
    ],
    ids=lambda value: value.call_text() if isinstance(value, Layer) else None,
)
def test_known_values(made: Any, shape: Shape, output: Shape, params: int, macs: int) -> None:
    known = facts(made, (shape,))
    assert known.output == output
    assert sum(weight.size for weight in known.weights if weight.trainable) == params
    assert known.macs == macs


def test_batch_normalisation_keeps_running_statistics() -> None:
    assert facts(layer("batchnorm"), ((8, 4, 4),)).weights == (
        Weight("weight", (8,)),
        Weight("bias", (8,)),
        Weight("running_mean", (8,), trainable=False),
        Weight("running_var", (8,), trainable=False),
        Weight("num_batches_tracked", (), trainable=False),
    )


@pytest.mark.parametrize(
    ("kind", "shapes", "output"),
    [
        ("add", ((8, 4, 4), (8, 4, 4)), (8, 4, 4)),
        ("add", ((8, H, W), (8, 4, 4)), (8, H, W)),
        ("mul", ((8, 4, 4), (8, 1, 1), (8, 4, 4)), (8, 4, 4)),
        ("mul", ((8, 1, 1), (8, H, W)), (8, H, W)),
        ("mul", ((8, 1, 1), (8, 1, 1)), (8, 1, 1)),
        ("mul", ((8,), (8,)), (8,)),
        ("concat", ((8, 4, 4), (1, 4, 4), (3, 4, 4)), (12, 4, 4)),
        ("concat", ((8,), (3,)), (11,)),
        ("concat", ((H,), (3,)), (H + 3,)),
    ],
)
def test_what_merges_give(kind: str, shapes: tuple[Shape, ...], output: Shape) -> None:
    assert facts(layer(kind), shapes).output == output


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (layer("conv", filters=6, kernel=5, padding=2), "conv 6 5 padding=2"),
        (layer("conv", filters=6, kernel=(5, 5), padding=(2, 2)), "conv 6 5x5 padding=2"),
        (layer("conv", filters=6, kernel=(5, 3), padding=(2, 1)), "conv 6 5x3 padding=2x1"),
        (layer("conv", filters=6, kernel=3, padding="same", bias=False), "conv 6 3 padding=same bias=false"),
        (layer("maxpool", kernel=3), "maxpool 3"),
        (layer("maxpool", kernel=3, stride=3), "maxpool 3"),
        (layer("maxpool", kernel=3, stride=2, ceil=True), "maxpool 3 stride=2 ceil=true"),
        (layer("pad", before=1, after=0, mode="reflect"), "pad 1 after=0 mode=reflect"),
        (layer("reshape", shape=(64, 7, 7)), "reshape 64x7x7"),
        (layer("batchnorm", eps=1e-3), "batchnorm eps=0.001"),
        (layer("batchnorm", eps=1e-5), "batchnorm"),
        (layer("elu", alpha=2), "elu alpha=2"),
        (layer("scale", init=1e-6), "scale init=1e-6"),
        (layer("dropout"), "dropout"),
        (layer("droppath", p=0.1), "droppath 0.1"),
        (layer("gelu", approximate="tanh"), "gelu approximate=tanh"),
    ],
)
def test_a_layer_is_written_without_its_defaults(made: Any, text: str) -> None:
    assert made.call_text() == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(True, "true"), (3, "3"), ((3, 5), "3x5"), (1.0, "1"), (0.75, "0.75"), (1e-5, "1e-5"), (1.5e20, "1.5e20")],
)
def test_a_value_is_written_as_the_language_reads_it(value: object, text: str) -> None:
    assert value_text(value) == text


@pytest.mark.parametrize(
    ("made", "shapes", "code", "message"),
    [
        (
            layer("maxpool", kernel=3, padding=2),
            ((3, 8, 8),),
            Code.POOL_PADDING,
            "padding=2 of `maxpool` is more than half of its kernel, which is 3",
        ),
        (
            # Half of the kernel, though the window spans 5.
            layer("maxpool", kernel=3, padding=2, dilation=2),
            ((3, 8, 8),),
            Code.POOL_PADDING,
            "padding=2 of `maxpool` is more than half of its kernel, which is 3",
        ),
        (
            layer("avgpool", kernel=9),
            ((3, 8, 8),),
            Code.WINDOW_TOO_LARGE,
            "the 9x9 window of `avgpool` does not fit into its input 3x8x8",
        ),
        (
            layer("avgpool", kernel=3, padding=1),
            ((3, 2, 8, 8),),
            Code.WINDOW_TOO_LARGE,
            "the 3x3x3 window of `avgpool` is larger than its input 3x2x8x8; in 3-D it must fit without padding",
        ),
        (
            layer("globalavgpool"),
            ((512,),),
            Code.WRONG_RANK,
            "`globalavgpool` needs feature maps, but its input 512 is a vector",
        ),
        (layer("fc", units=10), ((16, 5, 5),), Code.NOT_A_VECTOR, "`fc` needs a vector, but its input 16x5x5 is 2-D"),
        (
            layer("fc", units=10),
            ((H * 16,),),
            Code.NOT_FIXED,
            "`fc` needs a fixed number of features, but its input has 16·H",
        ),
        (
            layer("reshape", shape=(4, 4)),
            ((3, 5),),
            Code.SIZES_DIFFER,
            "`reshape` cannot make 4x4 of 3x5: 16 values are not 15",
        ),
        (
            layer("reshape", shape=(1, 1, 1, 1, 4)),
            ((4,),),
            Code.WRONG_RANK,
            "`reshape` makes 4 spatial axes; feature maps have at most 3",
        ),
        (layer("groupnorm", groups=4), ((6, 2),), Code.GROUPS, "groups=4 does not divide the 6 channels"),
        (layer("shuffle", groups=4), ((6, 2),), Code.GROUPS, "groups=4 does not divide the 6 channels"),
        (
            layer("instancenorm"),
            ((8, 1, 1),),
            Code.TOO_FEW_VALUES,
            "`instancenorm` needs several values in each channel, but its input is 8x1x1",
        ),
        (
            layer("add"),
            ((8, 9, 9), (8, 9, 9), (8, 8, 8)),
            Code.OPERANDS_DIFFER,
            "`add` cannot merge 8x9x9 and 8x8x8: the operands must have the same shape",
        ),
        (
            layer("add"),
            ((8, H, W), (8, H + 1, W)),
            Code.OPERANDS_DIFFER,
            "`add` cannot merge 8 x H x W and 8 x (H+1) x W: the operands must have the same shape",
        ),
        (
            layer("mul"),
            ((8, 4, 4), (8, 1, 4)),
            Code.OPERANDS_DIFFER,
            "`mul` cannot merge 8x4x4 and 8x1x4: the operands must have the same shape, or one value for each channel",
        ),
        (
            layer("concat"),
            ((8, 9, 9), (8, 8, 8)),
            Code.OPERANDS_DIFFER,
            "`concat` cannot merge 8x9x9 and 8x8x8: only the channels of the operands may differ",
        ),
        (layer("add"), ((8,),), Code.BAD_OPERANDS, "`add` needs two operands or more, but has 1"),
        (layer("relu"), ((8,), (8,)), Code.BAD_OPERANDS, "`relu` takes one input, but has 2"),
        (
            layer("pad", before=3, mode="reflect"),
            ((1, 8, 3),),
            Code.OUT_OF_RANGE,
            "mode=reflect of `pad` adds 3 to an axis of 3, which gives at most 2",
        ),
        (
            layer("pad", before=1, after=4, mode="circular"),
            ((1, 3, 3),),
            Code.OUT_OF_RANGE,
            "mode=circular of `pad` adds 4 to an axis of 3, which gives at most 3",
        ),
        (
            layer("upsample", scale=2, mode="bilinear"),
            ((1, 8),),
            Code.WRONG_RANK,
            "mode=bilinear of `upsample` is for 2-D maps, but its input 1x8 is 1-D",
        ),
        (
            layer("upsample", scale=2, align_corners=True),
            ((1, 8),),
            Code.BAD_ARGUMENT,
            "align_corners=true of `upsample` is for the modes that interpolate, but mode=nearest copies",
        ),
        (
            layer("pixelshuffle", factor=2),
            ((6, 8, 8),),
            Code.GROUPS,
            "`pixelshuffle` with factor=2 needs a multiple of 4 channels, but its input 6x8x8 has 6",
        ),
        (
            layer("slice", start=2, stop=9),
            ((8, 4, 4),),
            Code.OUT_OF_RANGE,
            "`slice` ends at channel 9, but its input 8x4x4 has 8",
        ),
        (layer("slice", start=3, stop=3), ((8,),), Code.OUT_OF_RANGE, "`slice` from 3 to 3 keeps no channel"),
        (
            layer("conv", filters=1, kernel=(3, 3)),
            ((3, 8, 8, 8),),
            Code.WRONG_RANK,
            "`kernel` of `conv` is 3x3, but its input has 3 spatial axes",
        ),
    ],
)
def test_what_does_not_fit_is_explained(made: Any, shapes: tuple[Shape, ...], code: Code, message: str) -> None:
    with pytest.raises(Misfit) as caught:
        facts(made, shapes)
    assert (caught.value.code, caught.value.message) == (code, message)


def test_the_operand_at_fault_is_named() -> None:
    with pytest.raises(Misfit) as caught:
        facts(layer("concat"), ((8, 4), (3, 4), (3, 5)))
    assert caught.value.operand == 2
    with pytest.raises(Misfit) as caught:
        facts(layer("mul"), ((3, 1), (8, 4)))
    assert caught.value.operand == 0


def test_fc_says_what_flatten_would_give() -> None:
    with pytest.raises(Misfit) as caught:
        facts(layer("fc", units=10), ((16, 5, 5),))
    assert caught.value.help == ("`flatten` turns 16x5x5 into a vector of 400",)


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("conv", {"filters": 0, "kernel": 3}),
        ("conv", {"filters": 1, "kernel": 0}),
        ("conv", {"filters": 1, "kernel": 3, "stride": 0}),
        ("conv", {"filters": 1, "kernel": 3, "padding": -1}),
        ("conv", {"filters": 1, "kernel": 3, "padding": "valid"}),
        ("conv", {"filters": 1, "kernel": 3, "dilation": 0}),
        ("conv", {"filters": 1, "kernel": 3, "groups": 0}),
        ("conv", {"filters": True, "kernel": 3}),
        ("conv", {"filters": 1.0, "kernel": 3}),
        ("conv", {"filters": 1, "kernel": 3, "bias": 1}),
        ("conv", {"filters": 1, "kernel": 3, "activation": "relu"}),
        ("conv", {"filters": 2**63, "kernel": 3}),
        ("maxpool", {"kernel": ()}),
        ("batchnorm", {"eps": 0.0}),
        ("dropout", {"p": 1.5}),
        ("dropout", {"p": -0.1}),
        ("droppath", {}),
        ("gelu", {"approximate": "sigmoid"}),
        ("leakyrelu", {"slope": math.nan}),
        ("upsample", {"scale": 2, "mode": "cubic"}),
        ("slice", {"start": -1, "stop": 2}),
    ],
)
def test_values_out_of_range_are_refused(kind: str, given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        layer(kind, **given)


REACHING = [
    (layer("conv", filters=1, kernel=3), 12),
    (layer("conv", filters=1, kernel=3, stride=2, padding=1), 12),
    (layer("conv", filters=1, kernel=3, dilation=2), 12),
    (layer("conv", filters=1, kernel=3, stride=2, padding="same"), 12),
    (layer("depthwise", kernel=2), 12),
    (layer("convtranspose", filters=1, kernel=4, stride=2, padding=1), 12),
    (layer("convtranspose", filters=1, kernel=5, stride=2, padding=2), 12),
    (layer("convtranspose", filters=1, kernel=3, stride=1, dilation=2), 12),
    (layer("convtranspose", filters=1, kernel=3, stride=2, dilation=3, padding=1), 12),
    (layer("convtranspose", filters=1, kernel=2, stride=3), 12),
    (layer("convtranspose", filters=1, kernel=2, stride=2, dilation=2), 12),
    (layer("convtranspose", filters=1, kernel=3, stride=3, dilation=6, output_padding=4), 12),
    (layer("avgpool", kernel=3, stride=2, padding=1), 12),
    (layer("adaptiveavgpool", size=3), 12),
    (layer("adaptiveavgpool", size=5), 12),
    (layer("adaptiveavgpool", size=5), 7),
    (layer("adaptiveavgpool", size=7), 5),
    (layer("globalavgpool"), 12),
    (layer("upsample", scale=3), 12),
    (layer("upsample", scale=2, mode="linear"), 12),
    (layer("upsample", scale=1, mode="linear"), 12),
    (layer("upsample", scale=2, mode="linear", align_corners=True), 12),
    (layer("pad", before=2), 12),
    (layer("flatten"), 12),
    (layer("reshape", shape=(2, 6)), 12),
    (layer("relu"), 12),
]


EXACT = [
    (made, size)
    for made, size in REACHING
    # Flattened values belong to all places; aligned corners stretch the stride a little, which is not followed.
    if made.kind not in ("flatten", "reshape") and not getattr(made, "align_corners", False)
]


def seen_by_outputs(made: Any, size: int) -> list[list[int]]:
    """For each output, the inputs that its gradient reaches, in a map of one channel and one axis."""
    signal = torch.rand(1, 1, size).add(0.5).requires_grad_()
    module = torch_module(made, ((1, size),))
    for parameter in module.parameters():
        nn.init.constant_(parameter, 1.0)
    seen = []
    for output in module(signal).flatten():
        (gradient,) = torch.autograd.grad(output, signal, retain_graph=True)
        seen.append(gradient.flatten().nonzero().flatten().tolist())
    return seen


def reach_of(made: Any, size: int) -> Reach:
    (reach,) = facts(made, ((1, size),)).layer.reaches(((1, size),))
    return reach


@pytest.mark.parametrize(("made", "size"), EXACT)
def test_every_output_sees_exactly_the_inputs_that_its_gradients_reach(made: Any, size: int) -> None:
    windows, advance = reach_of(made, size)
    for output, seen in enumerate(seen_by_outputs(made, size)):
        turn, place = divmod(output, len(windows))
        window = windows[place]
        if window is None:
            assert seen == []
            continue
        first, last = (end + advance * turn for end in window)
        assert isinstance(first, int)
        assert isinstance(last, int)
        if first >= 0 and last < size:
            assert (seen[0], seen[-1]) == (first, last)
        else:  # cut by the edge
            assert all(first <= place <= last for place in seen)


@pytest.mark.parametrize(("made", "size"), REACHING)
def test_a_layer_sees_as_far_as_its_gradients_reach(made: Any, size: int) -> None:
    widths = [seen[-1] - seen[0] + 1 for seen in seen_by_outputs(made, size) if seen]
    assert reach_of(made, size).extent == (size if made.kind in ("flatten", "reshape") else max(widths))


def test_bicubic_upsampling_sees_four_pixels() -> None:
    made = layer("upsample", scale=(2, 1), mode="bicubic")
    assert made.reaches(((3, 8, 8),))[0].extent == 4
    assert made.reaches(((3, 8, 8),))[1].extent == 1


def test_global_layers_see_all_of_a_symbolic_map() -> None:
    assert layer("globalavgpool").reaches(((3, H, W),)) == (whole(H), whole(W))
    assert layer("flatten").reaches(((3, H, W),)) == (whole(H), whole(W))

"""Nothing is forgotten: every layer has what every layer must have."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import get_args

import pytest

from netspec.layers import LAYERS, AnyLayer, Family, arguments, signature
from netspec.layers.arguments import default_text, expectation
from netspec.layers.foreign_words import FOREIGN_ARGUMENTS, FOREIGN_LAYERS, argument_for, layer_for
from tests.layers.strategies import CASES

TABLE = """
conv filters kernel stride=1 padding=0 dilation=1 groups=1 bias=true
depthwise kernel stride=1 padding=0 dilation=1 multiplier=1 bias=true
convtranspose filters kernel stride=1 padding=0 output_padding=0 dilation=1 groups=1 bias=true
maxpool kernel stride=kernel padding=0 dilation=1 ceil=false
avgpool kernel stride=kernel padding=0 ceil=false include_padding=true
adaptiveavgpool size
adaptivemaxpool size
globalavgpool
globalmaxpool
fc units bias=true
flatten
reshape shape
batchnorm eps=1e-5 momentum=0.1 affine=true
layernorm eps=1e-5 affine=true
groupnorm groups eps=1e-5 affine=true
instancenorm eps=1e-5 affine=false
lrn size alpha=0.0001 beta=0.75 k=1
relu
relu6
leakyrelu slope=0.01
prelu per_channel=false init=0.25
elu alpha=1
selu
gelu approximate=none
silu
sigmoid
hardsigmoid
hardswish
tanh
softplus beta=1 threshold=20
mish
softmax
logsoftmax
identity
dropout p=0.5
droppath p
add
mul
concat
pad before after=before mode=zeros
upsample scale mode=nearest align_corners=false
pixelshuffle factor
shuffle groups
slice start stop
scale init=1
"""


def test_the_layers_and_their_signatures() -> None:
    assert [signature(layer) for layer in LAYERS.values()] == TABLE.split("\n")[1:-1]


def test_every_layer_of_the_union_has_its_own_name() -> None:
    assert tuple(LAYERS.values()) == get_args(AnyLayer)


def test_families_stay_together_and_none_is_empty() -> None:
    families = [layer.family for layer in LAYERS.values()]
    assert [family for i, family in enumerate(families) if family not in families[:i]] == list(Family)
    assert sum(a != b for a, b in pairwise(families)) == len(Family) - 1


def test_every_layer_has_a_strategy() -> None:
    assert list(CASES) == list(LAYERS)


@pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)
def test_a_layer_explains_itself(layer: type[AnyLayer]) -> None:
    first, *_ = (layer.__doc__ or "").splitlines()
    assert re.search(r"(PyTorch|Torchvision)'s .+\.$", first)
    for field in arguments(layer).values():
        assert field.description
        assert expectation(field)
        assert default_text(field) != ""


@pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)
def test_required_arguments_come_first(layer: type[AnyLayer]) -> None:
    required = [field.is_required() for field in arguments(layer).values()]
    assert required == sorted(required, reverse=True)


@pytest.mark.parametrize("word", FOREIGN_LAYERS)
def test_foreign_layers_lead_to_real_ones(word: str) -> None:
    assert FOREIGN_LAYERS[word] in LAYERS
    assert word not in LAYERS
    assert layer_for(word) == FOREIGN_LAYERS[word]


@pytest.mark.parametrize("word", FOREIGN_ARGUMENTS)
def test_foreign_arguments_lead_to_real_ones(word: str) -> None:
    every = {name for layer in LAYERS.values() for name in arguments(layer)}
    assert set(FOREIGN_ARGUMENTS[word]) <= every
    answers = {argument_for(kind, word) for kind, layer in LAYERS.items() if word not in arguments(layer)}
    assert set(FOREIGN_ARGUMENTS[word]) == answers - {None}


@pytest.mark.parametrize("kind", LAYERS)
def test_a_hint_is_an_argument_of_the_layer(kind: str) -> None:
    hints = {argument_for(kind, word) for word in FOREIGN_ARGUMENTS} - {None}
    assert hints <= set(arguments(LAYERS[kind]))


@pytest.mark.parametrize(
    ("word", "layer"),
    [
        ("dense", "fc"),
        ("Linear", "fc"),
        ("fully_connected", "fc"),
        ("conv2d", "conv"),
        ("Conv2D", "conv"),
        ("Conv3d", "conv"),
        ("separable_conv", "depthwise"),
        ("SeparableConv2D", "depthwise"),
        ("deconv", "convtranspose"),
        ("conv_transpose", "convtranspose"),
        ("Conv2DTranspose", "convtranspose"),
        ("max_pool", "maxpool"),
        ("MaxPooling2D", "maxpool"),
        ("avg_pool", "avgpool"),
        ("AdaptiveAvgPool2d", "adaptiveavgpool"),
        ("gap", "globalavgpool"),
        ("GlobalAveragePooling2D", "globalavgpool"),
        ("bn", "batchnorm"),
        ("batch_norm", "batchnorm"),
        ("BatchNorm2d", "batchnorm"),
        ("swish", "silu"),
        ("LeakyReLU", "leakyrelu"),
        ("ReLU6", "relu6"),
        ("cat", "concat"),
        ("concatenate", "concat"),
        ("zero_pad", "pad"),
        ("nonsense", None),
        ("", None),
    ],
)
def test_what_a_foreign_layer_is_called_here(word: str, layer: str | None) -> None:
    assert layer_for(word) == layer


@pytest.mark.parametrize(
    ("kind", "word", "argument"),
    [
        ("conv", "out_channels", "filters"),
        ("conv", "units", "filters"),
        ("conv", "kernel_size", "kernel"),
        ("conv", "pad", "padding"),
        ("conv", "strides", "stride"),
        ("conv", "rate", "dilation"),
        ("conv", "dilation_rate", "dilation"),
        ("conv", "use_bias", "bias"),
        ("conv", "Filters", "filters"),
        ("fc", "filters", "units"),
        ("fc", "out_features", "units"),
        ("maxpool", "pool_size", "kernel"),
        ("maxpool", "ceil_mode", "ceil"),
        ("avgpool", "count_include_pad", "include_padding"),
        ("dropout", "rate", "p"),
        ("leakyrelu", "negative_slope", "slope"),
        ("leakyrelu", "alpha", "slope"),
        ("elu", "Alpha", "alpha"),
        ("groupnorm", "num_groups", "groups"),
        ("batchnorm", "epsilon", "eps"),
        ("upsample", "scale_factor", "scale"),
        ("upsample", "size", "scale"),
        ("adaptiveavgpool", "output_size", "size"),
        ("pad", "padding", "before"),
        ("relu", "inplace", None),
        ("conv", "nonsense", None),
    ],
)
def test_what_a_foreign_argument_is_called_here(kind: str, word: str, argument: str | None) -> None:
    assert argument_for(kind, word) == argument

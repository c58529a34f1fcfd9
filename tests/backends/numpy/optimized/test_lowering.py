"""The lowering pass: which kernel a layer gets and why, what becomes one operation, where values live."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import netspec
from netspec.backends.numpy.optimized.choices import chosen
from netspec.backends.numpy.optimized.grouping import grouped
from netspec.backends.numpy.optimized.layout import Layout, lay_out
from netspec.backends.numpy.optimized.program import Operation
from netspec.backends.numpy.optimized.size_code import largest_code, margins_code, size_code
from netspec.backends.numpy.optimized.slots import Life, find_slots
from netspec.sizes import QuasiAffine, Size, product, substitute, symbol
from tests.backends.numpy.optimized.running import program_of
from tests.backends.numpy.test_agreement import NETS, load
from tests.language.test_random_nets import UNIT, body


def operations(text: str) -> list[Operation]:
    """What computes the layers of a net."""
    return [one for one in program_of(netspec.loads(f"net N {{\n{text}\n}}")).operations if one.layers]


# Choices

CHOICES = [
    ("32x56x56", "conv 64 3x3 padding=1", "winograd_conv", "36 multiplications for 16 results, not 144, on 56x56"),
    ("32x14x14", "conv 64 3x3 padding=1", "winograd_conv", "16 multiplications for 4 results, not 36, on 14x14"),
    ("32 x H x W", "conv 64 3x3 padding=1", "winograd_conv", "36 multiplications for 16 results, not 144, on H x W"),
    ("32x56x56", "conv 64 1x1", "pointwise_conv", "1x1: at each place 32 channels times 64 filters, without copying"),
    ("32x56x56", "conv 64 1x1 stride=2", "im2col_conv", "1x1, stride 2x2: rows of 32 values times 64 filters"),
    (
        "3x56x56",
        "conv 64 3x3",
        "im2col_conv",
        "3x3, with 3 channels too few for Winograd: rows of 27 values times 64 filters",
    ),
    (
        "32x5x5",
        "conv 64 3x3",
        "im2col_conv",
        "3x3, a map of 3x3 too small for Winograd: rows of 288 values times 64 filters",
    ),
    ("32x56x56", "conv 64 3x3 stride=2", "im2col_conv", "3x3, stride 2x2: rows of 288 values times 64 filters"),
    ("32x56x56", "conv 64 3x3 dilation=2", "im2col_conv", "3x3, dilation 2x2: rows of 288 values times 64 filters"),
    (
        "32x56x56",
        "conv 64 3x3 groups=4",
        "im2col_conv",
        "3x3, in groups: rows of 72 values in 4 groups times 64 filters",
    ),
    ("32x56x56", "conv 64 5x5", "im2col_conv", "5x5: rows of 800 values times 64 filters"),
    ("32x500", "conv 64 3", "im2col_conv", "3: rows of 96 values times 64 filters"),
    ("32x8x8x8", "conv 64 3x3x3", "im2col_conv", "3x3x3: rows of 864 values times 64 filters"),
    ("32x56x56", "depthwise 3x3", "depthwise_conv", "3x3 on each channel by itself: 9 slices times factors, added up"),
    (
        "32x56x56",
        "conv 64 3x3 groups=32",
        "depthwise_conv",
        "3x3 on each channel by itself: 9 slices times factors, added up",
    ),
    (
        "8x6x6",
        "convtranspose 4 2x2 stride=2",
        "transposed_conv",
        "2x2, stride 2x2: 4 ordinary convolutions of 8 channels, for each 2x2 outputs",
    ),
    ("8x6x6", "maxpool 2x2", "sliced_maxpool", "2x2: a slice for each position in the window, compared"),
    ("8x6x6", "adaptiveavgpool 3", "sliced_avgpool", "2x2: a slice for each position in the window, added"),
    ("8x6x6", "adaptiveavgpool 4", "readable", "the same function, on values seen channels first"),
    ("8x6x6", "globalavgpool", "global_pool", "the whole map at once"),
    ("100", "fc 10", "linear", "100 features times 10 units, the weights as they are"),
    ("8x6x6", "groupnorm 2", "readable", "the same function, on values seen channels first"),
    ("8x6x6", "gelu", "activate", "nothing before it that could end with it"),
    ("8x6x6", "gelu approximate=tanh", "readable", "the same function, on values seen channels first"),
    ("8x6x6", "adaptiveavgpool 6", "", "as large as its input already"),
    ("8x6x6", "dropout", "", "drops nothing outside training"),
    ("8x6x6", "slice 2 5", "", "a view of its channels"),
    ("8x6x6", "pad 1", "", "zeros that are there already, around what it reads"),
]


@pytest.mark.parametrize(("shape", "layer", "kernel", "reason"), CHOICES)
def test_the_choice_and_its_reason(shape: str, layer: str, kernel: str, reason: str) -> None:
    (operation,) = operations(f"input {shape}\n{layer}")
    assert (operation.kernel, operation.reason) == (kernel, reason)


@pytest.mark.parametrize("name", NETS)
def test_every_layer_is_computed_once_and_has_a_reason(name: str) -> None:
    net = load(name)
    done = [layer for one in program_of(net).operations for layer in one.layers if one.kernel != "copy_map"]
    assert sorted(done) == sorted(node.name for node in net.nodes)
    assert all(
        one.reason and one.lowering for one in program_of(net).operations if one.layers and one.kernel != "copy_map"
    )


# Groups

GROUPS = [
    ("conv 8 3x3 -> batchnorm -> relu", [("conv1", "batchnorm1", "relu1")]),
    ("conv 8 3x3 -> relu -> batchnorm", [("conv1", "relu1"), ("batchnorm1",)]),
    ("batchnorm -> relu -> conv 8 1x1", [("batchnorm1", "relu1"), ("conv1",)]),
    ("conv 8 3x3 -> elu", [("conv1",), ("elu1",)]),
    ("conv 8 3x3 -> relu -> maxpool 2x2", [("conv1", "relu1", "maxpool1")]),
    ("conv 8 3x3 -> maxpool 2x2 -> hardswish", [("conv1", "maxpool1", "hardswish1")]),
    ("conv 8 3x3 -> hardswish -> maxpool 2x2", [("conv1", "hardswish1"), ("maxpool1",)]),
    ("conv 8 3x3 -> maxpool 3x3 stride=2", [("conv1",), ("maxpool1",)]),
    ("conv 8 3x3 -> maxpool 2x2 ceil=true", [("conv1",), ("maxpool1",)]),
    ("add { conv 4 3x3 padding=1 -> batchnorm } {}\nrelu", [("conv1", "batchnorm1", "add1", "relu1")]),
    ("add { conv 4 1x1 -> relu } {}", [("conv1", "relu1"), ("add1",)]),
    ("add { conv 4 1x1 } { conv 4 1x1 }", [("conv2",), ("conv1", "add1")]),
    ("add { conv 4 1x1 } {} { relu }", [("conv1",), ("relu1",), ("add1",)]),
    ("flatten -> fc 5 -> batchnorm -> sigmoid", [("flatten1",), ("fc1", "batchnorm1", "sigmoid1")]),
    ("convtranspose 4 2 -> batchnorm -> leakyrelu", [("convtranspose1", "batchnorm1", "leakyrelu1")]),
    ("here: conv 8 3x3\nrelu -> conv 8 1x1\nadd {} here", [("here",), ("relu1",), ("conv1", "add1")]),
    ("here: conv 8 3x3\nrelu\noutput more: { from here }", [("here",), ("relu1",)]),
]


@pytest.mark.parametrize(("text", "groups"), GROUPS)
def test_what_becomes_one_operation(text: str, groups: list[tuple[str, ...]]) -> None:
    net = netspec.loads(f"net N {{\ninput 4x12x12\n{text}\n}}")
    assert [group.layers for group in grouped(net)] == groups


# Where values live


def layout_of(text: str) -> Layout:
    net = netspec.loads(f"{UNIT}net N {{\ninput 4x12x12\n{text}\n}}")
    return lay_out(net, tuple(map(chosen, grouped(net))))


def test_what_is_joined_is_written_where_it_belongs() -> None:
    layout = layout_of("concat { conv 3 1x1 } { conv 2 1x1 -> elu } { maxpool 3x3 stride=1 padding=1 } {}")
    views = [(layout.views[name].of, layout.views[name].channels) for name in ("conv1", "elu1", "maxpool1", "input")]
    assert views == [("concat1", (0, 3)), ("concat1", (3, 5)), ("concat1", (5, 9)), ("input", None)]
    assert [step.task.kernel for step in layout.steps].count("copy_map") == 1


def test_what_is_joined_again_and_again_is_written_once() -> None:
    layout = layout_of("conv 4 1x1\nrepeat 3 { concat {} { conv 2 3x3 padding=1 } }")
    assert {layout.views[name].of for name in layout.views if name != "input"} == {"concat3"}
    assert layout.views["conv1"].channels == (0, 4)
    assert layout.views["concat1"].channels == (0, 6)
    assert all(step.task.kernel != "copy_map" for step in layout.steps)


def test_a_part_that_is_joined_twice_is_copied_once() -> None:
    layout = layout_of("here: conv 4 1x1\nconcat here here")
    assert [step.task.kernel for step in layout.steps].count("copy_map") == 1


def test_a_value_is_overwritten_only_if_nothing_else_reads_it() -> None:
    layout = layout_of("maxpool 3 -> relu")
    assert layout.views["relu1"].of == "maxpool1"
    layout = layout_of("here: maxpool 3\nrelu\nadd {} here")
    assert layout.views["relu1"].of == "relu1"
    layout = layout_of("here: maxpool 3\nrelu\noutput more: { from here }")
    assert layout.views["relu1"].of == "relu1"


def test_a_part_that_is_read_elsewhere_keeps_the_whole_from_being_overwritten() -> None:
    layout = layout_of(
        "here: conv 4 1x1\nconcat here { conv 4 3x3 padding=1 }\nrelu -> conv 4 1x1\nadd {} here { elu }"
    )
    assert layout.views["here"].of == "concat1"
    assert layout.views["relu1"].of == "relu1"


def test_a_value_has_as_many_zeros_as_its_readers_want() -> None:
    layout = layout_of(
        "here: conv 4 1x1\nadd { conv 4 3x3 padding=1 } { conv 4 5x1 padding=2x0 } { pad 1 -> conv 4 3x5 padding=0x1 }"
    )
    room = layout.rooms["here"]
    assert [set(widths) for widths in room.before] == [{0, 1, 2}, {0, 1, 2}]


@settings(max_examples=60)
@given(body(2, labels=False))
def test_no_value_is_overwritten_while_it_is_needed(text: str) -> None:
    layout = layout_of(text)
    last = len(layout.steps)
    lives: dict[str, tuple[int, int]] = {}
    for home, room in layout.rooms.items():
        reads = [
            number
            for number, step in enumerate(layout.steps)
            for reading in step.task.readings()
            if layout.views[reading.value].of == home
        ]
        writes = [number for number, step in enumerate(layout.steps) if step.target.of == home]
        returned = [last] if home == list(layout.views.values())[-1].of else []
        lives[home] = (room.filled, max([room.filled, *reads, *writes, *returned]))
    for home, (start, stop) in lives.items():
        for other, (begin, end) in lives.items():
            if home != other and layout.rooms[home].slot == layout.rooms[other].slot:
                assert stop < begin or end < start


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 10), st.integers(1, 100)), max_size=30))
def test_slots_are_shared_by_lives_that_do_not_overlap(drawn: list[tuple[int, int, int]]) -> None:
    lives = [Life(str(place), size, start, start + length) for place, (start, length, size) in enumerate(drawn)]
    slots = find_slots(lives)
    for one in lives:
        for other in lives:
            if one is not other and slots[one.value] == slots[other.value]:
                assert one.last < other.first or other.last < one.first


def test_a_chain_takes_two_slots() -> None:
    lives = [Life(str(place), 100 - place, place, place + 1) for place in range(10)]
    assert set(find_slots(lives).values()) == {0, 1}


# Sizes as code

H, W = symbol("H"), symbol("W")


@st.composite
def sizes(draw: st.DrawFn) -> Size:
    """A size as layers make them."""
    size: Size = draw(st.sampled_from([H, W]))
    for _ in range(draw(st.integers(0, 3))):
        number = draw(st.integers(1, 4))
        match draw(st.sampled_from(["add", "times", "divide"])):
            case "add":
                size = size + draw(st.integers(-3, 3))
            case "times":
                size = size * number
            case _:
                size = size // number
    return size


@given(
    st.one_of(sizes(), st.builds(product, sizes(), sizes()), st.integers(0, 9)), st.integers(1, 50), st.integers(1, 50)
)
def test_a_size_as_code_is_the_size(size: Size, height: int, width: int) -> None:
    code = size_code(size, {"H": "H", "W": "width"})
    assert eval(code, {"H": height, "width": width}) == substitute(size, {"H": height, "W": width})


@pytest.mark.parametrize(
    ("size", "code"),
    [
        (28, "28"),
        (H, "H"),
        (H + 2, "H + 2"),
        ((H + 3) // 4, "(H + 3) // 4"),
        (H // 2 * 2, "2 * (H // 2)"),
        (3 * H // 2 - 1, "(3 * H - 2) // 2"),
        (product(H, W, 64), "64 * H * W"),
        ((H + 3) // 4 * 4 - H, "(0, 3, 2, 1)[H % 4]"),
    ],
)
def test_code_of_sizes_reads_well(size: Size, code: str) -> None:
    assert size_code(size, {"H": "H", "W": "W"}) == code


def test_the_largest_of_sizes() -> None:
    assert largest_code([0, 1, 2], {}) == "2"
    assert largest_code([0, H], {"H": "H"}) == "H"
    assert largest_code([0, 1, QuasiAffine("H", 2, 0, (1, 2)), H], {"H": "H"}) == "max(1, (1, 2)[H % 2], H)"


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("11", "11", "1"),
        ("12", "12", "(1, 2)"),
        ("11", "22", "1, 2"),
        ("12", "13", "(1, 2), (1, 3)"),
        ("0", "3", "0, 3"),
    ],
)
def test_widths_of_zeros_as_arguments(before: str, after: str, code: str) -> None:
    assert margins_code(list(before), list(after)) == code

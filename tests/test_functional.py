"""The textbook's functions are what NumPy and torch compute, in any shapes that books use."""

from __future__ import annotations

import doctest
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Literal

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

import netspec
from netspec import functional
from netspec.functional import (
    avgpool,
    avgpool_backward,
    conv,
    conv_backward,
    convtranspose,
    convtranspose_backward,
    cross_entropy,
    fc,
    fc_backward,
    maxpool,
    maxpool_backward,
    mean_squared_error,
    output_size,
    relu,
    relu_backward,
    sigmoid,
    sigmoid_backward,
    softmax,
    softmax_backward,
    tanh,
    tanh_backward,
)

Word = Literal["full", "same", "valid"]
WORDS: tuple[Word, ...] = ("full", "same", "valid")

many_cases = settings(max_examples=50)


def anything(value: Any) -> Any:
    """A value that the types forbid."""
    return value


def random(*shape: int) -> np.ndarray:
    return np.random.default_rng(len(shape) + sum(shape)).standard_normal(shape)


@pytest.mark.parametrize(
    "module",
    ["netspec.functional", *(f"netspec.functional.{module.name}" for module in iter_modules(functional.__path__))],
)
def test_the_examples_in_the_docstrings_are_true(module: str) -> None:
    assert doctest.testmod(import_module(module)).failed == 0


class TestTrueConvolution:
    @many_cases
    @given(st.integers(1, 12), st.data())
    def test_of_signals_equals_numpy(self, length: int, data: st.DataObject) -> None:
        x, w = random(length), random(data.draw(st.integers(1, length)))
        for word in WORDS:
            np.testing.assert_allclose(conv(x, w, padding=word, flip=True), np.convolve(x, w, word), atol=1e-12)

    @many_cases
    @given(*[st.integers(1, 6)] * 2, *[st.integers(1, 4)] * 2)
    def test_of_maps_is_the_sum_of_shifted_maps(self, height: int, width: int, rows: int, columns: int) -> None:
        x, w = random(height, width), random(rows, columns)
        full = np.zeros((height + rows - 1, width + columns - 1))
        for row in range(rows):
            for column in range(columns):
                full[row : row + height, column : column + width] += w[row, column] * x
        np.testing.assert_allclose(conv(x, w, padding="full", flip=True), full, atol=1e-12)
        # The centre, as SciPy has it: of an odd number of values too many, one more is cut from the end.
        top, left = (rows - 1) // 2, (columns - 1) // 2
        same = full[top : top + height, left : left + width]
        np.testing.assert_allclose(conv(x, w, padding="same", flip=True), same, atol=1e-12)
        if rows <= height and columns <= width:
            valid = full[rows - 1 : height, columns - 1 : width]
            np.testing.assert_allclose(conv(x, w, padding="valid", flip=True), valid, atol=1e-12)

    def test_is_the_usual_one_with_the_kernel_turned_round(self) -> None:
        x, w = random(2, 3, 7, 8), random(4, 3, 3, 2)
        np.testing.assert_allclose(conv(x, w, flip=True, padding=1), conv(x, w[:, :, ::-1, ::-1], padding=1))


class TestAgainstTorch:
    @many_cases
    @given(st.integers(1, 3), st.data())
    def test_convolution_and_its_gradients(self, rank: int, data: st.DataObject) -> None:
        kernel = data.draw(st.lists(st.integers(1, 3), min_size=rank, max_size=rank))
        stride, dilation = (data.draw(st.integers(1, 2)) for _ in range(2))
        padding = data.draw(st.sampled_from([0, 2, (1,) * rank, *WORDS]))
        flip, batch = data.draw(st.booleans()), data.draw(st.booleans())
        x, w, bias = random(2, 3, *[6] * rank), random(4, 3, *kernel), random(4)
        if not batch:
            x = x[0]
        options: dict[str, Any] = {"stride": stride, "padding": padding, "dilation": dilation, "flip": flip}
        y = conv(x, w, bias, **options)
        grad = random(*y.shape)

        inputs = [torch.from_numpy(value).requires_grad_() for value in (x, w, bias)]
        ends = [end for k in reversed(kernel) for end in self.ends(6, k, stride, dilation, padding, flip)]
        padded = F.pad(inputs[0], ends)
        turned = inputs[1].flip(list(range(2, 2 + rank))) if flip else inputs[1]
        function = (F.conv1d, F.conv2d, F.conv3d)[rank - 1]
        expected = function(padded, turned, inputs[2], stride=stride, dilation=dilation)
        expected.backward(torch.from_numpy(grad))  # type: ignore[no-untyped-call]

        np.testing.assert_allclose(y, expected.detach().numpy(), atol=1e-10)
        for found, value in zip(conv_backward(grad, x, w, bias, **options), inputs, strict=True):
            assert found is not None
            assert value.grad is not None
            np.testing.assert_allclose(found, value.grad.numpy(), atol=1e-10)

    @staticmethod
    def ends(size: int, kernel: int, stride: int, dilation: int, padding: Any, flip: bool) -> tuple[int, int]:
        """The zeros before and after an axis, by the rules that are written in words."""
        reach = dilation * (kernel - 1)
        if padding == "full":
            return reach, reach
        if padding == "same":
            total = max((-(-size // stride) - 1) * stride + reach + 1 - size, 0)
            fewer, more = total // 2, total - total // 2
            return (more, fewer) if flip else (fewer, more)
        number: int = 0 if padding == "valid" else padding[0] if isinstance(padding, tuple) else padding
        return number, number

    def test_transposed_convolution_and_its_gradients(self) -> None:
        x, w, bias = random(2, 3, 5, 6), random(3, 4, 3, 2), random(4)
        options: dict[str, Any] = {"stride": 2, "padding": 1, "dilation": (1, 2)}
        inputs = [torch.from_numpy(value).requires_grad_() for value in (x, w, bias)]
        expected = F.conv_transpose2d(inputs[0], inputs[1], inputs[2], **options)
        grad = random(*expected.shape)
        expected.backward(torch.from_numpy(grad))  # type: ignore[no-untyped-call]
        np.testing.assert_allclose(convtranspose(x, w, bias, **options), expected.detach().numpy(), atol=1e-10)
        for found, value in zip(convtranspose_backward(grad, x, w, bias, **options), inputs, strict=True):
            assert found is not None
            assert value.grad is not None
            np.testing.assert_allclose(found, value.grad.numpy(), atol=1e-10)

    @pytest.mark.parametrize(
        ("ours", "gradient", "theirs"),
        [
            (relu, relu_backward, torch.relu),
            (sigmoid, sigmoid_backward, torch.sigmoid),
            (tanh, tanh_backward, torch.tanh),
            (softmax, softmax_backward, lambda x: torch.softmax(x, -1)),
            (lambda x: softmax(x, 1), lambda g, x: softmax_backward(g, x, 1), lambda x: torch.softmax(x, 1)),
            (lambda x: maxpool(x, 2, 1), lambda g, x: maxpool_backward(g, x, 2, 1), lambda x: F.max_pool2d(x, 2, 1)),
            (lambda x: avgpool(x, 2, 1), lambda g, x: avgpool_backward(g, x, 2, 1), lambda x: F.avg_pool2d(x, 2, 1)),
        ],
    )
    def test_functions_of_one_array_and_their_gradients(
        self, ours: Callable[..., Any], gradient: Callable[..., Any], theirs: Callable[..., Any]
    ) -> None:
        x = random(2, 3, 4, 5)
        value = torch.from_numpy(x).requires_grad_()
        expected = theirs(value)
        grad = random(*expected.shape)
        expected.backward(torch.from_numpy(grad))
        assert value.grad is not None
        np.testing.assert_allclose(ours(x), expected.detach().numpy(), atol=1e-12)
        np.testing.assert_allclose(gradient(grad, x), value.grad.numpy(), atol=1e-12)

    def test_a_small_network_and_its_gradients(self) -> None:
        x, w, bias, matrix = random(4, 1, 8, 8), random(2, 1, 3, 3), random(2), random(5, 18)
        labels = np.array([0, 4, 2, 2])
        hidden = conv(x, w, bias)
        active = relu(hidden)
        pooled = maxpool(active, 2)
        rows = pooled.reshape(4, 18)
        loss, grad = cross_entropy(fc(rows, matrix), labels)
        rows_grad, matrix_grad, _ = fc_backward(grad, rows, matrix)
        active_grad = maxpool_backward(rows_grad.reshape(pooled.shape), active, 2)
        _, w_grad, bias_grad = conv_backward(relu_backward(active_grad, hidden), x, w, bias)

        parameters = [torch.from_numpy(value).requires_grad_() for value in (w, bias, matrix)]
        maps = F.max_pool2d(torch.relu(F.conv2d(torch.from_numpy(x), parameters[0], parameters[1])), 2)
        expected = F.cross_entropy(maps.flatten(1) @ parameters[2].T, torch.from_numpy(labels))
        expected.backward()  # type: ignore[no-untyped-call]
        assert loss == pytest.approx(float(expected.detach()))
        for found, value in zip((w_grad, bias_grad, matrix_grad), parameters, strict=True):
            assert found is not None
            assert value.grad is not None
            np.testing.assert_allclose(found, value.grad.numpy(), atol=1e-12)


class TestShapes:
    def test_a_bare_map_is_one_with_a_single_channel(self) -> None:
        x, w = random(6, 7), random(2, 3)
        np.testing.assert_array_equal(conv(x, w, 0.5), conv(x[None], w[None, None], [0.5])[0])
        np.testing.assert_array_equal(conv(x[0], w[0], 0.5), conv(x[:1], w[None, :1], [0.5])[0])

    def test_a_map_with_channels_is_a_batch_of_one(self) -> None:
        x, w, bias = random(3, 6, 7), random(4, 3, 2, 3), random(4)
        np.testing.assert_array_equal(conv(x, w, bias), conv(x[None], w, bias)[0])

    @pytest.mark.parametrize(("x", "w"), [((6, 7), (2, 3)), ((5,), (2,)), ((3, 6), (4, 3, 2)), ((2, 3, 6), (4, 3, 2))])
    def test_gradients_have_the_shapes_of_what_they_belong_to(self, x: tuple[int, ...], w: tuple[int, ...]) -> None:
        bias = random(*w[:1]) if len(w) > 2 else random()
        y = conv(random(*x), random(*w), bias)
        x_grad, w_grad, bias_grad = conv_backward(y, random(*x), random(*w), bias)
        assert (x_grad.shape, w_grad.shape) == (x, w)
        assert bias_grad is not None
        assert bias_grad.shape == bias.shape
        np.testing.assert_allclose(bias_grad.sum(), y.sum())
        assert conv_backward(y, random(*x), random(*w))[2] is None

    def test_pooling_is_over_the_last_axes_whatever_comes_before(self) -> None:
        x = random(2, 3, 4, 6)
        for pool in (maxpool, avgpool):
            for index in np.ndindex(2, 3):
                np.testing.assert_array_equal(pool(x, 2)[index], pool(x[index], 2))
            np.testing.assert_array_equal(pool(x, (2, 2)), pool(x, 2))
            assert pool(x, (2,)).shape == (2, 3, 4, 3)
            assert pool(x, (3, 2, 2)).shape == (2, 1, 2, 3)
            assert pool(x[0, 0, 0], 2).shape == (3,)

    def test_fc_takes_one_example_or_several(self) -> None:
        x, w, bias = random(3, 4), random(5, 4), random(5)
        np.testing.assert_allclose(fc(x, w, bias)[0], fc(x[0], w, bias))
        x_grad, w_grad, bias_grad = fc_backward(np.ones(5), x[0], w, bias)
        assert bias_grad is not None
        assert (x_grad.shape, w_grad.shape, bias_grad.shape) == ((4,), (5, 4), (5,))

    def test_cross_entropy_takes_one_example_or_several(self) -> None:
        logits = random(3, 4)
        each = [cross_entropy(row, label) for row, label in zip(logits, [1, 0, 3], strict=True)]
        loss, gradient = cross_entropy(logits, [1, 0, 3])
        assert loss == pytest.approx(np.mean([one for one, _ in each]))
        np.testing.assert_allclose(gradient, np.stack([one for _, one in each]) / 3)


class TestNumbers:
    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_floats_keep_their_type(self, dtype: type) -> None:
        x: np.ndarray = random(6, 6).astype(dtype)
        w: np.ndarray = random(2, 2).astype(dtype)
        y = conv(x, w)
        for result in (y, *conv_backward(y, x, w)[:2], maxpool(x, 2), avgpool(x, 2), sigmoid(x), softmax(x)):
            assert result.dtype == dtype

    @pytest.mark.parametrize("dtype", [int, np.uint8, bool, np.float16])
    def test_other_numbers_become_float64(self, dtype: type) -> None:
        x: np.ndarray = np.ones((3, 3), dtype)
        for result in (conv(x, x), maxpool(x, 2), relu(x), softmax(x)):
            assert result.dtype == np.float64


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: conv([1, 2, 3], [[1, 2]]), r"w \(1, 2\) is a bare kernel, .* x is \(3,\)"),
        (lambda: conv(np.ones((3, 4, 4)), np.ones((2, 2))), r"w \(2, 2\) is a bare kernel, .* x is \(3, 4, 4\)"),
        (lambda: conv(np.ones((4, 4)), np.ones((2, 1, 2, 2))), r"w \(2, 1, 2, 2\) has filters, .* x is \(4, 4\)"),
        (lambda: conv(np.ones((3, 4, 4)), np.ones((2, 1, 2, 2))), r"does not fit x \(1, 3, 4, 4\)"),
        (lambda: conv(3, 4), r"w \(\) is a bare kernel"),
        (lambda: conv([1, 2], [1, 2, 3]), r"window of \(3,\) .* does not fit into \(2,\)"),
        (lambda: conv([1, 2, 3], [1, 2], [1]), r"the bias must be a number, not \(1,\)"),
        (lambda: conv(np.ones((1, 4)), np.ones((2, 1, 2)), 1), r"bias must be \(2,\), not \(\)"),
        (lambda: conv([1, 2, 3], [1, 2], stride=0), r"stride is a whole number from 1 up, not 0"),
        (lambda: conv([1, 2, 3], [1, 2], stride=anything(1.5)), r"stride is a whole number from 1 up, not 1.5"),
        (lambda: conv(np.ones((3, 3)), np.ones((2, 2)), stride=(1, 2, 3)), r"or 2 of them, not \(1, 2, 3\)"),
        (lambda: conv([1, 2, 3], [1, 2], padding=-1), r"padding is a whole number from 0 up, not -1"),
        (lambda: conv([1, 2, 3], [1, 2], padding=anything("half")), r'"valid", "same" or "full", not \'half\''),
        (lambda: conv(["a"], [1]), r"x holds <U1, not real numbers"),
        (lambda: conv([1j], [1]), r"x holds complex128, not real numbers"),
        (
            lambda: conv_backward([1, 2, 3], [1, 2, 3], [1, 2]),
            r"the output is \(2,\), so its gradient cannot be \(3,\)",
        ),
        (lambda: convtranspose([1], [1, 2], padding=1), r"leave nothing of an output \(2,\)"),
        (lambda: maxpool([1, 2, 3], (2, 2)), r"the kernel \(2, 2\) needs 2 axes, but x is \(3,\)"),
        (lambda: maxpool([[1, 2], [3, 4]], 3), r"window of \(3, 3\) .* does not fit into \(2, 2\)"),
        (lambda: maxpool(1, 1), r"needs 1 axes, but x is \(\)"),
        (lambda: maxpool_backward([1], [1, 2, 3, 4], 2), r"the output is \(2,\), so its gradient cannot be \(1,\)"),
        (
            lambda: avgpool_backward([[1, 2]], [1, 2, 3, 4], 2),
            r"the output is \(2,\), so its gradient cannot be \(1, 2\)",
        ),
        (
            lambda: convtranspose_backward([1], [1, 2], [1, 2]),
            r"the output is \(3,\), so its gradient cannot be \(1,\)",
        ),
        (lambda: fc_backward([1], [1, 2], [[1, 2]] * 2), r"the output is \(2,\), so its gradient cannot be \(1,\)"),
        (lambda: relu_backward([1, 2], [1, 2, 3]), r"the output is \(3,\), so its gradient cannot be \(2,\)"),
        (lambda: fc([1, 2], [[1, 2, 3]]), r"not \(1, 2\) and \(1, 3\)"),
        (lambda: cross_entropy([1, 2], 2), r"labels go from 0 to 1, not from 2 to 2"),
        (lambda: mean_squared_error([1, 2], [1]), r"not \(2,\) and \(1,\)"),
        (lambda: output_size(3, kernel=4), r"window of \(4,\) .* does not fit into \(3,\)"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_reason(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def run(script: str) -> str:
    return subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout


def test_numpy_is_imported_when_the_functions_are_used_and_not_before() -> None:
    script = (
        "import sys, netspec; print('numpy' in sys.modules); netspec.functional.conv; print('numpy' in sys.modules)"
    )
    assert run(script).split() == ["False", "True"]


def test_without_numpy_the_message_says_how_to_get_it() -> None:
    script = (
        "import sys, netspec; sys.modules['numpy'] = None\ntry: netspec.functional\nexcept ImportError as e: print(e)"
    )
    assert run(script).strip() == "numpy is missing: pip install 'netspec-lang[numpy]'"


def test_netspec_has_no_other_attribute_of_that_kind() -> None:
    with pytest.raises(AttributeError, match="module 'netspec' has no attribute 'functionals'"):
        netspec.functionals  # noqa: B018

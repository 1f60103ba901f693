"""Depthwise convolution: against the oracle, against grouped convolution, and by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import oracle
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from memory import taken

from convstep.engine import (
    DepthwiseConv,
    conv2d,
    depthwise,
    depthwise_conv2d,
    depthwise_conv_forward,
    depthwise_workspace,
    evaluate,
)
from convstep.engine.geometry import Sliding
from convstep.errors import ConvstepError, GeometryError, ShapeError

SMALL = settings(deadline=None, max_examples=60)

A = np.array([[1, 2, 3], [4, 5, 6]])[None, :, :, None] * [1, 100]
"""Two rows, three columns, two channels."""

W = np.array([[[1, 2], [3, 5]], [[0, -1], [7, 0]]])[None]
"""One row, two columns, two channels, two filters for each."""


def test_by_hand() -> None:
    Z = depthwise_conv2d(A, W, [0, 1, 2, 3], {})
    assert Z[0, 1].tolist() == [
        [4 * 1 + 5 * 0, 4 * 2 + 5 * -1 + 1, 400 * 3 + 500 * 7 + 2, 400 * 5 + 500 * 0 + 3],
        [5 * 1 + 6 * 0, 5 * 2 + 6 * -1 + 1, 500 * 3 + 600 * 7 + 2, 500 * 5 + 600 * 0 + 3],
    ]


def test_one_step_in_full() -> None:
    step = list(depthwise_conv_forward(A, W, [0, 1, 2, 3], {}))[6]
    assert (step.index, step.rows, step.cols, step.channels) == ((0, 0, 1, 2), range(1), range(1, 3), range(1, 2))
    assert step.filter is not None
    assert step.filter[0, :, 0].tolist() == [3, 7]
    assert [(tap.source, tap.product, tap.total) for tap in step.taps()] == [
        ((0, 0, 1, 1), 600, 600),
        ((0, 0, 2, 1), 2100, 2700),
    ]
    assert (step.bias, step.value) == (2, 2702)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Any, Any, Any, dict[str, Any], tuple[Any, ...]]:
    m, height, width = draw(st.integers(1, 2)), draw(st.integers(1, 8)), draw(st.integers(1, 9))
    channels, multiplier = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    f_h, f_w = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    stride = (draw(st.integers(1, 3)), draw(st.integers(1, 4)))
    dilation = (draw(st.integers(1, 3)), draw(st.integers(1, 2)))
    pad = draw(st.just("same") | st.tuples(*[st.tuples(st.integers(0, 3), st.integers(0, 3))] * 2))
    if pad == "same":
        pads = (*oracle.same(height, f_h, stride[0], dilation[0]), *oracle.same(width, f_w, stride[1], dilation[1]))
    else:
        pads = (*pad[0], *pad[1])
    assume(height + pads[0] + pads[1] > dilation[0] * (f_h - 1))
    assume(width + pads[2] + pads[3] > dilation[1] * (f_w - 1))
    random = np.random.default_rng(draw(st.integers(0, 2**16)))
    A_prev = random.standard_normal((m, height, width, channels))
    weights = random.standard_normal((f_h, f_w, channels, multiplier))
    b = random.standard_normal(channels * multiplier)
    hparameters = {"stride": stride, "pad": pad, "dilation": dilation}
    return A_prev, weights, b, hparameters, (stride, pads, dilation)


@SMALL
@given(cases(), st.sampled_from([1, depthwise.BLOCK]))
def test_it_is_the_oracles_and_a_grouped_convolution(case: Any, block: int) -> None:
    A_prev, weights, b, hparameters, rest = case
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(depthwise, "BLOCK", block)
        Z = depthwise_conv2d(A_prev, weights, b, hparameters)
    expected = np.array(oracle.depthwise(A_prev.tolist(), weights.tolist(), b, *rest))
    assert Z.shape == expected.shape
    np.testing.assert_allclose(Z, expected, rtol=0, atol=1e-12)
    f_h, f_w, channels, _ = weights.shape
    grouped = conv2d(A_prev, weights.reshape(f_h, f_w, 1, -1), b, {**hparameters, "groups": channels})
    np.testing.assert_allclose(Z, grouped, rtol=0, atol=1e-12)


@SMALL
@given(cases(), st.data(), st.sampled_from([1, 40]))
def test_steps_are_the_whole_layer_bit_for_bit(case: Any, data: st.DataObject, block: int) -> None:
    A_prev, weights, b, hparameters, _ = case
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(depthwise, "BLOCK", block)
        whole = depthwise_conv2d(A_prev, weights, b, hparameters)
        start = data.draw(st.integers(0, whole.size))
        seen = []
        for step in depthwise_conv_forward(A_prev, weights, b, hparameters, start=start):
            seen.append((step.index, step.value.tobytes()))
            np.testing.assert_allclose(step.taps()[-1].total + step.bias, step.value, rtol=0, atol=1e-12)
    assert seen == [(index, whole[index].tobytes()) for index in np.ndindex(whole.shape)][start:]


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, ">f4"])
def test_sums_are_rounded_once(dtype: Any) -> None:
    random = np.random.default_rng(5)
    A_prev, weights = (
        random.standard_normal((2, 9, 8, 3)).astype(dtype),
        random.standard_normal((7, 7, 3, 2)).astype(dtype),
    )
    Z = depthwise_conv2d(A_prev, weights, None, {"pad": 1})
    assert Z.dtype == np.dtype(dtype).newbyteorder("=")
    exact = np.array(oracle.depthwise(A_prev.tolist(), weights.tolist(), [0] * 6, (1, 1), (1,) * 4, (1, 1)))
    if Z.dtype.itemsize < 8:
        np.testing.assert_array_equal(Z, exact.astype(Z.dtype))
    else:
        np.testing.assert_allclose(Z, exact, rtol=0, atol=1e-13)


def test_padding_times_an_infinite_weight_is_not_a_number() -> None:
    """Padding is 0, and 0 times infinity is NaN, in the whole layer as in its steps."""
    Z = depthwise_conv2d(A, np.full((1, 2, 2, 1), np.inf), None, {"pad": "same"})
    assert np.isposinf(Z[:, :, :2]).all()
    assert np.isnan(Z[:, :, 2]).all()


def test_the_users_arrays_are_not_followed() -> None:
    mine, weights, b = A.astype(float), W.astype(float), np.ones(4)
    step = next(depthwise_conv_forward(mine, weights, b, {}))
    mine[:] = weights[:] = b[:] = np.nan
    assert (step.input_slice.tolist(), step.taps()[0].weight, step.bias) == ([[[1], [2]]], 1, 1)


def test_the_numbers_it_works_with() -> None:
    A_prev, weights = np.ones((1, 120, 90, 24), np.float32), np.ones((3, 3, 24, 2), np.float32)
    window = Sliding((3, 3), (2, 1))
    operation = DepthwiseConv(A_prev, weights, None, window)
    output = operation.geometry.count * operation.dtype.itemsize
    peak = taken(lambda: evaluate(operation)) - output
    numbers = depthwise_workspace(window.over(120, 90), 24, 2)
    assert numbers * 8 <= peak <= numbers * 8 + 150_000


def test_arguments_that_cant_be() -> None:
    with pytest.raises(ShapeError) as caught:
        depthwise_conv2d(A, np.ones((1, 2, 3, 1)), None, {})
    assert str(caught.value) == (
        "W: the filters are made for 3 channels, but 2 arrive. W is (f_h, f_w, n_C_prev, multiplier)"
    )
    with pytest.raises(ShapeError, match=r"W: expected four sizes, none of them 0, got \(2, 2, 2\)"):
        depthwise_conv2d(A, W[0], None, {})
    with pytest.raises(ShapeError, match="A_prev: expected shape"):
        depthwise_conv2d(A[0], W, None, {})
    with pytest.raises(ShapeError, match="b: expected a bias for each of 4 filters, got 2"):
        depthwise_conv2d(A, W, [1, 2], {})
    with pytest.raises(GeometryError, match="a window of 1x4 does not fit in the 2x3 input"):
        depthwise_conv2d(A, np.ones((1, 4, 2, 1)), None, {})
    with pytest.raises(ConvstepError, match="unknown hyperparameter 'groups'"):
        depthwise_conv2d(A, W, None, {"groups": 2})

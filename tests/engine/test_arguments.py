"""Invalid arrays and hyperparameters; results are read-only, and the caller's arrays stay unchanged."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from convstep import ConvstepError, avg_pool, conv_forward, max_pool
from convstep.engine import conv2d, dense, max_pool2d, pad_forward
from convstep.errors import ArgumentError, GeometryError, ShapeError

A = np.arange(2 * 4 * 5 * 3, dtype=float).reshape(2, 4, 5, 3)
W = np.ones((3, 2, 3, 4))


@pytest.mark.parametrize(
    ("hparameters", "said"),
    [
        ({"stride": 0}, "stride: expected an integer of at least 1, got 0. The stride is how far"),
        ({"stride": -1}, "got -1"),
        ({"stride": 1.5}, "got 1.5"),
        ({"stride": True}, "got True"),
        ({"stride": (1, 2, 3)}, "expected one integer or two (height, width), got (1, 2, 3)"),
        ({"stride": "two"}, "got 'two'"),
        ({"dilation": 0}, "dilation"),
        ({"pad": -1}, "padding: expected an integer of at least 0, got -1"),
        ({"pad": "sane"}, "can't read 'sane'"),
        ({"pad": ((1, 2), 3)}, "can't read"),
        ({"pad": "same_upper"}, "can't read 'same_upper'. Padding is 'same', 'same_lower' (the odd one before)"),
        ({"padding_mode": "replicate"}, "padding_mode: expected zero, reflect or edge, got 'replicate'"),
        ({"padding_mode": 1}, "padding_mode: expected zero, reflect or edge, got 1. Padding holds zeros"),
        ({"padding_mode": ["zero"]}, "got ['zero']"),
        ({"pad": ((0, 4), (0, 0)), "padding_mode": "reflect"}, "4 rows of padding can't be reflected from a map of 4"),
        ({"ceil_mode": True}, "unknown hyperparameter 'ceil_mode'"),
        ({"strde": 2}, "unknown hyperparameter 'strde'. Did you mean 'stride'?"),
        ({"groups": 2}, "3 channels and 4 filters can't be split into 2 groups"),
        ({"groups": 0}, "groups: expected an integer of at least 1, got 0"),
    ],
)
def test_hyperparameters_that_cant_be(hparameters: dict[str, Any], said: str) -> None:
    """The error is raised by the call, not by the generator's first step."""
    with pytest.raises(ConvstepError) as caught:
        conv_forward(A, W, None, hparameters)
    assert said in str(caught.value)


def test_shapes_that_dont_fit() -> None:
    with pytest.raises(ShapeError, match="each filter has 3 channels, but 2 arrive"):
        conv2d(A[..., :2], W, None, {})
    with pytest.raises(ShapeError, match=r"W: expected shape \(f_h, f_w, channels, filters\)"):
        conv2d(A, W[0], None, {})
    with pytest.raises(ShapeError, match=r"A_prev: expected shape \(m, height, width, channels\)"):
        max_pool(A[0], {"f": 2})
    with pytest.raises(ShapeError, match="a bias for each of 4 filters, got 3"):
        conv2d(A, W, [1, 2, 3], {})
    with pytest.raises(GeometryError, match="a window of 5x2 does not fit in the 4x5 input"):
        conv2d(A, np.ones((5, 2, 3, 1)), None, {})
    with pytest.raises(
        GeometryError, match=r"a window of 7x4 \(3x2 dilated\) does not fit in the 4x5 input padded to 6x7"
    ):
        conv2d(A, W, None, {"dilation": 3, "pad": 1})
    with pytest.raises(ShapeError, match="made for 3 inputs, but 2 arrive"):
        dense([[1, 2]], np.ones((3, 1)), None)
    with pytest.raises(ArgumentError, match="expected real numbers, got dtype complex128"):
        conv2d(A * 1j, W, None, {})
    with pytest.raises(ArgumentError, match="a pool needs the size of its window"):
        avg_pool(A, {"stride": 2})
    with pytest.raises(ArgumentError, match="there are only 36 windows"):
        max_pool(A, {"f": 2, "stride": (1, 3)}, start=49)
    with pytest.raises(ValueError, match="start"):
        conv_forward(A, W, None, {}, start=-1)


@pytest.mark.parametrize(
    ("forward", "hparameters", "said"),
    [
        (max_pool, {"f": 2, "ceil_mode": "yes"}, "ceil_mode: expected True or False, got 'yes'. In ceil mode"),
        (max_pool, {"f": 2, "count_include_pad": True}, "unknown hyperparameter 'count_include_pad'"),
        (max_pool, {"f": 9, "stride": 2, "ceil_mode": True}, "a window of 9x9 does not fit in the 4x5 input"),
        (avg_pool, {"f": 2, "count_include_pad": 1}, "count_include_pad: expected True or False, got 1. Whether"),
        (pad_forward, {}, "padding: expected an integer of at least 0, got None"),
        (pad_forward, {"pad": "same"}, "'same' depends on a window, and there is none. Give a number"),
        (pad_forward, {"pad": 1, "stride": 2}, "unknown hyperparameter 'stride'"),
        (pad_forward, {"pad": 1, "mode": "wrap"}, "mode: expected zero, reflect or edge, got 'wrap'"),
        (pad_forward, {"pad": 4, "mode": "reflect"}, "4 rows of padding can't be reflected from a map of 4"),
    ],
)
def test_what_pools_and_padding_refuse(forward: Any, hparameters: dict[str, Any], said: str) -> None:
    with pytest.raises(ConvstepError) as caught:
        forward(A, hparameters)
    assert said in str(caught.value)


def test_course_style_arguments() -> None:
    """`b` as (1, 1, 1, n_C); a number of any integer type; sizes as lists."""
    b = np.arange(4.0).reshape(1, 1, 1, 4)
    Z = conv2d(A, W, b, {"stride": np.int64(1), "pad": [[0, 0], [1, 0]], "dilation": [1, 1]})
    assert Z.shape == (2, 2, 5, 4)
    np.testing.assert_array_equal(Z[..., 3] - Z[..., 0], np.full((2, 2, 5), 3.0))


def test_a_step_is_immutable() -> None:
    step = next(conv_forward(A, W, None, {"pad": 1}))
    with pytest.raises(AttributeError):
        step.number = 3  # type: ignore[misc]  # that it is refused is the point
    for array in (step.input_slice, step.filter, step.products, step.output, step.values):
        assert array is not None
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def test_the_users_arrays_are_left_alone_and_not_followed() -> None:
    """Writing to the input after a walk has begun changes none of its steps."""
    mine, weights = A.copy(), W.copy()
    walk = conv_forward(mine, weights, None, {"pad": "same"})
    first = next(walk)
    before = first.input_slice.copy()
    mine[:] = weights[:] = np.nan
    np.testing.assert_array_equal(first.input_slice, before)
    *_, last = walk
    assert last.output.tobytes() == conv2d(A, W, None, {"pad": "same"}).tobytes()
    kept = A.copy()
    conv2d(A, W, None, {"pad": 2})
    max_pool2d(A, {"f": 2})
    np.testing.assert_array_equal(A, kept)


def test_nan_and_infinity_are_shown_as_such() -> None:
    holes = A.copy()
    holes[0, 0, 0, 0], holes[1, 3, 4, 2] = np.nan, np.inf
    Z = max_pool2d(holes, {"f": 2})
    assert np.isnan(Z[0, 0, 0, 0])
    step = next(max_pool(holes, {"f": 2}))
    assert step.argmax == (0, 0, 0, 0)
    Z = conv2d(holes, W, None, {})
    assert np.isnan(Z[0, 0, 0]).all()
    assert np.isposinf(Z[1, 1, 3]).all()

"""Small integer cases, worked by hand and written as the sums that they are."""

from __future__ import annotations

import numpy as np

from convstep import avg_pool, conv_forward, max_pool
from convstep.engine import (
    avg_pool2d,
    conv2d,
    dense,
    flatten,
    flatten_forward,
    global_avg_pool2d,
    max_pool2d,
    relu,
    softmax,
    softmax_forward,
)

A = np.array([[1, 2, 3], [4, 5, 6]])[None, :, :, None]
"""Two rows, three columns: no axis can be taken for the other."""

W = np.array([[10, 1], [0, -2]])[:, :, None, None]


def test_valid_convolution() -> None:
    Z = conv2d(A, W, [7], {})
    assert Z.tolist() == [[[[1 * 10 + 2 * 1 + 4 * 0 + 5 * -2 + 7], [2 * 10 + 3 * 1 + 5 * 0 + 6 * -2 + 7]]]]


def test_same_convolution_pads_bottom_and_right() -> None:
    Z = conv2d(A, W, None, {"pad": "same"})[0, :, :, 0]
    assert Z.tolist() == [
        [1 * 10 + 2 - 5 * 2, 2 * 10 + 3 - 6 * 2, 3 * 10 + 0 - 0],
        [4 * 10 + 5 - 0, 5 * 10 + 6 - 0, 6 * 10 + 0 - 0],
    ]


def test_uneven_padding_stride_and_dilation() -> None:
    """Padded: a column of 0 at the left, a row of 0 on top. Taps two columns apart, windows two columns apart."""
    Z = conv2d(A, W, None, {"pad": ((1, 0), (1, 0)), "dilation": (1, 2), "stride": (1, 2)})[0, :, :, 0]
    assert Z.tolist() == [[0 * 10 + 0 * 1 + 0 * 0 + 2 * -2], [0 * 10 + 2 * 1 + 0 * 0 + 5 * -2]]


def test_groups_see_their_own_channels() -> None:
    two = np.concatenate([A, 100 * A], axis=3)
    filters = np.array([1, 3])[None, None, None, :]
    Z = conv2d(two, filters, None, {"groups": 2})
    assert Z[0, 1, 2].tolist() == [6 * 1, 600 * 3]


def test_channels_are_summed() -> None:
    two = np.concatenate([A, 100 * A], axis=3)
    Z = conv2d(two, np.array([1, 3])[None, None, :, None], [1], {})
    assert Z[0, 1, 0].tolist() == [4 * 1 + 400 * 3 + 1]


def test_max_pool_with_padding_that_never_wins() -> None:
    Z = max_pool2d(-A, {"f": 2, "stride": 1, "pad": "same"})[0, :, :, 0]
    assert Z.tolist() == [[-1, -2, -3], [-4, -5, -6]]


def test_max_pool_takes_the_first_on_a_tie() -> None:
    flat = np.array([[5, 7], [7, 7]])[None, :, :, None]
    (step,) = max_pool(flat, {"f": 2})
    assert step.argmax == (0, 0, 1, 0)
    assert step.value == 7
    assert step.filter is None


def test_average_pool_leaves_padding_out_of_the_count() -> None:
    Z = avg_pool2d(A, {"f": 2, "stride": 1, "pad": "same"})[0, :, :, 0]
    assert Z.tolist() == [[(1 + 2 + 4 + 5) / 4, (2 + 3 + 5 + 6) / 4, (3 + 6) / 2], [(4 + 5) / 2, (5 + 6) / 2, 6 / 1]]
    assert [step.count for step in avg_pool(A, {"f": 2, "stride": 1, "pad": "same"})] == [4, 4, 2, 2, 2, 1]


def test_a_size_that_does_not_divide_is_floored() -> None:
    assert max_pool2d(A, {"f": 2}).tolist() == [[[[5]]]]


def test_global_average_pool() -> None:
    assert global_avg_pool2d(A).tolist() == [[[[(1 + 2 + 3 + 4 + 5 + 6) / 6]]]]


def test_dense() -> None:
    weights = [[1, 0], [0, 1], [2, -1]]
    assert dense([[1, 2, 3]], weights, [10, 20]).tolist() == [
        [[[1 * 1 + 2 * 0 + 3 * 2 + 10, 1 * 0 + 2 * 1 + 3 * -1 + 20]]]
    ]


def test_relu_and_flatten() -> None:
    signed = np.array([[[1, -2], [-3, 4]]])[None]
    assert relu(signed).tolist() == [[[[1, 0], [0, 4]]]]
    assert flatten(signed).tolist() == [[[[1, -2, -3, 4]]]]
    places = [
        (step.rows[0], step.cols[0], step.channels[0], step.pad) for step in flatten_forward(np.moveaxis(A, 1, 2))
    ]
    assert places == [
        (0, 0, 0, False),
        (0, 1, 0, False),
        (1, 0, 0, False),
        (1, 1, 0, False),
        (2, 0, 0, False),
        (2, 1, 0, False),
    ]


def test_softmax() -> None:
    Z = softmax(np.log([[[[1, 2, 5]]]]))
    np.testing.assert_allclose(Z, [[[[1 / 8, 2 / 8, 5 / 8]]]], rtol=1e-15)
    *_, last = softmax_forward(np.log([[[[1, 2, 5]]]]))
    np.testing.assert_allclose([tap.total for tap in last.taps()], [1 / 5, 3 / 5, 8 / 5])


def test_one_window_in_full() -> None:
    step = next(conv_forward(A, W, [7], {"pad": ((1, 0), (0, 0))}, start=1))
    assert (step.number, step.index) == (1, (0, 0, 1, 0))
    assert (step.rows, step.cols, step.channels, step.pad, step.count) == (range(-1, 1), range(1, 3), range(1), True, 2)
    assert step.input_slice[:, :, 0].tolist() == [[0, 0], [2, 3]]
    assert step.filter is not None
    assert step.products is not None
    assert step.filter[:, :, 0].tolist() == [[10, 1], [0, -2]]
    assert step.products[:, :, 0].tolist() == [[0, 0], [0, -6]]
    assert (step.bias, step.value) == (7, 2 * 0 + 3 * -2 + 7)
    np.testing.assert_array_equal(step.output[0, :, :, 0], [[-4 + 7, -6 + 7], [np.nan, np.nan]])
    assert [(tap.source, tap.product, tap.total) for tap in step.taps()] == [
        ((0, -1, 1, 0), 0, 0),
        ((0, -1, 2, 0), 0, 0),
        ((0, 0, 1, 0), 0, 0),
        ((0, 0, 2, 0), -6, -6),
    ]

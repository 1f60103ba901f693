"""Small integer cases, worked by hand and written as the sums that they are."""

from __future__ import annotations

import numpy as np
import oracle

from convstep import avg_pool, conv_forward, max_pool
from convstep.engine import (
    avg_pool2d,
    conv2d,
    dense,
    flatten,
    flatten_forward,
    global_avg_pool,
    global_avg_pool2d,
    global_max_pool,
    global_max_pool2d,
    max_pool2d,
    pad2d,
    pad_forward,
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


def test_global_max_pool() -> None:
    two = np.concatenate([A, -A], axis=3)
    assert global_max_pool2d(two).tolist() == [[[[6, -1]]]]
    assert [step.argmax for step in global_max_pool(two)] == [(0, 1, 2, 0), (0, 0, 0, 1)]


def test_ceil_mode() -> None:
    """What is left over gets a window, unless that would start past the input."""
    square = np.arange(1, 26).reshape(1, 5, 5, 1)
    assert max_pool2d(square, {"f": 2})[0, :, :, 0].tolist() == [[7, 9], [17, 19]]
    *_, last = max_pool(square, {"f": 2, "ceil_mode": True})
    assert last.output[0, :, :, 0].tolist() == [[7, 9, 10], [17, 19, 20], [22, 24, 25]]
    assert (last.rows, last.cols, last.pad, last.count) == (range(4, 6), range(4, 6), True, 1)
    assert last.input_slice[:, :, 0].tolist() == [[25, -np.inf], [-np.inf, -np.inf]]
    assert max_pool2d(np.ones((1, 6, 7, 1)), {"f": 1, "stride": 2, "ceil_mode": True}).shape == (1, 3, 4, 1)
    assert max_pool2d(A, {"f": 3, "stride": 2, "ceil_mode": True}).tolist() == [[[[6]]]]


def test_average_pool_that_counts_padding() -> None:
    diagonal = np.diag([9, 18, 36])[None, :, :, None]
    hparameters = {"f": 3, "stride": 1, "pad": "same"}
    assert avg_pool2d(diagonal, hparameters)[0, :, :, 0].tolist() == [
        [27 / 4, 27 / 6, 18 / 4],
        [27 / 6, 63 / 9, 54 / 6],
        [18 / 4, 54 / 6, 54 / 4],
    ]
    Z = avg_pool2d(diagonal, {**hparameters, "count_include_pad": True})
    assert Z[0, :, :, 0].tolist() == [[3, 3, 2], [3, 7, 6], [2, 6, 6]]


def test_average_pool_never_counts_what_ceil_mode_adds() -> None:
    """A column of padding at the left of three; the window at 2 has one column of the input, and one past it all."""
    hparameters = {"f": (1, 2), "stride": (1, 3), "pad": ((0, 0), (1, 0)), "ceil_mode": True}
    assert avg_pool2d(A, hparameters)[0, :, :, 0].tolist() == [[1, 3], [4, 6]]
    steps = list(avg_pool(A, {**hparameters, "count_include_pad": True}))
    assert [step.count for step in steps] == [2, 1, 2, 1]
    assert [step.value for step in steps] == [1 / 2, 3, 4 / 2, 6]


def test_a_mean_of_nothing() -> None:
    hparameters = {"f": 1, "pad": ((0, 0), (1, 0))}
    np.testing.assert_array_equal(avg_pool2d(A, hparameters)[0, :, :, 0], [[np.nan, 1, 2, 3], [np.nan, 4, 5, 6]])
    Z = avg_pool2d(A, {**hparameters, "count_include_pad": True})
    assert Z[0, :, :, 0].tolist() == [[0, 1, 2, 3], [0, 4, 5, 6]]


def test_means_are_summed_in_float64_and_rounded_once() -> None:
    """float16 ends at 65504 and has no odd numbers past 2048; float32 drifts over 50,000 tenths."""
    assert avg_pool2d(np.full((1, 20, 20, 1), 200, np.float16), {"f": 20}).tolist() == [[[[200]]]]
    assert avg_pool2d(np.full((1, 3, 3000, 1), 0.5, np.float16), {"f": (3, 3000)}).tolist() == [[[[0.5]]]]
    tenths = np.full((1, 224, 224, 1), 0.1, np.float32)
    assert global_avg_pool2d(tenths) == np.float32(0.1)
    assert next(global_avg_pool(tenths)).value == np.float32(0.1)


def test_a_convolution_of_float16_sums_in_more() -> None:
    """5,000 taps: ones, which stop at 2048 in float16; and others, whose exact sum is rounded once."""
    ones = np.ones((1, 1, 1, 5000), np.float16)
    assert conv2d(ones, np.ones((1, 1, 5000, 1)), None, {}).tolist() == [[[[5000]]]]
    random = np.random.default_rng(5)
    A_prev, W = (random.random(shape).astype(np.float16) for shape in ((1, 10, 10, 50), (10, 10, 50, 3)))
    expected = oracle.conv(A_prev.tolist(), W.tolist(), [0, 0, 0], (1, 1), (0, 0, 0, 0), (1, 1), 1)
    np.testing.assert_allclose(conv2d(A_prev, W, None, {}), expected, rtol=0.51 * 2**-10)


def test_words_for_padding() -> None:
    row = np.array([1, 2, 3, 4])
    across, down = row.reshape(1, 1, 4, 1), row.reshape(1, 4, 1, 1)
    weights = np.array([1, 10]).reshape(1, 2, 1, 1)
    assert conv2d(across, weights, None, {"pad": "same"}).ravel().tolist() == [21, 32, 43, 4]
    assert conv2d(across, weights, None, {"pad": "same_lower"}).ravel().tolist() == [10, 21, 32, 43]
    assert conv2d(across, weights, None, {"pad": "full"}).ravel().tolist() == [10, 21, 32, 43, 4]
    weights = weights.reshape(2, 1, 1, 1)
    assert conv2d(down, weights, None, {"pad": "causal"}).ravel().tolist() == [10, 21, 32, 43]
    assert conv2d(down, weights, None, {"pad": "causal", "dilation": 2}).ravel().tolist() == [10, 20, 31, 42]


def test_convolution_over_padding_that_copies_the_map() -> None:
    """Two columns of padding at the left, a row at the bottom."""
    hparameters = {"pad": ((0, 1), (2, 0)), "padding_mode": "reflect"}
    assert conv2d(A, W, [7], hparameters)[0, :, :, 0].tolist() == [
        [3 * 10 + 2 - 5 * 2 + 7, 2 * 10 + 1 - 4 * 2 + 7, 1 * 10 + 2 - 5 * 2 + 7, 2 * 10 + 3 - 6 * 2 + 7],
        [6 * 10 + 5 - 2 * 2 + 7, 5 * 10 + 4 - 1 * 2 + 7, 4 * 10 + 5 - 2 * 2 + 7, 5 * 10 + 6 - 3 * 2 + 7],
    ]
    hparameters["padding_mode"] = "Edge"
    steps = list(conv_forward(A, W, [7], hparameters))
    assert steps[-1].output[0, :, :, 0].tolist() == [
        [1 * 10 + 1 - 4 * 2 + 7, 1 * 10 + 1 - 4 * 2 + 7, 1 * 10 + 2 - 5 * 2 + 7, 2 * 10 + 3 - 6 * 2 + 7],
        [4 * 10 + 4 - 4 * 2 + 7, 4 * 10 + 4 - 4 * 2 + 7, 4 * 10 + 5 - 5 * 2 + 7, 5 * 10 + 6 - 6 * 2 + 7],
    ]
    corner = steps[4]
    assert (corner.rows, corner.cols, corner.pad) == (range(1, 3), range(-2, 0), True)
    assert corner.input_slice[:, :, 0].tolist() == [[4, 4], [4, 4]]
    assert {tap.source for tap in corner.taps()} == {(0, 1, 0, 0)}


def test_padding_alone() -> None:
    sides = ((1, 0), (0, 2))
    assert pad2d(A, {"pad": sides})[0, :, :, 0].tolist() == [[0, 0, 0, 0, 0], [1, 2, 3, 0, 0], [4, 5, 6, 0, 0]]
    reflected = pad2d(A, {"pad": sides, "mode": "reflect"})[0, :, :, 0]
    assert reflected.tolist() == [[4, 5, 6, 5, 4], [1, 2, 3, 2, 1], [4, 5, 6, 5, 4]]
    assert pad2d(A, {"pad": sides, "mode": "edge"})[0, :, :, 0].tolist() == [
        [1, 2, 3, 3, 3],
        [1, 2, 3, 3, 3],
        [4, 5, 6, 6, 6],
    ]
    zero, mirrored = (list(pad_forward(A, {"pad": sides, "mode": mode}))[3] for mode in ("zero", "reflect"))
    assert (zero.rows, zero.cols, zero.pad, zero.value) == (range(-1, 0), range(3, 4), True, 0)
    assert (mirrored.rows, mirrored.cols, mirrored.pad, mirrored.value) == (range(1, 2), range(1, 2), False, 5)


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

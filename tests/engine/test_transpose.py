"""Transposed convolution: stamps scattered by the oracle, sizes that others document, and what one step collects."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor
from typing import Any

import numpy as np
import oracle
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from memory import taken

from convstep.engine import (
    ConvTranspose,
    Stamping,
    conv_transpose2d,
    conv_transpose_forward,
    evaluate,
    transpose,
    transpose_workspace,
    walk,
)
from convstep.engine.geometry import VALID, Axis, Pad, Padding
from convstep.engine.transpose import TransposedAxis
from convstep.errors import ArgumentError, ConvstepError, GeometryError, ShapeError

SMALL = settings(deadline=None, max_examples=60)

A = np.array([[1, 2, 3], [4, 5, 6]])[None, :, :, None]
W = np.array([[10, 1], [0, -2]])[:, :, None, None]


def test_stamps_that_touch() -> None:
    assert conv_transpose2d(A, W, [7], {"stride": 2})[0, :, :, 0].tolist() == [
        [1 * 10 + 7, 1 * 1 + 7, 2 * 10 + 7, 2 * 1 + 7, 3 * 10 + 7, 3 * 1 + 7],
        [1 * 0 + 7, 1 * -2 + 7, 2 * 0 + 7, 2 * -2 + 7, 3 * 0 + 7, 3 * -2 + 7],
        [4 * 10 + 7, 4 * 1 + 7, 5 * 10 + 7, 5 * 1 + 7, 6 * 10 + 7, 6 * 1 + 7],
        [4 * 0 + 7, 4 * -2 + 7, 5 * 0 + 7, 5 * -2 + 7, 6 * 0 + 7, 6 * -2 + 7],
    ]


def test_stamps_that_overlap_add_up() -> None:
    Z = conv_transpose2d(A, W, None, {})
    assert Z[0, :, :, 0].tolist() == [
        [1 * 10, 1 * 1 + 2 * 10, 2 * 1 + 3 * 10, 3 * 1],
        [1 * 0 + 4 * 10, 1 * -2 + 2 * 0 + 4 * 1 + 5 * 10, 2 * -2 + 3 * 0 + 5 * 1 + 6 * 10, 3 * -2 + 6 * 1],
        [4 * 0, 4 * -2 + 5 * 0, 5 * -2 + 6 * 0, 6 * -2],
    ]
    cut = conv_transpose2d(A, W, None, {"pad": ((1, 0), (0, 2))})
    assert cut.tolist() == Z[:, 1:, :2].tolist()


def test_a_gap_of_the_dilation_and_output_padding_are_the_bias() -> None:
    Z = conv_transpose2d(A[:, :1, :1], W, [7], {"dilation": (2, 1), "output_padding": (1, 0)})
    assert Z[0, :, :, 0].tolist() == [[10 + 7, 1 + 7], [7, 7], [0 + 7, -2 + 7], [7, 7]]


def test_channels_filters_and_groups() -> None:
    """Two channels, two filters: W is (1, 1, filters / groups, channels)."""
    two = np.concatenate([A, 100 * A], axis=3)
    both = conv_transpose2d(two, np.array([[1, 2], [3, 5]])[None, None], None, {})
    assert both[0, 1, 0].tolist() == [4 * 1 + 400 * 2, 4 * 3 + 400 * 5]
    grouped = conv_transpose2d(two, np.array([[1, 2], [3, 5]])[None, None], None, {"groups": 2})
    assert grouped[0, 1, 0].tolist() == [4 * 1, 4 * 3, 400 * 2, 400 * 5]


def test_one_step_in_full() -> None:
    """Row 1, column 1 of the second of two filters: four stamps overlap, each with another element of the kernel."""
    kernels = np.concatenate([100 * W, W], axis=2)
    operation = ConvTranspose(A, kernels, [0, 7], Stamping((2, 2)))
    step = list(walk(operation))[11]
    assert (step.index, step.rows, step.cols, step.channels) == ((0, 1, 1, 1), range(2), range(2), range(1))
    assert (step.pad, step.count, step.bias) == (False, 4, 7)
    assert step.filter is not None
    assert step.filter[:, :, 0].tolist() == [[-2, 0], [1, 10]]
    assert [(tap.source[1:3], tap.input, tap.weight, tap.total) for tap in step.taps()] == [
        ((0, 0), 1, -2, 1 * -2),
        ((0, 1), 2, 0, 1 * -2 + 2 * 0),
        ((1, 0), 4, 1, 1 * -2 + 2 * 0 + 4 * 1),
        ((1, 1), 5, 10, 1 * -2 + 2 * 0 + 4 * 1 + 5 * 10),
    ]
    assert step.value == -2 + 4 + 50 + 7
    assert operation.stamp(1, 2) == (range(1, 3), range(2, 4))
    assert operation.stamp_place(step.index, 1, 0) == (0, 1)
    with pytest.raises(ArgumentError, match="the stamp of row 0, column 2 does not lie over row 1, column 1"):
        operation.stamp_place(step.index, 0, 2)


def test_the_rows_of_stamps_and_the_columns_of_stamps() -> None:
    operation = ConvTranspose(A, W, None, Stamping((2, 2), (3, 1), (1, 2), Padding(1, 0, 0, 1), (0, 0)))
    assert operation.geometry.shape == (1, 4, 4, 1)
    assert operation.stamp(0, 1) == (range(1), range(1, 5, 2))
    assert operation.stamp(1, 2) == (range(2, 4), range(2, 4, 2))
    assert operation.geometry.padding == VALID


@dataclass
class Case:
    A_prev: Any
    W: Any
    b: Any
    stride: tuple[int, int]
    cut: tuple[int, int, int, int]
    pad: Any
    more: tuple[int, int]
    dilation: tuple[int, int]
    groups: int

    @property
    def arguments(self) -> tuple[Any, Any, Any, dict[str, Any]]:
        hparameters: dict[str, Any] = {
            "stride": self.stride,
            "pad": self.pad,
            "dilation": self.dilation,
            "groups": self.groups,
        }
        if self.pad != "same":
            hparameters["output_padding"] = self.more
        return self.A_prev, self.W, self.b.reshape(1, 1, 1, -1), hparameters

    @property
    def operation(self) -> ConvTranspose:
        pad: Pad = "same" if self.pad == "same" else Padding(*self.cut)
        more = None if self.pad == "same" else self.more
        window = Stamping(self.W.shape[:2], self.stride, self.dilation, pad, more)
        return ConvTranspose(self.A_prev, self.W, self.b, window, self.groups)

    @property
    def expected(self) -> Any:
        arguments = (self.stride, self.cut, self.more, self.dilation, self.groups)
        return np.array(oracle.conv_transpose(self.A_prev.tolist(), self.W.tolist(), self.b, *arguments))


@st.composite
def cases(draw: st.DrawFn) -> Case:
    m, height, width = draw(st.integers(1, 2)), draw(st.integers(1, 5)), draw(st.integers(1, 6))
    groups, channels, filters = draw(st.integers(1, 3)), draw(st.integers(1, 3)), draw(st.integers(1, 2))
    f_h, f_w = draw(st.integers(1, 4)), draw(st.integers(1, 5))
    stride = (draw(st.integers(1, 4)), draw(st.integers(1, 3)))
    dilation = (draw(st.integers(1, 3)), draw(st.integers(1, 4)))
    pad = draw(st.just("same") | st.tuples(*[st.tuples(st.integers(0, 4), st.integers(0, 4))] * 2))
    extents = [(f - 1) * d + 1 for f, d in zip((f_h, f_w), dilation, strict=True)]
    if pad == "same":
        cut = (
            *oracle.same_cut(height, f_h, stride[0], dilation[0]),
            *oracle.same_cut(width, f_w, stride[1], dilation[1]),
        )
        more = (max(stride[0] - extents[0], 0), max(stride[1] - extents[1], 0))
    else:
        cut = (*pad[0], *pad[1])
        more = (
            draw(st.integers(0, max(stride[0], dilation[0]) - 1)),
            draw(st.integers(0, max(stride[1], dilation[1]) - 1)),
        )
    assume((height - 1) * stride[0] + extents[0] + more[0] > cut[0] + cut[1])
    assume((width - 1) * stride[1] + extents[1] + more[1] > cut[2] + cut[3])
    random = np.random.default_rng(draw(st.integers(0, 2**16)))
    A_prev = random.standard_normal((m, height, width, channels * groups))
    W = random.standard_normal((f_h, f_w, filters, channels * groups))
    return Case(A_prev, W, random.standard_normal(filters * groups), stride, cut, pad, more, dilation, groups)


@SMALL
@given(cases(), st.sampled_from([1, transpose.BLOCK]))
def test_a_transposed_convolution_is_the_oracles(case: Case, block: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transpose, "BLOCK", block)
        Z = conv_transpose2d(*case.arguments)
    assert Z.shape == case.expected.shape
    np.testing.assert_allclose(Z, case.expected, rtol=0, atol=1e-12)


@SMALL
@given(cases(), st.data(), st.sampled_from([1, 40]))
def test_steps_are_the_whole_layer_bit_for_bit(case: Case, data: st.DataObject, block: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transpose, "BLOCK", block)
        whole = conv_transpose2d(*case.arguments)
        start = data.draw(st.integers(0, whole.size))
        walk = conv_transpose_forward(*case.arguments, start=start)
        seen = [(step.index, step.value.tobytes()) for step in walk]
    assert seen == [(index, whole[index].tobytes()) for index in np.ndindex(whole.shape)][start:]


@SMALL
@given(cases(), st.data())
def test_a_step_collects_the_stamps_that_lie_over_it(case: Case, data: st.DataObject) -> None:
    operation, expected = case.operation, case.expected
    index = data.draw(st.sampled_from(list(np.ndindex(expected.shape))))
    i, h, w, c = index
    _, height, width, n_C_prev = case.A_prev.shape
    f_h, f_w, per_group, _ = case.W.shape
    taps = [
        ((i, row, col, k), (p, q), case.W[p, q, c % per_group, k])
        for row in range(height)
        for col in range(width)
        for k in range(n_C_prev)
        for p in range(f_h)
        for q in range(f_w)
        if row * case.stride[0] + p * case.dilation[0] - case.cut[0] == h
        and col * case.stride[1] + q * case.dilation[1] - case.cut[2] == w
        and k * case.groups // n_C_prev == c // per_group
    ]
    found = operation.taps(index)
    assert [tap.source for tap in found] == [source for source, _, _ in taps]
    assert [tap.weight for tap in found] == [weight for _, _, weight in taps]
    assert [tap.input for tap in found] == [case.A_prev[source] for source, _, _ in taps]
    assert [operation.stamp_place(index, *source[1:3]) for source, _, _ in taps] == [place for _, place, _ in taps]
    total = operation.running(index)[-1] if taps else 0
    np.testing.assert_allclose(total + operation.bias(index), expected[index], rtol=0, atol=1e-12)
    np.testing.assert_allclose(operation.terms(index).sum() + case.b[c], expected[index], rtol=0, atol=1e-12)


axes = st.builds(
    TransposedAxis,
    size=st.integers(1, 9),
    kernel=st.integers(1, 5),
    stride=st.integers(1, 6),
    dilation=st.integers(1, 4),
    before=st.integers(0, 4),
    after=st.integers(-3, 4),
)


@given(axes)
def test_windows_stamps_and_positions_agree(axis: TransposedAxis) -> None:
    for place in range(axis.size):
        reached = [place * axis.stride + p * axis.dilation - axis.before for p in range(axis.kernel)]
        seen = [position for position in reached if 0 <= position < axis.output]
        assert list(axis.stamp(place)) == axis.positions(place) == seen
        assert (place in axis.unreached()) == (not seen)
        assert [reached[axis.element(position, place)] for position in seen] == seen
    for position in range(axis.output):
        window = axis.window(position)
        assert list(window) == [place for place in range(axis.size) if position in axis.positions(place)]
        assert axis.inside(window) == range(len(window))
    assert axis.positions(-1) == axis.positions(axis.size) == []


@given(axes)
def test_the_interval_that_a_position_depends_on(axis: TransposedAxis) -> None:
    for position in range(axis.output):
        first = axis.first + position * axis.jump
        last = first + axis.span
        places = range(max(0, ceil(first)), min(axis.size - 1, floor(last)) + 1)
        if axis.dilation == 1:
            assert list(axis.window(position)) == list(places)
        assert set(axis.window(position)) <= set(places)


def keras_length(size: int, kernel: int, stride: int, dilation: int, padding: str, more: int | None) -> int:
    """Keras' deconv_output_length, from its source."""
    kernel = kernel + (kernel - 1) * (dilation - 1)
    if more is None:
        return size * stride + (max(kernel - stride, 0) if padding == "valid" else 0)
    return (size - 1) * stride + kernel - 2 * (kernel // 2 if padding == "same" else 0) + more


@given(axes, st.sampled_from(["same", "valid"]), st.none() | st.integers(0, 5))
def test_sizes_are_keras(axis: TransposedAxis, padding: str, more: int | None) -> None:
    size, kernel, stride, dilation = axis[:4]
    assume(more is None or more < max(stride, dilation))
    expected = keras_length(size, kernel, stride, dilation, padding, more)
    assume(expected > 0)
    hparameters = {"stride": (stride, 1), "dilation": (dilation, 1), "pad": padding}
    if more is not None:
        hparameters["output_padding"] = (more, 0)
    Z = conv_transpose2d(np.ones((1, size, 1, 1)), np.ones((kernel, 1, 1, 1)), None, hparameters)
    assert Z.shape[1] == expected


def test_numbers_of_padding_leave_no_rest_to_fill_up() -> None:
    """PyTorch and ONNX: a 1x1 kernel with stride 2 makes 2 * 3 - 1 columns; Keras' valid fills up to 2 * 3."""
    kernel = np.ones((1, 1, 1, 1))
    assert conv_transpose2d(A, kernel, None, {"stride": 2, "pad": 0}).shape == (1, 3, 5, 1)
    assert conv_transpose2d(A, kernel, None, {"stride": 2, "pad": "VALID"}).shape == (1, 4, 6, 1)


def test_an_output_padding_with_same_is_cut_as_tensorflow_cuts() -> None:
    """It makes 2 * 3 + 5 - 4 + 1 = 6 columns of 3: the convolution with SAME padding sees 1 before and 2 after."""
    rows, cols = Stamping((5, 5), (2, 2), padding="same", output_padding=(0, 1)).over(2, 3)
    assert (rows.output, rows.before, rows.after) == (3, 2, 2)
    assert (cols.output, cols.before, cols.after) == (6, 1, 2)


def test_it_is_not_taken_for_the_axis_of_the_same_numbers() -> None:
    """Both are tuples with equal items, so that caches could mix them up."""
    stamps, windows = TransposedAxis(4, 3, 2), Axis(4, 3, 2)
    assert stamps == TransposedAxis(4, 3, 2)
    assert hash(stamps) == hash(TransposedAxis(4, 3, 2))
    assert (stamps != TransposedAxis(4, 3, 2)) is False
    assert stamps != windows
    assert windows != stamps
    assert len({stamps: 1, windows: 2}) == 2


def test_the_sum_of_a_size() -> None:
    assert str(TransposedAxis(4, 3, 2, 1, 1, -1)) == "(4 − 1) · 2 + 3 − 1 + 1"
    assert str(TransposedAxis(4, 3, 2, 2)) == "(4 − 1) · 2 + 5"


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble, ">f4"])
def test_sums_are_rounded_once(dtype: Any) -> None:
    random = np.random.default_rng(5)
    A_prev = random.standard_normal((2, 3, 4, 30)).astype(dtype)
    kernels = random.standard_normal((3, 2, 4, 30)).astype(dtype)
    b = random.standard_normal(4).astype(dtype)
    Z = conv_transpose2d(A_prev, kernels, b, {"stride": (2, 1)})
    assert Z.dtype == np.dtype(dtype).newbyteorder("=")
    exact = np.array(oracle.conv_transpose(A_prev.tolist(), kernels.tolist(), b, (2, 1), (0,) * 4, (0, 0), (1, 1), 1))
    if Z.dtype.itemsize < 8:
        np.testing.assert_array_equal(Z, exact.astype(Z.dtype))
    else:
        np.testing.assert_allclose(Z, exact, rtol=0, atol=1e-13)


def test_nothing_leaks_from_where_there_is_no_input() -> None:
    """No padding is multiplied by an infinite weight; overflow gives infinity without a warning."""
    Z = conv_transpose2d(A.astype(np.float16), np.full((1, 1, 1, 1), np.inf), [1], {"stride": 2, "output_padding": 1})
    assert np.isposinf(Z[0, ::2, ::2]).all()
    assert (Z[0, 1::2] == 1).all()
    assert np.isposinf(conv_transpose2d(np.full((1, 1, 1, 1), 6e4, np.float16), 2 * np.ones((1, 1, 1, 1)), None, {}))


def test_the_users_arrays_are_not_followed() -> None:
    mine, kernels, b = A.astype(float), W.astype(float), np.ones(1)
    step = next(conv_transpose_forward(mine, kernels, b, {}))
    mine[:] = kernels[:] = b[:] = np.nan
    assert (step.input_slice.tolist(), step.taps()[0].weight, step.bias) == ([[[1]]], 10, 1)


def test_any_layout_of_the_arrays_gives_the_same_bits() -> None:
    random = np.random.default_rng(6)
    A_prev, kernels = random.standard_normal((2, 6, 5, 8)), random.standard_normal((3, 4, 6, 8))
    hparameters = {"stride": 2, "groups": 2}
    whole = conv_transpose2d(A_prev, kernels, None, hparameters)
    other = conv_transpose2d(np.asfortranarray(A_prev), np.asfortranarray(kernels), None, hparameters)
    assert whole.tobytes() == other.tobytes()


@pytest.mark.parametrize(
    ("shape", "n_C", "f", "stride", "groups"), [((40, 50, 64), 32, 4, 2, 1), ((90, 90, 4), 80, 3, 3, 2)]
)
def test_the_numbers_it_works_with(shape: tuple[int, int, int], n_C: int, f: int, stride: int, groups: int) -> None:
    """The estimate is at least the memory used, and at most twice that."""
    A_prev = np.ones((1, *shape), np.float32)
    window = Stamping((f, f), (stride, stride))
    operation = ConvTranspose(A_prev, np.ones((f, f, n_C // groups, shape[2]), np.float32), None, window, groups)
    numbers = transpose_workspace(window.over(*shape[:2]), shape[2], n_C, groups)
    output = operation.geometry.count * operation.dtype.itemsize
    peak = taken(lambda: evaluate(operation)) - output
    assert numbers * 4 <= peak <= numbers * 8 + 20_000


@pytest.mark.parametrize(
    ("hparameters", "said"),
    [
        ({"stride": 0}, "stride: expected an integer of at least 1, got 0"),
        ({"output_padding": 1}, "output_padding: expected less than the stride 1 or the dilation 1, got 1"),
        ({"stride": (3, 2), "output_padding": 2}, "expected less than the stride 2"),
        ({"output_padding": -1}, "output_padding: expected an integer of at least 0, got -1"),
        ({"output_padding": (1, 2, 3)}, "output_padding: expected one integer or two (height, width), got (1, 2, 3)"),
        ({"groups": 2}, "3 channels can't be split into 2 groups"),
        ({"output_pading": 1}, "Did you mean 'output_padding'?"),
        ({"pad": 4}, "stamps of 2x2 from a 4x5 input leave nothing when top 4, bottom 4, left 4, right 4 is cut off"),
    ],
)
def test_hyperparameters_that_cant_be(hparameters: dict[str, Any], said: str) -> None:
    with pytest.raises(ConvstepError) as caught:
        conv_transpose_forward(np.ones((1, 4, 5, 3)), np.ones((2, 2, 6, 3)), None, hparameters)
    assert said in str(caught.value)


def test_shapes_that_dont_fit() -> None:
    with pytest.raises(ShapeError, match=r"made for 1 channels, but 3 arrive. W is \(f_h, f_w, filters / groups"):
        conv_transpose2d(np.ones((1, 4, 5, 3)), W, None, {})
    with pytest.raises(ShapeError, match=r"W: expected four sizes, none of them 0, got \(2, 2, 1\)"):
        conv_transpose2d(A, W[..., 0], None, {})
    with pytest.raises(ShapeError, match="b: expected a bias for each of 1 filters, got 2"):
        conv_transpose2d(A, W, [1, 2], {})
    with pytest.raises(GeometryError):
        Stamping((1, 1), padding=Padding(0, 0, 2, 1)).over(2, 3)

"""What people met in other tools, or in their own first implementation: the right answers, here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from replaying import replay

from convstep import avg_pool, conv_forward, max_pool
from convstep.answers.shapes import shapes
from convstep.engine.steps import Array
from convstep.network import Network
from convstep.opening import open_session
from convstep.report.explain import sentence, sum_text
from convstep.spec import load
from convstep.spec.mistake import LocatedError

NAN, INF = np.nan, np.inf
COUNTED = [[5 * row + col + 1 for col in range(5)] for row in range(5)]
"""5×5, counted from 1."""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def spec(shape: list[int], *layers: str, values: Any = None, dtype: str = "float32") -> str:
    source = ""
    if values is not None:
        np.save("x.npy", np.reshape(values, shape))
        source = ", array: x.npy"
    lines = [f"dtype: {dtype}", f"input: {{shape: {shape}{source}}}", "layers:", *(f"  - {layer}" for layer in layers)]
    Path("net.yaml").write_text("\n".join(lines), encoding="utf-8")
    return "net.yaml"


def outputs(*arguments: Any, **options: Any) -> dict[str, Array]:
    network, x = load(spec(*arguments, **options))
    return network.forward(x)


def opened(*arguments: Any, **options: Any) -> Network:
    return load(spec(*arguments, **options))[0]


# Means in small numbers


@pytest.mark.parametrize(
    ("dtype", "size", "value"),
    [
        ("float16", (50, 50), 1.0),
        ("float16", (20, 20), 200.0),
        ("float16", (3, 3000), 0.5),
        ("float32", (224, 224), 0.1),
    ],
)
def test_the_mean_of_equal_numbers_is_that_number(dtype: str, size: tuple[int, int], value: float) -> None:
    """Half-precision average pools that add up in half precision (a pull request to candle, reports to MIOpen, NumPy
    and Chainer): ones stop at 2,048, and a sum past 65,504 is infinite. In float32 it drifts. By hand.
    """
    x = np.full((2, *size, 1), value, dtype)
    pool = f"avg_pool: {{name: window, kernel: {list(size)}}}"
    for layer in (pool, "global_avg_pool: {name: window}"):
        found = outputs(list(x.shape), layer, values=x, dtype=dtype)["window"]
        assert found.dtype == dtype
        assert found.ravel().tolist() == [x.flat[0]] * 2


def test_the_sum_that_is_shown_is_the_one_that_is_divided() -> None:
    """The same reports, on the screen: 4,096 ones are not half as many. By hand."""
    session = open_session(spec([64, 64, 1], "global_avg_pool", values=np.ones((64, 64)), dtype="float16"))
    assert sum_text(session.frame) == "4096 / 4096 = A[0,0] = 1.00"
    assert "4,096 values add up to 4096; divided by 4,096 that is 1.00." in sentence(session.frame)


# Ceil mode


def test_in_ceil_mode_the_last_windows_hold_what_is_left() -> None:
    """Reports to PyTorch and Caffe of sizes that differ by one: ceil((5 − 2) / 2) + 1 = 3. By hand; PyTorch agrees."""
    floor, ceil = ([[7, 9], [17, 19]], [[7, 9, 10], [17, 19, 20], [22, 24, 25]])
    for more, right in [("", floor), (", ceil_mode: true", ceil), (", padding: [[0, 1], [0, 1]]", ceil)]:
        found = outputs([5, 5, 1], f"max_pool: {{name: p, kernel: 2, stride: 2{more}}}", values=COUNTED)["p"]
        assert found[0, :, :, 0].tolist() == right


def test_in_ceil_mode_no_window_starts_past_the_input() -> None:
    """A report to PyTorch, right there since 1.8: a kernel of 1 with stride 2 takes rows 0, 2, 4 of 6, and no row 6."""
    layers = [f"max_pool: {{name: p, kernel: 1, stride: 2, ceil_mode: {mode}}}" for mode in ("true", "false")]
    assert [opened([6, 7, 1], layer).stages[0].output for layer in layers] == [(3, 4, 1)] * 2


# Average pools at a border


def test_an_average_pool_leaves_padding_out_unless_it_is_to_be_counted() -> None:
    """Reports to TensorFlow, TVM and ONNX: SAME, and zeros put there by hand, differ at the border. By hand: the
    corner holds 9 and 18 among 4 places, or among 9; a convolution of ninths counts all 9.
    """
    x = [[9, 0, 0], [0, 18, 0], [0, 0, 36]]
    pool = "avg_pool: {name: p, kernel: 3, stride: 1, padding: same"
    ninths = (
        f"conv: {{name: p, filters: 1, kernel: 3, padding: same, weights: {np.full((3, 3, 1, 1), 1 / 9).tolist()}}}"
    )
    all_nine = [[3, 3, 2], [3, 7, 6], [2, 6, 6]]
    inside = [[27 / 4, 27 / 6, 18 / 4], [27 / 6, 63 / 9, 54 / 6], [18 / 4, 54 / 6, 54 / 4]]
    np.testing.assert_allclose(outputs([3, 3, 1], f"{pool}}}", values=x)["p"][0, :, :, 0], inside, rtol=1e-6)
    for layer in (f"{pool}, count_include_pad: true}}", ninths):
        np.testing.assert_allclose(outputs([3, 3, 1], layer, values=x)["p"][0, :, :, 0], all_nine, rtol=1e-6)


# SAME


@pytest.mark.parametrize(("size", "right", "padding"), [(1, 4, (1, 1, 1, 1)), (2, 8, (0, 1, 0, 1))])
def test_same_pads_below_and_right_first(size: int, right: int, padding: tuple[int, ...]) -> None:
    """Reports to TensorFlow: SAME with stride 2 on an even input is not PyTorch's padding of 1. By hand, of ones under
    0 … 8: one pixel meets the centre, 4; four meet 0 + 1 + 3 + 4.
    """
    weights = np.arange(9).reshape(3, 3, 1, 1).tolist()
    layer = f"conv: {{name: c, filters: 1, kernel: 3, stride: 2, padding: same, weights: {weights}}}"
    assert outputs([size, size, 1], layer, values=np.ones((size, size)))["c"].ravel().tolist() == [right]
    assert shapes(opened([size, size, 1], layer))[0].padding == padding


@pytest.mark.parametrize("size", [6, 7, 8])
def test_same_never_pads_by_less_than_nothing(size: int) -> None:
    """A pull request to TensorFlow: a stride larger than the kernel. By hand: windows at 0 and 4, of 6, 7 or 8."""
    layer = "conv: {name: c, filters: 1, kernel: [1, 2], stride: [1, 4], padding: same, weights: [[[[1]], [[10]]]]}"
    assert outputs([1, size, 1], layer, values=range(1, size + 1))["c"].ravel().tolist() == [1 + 20, 5 + 60]


@pytest.mark.parametrize(
    ("padding", "right"),
    [
        ("same", [21, 32, 43, 4]),
        ("same_lower", [10, 21, 32, 43]),
        ("[[0, 0], [1, 0]]", [10, 21, 32, 43]),
        ("[[0, 0], [0, 1]]", [21, 32, 43, 4]),
    ],
)
def test_the_odd_one_goes_right_or_left_as_it_is_asked(padding: str, right: list[int]) -> None:
    """Reports to ONNX Runtime, ONNX and ROOT that took SAME_UPPER for SAME_LOWER: of an even kernel's padding, one
    side gets one more. By hand, 1 2 3 4 under 1 10.
    """
    layer = f"conv: {{name: c, filters: 1, kernel: [1, 2], weights: [[[[1]], [[10]]]], padding: {padding}}}"
    assert outputs([1, 4, 1], layer, values=[1, 2, 3, 4])["c"].ravel().tolist() == right


def test_same_upper_is_answered_with_our_word_for_it() -> None:
    """The same reports: the words are ONNX's."""
    with pytest.raises(LocatedError) as caught:
        load(spec([1, 4, 1], "conv: {filters: 1, kernel: 2, padding: SAME_UPPER}"))
    assert "Did you mean 'same'?" in caught.value.hint


# Max-pools without a number


def test_nan_in_a_window_is_its_largest_value_and_no_other_s() -> None:
    """Reports to PyTorch and Keras of NaN that a max-pool skips, or takes for the lowest float. As NumPy has it."""
    x = np.array([[1, NAN, 3, 4], [5, 6, 7, 8]]).reshape(1, 2, 4, 1)
    first, second = max_pool(x, {"f": 2})
    assert (np.isnan(first.value), first.argmax) == (True, (0, 0, 1, 0))
    assert (second.value, second.argmax) == (8, (0, 1, 3, 0))


def test_minus_infinity_wins_where_there_is_nothing_else_and_padding_never_does() -> None:
    """A report to TensorFlow of windows of −∞ whose winner lies outside the input, or is none. By hand."""
    for step in max_pool(np.full((1, 2, 3, 1), -INF), {"f": 3, "pad": 1, "stride": 1}):
        _, h, w, _ = step.index
        assert step.value == -INF
        assert step.argmax == (0, max(0, h - 1), max(0, w - 1), 0)


def test_a_script_can_expect_nan() -> None:
    """The same reports, as a lesson."""
    session = open_session(spec([2, 4, 1], "max_pool: {kernel: 2}", values=[[1, NAN, 3, 4], [5, 6, 7, 8]]))
    assert list(replay(session, "expect value nan\nstep\nexpect value 8\n", "lesson"))


# Windows of padding alone


def test_the_largest_of_nothing_is_minus_infinity() -> None:
    """Reports to WebNN and ONNX Runtime: some refuse such padding, some give the lowest float, or 0. By hand; a relu
    makes 0 of it.
    """
    layer = "max_pool: {name: p, kernel: 3, stride: 3, padding: [[1, 3], [1, 3]]}"
    found = outputs([5, 5, 1], layer, "relu: {name: r}", values=COUNTED)
    assert found["p"][0, :, :, 0].tolist() == [[7, 10, -INF], [22, 25, -INF], [-INF] * 3]
    assert found["r"][0, :, :, 0].tolist() == [[7, 10, 0], [22, 25, 0], [0, 0, 0]]
    session = open_session("net.yaml")
    session.do("jump p 2 2 0")
    assert "There is nothing else, so −∞, minus infinity, comes out." in sentence(session.frame)
    step = session.frame.step
    assert step is not None
    assert step.argmax is None


def test_the_mean_of_nothing_is_no_number() -> None:
    """A pull request to PyTorch: 0 / 0. By hand; only the window in the middle sees the four 4s."""
    steps = list(avg_pool(np.full((1, 2, 2, 1), 4.0), {"f": 2, "stride": 2, "pad": 2}))
    np.testing.assert_array_equal([step.value for step in steps], [NAN] * 4 + [4] + [NAN] * 4)
    assert [step.count for step in steps] == [0] * 4 + [4] + [0] * 4


# What a neuron sees


def test_dilation_widens_what_a_neuron_sees() -> None:
    """Reports to torch-scan, pytorch-receptive-field, darknet and Paddle of receptive fields and sizes that forget it.
    By hand: each layer adds (kernel − 1) · dilation · jump: 3, 3 + 4, 7 + 6, 13 + 3, and at a jump of 2, 16 + 8.
    """
    network = opened(
        [100, 1],
        "conv1d: {filters: 1, kernel: 3}",
        "relu",
        "conv1d: {filters: 1, kernel: 3, dilation: 2}",
        "conv1d: {filters: 1, kernel: 3, dilation: 3}",
        "max_pool: {kernel: 2, stride: 2, dilation: 3}",
        "conv1d: {filters: 1, kernel: 3, stride: 2, dilation: 2}",
    )
    rows = shapes(network)
    assert [row.field.size[0] for row in rows if row.field] == [3, 3, 7, 13, 16, 24]
    assert [row.field.jump[0] for row in rows if row.field] == [1, 1, 1, 1, 2, 4]
    assert [(row.output or ())[0] for row in rows] == [98, 98, 94, 88, 43, 20]


# LeNet


@pytest.mark.parametrize("bend", ["sigmoid", "tanh"])
def test_lenet_is_as_the_book_has_it(bend: str) -> None:
    """Questions about LeNet in PyTorch and in Dive into Deep Learning: padding of 2, average pools, sigmoid. The book:
    28, 14, 10, 5; by hand, 6 · 25 + 6, 16 · 150 + 16 and 120 · 400 + 120 parameters.
    """
    network = opened(
        [28, 28, 1],
        "conv: {filters: 6, kernel: 5, padding: 2}",
        bend,
        "avg_pool: {kernel: 2}",
        "conv: {filters: 16, kernel: 5}",
        bend,
        "avg_pool: {kernel: 2}",
        "flatten",
        "dense: {units: 120}",
    )
    sizes = [(28, 28, 6)] * 2 + [(14, 14, 6)] + [(10, 10, 16)] * 2 + [(5, 5, 16), (400,), (120,)]
    assert [stage.output for stage in network.stages] == sizes
    assert [row.parameters for row in shapes(network)] == [156, 0, 0, 2416, 0, 0, 0, 48120]


def test_a_sigmoid_of_0_is_one_half_and_a_tanh_of_0_is_0() -> None:
    """The same questions: which of the two is the book's. By hand."""
    found = outputs(
        [1, 2, 1], "sigmoid: {name: s}", "tanh: {name: t, input: input}", "add: {inputs: [s, t]}", values=[0, 0]
    )
    assert (found["s"].ravel().tolist(), found["t"].ravel().tolist()) == ([0.5, 0.5], [0, 0])


# The course's conv_forward


def test_windows_start_at_the_stride_sizes_are_floored_and_a_bias_is_added_once() -> None:
    """Three mistakes in solutions of the course that people asked about: a window that starts at h rather than
    h · stride, a bias added to every product, and the size rounded up. By hand: (6 − 3) / 2, floored, + 1 = 2; the
    first window is 1 + 2 + 3 + 7 + 8 + 9 + 13 + 14 + 15 = 72, the next 90, 180 and 198.
    """
    W = np.ones((3, 3, 1, 2))
    W[..., 1] = -1
    b = np.array([0.5, 100.0]).reshape(1, 1, 1, 2)
    steps = list(conv_forward(np.arange(1.0, 37).reshape(1, 6, 6, 1), W, b, {"stride": 2, "pad": 0}))
    assert steps[0].output.shape == (1, 2, 2, 2)
    assert [(step.rows.start, step.cols.start) for step in steps[::2]] == [(0, 0), (0, 2), (2, 0), (2, 2)]
    assert [step.value for step in steps] == [72.5, 28, 90.5, 10, 180.5, -80, 198.5, -98]
    for step in steps:
        assert step.products is not None
        assert step.products.sum() + step.bias == step.value
        assert np.isnan(step.output.ravel()[step.number + 1 :]).all()
        assert not np.isnan(step.output.ravel()[: step.number + 1]).any()

"""The engine against plain loops that share no code with it, over every hyperparameter."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
import oracle
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from memory import taken

from convstep import Step, avg_pool, conv_forward, max_pool
from convstep.engine import (
    AvgPool,
    Conv,
    Operation,
    avg_pool2d,
    avg_pool_workspace,
    conv2d,
    conv_workspace,
    max_pool2d,
    pad2d,
    pad_forward,
)
from convstep.engine.geometry import Sliding

FORWARD: dict[str, tuple[Callable[..., Generator[Step, None, Any]], Callable[..., Any]]] = {
    "conv": (conv_forward, conv2d),
    "max": (max_pool, max_pool2d),
    "avg": (avg_pool, avg_pool2d),
    "pad": (pad_forward, pad2d),
}

SMALL = settings(deadline=None, max_examples=60)


@dataclass
class Case:
    A_prev: Any
    W: Any
    b: Any
    stride: tuple[int, int]
    pads: tuple[int, int, int, int]
    pad: Any
    dilation: tuple[int, int]
    groups: int
    mode: str
    ceil_mode: bool
    count_include_pad: bool

    @property
    def hparameters(self) -> dict[str, Any]:
        return {"stride": self.stride, "pad": self.pad, "dilation": self.dilation}

    @property
    def conv_hparameters(self) -> dict[str, Any]:
        return {**self.hparameters, "groups": self.groups, "padding_mode": self.mode}

    def pool_hparameters(self, kind: str) -> dict[str, Any]:
        average = {"count_include_pad": self.count_include_pad} if kind == "avg" else {}
        return {**self.hparameters, "f": self.W.shape[:2], "ceil_mode": self.ceil_mode, **average}


@st.composite
def cases(draw: st.DrawFn) -> Case:
    m = draw(st.integers(1, 2))
    height, width = draw(st.integers(1, 8)), draw(st.integers(1, 9))
    groups = draw(st.integers(1, 3))
    channels, filters = draw(st.integers(1, 3)), draw(st.integers(1, 2))
    f_h, f_w = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    stride = (draw(st.integers(1, 3)), draw(st.integers(1, 3)))
    dilation = (draw(st.integers(1, 3)), draw(st.integers(1, 2)))
    pad = draw(
        st.one_of(
            st.sampled_from(["same", "same_lower", "causal", "full", "valid"]),
            st.integers(0, 3),
            st.tuples(st.tuples(st.integers(0, 3), st.integers(0, 3)), st.tuples(st.integers(0, 3), st.integers(0, 3))),
        )
    )
    if pad in ("same", "same_lower"):
        rule = oracle.same if pad == "same" else oracle.same_lower
        pads = (*rule(height, f_h, stride[0], dilation[0]), *rule(width, f_w, stride[1], dilation[1]))
    elif pad == "causal":
        pads = (dilation[0] * (f_h - 1), 0, 0, 0)
    elif pad == "full":
        pads = (dilation[0] * (f_h - 1),) * 2 + (dilation[1] * (f_w - 1),) * 2
    elif pad == "valid":
        pads = (0, 0, 0, 0)
    elif isinstance(pad, int):
        pads = (pad,) * 4
    else:
        pads = (*pad[0], *pad[1])
    assume(height + pads[0] + pads[1] > dilation[0] * (f_h - 1))
    assume(width + pads[2] + pads[3] > dilation[1] * (f_w - 1))
    random = np.random.default_rng(draw(st.integers(0, 2**16)))
    A_prev = random.standard_normal((m, height, width, channels * groups))
    W = random.standard_normal((f_h, f_w, channels, filters * groups))
    b = random.standard_normal(filters * groups)
    reflects = max(pads[:2]) < height and max(pads[2:]) < width
    mode = draw(st.sampled_from(["zero", "edge", "reflect"] if reflects else ["zero", "edge"]))
    return Case(A_prev, W, b, stride, pads, pad, dilation, groups, mode, draw(st.booleans()), draw(st.booleans()))


@SMALL
@given(cases())
def test_conv_is_the_oracles(case: Case) -> None:
    expected = oracle.conv(
        case.A_prev.tolist(), case.W.tolist(), case.b, case.stride, case.pads, case.dilation, case.groups, case.mode
    )
    Z = conv2d(case.A_prev, case.W, case.b.reshape(1, 1, 1, -1), case.conv_hparameters)
    np.testing.assert_allclose(Z, np.array(expected), rtol=0, atol=1e-12)


@SMALL
@given(cases(), st.sampled_from(["max", "avg"]))
def test_pools_are_the_oracles(case: Case, kind: str) -> None:
    how = (kind, case.W.shape[:2], case.stride, case.pads, case.dilation, case.ceil_mode)
    include = kind == "avg" and case.count_include_pad
    expected = np.array(oracle.pool(case.A_prev.tolist(), *how, include))
    pool2d = max_pool2d if kind == "max" else avg_pool2d
    Z = pool2d(case.A_prev, case.pool_hparameters(kind))
    assert Z.shape == expected.shape
    np.testing.assert_allclose(Z, expected, rtol=0, atol=0 if kind == "max" else 1e-14)


@SMALL
@given(cases())
def test_padding_is_the_oracles(case: Case) -> None:
    """Every value, and the place that its step says it comes from."""
    top, bottom, left, right = case.pads
    hparameters = {"pad": ((top, bottom), (left, right)), "mode": case.mode}
    Z = pad2d(case.A_prev, hparameters)
    np.testing.assert_array_equal(Z, np.array(oracle.pad(case.A_prev.tolist(), case.pads, case.mode)))
    for step in pad_forward(case.A_prev, hparameters):
        (tap,) = step.taps()
        assert tap.source == (step.index[0], step.rows[0], step.cols[0], step.channels[0])
        assert tap.source == (step.index[0], step.rows[-1], step.cols[-1], step.index[3])
        assert step.value == tap.input == tap.total == step.input_slice[0, 0, 0]
        if step.pad:
            assert case.mode == "zero"
            assert step.value == 0
            assert step.index[1:3] == (tap.source[1] + top, tap.source[2] + left)
        else:
            assert step.value == case.A_prev[tap.source]


@SMALL
@given(cases(), st.sampled_from(["conv", "max", "avg", "pad"]), st.data())
def test_steps_are_the_whole_layer_bit_for_bit(case: Case, kind: str, data: st.DataObject) -> None:
    """Every step, from any start, has the whole layer's values up to its own, and none after it."""
    arguments: tuple[Any, ...]
    if kind == "conv":
        arguments = (case.A_prev, case.W, case.b, case.conv_hparameters)
    elif kind == "pad":
        arguments = (case.A_prev, {"pad": (case.pads[:2], case.pads[2:]), "mode": case.mode})
    else:
        arguments = (case.A_prev, case.pool_hparameters(kind))
    forward, whole2d = FORWARD[kind]
    whole = whole2d(*arguments)
    start = data.draw(st.integers(0, whole.size))
    walk = forward(*arguments, start=start)
    numbers = []
    places = list(np.ndindex(whole.shape))
    for step in walk:
        numbers.append(step.number)
        assert step.index == places[step.number]
        assert step.value.tobytes() == whole[step.index].tobytes()
        seen = step.output.reshape(-1)
        assert seen[: step.number + 1].tobytes() == whole.reshape(-1)[: step.number + 1].tobytes()
        assert np.isnan(seen[step.number + 1 :]).all()
        i, _, _, c = step.index
        np.testing.assert_array_equal(step.running_map(i, c), step.output[i, :, :, c])
    assert numbers == list(range(start, whole.size))


def test_a_generator_returns_the_whole_output() -> None:
    random = np.random.default_rng(3)
    A_prev, W = random.standard_normal((2, 5, 4, 3)), random.standard_normal((2, 3, 3, 2))
    walk = conv_forward(A_prev, W, None, {"stride": (2, 1)}, start=2 * 2 * 2 * 2)
    with pytest.raises(StopIteration) as stop:
        next(walk)
    assert stop.value.value.tobytes() == conv2d(A_prev, W, None, {"stride": (2, 1)}).tobytes()


@SMALL
@given(cases(), st.data())
def test_a_step_shows_where_its_value_comes_from(case: Case, data: st.DataObject) -> None:
    walk = conv_forward(case.A_prev, case.W, case.b, case.conv_hparameters)
    steps = list(walk)
    step = data.draw(st.sampled_from(steps))
    i, h, w, c = step.index
    assert (step.rows.start, step.cols.start) == (h * case.stride[0] - case.pads[0], w * case.stride[1] - case.pads[2])
    assert (step.rows.step, step.cols.step) == case.dilation
    group = c * case.groups // case.W.shape[3]
    channels = case.W.shape[2]
    image = np.array(oracle.pad(case.A_prev.tolist(), case.pads, case.mode))[i]
    for p, row in enumerate(step.rows):
        for q, col in enumerate(step.cols):
            there = image[row + case.pads[0], col + case.pads[2], group * channels : (group + 1) * channels]
            np.testing.assert_array_equal(step.input_slice[p, q], there)
    height, width = case.A_prev.shape[1:3]
    inside = [0 <= row < height and 0 <= col < width for row in step.rows for col in step.cols]
    assert step.pad == (not all(inside))
    assert step.count == sum(inside) * channels
    np.testing.assert_array_equal(step.filter, case.W[:, :, :, c])
    np.testing.assert_array_equal(step.products, step.input_slice * case.W[:, :, :, c])
    assert step.bias == case.b[c]
    assert step.products is not None
    np.testing.assert_allclose(step.products.sum() + step.bias, step.value, rtol=0, atol=1e-12)
    taps = step.taps()
    assert len(taps) == prod(case.W.shape[:3])
    assert [tap.place for tap in taps] == list(np.ndindex(case.W.shape[:3]))
    np.testing.assert_allclose(taps[-1].total + step.bias, step.value, rtol=0, atol=1e-12)
    assert all(tap.product == tap.input * tap.weight for tap in taps)
    for tap in taps:
        at = (tap.source[1], tap.source[2])
        if 0 <= at[0] < height and 0 <= at[1] < width:
            assert tap.input == case.A_prev[tap.source]
        else:
            assert case.mode == "zero"
            assert at == (step.rows[tap.place[0]], step.cols[tap.place[1]])


@SMALL
@given(cases())
def test_a_max_pool_names_its_winner(case: Case) -> None:
    for step in max_pool(case.A_prev, case.pool_hparameters("max")):
        if step.argmax is None:
            assert step.count == 0
            assert step.value == -np.inf
        else:
            assert case.A_prev[step.argmax] == step.value
            assert step.argmax[1] in step.rows
            assert step.argmax[2] in step.cols


@SMALL
@given(cases())
def test_an_average_is_its_running_sum_over_its_count(case: Case) -> None:
    for step in avg_pool(case.A_prev, case.pool_hparameters("avg")):
        total = step.taps()[-1].total
        if step.count:
            np.testing.assert_allclose(total / step.count, step.value, rtol=0, atol=1e-14)
        else:
            assert total == 0
            assert np.isnan(step.value)


@pytest.mark.parametrize("include", [False, True])
@pytest.mark.parametrize("sums", [1, 100, 1 << 17])
def test_averages_block_by_block(sums: int, include: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row at a time, two rows, and all of them; padding is in the first and in the last."""
    monkeypatch.setattr("convstep.engine.pool.SUMS", sums)
    A_prev = np.random.default_rng(8).standard_normal((2, 9, 7, 3))
    how = {"f": (4, 3), "stride": (2, 1), "pad": ((1, 2), (2, 0)), "count_include_pad": include}
    expected = oracle.pool(A_prev.tolist(), "avg", (4, 3), (2, 1), (1, 2, 2, 0), (1, 1), False, include)
    np.testing.assert_allclose(avg_pool2d(A_prev, how), np.array(expected), rtol=0, atol=1e-14)


def peak(operation: Operation) -> int:
    """The peak number of bytes allocated during `blocks`, beside the output."""
    Z = np.empty(operation.geometry.shape, operation.dtype)
    list(operation.blocks(Z))  # what NumPy loads on first use is not held by the second
    return taken(lambda: list(operation.blocks(Z)))


@pytest.mark.parametrize("shape", [(2, 60, 90, 8), (2, 400, 300, 16)])
def test_working_numbers_are_what_is_held(shape: tuple[int, ...]) -> None:
    random = np.random.default_rng(9)
    A_prev = random.standard_normal(shape, dtype=np.float32)
    average = AvgPool(A_prev, Sliding((3, 2), (1, 2)))
    numbers = avg_pool_workspace((average.geometry.rows, average.geometry.cols), shape[3])
    assert 0 < peak(average) - 8 * numbers < 1 << 18  # NumPy has buffers for the change of dtype
    W = random.standard_normal((3, 3, shape[3], 2), dtype=np.float32)
    for mode in ("zero", "reflect"):
        conv = Conv(A_prev, W, None, Sliding((3, 3), padding="same"), padding_mode=mode)
        numbers = conv_workspace((conv.geometry.rows, conv.geometry.cols), shape[3], 2, 1)
        assert 0 < peak(conv) - 4 * numbers < 1 << 16


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble, ">f4"])
def test_the_result_has_the_inputs_dtype(dtype: Any) -> None:
    A_prev = np.arange(2 * 5 * 4 * 3).reshape(2, 5, 4, 3).astype(dtype) / 7
    W = np.arange(2 * 3 * 3 * 2).reshape(2, 3, 3, 2) / 5 - 1
    Z = conv2d(A_prev, W, None, {"pad": "same", "stride": (2, 1)})
    assert Z.dtype == np.dtype(dtype).newbyteorder("=")
    expected = oracle.conv(A_prev.tolist(), W.tolist(), [0, 0], (2, 1), (0, 1, 1, 1), (1, 1), 1)
    np.testing.assert_allclose(Z, np.array(expected), rtol=8 * float(np.finfo(Z.dtype).eps), atol=1e-12)


def test_integers_are_taken_as_float64() -> None:
    A_prev = np.arange(9).reshape(1, 3, 3, 1)
    assert conv2d(A_prev, np.ones((2, 2, 1, 1), int), None, {}).dtype == np.float64
    assert max_pool2d(A_prev, {"f": 2}).dtype == np.float64

"""Upsampling: every value a block of equal values."""

from __future__ import annotations

from fractions import Fraction
from importlib import import_module
from typing import Any

import numpy as np
import oracle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convstep.engine import Upsample, evaluate, upsample, upsample_forward
from convstep.errors import ArgumentError, ShapeError

A = np.array([[1, 2, 3], [4, 5, 6]])[None, :, :, None]


def test_by_hand() -> None:
    assert upsample(A, (1, 2))[0, :, :, 0].tolist() == [[1, 1, 2, 2, 3, 3], [4, 4, 5, 5, 6, 6]]
    assert upsample(A, [2, 1])[0, :, :, 0].tolist() == [[1, 2, 3], [1, 2, 3], [4, 5, 6], [4, 5, 6]]
    assert upsample(A, 2).shape == (1, 4, 6, 1)


@settings(deadline=None, max_examples=60)
@given(
    st.tuples(st.integers(1, 2), st.integers(1, 4), st.integers(1, 5), st.integers(1, 3)),
    st.tuples(st.integers(1, 3), st.integers(1, 4)),
    st.sampled_from([1, 30, 1 << 18]),
    st.data(),
)
def test_it_is_the_oracles_and_each_step_has_one_tap(
    shape: tuple[int, ...], scale: tuple[int, int], block: int, data: st.DataObject
) -> None:
    A_prev = np.random.default_rng(1).standard_normal(shape).astype(np.float32)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(import_module("convstep.engine.upsample"), "BLOCK", block)
        whole = upsample(A_prev, scale)
        start = data.draw(st.integers(0, whole.size))
        seen = [(step.index, step.value.tobytes()) for step in upsample_forward(A_prev, scale, start=start)]
    assert whole.dtype == np.float32
    np.testing.assert_array_equal(whole, np.array(oracle.upsample(A_prev.tolist(), scale)))
    assert seen == [(index, whole[index].tobytes()) for index in np.ndindex(whole.shape)][start:]
    for step in upsample_forward(A_prev, scale):
        i, h, w, c = step.index
        (tap,) = step.taps()
        assert tap.source == (i, h // scale[0], w // scale[1], c)
        assert (step.value, step.filter, step.bias, step.count) == (tap.total, None, None, 1)


def test_the_positions_of_a_value() -> None:
    rows, cols = Upsample(A, (2, 4)).geometry.rows, Upsample(A, (2, 4)).geometry.cols
    assert (rows.positions(1), cols.positions(2)) == ([2, 3], [8, 9, 10, 11])
    assert (rows.unreached(), cols.unreached()) == ([], [])
    assert (cols.first, cols.jump, cols.span) == (Fraction(-3, 4), Fraction(1, 4), Fraction(3, 4))


def test_the_users_input_is_not_followed() -> None:
    mine = A.astype(float)
    walk = upsample_forward(mine, 2)
    first = next(walk)
    mine[:] = np.nan
    assert first.input_slice.tolist() == [[[1]]]
    *_, last = walk
    assert last.output.tobytes() == upsample(A, 2).tobytes() == evaluate(Upsample(A, (2, 2))).tobytes()


@pytest.mark.parametrize("scale", [0, -1, 1.5, "two", (1, 2, 3), None, True])
def test_scales_that_cant_be(scale: Any) -> None:
    with pytest.raises(ArgumentError, match="scale: expected"):
        upsample(A, scale)


def test_an_input_that_cant_be() -> None:
    with pytest.raises(ShapeError, match="A_prev: expected shape"):
        upsample(A[0], 2)

"""Cropping: a map without rows and columns at its border."""

from __future__ import annotations

from typing import Any

import numpy as np
import oracle
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convstep.engine import Crop, crop, crop_forward, evaluate
from convstep.engine.geometry import Padding
from convstep.errors import ArgumentError, GeometryError, ShapeError

A = np.arange(1, 13).reshape(1, 3, 4, 1)


def test_by_hand() -> None:
    assert crop(A, ((1, 0), (0, 2)))[0, :, :, 0].tolist() == [[5, 6], [9, 10]]
    assert crop(A, 1)[0, :, :, 0].tolist() == [[6, 7]]
    assert crop(A, 0).tolist() == A.tolist()


@settings(deadline=None, max_examples=60)
@given(
    st.tuples(*[st.integers(0, 2)] * 4),
    st.tuples(st.integers(1, 2), st.integers(1, 3), st.integers(1, 4), st.integers(1, 3)),
    st.data(),
)
def test_it_is_the_oracles_and_each_step_has_one_tap(
    margins: tuple[int, int, int, int], left: tuple[int, ...], data: st.DataObject
) -> None:
    m, height, width, channels = left
    shape = (m, height + margins[0] + margins[1], width + margins[2] + margins[3], channels)
    A_prev = np.random.default_rng(1).standard_normal(shape).astype(np.float32)
    sides = (margins[:2], margins[2:])
    whole = crop(A_prev, sides)
    assert whole.shape == left
    expected = np.array(oracle.crop(A_prev.tolist(), margins), np.float32)
    np.testing.assert_array_equal(whole, expected, strict=True)
    start = data.draw(st.integers(0, whole.size))
    seen = [(step.index, step.value.tobytes()) for step in crop_forward(A_prev, sides, start=start)]
    assert seen == [(index, whole[index].tobytes()) for index in np.ndindex(whole.shape)][start:]
    for step in crop_forward(A_prev, sides):
        i, h, w, c = step.index
        (tap,) = step.taps()
        assert tap.source == (i, h + margins[0], w + margins[2], c)
        assert (step.value, step.filter, step.bias, step.count) == (tap.total, None, None, 1)


def test_the_positions_of_a_value() -> None:
    rows, cols = Crop(A, Padding(1, 0, 0, 2)).geometry.rows, Crop(A, Padding(1, 0, 0, 2)).geometry.cols
    assert ([rows.positions(n) for n in range(3)], [cols.positions(n) for n in range(4)]) == (
        [[], [0], [1]],
        [[0], [1], [], []],
    )
    assert (rows.unreached(), cols.unreached()) == ([0], [2, 3])


def test_the_users_input_is_not_followed() -> None:
    mine = A.astype(float)
    walk = crop_forward(mine, 1)
    first = next(walk)
    mine[:] = np.nan
    assert first.input_slice.tolist() == [[[6]]]
    *_, last = walk
    assert last.output.tobytes() == crop(A, 1).tobytes() == evaluate(Crop(A, Padding(1, 1, 1, 1))).tobytes()


@pytest.mark.parametrize("margins", [-1, 1.5, "two", (1, 2, 3), None, True, "same"])
def test_margins_that_cant_be(margins: Any) -> None:
    with pytest.raises(ArgumentError):
        crop(A, margins)


def test_something_has_to_be_left() -> None:
    with pytest.raises(GeometryError, match="nothing would be left of 3 rows without 3"):
        crop(A, ((1, 2), (0, 0)))
    with pytest.raises(GeometryError, match="nothing would be left of 4 columns without 9"):
        crop(A, ((0, 0), (4, 5)))
    with pytest.raises(ShapeError, match="A_prev: expected shape"):
        crop(A[0], 1)

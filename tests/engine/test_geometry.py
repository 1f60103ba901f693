"""Geometry in both directions, against counting it out."""

from __future__ import annotations

import oracle
from hypothesis import assume, given
from hypothesis import strategies as st

from convstep.engine.geometry import Axis, Geometry, same_padding

axes = st.builds(
    Axis,
    size=st.integers(1, 12),
    kernel=st.integers(1, 5),
    stride=st.integers(1, 5),
    dilation=st.integers(1, 3),
    before=st.integers(0, 4),
    after=st.integers(0, 4),
)


@given(axes)
def test_output_is_the_number_of_places_where_the_window_fits(axis: Axis) -> None:
    assert axis.output == len(oracle.starts(axis.padded, axis.kernel, axis.stride, axis.dilation))


@given(axes)
def test_windows_and_positions_are_each_others_inverse(axis: Axis) -> None:
    windows = {p: list(axis.window(p)) for p in range(axis.output)}
    for place in range(-axis.before, axis.size + axis.after):
        assert axis.positions(place) == [p for p, window in windows.items() if place in window]
    seen = {place for window in windows.values() for place in window}
    assert axis.unreached() == [place for place in range(axis.size) if place not in seen]


@given(axes)
def test_inside_is_what_is_not_padding(axis: Axis) -> None:
    for p in range(axis.output):
        window = axis.window(p)
        assert [window[k] for k in axis.inside(window)] == [place for place in window if 0 <= place < axis.size]


@given(st.integers(1, 40), st.integers(1, 9), st.integers(1, 9), st.integers(1, 3))
def test_same_padding_is_tensorflows(size: int, kernel: int, stride: int, dilation: int) -> None:
    before, after = same_padding(size, kernel, stride, dilation)
    assert (before, after) == oracle.same(size, kernel, stride, dilation)
    assert Axis(size, kernel, stride, dilation, before, after).output == -(-size // stride)


@given(st.integers(1, 3), axes, axes, st.integers(1, 4))
def test_number_and_index_are_each_others_inverse(m: int, rows: Axis, cols: Axis, n_C: int) -> None:
    geometry = Geometry(m, rows, cols, n_C)
    assume(geometry.count)
    numbers = [geometry.number(geometry.index(n)) for n in range(geometry.count)]
    assert numbers == list(range(geometry.count))
    m, n_H, n_W, n_C = geometry.shape
    order = [(i, h, w, c) for i in range(m) for h in range(n_H) for w in range(n_W) for c in range(n_C)]
    assert [geometry.index(n) for n in range(geometry.count)] == order

"""Geometry in both directions, compared with counting."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

import oracle
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from convstep.engine.geometry import VALID, Axis, Geometry, Padding, Sliding, pad, same_padding
from convstep.errors import GeometryError

axes = st.builds(
    Axis,
    size=st.integers(1, 12),
    kernel=st.integers(1, 5),
    stride=st.integers(1, 5),
    dilation=st.integers(1, 3),
    before=st.integers(0, 4),
    after=st.integers(0, 4),
    ceil_mode=st.booleans(),
    mode=st.sampled_from(["zero", "reflect", "edge"]),
).filter(lambda axis: axis.mode != "reflect" or max(axis.before, axis.after + axis.overhang) < axis.size)


@given(axes)
def test_output_is_the_number_of_places_where_the_window_fits(axis: Axis) -> None:
    length = axis.before + axis.size + axis.after
    if not axis.ceil_mode:
        assert axis.output == len(oracle.starts(length, axis.kernel, axis.stride, axis.dilation))
        assert axis.padded == length
    elif axis.output:
        starts = oracle.ceil_starts(axis.size, axis.before, axis.after, axis.kernel, axis.stride, axis.dilation)
        assert axis.output == len(starts)
        assert axis.padded == max(length, starts[-1] + axis.extent)
        assert axis.overhang == axis.padded - length


@pytest.mark.parametrize("text", [str, lambda axis: axis.formula], ids=["short", "full"])
@given(axis=axes)
def test_the_formula_gives_the_output(text: Callable[[Axis], str], axis: Axis) -> None:
    """Read as Python: ⌊ and ⌈ as the functions that they are."""
    formula = text(axis).removesuffix(" (past the input)").replace("−", "-")
    formula = formula.replace("⌊", "math.floor(").replace("⌈", "math.ceil(")
    assert max(0, eval(re.sub("[⌋⌉]", ")", formula), {"math": math})) == axis.output
    assert axis.ceil_mode or "⌈" not in str(axis)


def test_formulas() -> None:
    assert str(Axis(5, 2, 2)) == "⌊(5 − 2)/2⌋ + 1"
    assert str(Axis(5, 2, 2, ceil_mode=True)) == "⌈(5 − 2)/2⌉ + 1"
    assert str(Axis(6, 1, 2, ceil_mode=True)) == "⌈(6 − 1)/2⌉ + 1 − 1 (past the input)"
    assert str(Axis(6, 3, 1, 1, 1, 0, ceil_mode=True)) == "6 + 1 + 0 − 3 + 1"
    assert Axis(64, 4, 1, 1, 1, 2).formula == "⌊(64 + 1 + 2 − 4)/1⌋ + 1"


@given(axes)
def test_windows_and_positions_are_each_others_inverse(axis: Axis) -> None:
    """A window sees a place of the input if any of its taps has that place's value: in padding that copies it, too."""
    windows = {p: list(axis.window(p)) for p in range(axis.output)}
    after = axis.after + axis.overhang
    for place in (*range(-axis.before, 0), *range(axis.size, axis.size + after)):
        assert axis.positions(place) == [p for p, window in windows.items() if place in window]
    values: list[int | None] = list(range(axis.size))
    none: list[int | None] = [None]
    if axis.mode == "zero":
        values = none * axis.before + values + none * after
    else:
        values = oracle.stretched(values, axis.before, after, axis.mode)
    assert [axis.source(place) for place in range(-axis.before, axis.size + after)] == values
    seen = {p: {values[place + axis.before] for place in window} for p, window in windows.items()}
    for place in range(axis.size):
        assert axis.positions(place) == [p for p, places in seen.items() if place in places]
    assert axis.unreached() == [place for place in range(axis.size) if not any(place in s for s in seen.values())]


@given(axes)
def test_what_counts_is_all_but_the_overhang(axis: Axis) -> None:
    for p in range(axis.output):
        window = axis.window(p)
        assert [window[k] for k in axis.counted(window)] == [at for at in window if at < axis.size + axis.after]


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
    assert Axis(size, kernel, stride, dilation, before, after, ceil_mode=True).output == -(-size // stride)


@pytest.mark.parametrize(
    ("word", "padding"),
    [
        ("same", Padding(1, 2, 1, 2)),
        ("same_lower", Padding(2, 1, 2, 1)),
        ("causal", Padding(3, 0, 0, 0)),
        ("full", Padding(3, 3, 4, 4)),
        ("valid", VALID),
    ],
)
def test_words_for_padding(word: str, padding: Padding) -> None:
    """A window of 4 rows, and of 3 columns two apart, on 9x8, with a stride of 2 along the columns."""
    for spelling in (word, word.upper(), word.title()):
        sliding = Sliding((4, 3), (1, 2), (1, 2), pad(spelling))
        assert sliding.padding_over(9, 8) == padding
        assert sliding.word == word.upper()
    assert Sliding((4, 3), padding=padding._replace(top=9)).word.startswith("padding top 9, bottom")


def test_four_numbers_include_the_overhang() -> None:
    rows, cols = Sliding((3, 2), (2, 3), padding=Padding(1, 0, 0, 1), ceil_mode=True).over(5, 7)
    assert (rows.output, rows.after, rows.overhang, rows.padded) == (3, 0, 1, 7)
    assert (cols.output, cols.after, cols.overhang, cols.padded) == (3, 1, 0, 8)
    assert Geometry(1, rows, cols, 1).padding == Padding(1, 1, 0, 1)
    assert Geometry(1, cols, rows, 1).padding == Padding(0, 1, 1, 1)


def test_a_reflection_wider_than_the_map() -> None:
    sliding = Sliding((1, 1), padding=Padding(2, 0, 3, 4))
    assert sliding.over(3, 5, "reflect")[1].positions(1) == [2, 4, 10]
    with pytest.raises(GeometryError, match=r"4 columns of padding can't be reflected from a map of 4\. Pad at most 3"):
        sliding.over(3, 4, "reflect")
    with pytest.raises(GeometryError, match="2 rows of padding can't be reflected from a map of 2"):
        sliding.over(2, 5, "reflect")
    assert sliding.over(1, 1, "edge")[1].positions(0) == list(range(8))


@given(st.integers(1, 3), axes, axes, st.integers(1, 4))
def test_number_and_index_are_each_others_inverse(m: int, rows: Axis, cols: Axis, n_C: int) -> None:
    geometry = Geometry(m, rows, cols, n_C)
    assume(geometry.count)
    numbers = [geometry.number(geometry.index(n)) for n in range(geometry.count)]
    assert numbers == list(range(geometry.count))
    m, n_H, n_W, n_C = geometry.shape
    order = [(i, h, w, c) for i in range(m) for h in range(n_H) for w in range(n_W) for c in range(n_C)]
    assert [geometry.index(n) for n in range(geometry.count)] == order

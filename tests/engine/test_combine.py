"""Layers of several inputs: against plain loops, by hand, and the step opened into its taps."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import accumulate
from typing import Any

import numpy as np
import oracle
import pytest

from convstep import engine
from convstep.engine import combine
from convstep.errors import ArgumentError, ConvstepError, ShapeError

DTYPES = (np.float16, np.float32, np.float64)

KINDS: dict[str, tuple[Callable[..., engine.Operation], Callable[[list[Any]], Any]]] = {
    "add": (engine.Add, lambda inputs: oracle.combined(inputs, math.fsum)),
    "multiply": (engine.Multiply, lambda inputs: oracle.combined(inputs, math.prod)),
    "concat": (engine.Concat, oracle.concat),
}

every_kind = pytest.mark.parametrize("name", KINDS)
every_dtype = pytest.mark.parametrize("dtype", DTYPES)
both_reductions = pytest.mark.parametrize("name", ["add", "multiply"])


def inputs_of(name: str, dtype: Any, n: int = 3, size: tuple[int, int, int] = (2, 3, 4)) -> list[Any]:
    """Inputs that fit together; those of a concat have 2, 3, 4... channels."""
    random = np.random.default_rng(n)
    return [random.standard_normal((*size, 2 + k if name == "concat" else 5)).astype(dtype) for k in range(n)]


@every_kind
@every_dtype
@pytest.mark.parametrize("n", [2, 3, 6])
def test_each_is_the_oracles_rounded_once(name: str, dtype: Any, n: int) -> None:
    """float16 and float32 to the last bit, which a rounded intermediate result would change."""
    inputs = inputs_of(name, dtype, n, (2, 17, 9))
    Z = getattr(engine, name)(inputs)
    expected = np.array(KINDS[name][1]([array.tolist() for array in inputs]))
    assert Z.dtype == dtype
    assert not Z.flags.writeable
    if dtype == np.float64:
        np.testing.assert_allclose(Z, expected, rtol=1e-15, atol=1e-15)
    else:
        np.testing.assert_array_equal(Z, expected.astype(dtype))


@every_kind
@every_dtype
@pytest.mark.parametrize("block", [1, 19, 1 << 18])
def test_steps_are_the_whole_layer_bit_for_bit(
    name: str, dtype: Any, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs = inputs_of(name, dtype)
    whole = getattr(engine, name)(inputs)
    monkeypatch.setattr(combine, "BLOCK", block)
    assert getattr(engine, name)(inputs).tobytes() == whole.tobytes()
    places = list(np.ndindex(whole.shape))
    for start in (0, 52):
        steps = list(getattr(engine, f"{name}_forward")(inputs, start=start))
        assert [step.index for step in steps] == places[start:]
        assert np.array([step.value for step in steps]).tobytes() == whole.reshape(-1)[start:].tobytes()


@every_kind
def test_blocks_are_bounded(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    operation = KINDS[name][0](inputs_of(name, np.float32))
    monkeypatch.setattr(combine, "BLOCK", 50)
    total = operation.geometry.count
    whole = 45 if name == "concat" else 50
    expected = [*range(whole, total, whole), total]
    assert list(operation.blocks(np.empty(operation.geometry.shape, np.float32))) == expected


@both_reductions
@every_dtype
def test_a_step_has_a_tap_for_each_input(name: str, dtype: Any) -> None:
    inputs = inputs_of(name, dtype, 4)
    reduce = {"add": float.__add__, "multiply": float.__mul__}[name]
    for step in getattr(engine, f"{name}_forward")(inputs):
        _, h, w, c = step.index
        assert (step.rows, step.cols, step.channels) == (range(h, h + 1), range(w, w + 1), range(c, c + 1))
        assert (step.filter, step.products, step.bias, step.argmax, step.pad) == (None, None, None, None, False)
        seen = [array[step.index] for array in inputs]
        assert step.input_slice.shape == (1, 1, 4)
        assert step.input_slice.dtype == dtype
        assert not step.input_slice.flags.writeable
        assert step.input_slice.ravel().tolist() == seen
        terms = step.operation.terms(step.index)
        assert terms.shape == (1, 1, 4)
        assert terms.dtype == np.float64
        assert terms.ravel().tolist() == seen
        totals = list(accumulate((float(value) for value in seen), reduce))
        taps = step.taps()
        assert [tap.place for tap in taps] == [(0, 0, 0), (0, 0, 1), (0, 0, 2), (0, 0, 3)]
        assert [tap.source for tap in taps] == [step.index] * 4
        assert [tap.input for tap in taps] == [tap.product for tap in taps] == seen
        assert [tap.weight for tap in taps] == [None] * 4
        assert [tap.total for tap in taps] == totals
        assert step.tap(2) == taps[2]
        assert step.operation.running(step.index).dtype == np.float64
        assert np.asarray(taps[-1].total).astype(dtype).tobytes() == step.value.tobytes()


@every_dtype
def test_a_concat_step_comes_from_one_place_of_one_input(dtype: Any) -> None:
    inputs = inputs_of("concat", dtype)
    operation = engine.Concat(inputs)
    origins = [(0, 0), (0, 1), (1, 0), (1, 1), (1, 2), (2, 0), (2, 1), (2, 2), (2, 3)]
    for step in engine.walk(operation):
        i, h, w, c = step.index
        number, channel = origins[c]
        assert operation.origin(step.index) == (number, channel)
        assert (step.rows, step.cols, step.channels) == (range(h, h + 1), range(w, w + 1), range(channel, channel + 1))
        assert (step.filter, step.bias, step.pad, step.count) == (None, None, False, 1)
        there = inputs[number][i, h, w, channel]
        assert step.input_slice.tolist() == [[[there]]]
        assert not step.input_slice.flags.writeable
        (tap,) = step.taps()
        assert (tap.place, tap.source) == ((0, 0, 0), (i, h, w, channel))
        assert tap.input == tap.product == tap.total == step.value == there


A = np.array([[[1, 2], [3, 4], [5, 6]], [[7, 8], [9, 10], [11, 12]]])[None]
B = np.array([[[10, 0], [-1, 2], [0, 1]], [[1, 1], [2, -2], [3, 100]]])[None]


def test_by_hand() -> None:
    """Two rows, three columns, two channels."""
    assert engine.add([A, B]).tolist() == [[[[11, 2], [2, 6], [5, 7]], [[8, 9], [11, 8], [14, 112]]]]
    assert engine.add([A, B, A]).tolist() == [[[[12, 4], [5, 10], [10, 13]], [[15, 17], [20, 18], [25, 124]]]]
    assert engine.multiply([A, B]).tolist() == [[[[10, 0], [-3, 8], [0, 6]], [[7, 8], [18, -20], [33, 1200]]]]
    assert engine.concat([A, B[..., :1]]).tolist() == [
        [[[1, 2, 10], [3, 4, -1], [5, 6, 0]], [[7, 8, 1], [9, 10, 2], [11, 12, 3]]]
    ]
    assert engine.concat([B[..., :1], A]).tolist() == [
        [[[10, 1, 2], [-1, 3, 4], [0, 5, 6]], [[1, 7, 8], [2, 9, 10], [3, 11, 12]]]
    ]


def test_inputs_are_all_there_in_order() -> None:
    for kind, _ in KINDS.values():
        operation = kind([A, B, A])
        assert operation.A_prev is operation.inputs[0]
        assert [array.tolist() for array in operation.inputs] == [A.tolist(), B.tolist(), A.tolist()]
        assert not any(array.flags.writeable for array in operation.inputs)


def half(*numbers: float) -> list[Any]:
    return [np.full((1, 1, 1, 1), number, np.float16) for number in numbers]


def test_float16_is_rounded_once_at_the_end() -> None:
    """60000 + 60000 is past the largest float16, and each 1 is lost beside 2048: no warning, nothing lost on the way.

    The tests make errors of warnings.
    """
    assert engine.add(half(60000, 60000)).item() == math.inf
    assert engine.add(half(60000, 60000, -60000)).item() == 60000
    assert engine.add(half(2048, *[1] * 100)).item() == 2148
    assert engine.multiply(half(300, 300)).item() == math.inf
    assert engine.multiply(half(320, 320, 0.5, 0.5)).item() == 25600
    (step,) = engine.add_forward(half(60000, 60000))
    assert [tap.total for tap in step.taps()] == [60000, 120000]
    (step,) = engine.multiply_forward(half(300, -300))
    assert [tap.total for tap in step.taps()] == [300, -90000]


def test_nan_and_infinity_are_shown_as_such() -> None:
    edge = [np.array([np.inf, np.inf, np.nan, 1e308]).reshape(1, 1, 4, 1) * sign for sign in (1, -1)]
    np.testing.assert_array_equal(engine.add(edge).ravel(), [np.nan, np.nan, np.nan, 0])
    np.testing.assert_array_equal(engine.multiply(edge).ravel(), [-np.inf, -np.inf, np.nan, -np.inf])
    for forward in (engine.add_forward, engine.multiply_forward):
        for step in forward(edge):
            np.testing.assert_array_equal(step.taps()[-1].total, step.value)


@every_kind
def test_the_users_arrays_are_not_followed(name: str) -> None:
    inputs = inputs_of(name, np.float32)
    whole = getattr(engine, name)(inputs)
    operation = KINDS[name][0](inputs)
    for array in inputs:
        array[:] = 0
    assert engine.evaluate(operation).tobytes() == whole.tobytes()


def zeros(*shape: int) -> Any:
    return np.zeros(shape, np.float32)


MAP = zeros(2, 5, 7, 4)


@pytest.mark.parametrize(
    ("make", "error", "said"),
    [
        (
            lambda: engine.add([MAP, zeros(2, 5, 6, 4)]),
            ShapeError,
            "inputs[1]: add takes maps of one shape, but 5x7x4 and 5x6x4 arrive: their widths differ",
        ),
        (
            lambda: engine.multiply([MAP, MAP, zeros(2, 4, 7, 1)]),
            ShapeError,
            "inputs[2]: multiply takes maps of one shape, but 5x7x4 and 4x7x1 arrive: "
            "their heights and numbers of channels differ",
        ),
        (
            lambda: engine.add([MAP, zeros(3, 5, 7, 4)]),
            ShapeError,
            "but 2x5x7x4 and 3x5x7x4 arrive: their numbers of examples differ",
        ),
        (
            lambda: engine.concat([MAP, zeros(2, 6, 7, 3)]),
            ShapeError,
            "inputs[1]: concat takes maps of one height and width, but 5x7x4 and 6x7x3 arrive: their heights differ",
        ),
        (lambda: engine.concat([MAP, MAP, zeros(2, 5, 1, 4)]), ShapeError, "5x7x4 and 5x1x4 arrive: their widths"),
        (lambda: engine.concat([MAP, zeros(1, 5, 7, 3)]), ShapeError, "2x5x7x4 and 1x5x7x3 arrive: their numbers of"),
        (
            lambda: engine.add([MAP, MAP.astype(np.float64)]),
            ArgumentError,
            "inputs[1]: add takes inputs of one dtype, but float32 and float64 arrive. Integers are taken as float64",
        ),
        (lambda: engine.concat([MAP, zeros(2, 5, 7, 1).astype(np.int8)]), ArgumentError, "inputs of one dtype"),
        (lambda: engine.add([MAP]), ArgumentError, "inputs: add takes two inputs or more, got 1"),
        (lambda: engine.multiply([]), ArgumentError, "inputs: multiply takes two inputs or more, got 0"),
        (lambda: engine.concat([MAP]), ArgumentError, "inputs: concat takes two inputs or more, got 1"),
        (lambda: engine.add([MAP, MAP[0]]), ShapeError, "inputs[1]: expected shape (m, height, width, channels)"),
        (lambda: engine.add([MAP, ["a"]]), ArgumentError, "inputs[1]: expected real numbers, got dtype"),
        (lambda: engine.add(5), ShapeError, "inputs[0]: expected shape (m, height, width, channels)"),  # type: ignore[arg-type]  # refused is the point
        (lambda: engine.concat_forward([MAP, MAP], start=999), ArgumentError, "there are only 560 windows"),
    ],
)
def test_inputs_that_dont_fit(make: Callable[[], Any], error: type[ConvstepError], said: str) -> None:
    """The error is raised by the constructor, not by the first step."""
    with pytest.raises(error) as caught:
        make()
    assert said in str(caught.value)

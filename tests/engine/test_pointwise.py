"""Layers that work value by value: against plain loops, by hand, at the edges, and one that someone else wrote."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import oracle
import pytest

from convstep import engine
from convstep.errors import ArgumentError, ConvstepError, ShapeError

DTYPES = (np.float16, np.float32, np.float64)

N_C = 5
ALPHA = [0.25, -2.0, 0.0, 1.5, 0.1]
GAMMA, BETA, MEAN, VARIANCE = [1.5, -0.3, 0.0, 2.0, 0.7], [0.1, 2, -1, 0, 3], [0.4, -0.2, 1, 0, 2.5], [0.3, 2, 1, 0, 9]


@dataclass
class Kind:
    operation: Callable[..., engine.Pointwise]
    name: str
    expected: Callable[[float, int], float]
    arguments: tuple[Any, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)

    def of(self, A_prev: Any) -> engine.Pointwise:
        return self.operation(A_prev, *self.arguments, **self.options)

    def whole(self, A_prev: Any) -> Any:
        return getattr(engine, self.name)(A_prev, *self.arguments, **self.options)

    def forward(self, A_prev: Any, start: int) -> Any:
        return getattr(engine, f"{self.name}_forward")(A_prev, *self.arguments, **self.options, start=start)


KINDS = {
    "relu": Kind(engine.Relu, "relu", lambda x, _: oracle.relu(x)),
    "sigmoid": Kind(engine.Sigmoid, "sigmoid", lambda x, _: oracle.sigmoid(x)),
    "tanh": Kind(engine.Tanh, "tanh", lambda x, _: math.tanh(x)),
    "leaky": Kind(engine.LeakyRelu, "leaky_relu", lambda x, _: oracle.leaky_relu(x, 0.01)),
    "steep": Kind(engine.LeakyRelu, "leaky_relu", lambda x, _: oracle.leaky_relu(x, 1.3), options={"alpha": 1.3}),
    "prelu": Kind(engine.PRelu, "prelu", lambda x, c: oracle.leaky_relu(x, ALPHA[c]), (ALPHA,)),
    "relu6": Kind(engine.Clip, "clip", lambda x, _: oracle.clip(x, 0, 6)),
    "clip": Kind(engine.Clip, "clip", lambda x, _: oracle.clip(x, -0.1, 1.7), (-0.1, 1.7)),
    "from": Kind(engine.Clip, "clip", lambda x, _: oracle.clip(x, 1.7, math.inf), (1.7, math.inf)),
    "batch": Kind(
        engine.BatchNorm,
        "batch_norm",
        lambda x, c: oracle.batch_norm(x, GAMMA[c], BETA[c], MEAN[c], VARIANCE[c], 0.001),
        (GAMMA, BETA, MEAN, VARIANCE),
    ),
    "batch+": Kind(
        engine.BatchNorm,
        "batch_norm",
        lambda x, c: oracle.batch_norm(x, GAMMA[c], BETA[c], MEAN[c], VARIANCE[c], 0.5),
        (np.reshape(GAMMA, (1, 1, 1, N_C)), np.array(BETA), np.array(MEAN)[:, None], VARIANCE, 0.5),
    ),
    "identity": Kind(engine.Identity, "identity", lambda x, _: x),
}

every_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)


def values(dtype: Any, shape: tuple[int, ...] = (2, 3, 4, N_C)) -> Any:
    return (3 * np.random.default_rng(7).standard_normal(shape)).astype(dtype)


@every_kind
@pytest.mark.parametrize("dtype", DTYPES)
def test_each_is_the_oracles_rounded_once(kind: Kind, dtype: Any) -> None:
    """float16 and float32 to the last bit, which a rounded intermediate result would change."""
    A_prev = values(dtype, (2, 30, 20, N_C))
    expected = np.array(oracle.each(A_prev.tolist(), kind.expected))
    Z = kind.whole(A_prev)
    assert Z.dtype == dtype
    if dtype == np.float64:
        np.testing.assert_allclose(Z, expected, rtol=1e-15, atol=4e-15)
    else:
        np.testing.assert_array_equal(Z, expected.astype(dtype))


@every_kind
@pytest.mark.parametrize("dtype", DTYPES)
def test_steps_are_the_whole_layer_bit_for_bit(kind: Kind, dtype: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """In blocks of three positions, from the first step and from the midst of a block."""
    monkeypatch.setattr(kind.operation, "block", 3 * N_C + 1)
    A_prev = values(dtype)
    whole = kind.whole(A_prev)
    for start in (0, 2 * 3 * N_C + 4):
        steps = list(kind.forward(A_prev, start))
        assert [step.number for step in steps] == list(range(start, A_prev.size))
        assert np.array([step.value for step in steps]).tobytes() == whole.reshape(-1)[start:].tobytes()
    monkeypatch.undo()
    assert (
        engine.evaluate(kind.of(A_prev.transpose(0, 2, 1, 3)[:, ::-1])).tobytes()
        == kind.whole(A_prev.transpose(0, 2, 1, 3)[:, ::-1].copy()).tobytes()
    )


@every_kind
def test_blocks_are_whole_positions_and_bounded(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    A_prev = values(np.float32)
    monkeypatch.setattr(kind.operation, "block", 10 * N_C + 1)
    assert list(kind.of(A_prev).blocks(np.empty_like(A_prev))) == [50, 100, 120]
    monkeypatch.setattr(kind.operation, "block", 1)
    assert list(kind.of(A_prev).blocks(np.empty_like(A_prev))) == list(range(5, 121, 5))


@every_kind
@pytest.mark.parametrize("dtype", DTYPES)
def test_a_step_shows_the_one_value_it_is_computed_from(kind: Kind, dtype: Any) -> None:
    A_prev = values(dtype)
    for step in kind.forward(A_prev, 0):
        _, h, w, c = step.index
        assert (step.rows, step.cols, step.channels) == (range(h, h + 1), range(w, w + 1), range(c, c + 1))
        assert (step.filter, step.bias, step.argmax, step.pad, step.count) == (None, None, None, False, 1)
        terms = step.operation.terms(step.index)
        assert terms.shape == (1, 1, 1)
        assert terms.dtype == np.float64
        (tap,) = step.taps()
        assert tap.source == step.index
        assert tap.input == tap.product == tap.total == terms.item() == A_prev[step.index]


@every_kind
@pytest.mark.parametrize("dtype", DTYPES)
def test_the_largest_and_smallest_values(kind: Kind, dtype: Any) -> None:
    """No warnings (pytest turns them into errors); NaN stays NaN; large values reach the limit."""
    most, least = float(np.finfo(dtype).max), float(np.finfo(dtype).smallest_subnormal)
    edges = [most, -most, least, -least, 0.0]
    A_prev = np.repeat(np.array([*edges, np.nan, np.inf, -np.inf], dtype), N_C).reshape(1, 2, 4, N_C)
    Z = kind.whole(A_prev)
    with np.errstate(all="ignore"):
        expected = np.array(oracle.each(A_prev.reshape(1, 8, 1, N_C)[:, :5].tolist(), kind.expected)).astype(dtype)
    np.testing.assert_allclose(Z.reshape(8, N_C)[:5], expected.reshape(5, N_C), rtol=4e-16, atol=least)
    assert np.isnan(Z[0, 1, 1]).all()


def one(*numbers: float) -> Any:
    """One row, a place for each number."""
    return np.array(numbers, np.float64).reshape(1, 1, -1, 1)


def test_limits() -> None:
    far = one(-math.inf, -1000, 1000, math.inf)
    assert engine.sigmoid(far).ravel().tolist() == [0, 0, 1, 1]
    assert engine.tanh(far).ravel().tolist() == [-1, -1, 1, 1]
    assert engine.clip(far).ravel().tolist() == [0, 0, 6, 6]
    assert engine.clip(far, -math.inf, 5).ravel().tolist() == [-math.inf, -1000, 5, 5]
    assert engine.clip(far, -math.inf, math.inf).ravel().tolist() == far.ravel().tolist()
    assert engine.leaky_relu(far, 2).ravel().tolist() == [-math.inf, -2000, 1000, math.inf]
    assert engine.leaky_relu(far, 0).ravel().tolist()[1:] == [0, 1000, math.inf]


def test_a_sigmoid_keeps_its_digits_far_from_0_and_overflows_nowhere() -> None:
    far = one(-40, -700, -744)
    np.testing.assert_allclose(engine.sigmoid(far).ravel(), np.exp(far).ravel(), rtol=1e-15)
    with np.errstate(all="raise", under="ignore"):
        assert engine.Sigmoid(far).apply(one(-1e300, 1e300)).ravel().tolist() == [0, 1]


def test_by_hand() -> None:
    """Two rows, three columns, two channels; numbers for mental arithmetic."""
    A = np.array([[[1, -2], [-3, 4], [0, 8]], [[-8, 6], [7, -1], [2, 2]]])[None]
    assert engine.leaky_relu(A, 0.5).tolist() == [[[[1, -1], [-1.5, 4], [0, 8]], [[-4, 6], [7, -0.5], [2, 2]]]]
    assert engine.prelu(A, [10, -1]).tolist() == [[[[1, 2], [-30, 4], [0, 8]], [[-80, 6], [7, 1], [2, 2]]]]
    assert engine.clip(A).tolist() == [[[[1, 0], [0, 4], [0, 6]], [[0, 6], [6, 0], [2, 2]]]]
    assert engine.clip(A, -1, 3).tolist() == [[[[1, -1], [-1, 3], [0, 3]], [[-1, 3], [3, -1], [2, 2]]]]
    assert engine.relu(A).tolist() == [[[[1, 0], [0, 4], [0, 8]], [[0, 6], [7, 0], [2, 2]]]]
    assert engine.identity(A).tolist() == A.tolist()
    zero = np.zeros((1, 1, 1, 1))
    assert (engine.sigmoid(zero).item(), engine.tanh(zero).item()) == (0.5, 0)
    np.testing.assert_allclose(engine.sigmoid(np.log(one(3, 1 / 4))).ravel(), [3 / 4, 1 / 5], rtol=1e-15)
    np.testing.assert_allclose(engine.tanh(np.log(one(2))).ravel(), [(4 - 1) / (4 + 1)], rtol=1e-15)


def test_batch_norm_by_hand() -> None:
    """Channel 0: (x - 1) / 2 * 6 + 5; channel 1: (x + 2) / 4 * -4 + 0."""
    A = np.array([[[3, 2], [1, -2], [-1, 0]]])[None]
    operation = engine.BatchNorm(A, [6, -4], [5, 0], [1, -2], [3, 15], 1)
    assert engine.evaluate(operation).tolist() == [[[[6 + 5, -4], [0 + 5, 0], [-6 + 5, -2]]]]
    assert operation.scale.tolist() == [6 / 2, -4 / 4]
    assert operation.shift.tolist() == [5 - 1 * 3, 0 + 2 * -1]


@pytest.mark.parametrize("dtype", DTYPES)
def test_batch_norm_is_one_multiply_and_one_add(dtype: Any) -> None:
    A_prev = values(dtype)
    operation = engine.BatchNorm(A_prev, GAMMA, BETA, MEAN, VARIANCE)
    for numbers in (operation.scale, operation.shift):
        assert numbers.dtype == np.float64
        assert numbers.shape == (N_C,)
    line = A_prev.astype(np.float64) * operation.scale + operation.shift
    np.testing.assert_allclose(
        engine.evaluate(operation), line, rtol=float(np.finfo(dtype).eps), atol=1e-13 if dtype == np.float64 else 0
    )


def test_batch_norm_divides_by_0_without_a_warning() -> None:
    """A variance of 0 and an epsilon of 0: a division by 0."""
    operation = engine.BatchNorm(one(1, 2, 3), [1], [0], [2], [0], 0)
    assert operation.scale.tolist() == [math.inf]
    np.testing.assert_array_equal(engine.evaluate(operation).ravel(), [-math.inf, math.nan, math.inf])


def test_the_numbers_of_a_layer_are_not_followed() -> None:
    numbers = [np.array(part, np.float64) for part in (GAMMA, BETA, MEAN, VARIANCE)]
    A_prev = values(np.float32)
    operation = engine.BatchNorm(A_prev, *numbers)
    for part in numbers:
        part[:] = 7
    A_prev[:] = 0
    assert engine.evaluate(operation).tobytes() == KINDS["batch"].whole(values(np.float32)).tobytes()


def test_someone_elses_kind() -> None:
    class Cube(engine.RoundedOnce):
        def apply(self, x: Any) -> Any:
            return x**3

    for dtype in DTYPES:
        A_prev = values(dtype)
        Z = engine.evaluate(Cube(A_prev))
        assert Z.dtype == dtype
        np.testing.assert_array_equal(Z, (A_prev.astype(np.float64) ** 3).astype(dtype))
        assert all(step.value == Z[step.index] for step in engine.walk(Cube(A_prev)))
    with pytest.raises(ShapeError, match=r"expected shape \(m, height, width, channels\)"):
        Cube([1, 2])


def test_someone_elses_kind_by_channel_may_write_to_what_it_gets() -> None:
    class Weighted(engine.RoundedOnce):
        def apply(self, x: Any) -> Any:
            x *= np.arange(N_C)
            return x

    for dtype in DTYPES:
        A_prev = values(dtype)
        kept = A_prev.copy()
        np.testing.assert_array_equal(engine.evaluate(Weighted(A_prev)), kept * np.arange(N_C, dtype=dtype))
        np.testing.assert_array_equal(A_prev, kept)


@pytest.mark.parametrize(
    ("make", "error", "said"),
    [
        (lambda A: engine.clip(A, 3, 2), ArgumentError, "low: the least value, 3, is above the largest, 2"),
        (lambda A: engine.clip(A, math.nan), ArgumentError, "low: expected a number, got nan"),
        (lambda A: engine.clip(A, 0, "6"), ArgumentError, "high: expected a number, got '6'"),
        (lambda A: engine.clip(A, high=None), ArgumentError, "high: expected a number, got None"),
        (lambda A: engine.leaky_relu(A, True), ArgumentError, "alpha: expected a number, got True"),
        (lambda A: engine.leaky_relu(A, 10**400), ArgumentError, "alpha: expected a number, got 1000"),
        (lambda A: engine.leaky_relu(A, [1]), ArgumentError, "alpha: expected a number, got [1]"),
        (lambda A: engine.prelu(A, [1, 2]), ShapeError, "alpha: expected a number for each of 5 channels, got 2"),
        (lambda A: engine.prelu(A, "abcde"), ArgumentError, "alpha: expected real numbers"),
        (lambda A: engine.batch_norm(A, GAMMA, BETA[1:], MEAN, VARIANCE), ShapeError, "beta: expected a number for"),
        (lambda A: engine.batch_norm(A, 1, BETA, MEAN, VARIANCE), ShapeError, "gamma: expected a number for"),
        (lambda A: engine.batch_norm(A, GAMMA, BETA, [MEAN] * 2, VARIANCE), ShapeError, "5 channels, got 10"),
        (lambda A: engine.batch_norm(A, GAMMA, BETA, MEAN, []), ShapeError, "variance: expected a number for"),
        (
            lambda A: engine.batch_norm(A, GAMMA, BETA, MEAN, [1, 0, 2, -0.5, -1]),
            ArgumentError,
            "variance: channel 3 has a variance of -0.5. A variance is",
        ),
        (
            lambda A: engine.batch_norm(A, GAMMA, BETA, MEAN, VARIANCE, -0.001),
            ArgumentError,
            "epsilon: expected a number of at least 0, got -0.001",
        ),
        (lambda A: engine.tanh(A[0]), ShapeError, "A_prev: expected shape (m, height, width, channels)"),
        (lambda A: engine.identity_forward(A, start=999), ArgumentError, "there are only 120 windows"),
    ],
)
def test_arguments_that_cant_be(make: Callable[[Any], Any], error: type[ConvstepError], said: str) -> None:
    with pytest.raises(error) as caught:
        make(values(np.float32))
    assert said in str(caught.value)


def test_numbers_of_any_real_type() -> None:
    A_prev = values(np.float32)
    np.testing.assert_array_equal(engine.clip(A_prev, np.float16(-1), np.int8(2)), engine.clip(A_prev, -1, 2))
    assert engine.leaky_relu(A_prev, np.float64(0.3)).dtype == np.float32

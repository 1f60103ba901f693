"""What variables should be at a window: the judge that the report and the screen share."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from convstep.check.contracts import KNOWN, Contract
from convstep.check.live import LiveLine
from convstep.check.probes import convolution
from convstep.check.variables import Judge, Variable, Window
from convstep.report.beside import line_value

PROBLEM = convolution((3, 5, 7, 2), (3, 2), 4, (2, 1), (1, 2))
PADDED = np.pad(PROBLEM.A, ((0, 0), (1, 1), (2, 2), (0, 0)))
HERE = (2, 1, 3, 1)
"""Rows 1–3 and columns 1–2 of the input; from row 2 and column 3 of the padded one."""
RIGHT = Window(range(1, 4), range(1, 3))


def contract(name: str) -> Contract:
    return next(each for each in KNOWN if each.name == name and each.family in ("course", "cs231n"))


def judged(name: str, value: Any, text: str = "a = X[i, y:y + f, x:x + g]", of: str = "conv_forward") -> Variable:
    ours = np.arange(3 * 3 * 10 * 4.0).reshape(3, 3, 10, 4)
    return Judge(contract(of), PROBLEM, HERE, ours).variable(name, value, text, stores="Z[" in name)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("vert_start", 2, 2), ("h_start", 1, 2), ("vert_end", 5, 5), ("horiz_start", 3.0, 3), ("x_end", 4, 5),
        ("n_H", 3, 3), ("out_w", 9, 10), ("n_W", True, None), ("h", 1, None), ("vert_start", "2", None),
        ("x_start", np.complex128(3), None), ("n_H", np.int64(4), 3),
    ],
)  # fmt: skip
def test_numbers(name: str, value: Any, expected: float | None) -> None:
    found = judged(name, value)
    assert (found.value, found.expected, found.wrong) == (value, expected, expected is not None and value != expected)


def test_a_loops_own_variable_is_no_size() -> None:
    assert judged("oh", 1, "for oh in range(n_H):").expected is None
    assert judged("oh", 1, "oh = (H - f) // s + 1").wrong
    assert judged("y_start", 1, "for y_start in range(0, H, s):").wrong


@pytest.mark.parametrize("value", [PADDED[2, 2:5, 3:5], PADDED[:, 2:5, 3:5], PADDED[2, 2:5, 3:5].astype(np.float32)])
def test_the_right_window(value: Any) -> None:
    found = judged("a", value)
    assert (found.value, found.expected, found.wrong) == (RIGHT, RIGHT, False)


@pytest.mark.parametrize(
    ("value", "rows", "cols"),
    [
        (PADDED[2, 3:6, 1:3], range(2, 5), range(-1, 1)),
        (PADDED[:, 4:7, 3:5], range(3, 6), range(1, 3)),
        (PADDED[2, 2:6, 3:5], range(1, 5), range(1, 3)),
        (PADDED[2, 2:4, 3:5], range(1, 3), range(1, 3)),
    ],
)
def test_another_window(value: Any, rows: range, cols: range) -> None:
    found = judged("a", value)
    assert (found.value, found.expected, found.wrong) == (Window(rows, cols), RIGHT, True)


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("rows", PADDED[2, 2:5], "rows = X[i, y:y + f]"),
        ("a_prev_pad", PADDED[2], "a_prev_pad = A_prev_pad[i]"),
        ("view", PADDED[2, 1:4, 0:10], "view = X[i, y:y + n_H, x:x + n_W]"),
        ("k", PROBLEM.filters[..., 0], "k = W[:, :, :, c]"),
        ("patch", PADDED[2, 2:5, 3:5].reshape(1, -1), "patch = X[i, y:y + f, x:x + g].reshape(1, -1)"),
        ("a", np.array([["a", "b"]]), "a = X[i, y:y + f, x:x + g]"),
        ("a", np.zeros((0, 2, 2)), "a = X[i, y:y + f, x:x + g]"),
        ("a", PADDED[2, 2:5, 3:5] * 7, "a = X[i, y:y + f, x:x + g] * k"),
    ],
)
def test_what_is_no_window(name: str, value: Any, text: str) -> None:
    assert judged(name, value, text).expected is None


def test_a_window_of_other_values_is_wrong() -> None:
    found = judged("patch", PADDED[2, 2:5, 3:5][::-1])
    assert (found.expected, found.wrong) == (RIGHT, True)
    assert "".join(part.text for part in line_value(LiveLine(1, "", "", (found,)), 2)) == (
        "✗ other values, should be rows 1–3, cols 1–2"
    )


def test_a_convolution_may_go_through_channels_and_a_pool_takes_its_own() -> None:
    for channel in (0, 1):
        value = PADDED[2, 2:5, 3:5, channel]
        assert not judged("a", value).wrong
        found = judged("a", value, of="pool_forward")
        assert (found.expected, found.wrong) == (Window(RIGHT.rows, RIGHT.cols, 1), channel != 1)


def test_a_pool_may_take_its_channel_later() -> None:
    found = judged("a", PADDED[2, 2:5, 3:5], of="pool_forward")
    assert (str(found.value), found.expected) == ("rows 1–3, cols 1–2, all channels", None)
    assert judged("a", PADDED[2, 3:6, 3:5], of="pool_forward").wrong


def test_channels_first() -> None:
    value = np.moveaxis(PADDED[2, 2:5, 3:5], -1, 0)
    assert judged("a", value, of="conv_forward_naive").value == RIGHT


def test_what_is_stored() -> None:
    right = float(np.ravel_multi_index(HERE, (3, 3, 10, 4)))
    assert judged("Z[i, h, w, c]", right).wrong is False
    assert judged("Z[i, h, w, c]", right + 1).expected == right
    assert judged("Z[i, h, w]", np.array([0, right, 0, 0])).wrong is False
    assert judged("Z[:, h, w]", np.full((3, 4), right - 1)).wrong
    assert judged("Z[0]", [1]).expected is None


def test_away_from_a_window_sizes_alone_are_judged() -> None:
    judge = Judge(contract("conv_forward"), PROBLEM, None)
    assert judge.variable("n_H", 4, "n_H = 4").wrong
    for name, value in (("vert_start", 9), ("patch", PADDED[2, 3:6, 3:5]), ("Z[0, 0]", 1.0)):
        assert judge.variable(name, value, "a[:]").expected is None

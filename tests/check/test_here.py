"""Functions of this process: what a course's own tests call."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from convstep.check import check_function
from convstep.errors import ArgumentError
from convstep.report.check import named
from convstep.testing import check, convstep_check  # noqa: F401  the fixture, where the package isn't installed


def conv_forward(A_prev: Any, W: Any, b: Any, hparameters: Any) -> Any:
    s, p, f = hparameters["stride"], hparameters["pad"], W.shape[0]
    X = np.pad(A_prev, ((0, 0), (p, p), (p, p), (0, 0)))
    n_H, n_W = (X.shape[1] - f) // s + 1, (X.shape[2] - f) // s + 1
    Z = np.zeros((len(X), n_H, n_W, W.shape[3]))
    for h in range(n_H):
        for w in range(n_W):
            Z[:, h, w] = np.tensordot(X[:, h * s : h * s + f, w * s : w * s + f], W, 3) + b[0, 0, 0]
    return Z


def without_bias(A_prev: Any, W: Any, b: Any, hparameters: Any) -> Any:
    return conv_forward(A_prev, W, 0 * b, hparameters)


calls: list[int] = []


def with_a_memory(A_prev: Any, W: Any, b: Any, hparameters: Any) -> Any:
    calls.append(1)
    return conv_forward(A_prev, W, b, hparameters) + (len(calls) > 1)


def test_right_and_wrong() -> None:
    assert check_function(conv_forward).verdict == "right"
    found = check_function(without_bias, "conv_forward")
    assert (found.verdict, found.function) == ("wrong", "conv_forward")
    assert [[each.kind for each in one] for one in found.mistakes] == [["bias_missing"]]


def padded_after(A_prev: Any, W: Any, b: Any, hparameters: Any) -> Any:
    p = hparameters["pad"]
    X = np.pad(A_prev, ((0, 0), (0, 2 * p), (0, 2 * p), (0, 0)))
    return conv_forward(X, W, b, {**hparameters, "pad": 0})


def test_mistakes_of_equal_outputs_are_said_to_be_that() -> None:
    found = check_function(padded_after, "conv_forward")
    assert {each.kind for one in found.mistakes for each in one} == {"pad_missing", "unpadded_slice"}
    assert "This fits one of 2, which always give the same output; your code tells which:" in [*named(found, 2)]
    assert "This fits one of 2:" in [*named(replace(found, mistakes=((found.mistakes[0][0],), ())), 2)]


def test_a_function_that_remembers() -> None:
    kinds = {each.kind for one in check_function(with_a_memory, "conv_forward").mistakes for each in one}
    assert "not_repeatable" in kinds


def test_a_function_that_is_not_known() -> None:
    with pytest.raises(ArgumentError, match="no function that is known"):
        check_function(lambda image: image)


def test_the_fixture(convstep_check: Any) -> None:  # noqa: F811
    convstep_check(conv_forward)
    with pytest.raises(pytest.fail.Exception, match="The bias is missing"):
        check(without_bias, "conv_forward")

"""What is copied runs as it is pasted, and gives the step's own numbers back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from convstep.debugger import Session
from convstep.opening import open_session
from convstep.report.clipboard import numbers_code
from convstep.spec.samples import bundled


def pasted(session: Session) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(numbers_code(session.frame), names)
    return names


@pytest.mark.parametrize("sample", list(bundled()))
def test_every_layer_of_every_sample_is_code_with_its_own_bits(sample: str) -> None:
    session = open_session(sample)
    for layer in session.network.names:
        session.do(f"layer {layer}")
        session.do("jump 50%")
        step = session.frame.step
        assert step is not None
        if step.input_slice.size > 20_000:
            continue
        names = pasted(session)
        assert names["a"].dtype == step.input_slice.dtype
        assert names["a"].shape == step.input_slice.shape
        assert names["a"].tobytes() == step.input_slice.tobytes()
        if step.filter is not None:
            assert names["W"].tobytes() == np.ascontiguousarray(step.filter).tobytes()


def test_the_sum_is_the_value() -> None:
    session = open_session("photo")
    session.do("jump 18 37 1")
    names = pasted(session)
    assert names["Z"] == pytest.approx(float(session.frame.step.value), rel=1e-5)  # type: ignore[union-attr]
    assert "conv1, Z[0, 18, 37, 1]: rows 17–20, cols 36–39" in numbers_code(session.frame)
    assert "# the slice, 4×4×3\na = np.array([[[" in numbers_code(session.frame)


def test_numbers_that_are_no_numbers() -> None:
    network = open_session("tiny").network
    x = np.full((1, 5, 5, 1), np.nan, network.dtype)
    x[0, 0, :3, 0] = np.inf, -np.inf, 1e-30
    session = Session(network, x)
    with np.errstate(all="ignore"):
        names = pasted(session)
    assert np.array_equal(names["a"], session.frame.step.input_slice, equal_nan=True)  # type: ignore[union-attr]
    assert np.isnan(names["Z"])


def test_a_layer_that_cant_work_is_a_comment() -> None:
    session = open_session("mnist")
    session.do("padding valid all")
    session.do("layer dense1")
    code = numbers_code(session.frame)
    assert code.startswith("# dense1 can't work: its weights were made for 3136 inputs")
    exec(code)

"""The learner's own line at the first wrong window, with the value of its variable and what it should be."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from convstep.check.contracts import Call, Contract
from convstep.check.judge import First
from convstep.check.problems import Array, Problem
from convstep.check.running import Runner

Index = tuple[int, ...]

NAMES = {
    "vert_start": ("vert_start", "v_start", "h_start", "row_start", "start_h", "y_start", "i_start"),
    "vert_end": ("vert_end", "v_end", "h_end", "row_end", "end_h", "y_end", "i_end"),
    "horiz_start": ("horiz_start", "w_start", "col_start", "start_w", "x_start", "j_start"),
    "horiz_end": ("horiz_end", "w_end", "col_end", "end_w", "x_end", "j_end"),
    "n_H": ("n_H", "H_out", "out_h", "h_out", "oh", "Ho", "n_h", "h_new", "out_height", "output_h"),
    "n_W": ("n_W", "W_out", "out_w", "w_out", "ow", "Wo", "n_w", "w_new", "out_width", "output_w"),
}
"""The course's variables, and what others call them."""


@dataclass(frozen=True)
class Line:
    """A line of theirs.

    Attributes:
        place: Where it is, such as `my_conv.py:31`.
        text: The line.
        variable: The variable that it sets; "" if none of them has a counterpart.
        value: Its value.
        expected: What it should be.
    """

    place: str
    text: str
    variable: str = ""
    value: str = ""
    expected: str = ""


def line_of(
    runner: Runner, contract: Contract, problem: Problem, call: Call, first: First, replaced: Mapping[str, str]
) -> Line | None:
    """Return the line of theirs to look at for the first wrong value; None if there is none to show."""
    n_C = problem.A.shape[3] if problem.W is None else problem.W.shape[3]
    shape: Index = (problem.A.shape[0], *problem.sizes, n_C)
    if contract.layout == "NCHW":
        shape = (shape[0], shape[3], *shape[1:3])
    index = first.index if isinstance(first.index, tuple) else (0,) * len(shape)
    if contract.operation not in ("conv", "pool") or len(index) != 4:
        return None
    trace = runner.trace(call, index, shape, replaced)
    if trace.how == "none":
        return None
    right = right_variables(contract, problem, index)
    source = runner.source
    for line in trace.lines:
        if line.file:
            continue
        text, place = source.line(line.line).strip(), source.place(line.line)
        for name, value in line.variables:
            expected = right.get(name)
            if isinstance(value, np.ndarray) and ":" in text and _is_wrong_window(contract, problem, index, value):
                return Line(place, text)
            if expected is None or not isinstance(value, int | float | np.integer | np.floating):
                continue
            if float(value) != expected:
                return Line(place, text, name, f"{float(value):g}", f"{expected:g}")
    stored = trace.line
    if stored is None or not isinstance(first.index, tuple):
        return None
    return Line(source.place(stored), source.line(stored).strip())


def right_variables(contract: Contract, problem: Problem, index: Index) -> dict[str, float]:
    """Return what the course's variables should be at a window, under all their names."""
    h, w = contract.position(index)
    (f_h, f_w), (s_h, s_w) = problem.f, problem.stride
    n_H, n_W = problem.sizes
    values = {
        "vert_start": h * s_h,
        "vert_end": h * s_h + f_h,
        "horiz_start": w * s_w,
        "horiz_end": w * s_w + f_w,
        "n_H": n_H,
        "n_W": n_W,
    }
    return {alias: float(values[name]) for name, aliases in NAMES.items() for alias in aliases}


def _is_wrong_window(contract: Contract, problem: Problem, index: Index, value: Array) -> bool:
    """Whether an array is a window other than the right one, and no filter."""
    i, (h, w) = index[0], contract.position(index)
    (f_h, f_w), (s_h, s_w), (p_h, p_w) = problem.f, problem.stride, problem.pad
    A_pad = np.pad(problem.A[i], ((p_h, p_h), (p_w, p_w), (0, 0)))
    right = A_pad[h * s_h : h * s_h + f_h, w * s_w : w * s_w + f_w]
    if contract.layout == "NCHW":
        right = np.moveaxis(right, -1, 0)
    values = set(np.round(A_pad, 6).reshape(-1).tolist())
    of_input = set(np.round(value.astype(float), 6).reshape(-1).tolist()) <= values
    return value.shape == right.shape and of_input and not np.allclose(value, right)


def shown(text: str, width: int = 60) -> str:
    """Return a line of theirs without its comment, shortened to a width."""
    code = re.sub(r"\s+#[^'\"]*$", "", text)
    return code if len(code) <= width else f"{code[: width - 1]}…"

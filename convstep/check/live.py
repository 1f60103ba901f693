"""The learner's own lines at the first wrong window, their variables beside what each should be."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from convstep.check.contracts import Call, Contract
from convstep.check.judge import First
from convstep.check.problems import Array, Problem
from convstep.check.running import Runner, Shape, Trace, as_text
from convstep.check.words import span

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

WINDOWS = frozenset(
    {"a_slice_prev", "a_prev_slice", "a_slice", "x_slice", "window", "patch", "region", "receptive_field"}
)
"""Names of windows."""

LOOKED_AT = 4
"""How many windows of a backward pass are followed in search of a variable that is wrong."""


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


@dataclass(frozen=True)
class Variable:
    """A variable of theirs at a line.

    Attributes:
        name: Its name, or an element such as `Z[i, h, w, c]`.
        value: Its value there; of a window the rows and columns of the input that it covers.
        expected: What it should be; "" if it has no counterpart.
    """

    name: str
    value: str
    expected: str = ""

    @property
    def wrong(self) -> bool:
        """Whether it has another value than it should have."""
        return self.expected not in ("", self.value)


@dataclass(frozen=True)
class LiveLine:
    """A line of theirs as it ran at a window.

    Attributes:
        place: Where it is, such as `my_conv.py:31`.
        line: Its number in the file, from 1.
        function: The function that it is in.
        text: The line, without its indentation.
        variables: What it bound.
    """

    place: str
    line: int
    function: str
    text: str
    variables: tuple[Variable, ...]


@dataclass(frozen=True)
class Live:
    """Their code at a window.

    Attributes:
        window: The place in the output, or in dZ of a backward pass, with the axes in the function's own order.
        lines: Their lines in order, the last time that each ran before or at the window.
        look: The line to look at; None if none stands out.
        padded: Whether the input, rightly padded, is in one of their variables; None if the input has no padding.
        shaped: Whether the answer's axes are swapped only after its values are stored, if at all; None if its height is
            its width.
        turned: Whether a window with its rows and columns swapped is in one of their variables.
    """

    window: Index
    lines: tuple[LiveLine, ...]
    look: Line | None
    padded: bool | None = None
    shaped: bool | None = None
    turned: bool = False


def live_of(
    runner: Runner, contract: Contract, problem: Problem, call: Call, first: First, replaced: Mapping[str, str]
) -> Live | None:
    """Return their code at the first wrong window; None if there is nothing to show."""
    if contract.operation in ("conv_backward", "pool_backward"):
        return _backward(runner, contract, problem, call, first, replaced)
    if contract.operation not in ("conv", "pool"):
        return None
    shape = _shape(contract, problem)
    index = first.index if isinstance(first.index, tuple) else (0,) * len(shape)
    if len(index) != contract.axes:
        return None
    trace = runner.trace(call, index, shape, replaced)
    if trace.how == "none":
        return None
    stored = trace.line if isinstance(first.index, tuple) else None
    return _live(runner, contract, problem, index, trace, stored)


def _shape(contract: Contract, problem: Problem) -> Index:
    """Return the shape of the output in the function's own order of axes."""
    if contract.layout == "HW":
        return problem.sizes
    n_C = problem.A.shape[3] if problem.W is None else problem.W.shape[3]
    shape: Index = (problem.A.shape[0], *problem.sizes, n_C)
    return (shape[0], shape[3], *shape[1:3]) if contract.layout == "NCHW" else shape


def _backward(
    runner: Runner, contract: Contract, problem: Problem, call: Call, first: First, replaced: Mapping[str, str]
) -> Live | None:
    """Return their backward pass at the first window at which a variable is wrong, else at the first of all."""
    shape, found = _shape(contract, problem), None
    for index in _looked_at(contract, problem, first):
        trace = runner.trace(call, index, shape, replaced, argument=0)
        if trace.how == "none":
            return None
        live = _live(runner, contract, problem, index, trace, None)
        if live.look is not None:
            return live
        found = found or live
    place = first.index if isinstance(first.index, tuple) else ()
    if found is None or not place:
        return found
    results = tuple(problem.A.shape), problem.filters.shape if problem.W is not None else (), ()
    number = min(contract.results.index(first.result), len(results) - 1)
    stored = runner.trace(call, place, results[number], replaced, result=number).line
    if stored is None:
        return found
    source = runner.source
    return replace(found, look=Line(source.place(stored), source.line(stored).strip()))


def _looked_at(contract: Contract, problem: Problem, first: First) -> list[Index]:
    """Return the windows of a backward pass to look at, in the order of its loops."""
    n_H, n_W = problem.sizes
    example, windows = 0, {(h, w) for h, w in product(range(2), range(2)) if h < n_H and w < n_W}
    if isinstance(first.index, tuple) and len(first.index) == 4 and first.result == contract.results[0]:
        example = first.index[0]
        touching = [
            [n for n in range(count) if n * stride - pad <= place < n * stride - pad + f]
            for place, count, stride, pad, f in zip(
                contract.position(first.index), (n_H, n_W), problem.stride, problem.pad, problem.f, strict=True
            )
        ]
        windows |= {(h, w) for h in touching[0][:1] for w in touching[1][:1]}
    chosen = sorted(windows)[:LOOKED_AT]
    return [(example, 0, h, w) if contract.layout == "NCHW" else (example, h, w, 0) for h, w in chosen]


def _live(runner: Runner, contract: Contract, problem: Problem, index: Index, trace: Trace, stored: int | None) -> Live:
    """Return their code at a window, and of its lines the first with a wrong variable, else the one that stores."""
    at: Index | None = index
    if trace.raised and trace.how == "whole":
        at = _reached(contract, index, dict(trace.variables))
    source, judge = runner.source, _Judge(contract, problem, index if at is None else at, sizes_only=at is None)
    lines, look = [], None
    for each in trace.lines:
        if each.file:
            continue
        text, place = source.line(each.line).strip(), source.place(each.line)
        variables = tuple(judge.variable(name, value, text) for name, value in each.variables)
        lines.append(LiveLine(place, each.line, each.function, text, variables))
        wrong = next((variable for variable in variables if variable.wrong), None)
        if look is None and wrong is not None:
            look = Line(place, text, *(() if wrong.name in judge.windows else _told(wrong)))
    if look is None and stored is not None:
        look = Line(source.place(stored), source.line(stored).strip())
    held = [value for _, value in (*trace.variables, *(bound for each in trace.lines for bound in each.variables))]
    shapes = {value.shape for value in held if isinstance(value, np.ndarray | Shape)}
    n_H, n_W = problem.sizes
    shaped = None if n_H == n_W else trace.how != "index" or _shape(contract, problem) in shapes
    return Live(index, tuple(lines), look, judge.padded(held), shaped, any(map(judge.is_turned, held)))


def _reached(contract: Contract, index: Index, variables: Mapping[str, object]) -> Index | None:
    """Return the window that a call had reached when it raised; None if its variables don't tell."""
    i, h, w = (variables.get(name) for name in "ihw")
    if not isinstance(h, int) or not isinstance(w, int):
        return None
    if contract.layout == "HW":
        return h, w
    example = i if isinstance(i, int) and i >= 0 else index[0]
    return (example, 0, h, w) if contract.layout == "NCHW" else (example, h, w, 0)


def _told(variable: Variable) -> tuple[str, str, str]:
    return variable.name, variable.value, variable.expected


class _Judge:
    """Says what variables should be at a window."""

    def __init__(self, contract: Contract, problem: Problem, index: Index, *, sizes_only: bool = False) -> None:
        h, w = contract.position(index)
        (f_h, f_w), (s_h, s_w), (p_h, p_w) = problem.f, problem.stride, problem.pad
        n_H, n_W = problem.sizes
        right = {
            "vert_start": h * s_h,
            "vert_end": h * s_h + f_h,
            "horiz_start": w * s_w,
            "horiz_end": w * s_w + f_w,
            "n_H": n_H,
            "n_W": n_W,
        }
        self._right = {
            alias: float(right[name])
            for name, aliases in NAMES.items()
            for alias in aliases
            if not sizes_only or name in ("n_H", "n_W")
        }
        self._sizes_only = sizes_only
        self._f, self._pad, self._first = problem.f, problem.pad, contract.layout == "NCHW"
        self._corner = (h * s_h, w * s_w)
        self._all = np.pad(problem.A, ((0, 0), (p_h, p_h), (p_w, p_w), (0, 0)))
        self._padded = self._all[0 if contract.layout == "HW" else min(index[0], len(self._all) - 1)]
        self._values = _numbers(self._padded)
        self._filters = set() if problem.W is None else _numbers(problem.W)
        self.windows: set[str] = set()

    def variable(self, name: str, value: object, text: str) -> Variable:
        """Return a variable that a line of theirs set, beside what it should be."""
        if isinstance(value, np.ndarray) and ":" in text and not self._sizes_only and self._is_window(name, value):
            self.windows.add(name)
            covered = list(self._covered(value))
            right = (*self._corner, *self._f)
            at = right if right in covered else covered[0] if covered else None
            return Variable(name, as_text(value) if at is None else self._cover(at), self._cover(right))
        expected = self._right.get(name)
        if expected is None or not isinstance(value, int | float | np.integer | np.floating):
            return Variable(name, as_text(value))
        return Variable(name, f"{float(value):g}", f"{expected:g}")

    def _last(self, value: Array) -> Array:
        """Return a window with its channels last."""
        if value.ndim == 2:
            return value[:, :, None]
        return np.moveaxis(value, 0, -1) if self._first else value

    def _is_window(self, name: str, value: Array) -> bool:
        """Whether an array is a window of the input, and no filter."""
        if value.ndim not in (2, 3) or not value.size or value.dtype.kind not in "iuf":
            return False
        window = self._last(value)
        fits = window.shape[:2] == self._f and window.shape[2] in (1, self._padded.shape[2])
        numbers = _numbers(value)
        if not (fits or name in WINDOWS) or not numbers <= self._values:
            return False
        return not numbers <= self._filters or any(self._covered(value))

    def _covered(self, value: Array) -> Iterator[tuple[int, int, int, int]]:
        """Yield where in the padded input a window is found: its first row and column, its height and width."""
        window = self._last(value)
        height, width, depth = window.shape
        n_H, n_W, n_C = self._padded.shape
        channels = [slice(k, k + 1) for k in range(n_C)] if depth == 1 else [slice(None)]
        for top, left in product(range(n_H - height + 1), range(n_W - width + 1)):
            part = self._padded[top : top + height, left : left + width]
            if any(part[..., each].shape == window.shape and np.allclose(part[..., each], window) for each in channels):
                yield top, left, height, width

    def _cover(self, place: tuple[int, int, int, int]) -> str:
        top, left, height, width = place
        return f"rows {span(top - self._pad[0], height)}, cols {span(left - self._pad[1], width)}"

    def padded(self, values: Sequence[object]) -> bool | None:
        """Whether the input, rightly padded, is among some values; None if it has no padding."""
        if not any(self._pad):
            return None
        return any(self._is_padded(value) for value in values)

    def is_turned(self, value: object) -> bool:
        """Whether a value begins with the window with its rows and columns swapped, and not with the window itself."""
        (top, left), (f_h, f_w) = self._corner, self._f
        window = self._padded[top : top + f_h, left : left + f_w]
        if not isinstance(value, np.ndarray) or value.size < window.size or f_h != f_w:
            return False
        turned = window.swapaxes(0, 1)
        if np.array_equal(turned, window):
            return False
        orders = [turned, np.moveaxis(turned, -1, 0)]
        return any(np.array_equal(value.reshape(-1)[: window.size], each.reshape(-1)) for each in orders)

    def _is_padded(self, value: object) -> bool:
        for whole in (self._all, self._padded, self._padded[..., 0]):
            right = np.moveaxis(whole, -1, -3) if self._first and whole.ndim > 2 else whole
            if isinstance(value, Shape) and value.shape == right.shape:
                return True
            if isinstance(value, np.ndarray) and value.shape == right.shape and np.array_equal(value, right):
                return True
        return False


def _numbers(array: Array) -> set[float]:
    return set(np.round(array.astype(float), 6).reshape(-1).tolist())


def shown(text: str, width: int = 60) -> str:
    """Return a line of theirs without its comment, shortened to a width."""
    code = re.sub(r"\s+#[^'\"]*$", "", text)
    return code if len(code) <= width else f"{code[: width - 1]}…"

"""Which of a learner's lines a mistake is on, and whether an input shows it."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from convstep.check.live import LiveLine
from convstep.check.names import assigned
from convstep.check.problems import Problem
from convstep.check.variables import Window

FILTER, BIAS = r"\b(W|w|weights?|kernels?|filters?|K)\b", r"\b(b|bias|biases)\b"

SIGNS = {
    "filter_flipped": rf"(?=.*{FILTER}).*(::-1|flip|rot90|- ?1 ?- ?\w)",
    "filter_transposed": rf"(?=.*{FILTER}).*(\.T\b|transpose|swapaxes)",
    "filter_index_wrong": rf"{FILTER}\[",
    "bias_per_tap": BIAS,
    "bias_index_wrong": BIAS,
    "bias_before_product": BIAS,
    "bias_subtracted": rf"- ?(float\()?{BIAS}",
    "mean_for_sum": r"\b(mean|average)\b",
    "pad_wrong_axes": r"\bpad\(",
    "pad_one_axis": r"\bpad\(",
    "pad_constant": r"\bpad\(",
    "pad_before_only": r"\bpad\(",
    "pad_twice": r"\bpad\(",
    "relu_applied": r"maximum|relu",
    "sum_for_mean": r"\bsum\b",
    "mode_ignored": r"\b(max|mean|average)\(",
    "min_for_max": r"\bmin\b",
    "n_H_n_W_swapped": r"\[.*\w \* \w+ \+ \w.*\]",
}
"""By kind of mistake, what the line has that makes it. Only where a single line has it, that is the line."""
GEOMETRY = ("stride", "window", "range", "size", "n_H", "f_", "rows", "loops")
"""What the kinds of mistakes that make a variable of a window or a size wrong begin with."""
STRIDES = {"stride_rows_missing": (0,), "stride_cols_missing": (1,), "stride_missing": (0, 1)}
"""By kind, the axes in which the stride is missing."""


def cause_of(kind: str, lines: Sequence[LiveLine], function: str) -> int | None:
    """Return the number of the line that a mistake is on; None if that is unknown.

    Args:
        kind: The mistake, one of KINDS; "" for an unknown one.
        lines: The lines that ran for a window.
        function: The function that is followed; what the mistake's sign has in a helper comes before its call.
    """
    if kind in SIGNS:
        found = [line for line in lines if re.search(SIGNS[kind], _code(line))]
        found = [line for line in found if not re.match(r"\s*def\b", line.text)]
        found = [line for line in found if line.function != function] or found
        found = [line for line in found if line.current] if len(found) > 1 else found
        if len(found) == 1:
            return found[0].number
    if kind and not kind.startswith(GEOMETRY):
        return None
    bare = _unmoved(lines) if kind in STRIDES else []
    if len(STRIDES.get(kind, ())) == len(bare) == 1:
        return bare[0]
    wrong = [line for line in lines if any(each.wrong and "[" not in each.name for each in line.variables)]
    if wrong and not (kind in STRIDES and _is_of_variables(wrong[0], lines)):
        return wrong[0].number
    return bare[0] if len(bare) == 2 else None


def _is_of_variables(line: LiveLine, lines: Sequence[LiveLine]) -> bool:
    """Return whether a line cuts a window out from variables, of which other lines then are to blame."""
    names = {each.name for other in lines for each in other.variables if not other.text.lstrip().startswith("for ")}
    starts = re.findall(r"(\w+) ?:", _code(line))
    return any(isinstance(each.value, Window) for each in line.variables) and bool(starts) and names.issuperset(starts)


def _unmoved(lines: Sequence[LiveLine]) -> list[int]:
    """Return the lines, in order, that set a variable to a loop's counter alone, once for each variable."""
    loops = re.findall(r"^\s*for \(?([\w, ]+)\)? in ", "\n".join(line.text for line in lines), re.M)
    counters = {name for loop in loops for name in loop.split(", ")}
    return sorted(
        line.number
        for line in lines
        for _, value in assigned(line.text)
        if isinstance(value, ast.Name) and value.id in counters
    )


def _code(line: LiveLine) -> str:
    return re.sub(r"\s+#[^'\"]*$", "", line.text.rstrip())


def can_show(kind: str, problem: Problem) -> bool:
    """Return whether an input can show a mistake: a stride that is missing needs windows that it moves."""
    axes = STRIDES.get(kind)
    return axes is None or any(problem.stride[axis] > 1 and problem.sizes[axis] > 1 for axis in axes)

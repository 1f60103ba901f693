"""A frame's numbers as NumPy code for the clipboard."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from convstep.debugger import Frame
from convstep.engine.steps import Array
from convstep.layers import times
from convstep.printable import printable
from convstep.report.explain import fault_sentences, window_title

WIDTH = 100


def numbers_code(frame: Frame) -> str:
    """Return NumPy code for the slice at a frame's step, the filter and bias, if there are any, and their sum.

    The code runs as it is, and restores every number bit for bit. For a layer that can't work, it is a comment.
    """
    step = frame.step
    if step is None:
        return f"# {printable(fault_sentences(frame))}\n"
    place = ", ".join(map(str, step.index))
    title = ": ".join(filter(None, (f"{frame.layer}, Z[{place}]", window_title(frame))))
    lines = ["import numpy as np", "", f"# {printable(title)}", *_array("a", step.input_slice, "the slice")]
    if step.filter is None:
        return "\n".join([*lines, f"# Z[{place}] is {step.value!s}", ""])
    lines += _array("W", step.filter, "the filter")
    with np.errstate(all="ignore"):
        total = np.sum(step.input_slice.astype(np.float64) * step.filter)
    bias = step.bias
    if bias is not None:
        lines.append(f"b = {_scalar(bias)}")
        total = total + float(bias)
    sum_ = "np.sum(a * W)" if bias is None else "np.sum(a * W) + b"
    adds_up = np.isclose(float(total), float(step.value), rtol=1e-3, atol=1e-6, equal_nan=True)
    lines.append(f"Z = {sum_}  # {step.value!s}" if adds_up else f"# Z[{place}] is {step.value!s}")
    return "\n".join([*lines, ""])


def _array(name: str, values: Array, what: str) -> list[str]:
    """Return the lines that create an array, after a comment with its shape."""
    start = f"{name} = np.array("
    flat = values.ndim == 3 and values.shape[-1] == 1  # one channel is easier to read as a matrix
    text = np.array2string(
        values[..., 0] if flat else values,
        max_line_width=WIDTH,
        separator=", ",
        prefix=start,
        threshold=sys.maxsize,
        formatter={"float_kind": _number},
    )
    made = f"{start}{text}, dtype={_dtype(values.dtype)}){'[..., np.newaxis]' if flat else ''}"
    return [f"# {what}, {times(values.shape)}", *(line for line in made.split("\n") if line)]


def _scalar(value: Any) -> str:
    return f"{_dtype(np.asarray(value).dtype)}({_number(value)})"


def _number(value: Any) -> str:
    """Return the shortest text that restores a number's bits."""
    text = str(value)
    return {"nan": "np.nan", "inf": "np.inf", "-inf": "-np.inf"}.get(text, text)


def _dtype(dtype: np.dtype[Any]) -> str:
    return f"np.{dtype.name}"

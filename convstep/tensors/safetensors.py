"""Reads safetensors files: a header in JSON, then the numbers."""

from __future__ import annotations

import json
from functools import partial
from math import prod
from typing import Any, TypeGuard

from convstep.engine.steps import Array
from convstep.errors import SpecError
from convstep.layers import Shape
from convstep.printable import printable
from convstep.tensors import BFLOAT16, MOST_AXES, File, Tensor, item_size, numbers

LONGEST_HEADER = 100_000_000
"""The most bytes in a header, as in the library."""

DTYPES = {
    "F16": "float16",
    "BF16": BFLOAT16,
    "F32": "float32",
    "F64": "float64",
    "BOOL": "bool",
    **{f"I{8 * size}": f"int{8 * size}" for size in (1, 2, 4, 8)},
    **{f"U{8 * size}": f"uint{8 * size}" for size in (1, 2, 4, 8)},
}
"""The names of dtypes that are read."""


def read(data: memoryview) -> File:
    """Return the arrays in a safetensors file.

    Raises:
        SpecError: It is damaged.
    """
    length = int.from_bytes(data[:8], "little")
    if len(data) < 10 or length > min(len(data) - 8, LONGEST_HEADER):
        raise SpecError(
            f"is damaged: its header would have {length:,} bytes, and the file has {len(data):,}",
            hint="Save or download it again",
        )
    try:
        header = json.loads(bytes(data[8 : 8 + length]))
    except (ValueError, RecursionError):
        raise SpecError("is damaged: its header is no JSON", hint="Save or download it again") from None
    if not isinstance(header, dict):
        raise SpecError("is damaged: its header names no arrays", hint="Save or download it again")
    about = header.pop("__metadata__", None)
    content = data[8 + length :]
    tensors, ends = {}, []
    for name, entry in header.items():
        shape, dtype, first, end = _entry(printable(name)[:80], entry, len(content))
        tensors[name] = Tensor(shape, dtype, partial(_numbers, content[first:end], dtype, shape))
        ends.append((first, end))
    last = 0
    for first, end in sorted(ends):
        if first < last:
            raise SpecError("is damaged: two of its arrays share bytes", hint="Save or download it again")
        last = end
    kind = about.get("format") if isinstance(about, dict) else None
    return File(tensors, False, "pytorch" if kind in (None, "pt") else "")


def _entry(name: str, entry: Any, size: int) -> tuple[Shape, str, int, int]:
    """Return an array's shape, dtype, first byte and end."""
    if not isinstance(entry, dict):
        raise SpecError(f"is damaged: nothing is said about '{name}'")
    shape, offsets, code = entry.get("shape"), entry.get("data_offsets"), entry.get("dtype")
    if not isinstance(code, str) or code not in DTYPES:
        raise SpecError(
            f"'{name}' is of dtype {printable(str(code))[:20]}; those that are read are {', '.join(DTYPES)}"
        )
    if not _are_sizes(shape) or len(shape) > MOST_AXES or not _are_sizes(offsets) or len(offsets) != 2:
        raise SpecError(f"is damaged: '{name}' has no shape or no place")
    first, end = offsets
    if not first <= end <= size:
        raise SpecError(f"is damaged or cut short: '{name}' would end at byte {end:,} of {size:,}")
    needed = prod(shape) * item_size(DTYPES[code])
    if needed != end - first:
        raise SpecError(f"is damaged: '{name}' has {end - first:,} bytes, and its shape needs {needed:,}")
    return tuple(shape), DTYPES[code], first, end


def _are_sizes(value: Any) -> TypeGuard[list[int]]:
    return isinstance(value, list) and all(type(each) is int and 0 <= each < 2**63 for each in value)


def _numbers(data: memoryview, dtype: str, shape: Shape) -> Array:
    return numbers(data, dtype).reshape(shape)

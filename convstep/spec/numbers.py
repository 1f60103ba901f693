"""Inline numbers: nested lists in a spec."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from convstep.engine.steps import Array
from convstep.errors import nearest
from convstep.layers import Shape, times
from convstep.spec.document import Document
from convstep.spec.mistake import shown
from convstep.spec.yaml import Path

DEEPEST = 4
"""The most axes of an array."""


def inline(document: Document, path: Path) -> Array:
    """Return the nested lists at `path` as an array.

    Raises:
        LocatedError: An item is no number, or lengths differ.
    """
    value = document.at(path)
    _measure(document, path, value, 0)
    return np.array(value, np.float64)


def _measure(document: Document, path: Path, value: Any, depth: int) -> tuple[int, ...]:
    """Return the shape of nested lists."""
    if not isinstance(value, list):
        if not _is_number(value):
            hint = nearest(value.lower(), (".nan", ".inf", "-.inf")) if isinstance(value, str) else ""
            raise document.mistake(path, f"expected a number, got {shown(value)}", hint)
        return ()
    if depth == DEEPEST:
        raise document.mistake(path, f"expected lists in at most {DEEPEST} levels")
    if not value:
        raise document.mistake(path, "expected numbers, got an empty list")
    shapes = [_measure(document, (*path, n), item, depth + 1) for n, item in enumerate(value)]
    for n, shape in enumerate(shapes):
        if shape != shapes[0]:
            raise document.mistake(
                (*path, n), f"expected {amount(shapes[0])} as in the row before it, got {amount(shape)}"
            )
    return (len(value), *shapes[0])


def _is_number(value: Any) -> bool:
    if isinstance(value, int) and not isinstance(value, bool):
        return abs(value) < 1e300
    return isinstance(value, float)


def amount(shape: Shape) -> str:
    """Return the size of an array in words: 3×3 numbers; a single number."""
    return f"{times(shape)} numbers" if prod(shape) != 1 else "a single number"

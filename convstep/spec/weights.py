"""The weights and biases that a spec asks for: in a file, written out, or to be drawn."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from convstep.engine.steps import Array
from convstep.layers import Shape
from convstep.layers.weights import Drawn, Filled, Given, Weights
from convstep.spec import schema
from convstep.spec.arrays import read_array
from convstep.spec.document import Document
from convstep.spec.files import open_bytes
from convstep.spec.numbers import amount, inline
from convstep.spec.yaml import Path

ANY = 0
"""Stands in a needed shape for a length that is not known beforehand."""


def read_weights(document: Document, path: Path, spellings: Sequence[Shape], dtype: np.dtype[Any]) -> Weights:
    """Return the weights, biases or other numbers at `path`.

    Args:
        document: The spec.
        path: Where they are asked for.
        spellings: The shapes that they may have in the file; the first is what they are turned into.
        dtype: Of the net.

    Raises:
        LocatedError: They can't be had, or have another shape.
    """
    value = document.at(path)
    if isinstance(value, dict):
        if not {"file", "key"} & value.keys():
            drawn = schema.read(schema.Drawn, document, path)
            return Drawn(drawn.init, drawn.seed)
        array = stored(document, path, spellings, dtype)
    elif isinstance(value, (list, int, float)) and not isinstance(value, bool):
        array = written(document, path, spellings)
    else:
        raise schema.refused(document, path, schema.Numbers, value)
    if not array.ndim:
        return Filled(float(cast(array, dtype)))
    return Given(cast(array if ANY in spellings[0] else array.reshape(spellings[0]), dtype))


def written(document: Document, path: Path, spellings: Sequence[Shape]) -> Array:
    """Return the numbers written out at `path`.

    Raises:
        LocatedError: They are no numbers, or have another shape.
    """
    array = inline(document, path)
    if not matches(array.shape, spellings):
        raise document.mistake(path, f"expected {needed(spellings)} numbers, got {amount(array.shape)}")
    return array


def stored(document: Document, path: Path, spellings: Sequence[Shape], dtype: np.dtype[Any]) -> Array:
    """Return the array in the file that is named at `path`, as {file, key}, in the net's dtype.

    Raises:
        LocatedError: It can't be had, or has another shape.
    """
    source = schema.read(schema.Stored, document, path)
    with document.blaming((*path, "file")), open_bytes(document.file((*path, "file")), source.file) as file:
        fits = partial(matches, spellings=spellings)
        return read_array(file, source.file, source.key, fits, needed(spellings), dtype)


def cast(array: Array, dtype: np.dtype[Any]) -> Array:
    """Return an array in the net's dtype, read-only; what is too large for it becomes infinite."""
    with np.errstate(all="ignore"):
        cast = np.asarray(array, dtype, order="C")
    cast.flags.writeable = False
    return cast


def matches(shape: Shape, spellings: Sequence[Shape]) -> bool:
    """Return whether `shape` is one of the spellings."""
    return any(
        len(shape) == len(spelling)
        and all(size > 0 and want in (ANY, size) for want, size in zip(spelling, shape, strict=True))
        for spelling in spellings
    )


def needed(spellings: Sequence[Shape]) -> str:
    """Return in words which shape is needed."""
    return "×".join("n" if size == ANY else str(size) for size in spellings[0])

"""Reads a spec's weights and biases: from a file, inline, or to be drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from convstep.engine.steps import Array
from convstep.layers import Shape
from convstep.layers.weights import Drawn, Filled, Given, Weights
from convstep.spec import schema
from convstep.spec.arrays import Wanted, is_pytorch, read_array
from convstep.spec.document import Document
from convstep.spec.files import open_bytes
from convstep.spec.layouts import ANY, PYTORCH_LAYOUTS, Layout, advice, layout_of
from convstep.spec.mistake import shown
from convstep.spec.numbers import amount, inline
from convstep.spec.yaml import Path


class Needed(NamedTuple):
    """The numbers that a layer's field needs.

    Attributes:
        allowed_shapes: The shapes that they may have; the first is the result's.
        axes: The letters of the axes, where files have different layouts; else empty.
    """

    allowed_shapes: Sequence[Shape]
    axes: str = ""


def read_weights(document: Document, path: Path, wanted: Needed, dtype: np.dtype[Any]) -> Weights:
    """Return the weights, biases or other parameters at `path`.

    Args:
        document: The spec.
        path: The field.
        wanted: The numbers that it needs.
        dtype: The net's dtype.

    Raises:
        LocatedError: They can't be read, or have a wrong shape.
    """
    value, shape = document.at(path), wanted.allowed_shapes[0]
    if isinstance(value, dict):
        if not {"file", "key"} & value.keys():
            drawn = schema.read(schema.Drawn, document, path)
            return Drawn(drawn.init, drawn.seed)
        array = _stored(document, path, wanted, dtype)
    elif isinstance(value, (list, int, float)) and not isinstance(value, bool):
        array = read_inline(document, path, wanted.allowed_shapes)
    else:
        raise schema.refused(document, path, schema.NumbersWithLayout if wanted.axes else schema.Numbers, value)
    if not array.ndim:
        return Filled(float(cast(array, dtype)))
    source = str(value["file"]) if isinstance(value, dict) else ""
    return Given(cast(array if ANY in shape else array.reshape(shape), dtype), source)


def _stored(document: Document, path: Path, wanted: Needed, dtype: np.dtype[Any]) -> Array:
    """Return the array that `path` names as {file, key, layout}, with the axes in our order."""
    source = schema.read(schema.StoredWeights, document, path)
    shape, layout = wanted.allowed_shapes[0], _usual(document, path, source, wanted.axes)
    if source.layout is not None:
        layout = layout_of(source.layout, wanted.axes)
        if layout is None:
            known = f"Ours is {wanted.axes}, PyTorch's {PYTORCH_LAYOUTS[wanted.axes]}" if wanted.axes else ""
            raise document.mistake((*path, "layout"), f"{shown(source.layout)} is no layout of these numbers", known)
    if layout is not None and len(wanted.axes) < len(shape):
        shape = (shape[0], *shape[2:])

    def fits(stored: Shape) -> bool:
        return matches(stored, wanted.allowed_shapes) if layout is None else layout.fits(stored, shape)

    def hint(stored: Shape) -> str:
        short = shape if len(shape) == len(wanted.axes) else (shape[0], *shape[2:])
        return advice(stored, short, wanted.axes) if layout is None and wanted.axes else ""

    words = needed([layout.shape(shape)] if layout else wanted.allowed_shapes)
    with document.adding_place((*path, "file")), open_bytes(document.file((*path, "file")), source.file) as file:
        array = read_array(file, source.file, source.key, Wanted(fits, words, dtype, hint))
    return layout.turned(array, shape) if layout else array


def _usual(document: Document, path: Path, source: schema.StoredWeights, axes: str) -> Layout | None:
    """Return the layout that the file's own framework has; None if the spec gives one, or it is not known."""
    name = document.file((*path, "file"))
    if source.layout is not None or axes not in PYTORCH_LAYOUTS or not name.is_file():  # a pipe can be read only once
        return None
    with document.adding_place((*path, "file")), open_bytes(name, source.file) as file:
        return Layout(axes, PYTORCH_LAYOUTS[axes]) if is_pytorch(file) else None


def read_inline(document: Document, path: Path, allowed_shapes: Sequence[Shape]) -> Array:
    """Return the inline numbers at `path`.

    Raises:
        LocatedError: They are no numbers, or have a wrong shape.
    """
    array = inline(document, path)
    if not matches(array.shape, allowed_shapes):
        raise document.mistake(path, f"expected {needed(allowed_shapes)} numbers, got {amount(array.shape)}")
    return array


def cast(array: Array, dtype: np.dtype[Any]) -> Array:
    """Return an array in the net's dtype, read-only; numbers too large for it become infinite."""
    with np.errstate(all="ignore"):
        cast = np.asarray(array, dtype, order="C")
    cast.flags.writeable = False
    return cast


def matches(shape: Shape, allowed_shapes: Sequence[Shape]) -> bool:
    """Return whether `shape` is one of the allowed shapes, in which `ANY` stands for any size."""
    return any(
        len(shape) == len(spelling)
        and all(size > 0 and want in (ANY, size) for want, size in zip(spelling, shape, strict=True))
        for spelling in allowed_shapes
    )


def needed(allowed_shapes: Sequence[Shape]) -> str:
    """Return the first of the allowed shapes in words."""
    return "×".join("n" if size == ANY else str(size) for size in allowed_shapes[0])

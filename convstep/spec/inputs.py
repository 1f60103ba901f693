"""A net's input: a picture, an array, numbers written out or drawn."""

from __future__ import annotations

import os
from functools import partial
from math import prod
from typing import Any

import numpy as np

from convstep.engine.steps import Array
from convstep.errors import SpecError
from convstep.layers import Shape
from convstep.layers.weights import drawn
from convstep.network import Network
from convstep.network.memory import shortage
from convstep.spec import schema
from convstep.spec.arrays import MAGIC_NPY, MAGIC_NPZ, read_array
from convstep.spec.changes import SOURCES
from convstep.spec.document import Document
from convstep.spec.files import open_bytes
from convstep.spec.images import read_image
from convstep.spec.numbers import from_text
from convstep.spec.weights import ANY, cast, matches, needed, stored, written
from convstep.spec.yaml import Path


def batch(shape: list[int]) -> tuple[int, Shape]:
    """Return how many examples there are, and the shape of one."""
    return (shape[0], tuple(shape[1:])) if len(shape) == 4 else (1, tuple(shape))


def check_source(document: Document, source: schema.Input) -> None:
    """Refuse an input that comes from two places, or a picture in a batch.

    Raises:
        LocatedError: It does.
    """
    chosen = [name for name in SOURCES if getattr(source, name) is not None]
    if len(chosen) > 1:
        raise document.mistake(
            ("input", chosen[1]), f"there is {chosen[0]} already", "An input has one source", key=True
        )
    if source.image and batch(source.shape)[0] > 1:
        raise document.mistake(("input", "shape"), "one picture is no batch", "Leave out the batch size")


def read_source(document: Document, source: schema.Input, dtype: np.dtype[Any]) -> Array:
    """Return the input, `(m, *shape)`.

    Raises:
        LocatedError: It can't be had, or has another shape.
    """
    m, shape = batch(source.shape)
    return cast(_read(document, source, m, shape, dtype), dtype).reshape(m, *shape)


def _read(document: Document, source: schema.Input, m: int, shape: Shape, dtype: np.dtype[Any]) -> Array:
    accepted = _spellings(m, shape)
    if source.image is not None:
        path: Path = ("input", "image")
        with document.blaming(path), open_bytes(document.file(path), source.image) as file:
            return read_image(file, source.image, shape)
    if source.array is not None:
        path = ("input", "array")
        if isinstance(source.array, dict):
            return stored(document, path, accepted, dtype)
        if not isinstance(source.array, str):
            raise schema.refused(document, path, schema.ArrayFile, source.array)
        with document.blaming(path), open_bytes(document.file(path), source.array) as file:
            return read_array(file, source.array, None, partial(matches, spellings=accepted), needed(accepted), dtype)
    if source.values is not None:
        return written(document, ("input", "values"), accepted)
    drawing = schema.read(schema.Random, document, ("input", "random")) if source.random else schema.Random()
    random = np.random.RandomState(drawing.seed)
    draw = random.standard_normal if drawing.distribution == "normal" else random.random_sample
    return drawn(draw, (m, *shape), dtype)


def _spellings(m: int, shape: Shape) -> list[Shape]:
    """Return the shapes that an array of `m` examples may have: a 1 at either end may be left out."""
    whole = [shape, (m, *shape)] if m == 1 else [(m, *shape)]
    return whole + [spelling[:-1] for spelling in whole if shape[-1] == 1]


def read_input(path: str | os.PathLike[str], network: Network) -> Array:
    """Return an input for `network` from a picture, an .npy or .npz array, or a .csv or .txt of numbers.

    Args:
        path: The file; "-" or "/dev/stdin" is standard input.
        network: What it is for.

    Returns:
        `(m, *network.input_shape)` in the net's dtype, read-only.

    Raises:
        SpecError: It can't be read, or does not fit.
    """
    name, shape = os.fspath(path), network.input_shape
    accepted = [*_spellings(1, shape), *_spellings(ANY, shape)]

    def check_room(m: int) -> None:
        if lacking := shortage(network.bytes_needed(m)):
            raise SpecError(f"{name}: the net {lacking}")

    def fits(stored: Shape) -> bool:
        if not matches(stored, accepted):
            return False
        check_room(prod(stored) // prod(shape))
        return True

    with open_bytes(path, name) as file:
        magic = file.read(len(MAGIC_NPY))
        file.seek(0)
        if name.lower().endswith((".csv", ".txt")):
            array = from_text(file, name, shape)
            check_room(array.size // prod(shape))
        elif magic.startswith((MAGIC_NPY, MAGIC_NPZ)):
            array = read_array(file, name, None, fits, needed(accepted), network.dtype)
        else:
            array = read_image(file, name, shape)
    return cast(array.reshape(-1, *shape), network.dtype)

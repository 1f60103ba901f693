"""Reads a net's input: a picture, an array, inline numbers, or random ones."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from convstep.engine.steps import Array
from convstep.layers import Shape
from convstep.layers.weights import draw_array
from convstep.network import Network
from convstep.spec import schema
from convstep.spec.changes import SOURCES
from convstep.spec.content import refuse_models
from convstep.spec.document import Document
from convstep.spec.files import open_bytes
from convstep.spec.images import read_image
from convstep.spec.weights import cast, read_inline
from convstep.spec.yaml import Path


def batch(shape: list[int]) -> tuple[int, Shape]:
    """Return the number of examples, and the shape of one, from the spec's input shape."""
    return (shape[0], tuple(shape[1:])) if len(shape) == 4 else (1, tuple(shape))


def check_source(document: Document, source: schema.Input) -> None:
    """Check that an input has one source, and that a picture is not a batch.

    Raises:
        LocatedError: There are two sources, or a batch of one picture.
    """
    chosen = [name for name in SOURCES if getattr(source, name) is not None]
    if len(chosen) > 1:
        raise document.mistake(
            ("input", chosen[1]), f"there is {chosen[0]} already", "An input has one source", key=True
        )
    if source.image and batch(source.shape)[0] > 1:
        raise document.mistake(("input", "shape"), "one picture is no batch", "Leave out the batch size")


def read_source(document: Document, source: schema.Input, network: Network) -> Array:
    """Return the input, `(m, *shape)`.

    If the spec has the shape of one example, an array of several makes a batch.

    Raises:
        LocatedError: It can't be read, or has a wrong shape.
    """
    m, shape = batch(source.shape)
    found = cast(_read(document, source, m, network), network.dtype).reshape(-1, *shape)
    if len(source.shape) < 4 and len(found) > 1:
        document.notify(f"{document.name}: the file has {len(found):,} examples, which make a batch")
    if source.names is not None and len(source.names) != len(found):
        raise document.mistake(
            ("input", "names"), f"there are {len(source.names)} names, and {len(found)} examples", "Name every example"
        )
    if len(source.shape) == 4 and len(found) != m:
        raise document.mistake(("input", "shape"), f"a batch of {m} is asked for, but there are {len(found)} examples")
    return found


def _read(document: Document, source: schema.Input, m: int, network: Network) -> Array:
    shape, dtype = network.input_shape, network.dtype
    if source.image is not None:
        path: Path = ("input", "image")
        with document.adding_place(path), open_bytes(document.file(path), source.image) as file:
            refuse_models(file, source.image)
            return read_image(file, source.image, shape)
    if source.array is not None:
        return _examples(document, source.array, network)
    if source.values is not None:
        return read_inline(document, ("input", "values"), _allowed_shapes(m, shape))
    drawing = schema.read(schema.Random, document, ("input", "random")) if source.random else schema.Random()
    random = np.random.RandomState(drawing.seed)
    draw = random.standard_normal if drawing.distribution == "normal" else random.random_sample
    return draw_array(draw, (m, *shape), dtype)


def _examples(document: Document, array: Any, network: Network) -> Array:
    from convstep.spec.examples import Place, examples_for, place_of

    path: Path = ("input", "array")
    if isinstance(array, dict):
        stored = schema.read(schema.StoredExamples, document, path)
        place, path = Place(stored.file, stored.key, stored.example), (*path, "file")
        file = document.file(path)
    elif isinstance(array, str):
        folder = document.folder_of(path)
        place = place_of(array, lambda name: os.path.lexists(folder / name))
        file = folder / place.file
    else:
        raise schema.refused(document, path, schema.ArrayFile, array)
    with document.adding_place(path):
        return examples_for(network, document.notify).read(place, file, place.file)


def _allowed_shapes(m: int, shape: Shape) -> list[Shape]:
    """Return the shapes that inline numbers of `m` examples may have: a 1 at either end may be left out."""
    whole = [shape, (m, *shape)] if m == 1 else [(m, *shape)]
    return whole + [spelling[:-1] for spelling in whole if shape[-1] == 1]

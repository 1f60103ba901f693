"""Arrays as code: how they are drawn, their numbers if these are few, else their bytes, packed."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from typing import Any
from zlib import compress

import numpy as np

from convstep.answers.emit.source import pair
from convstep.engine.steps import Array
from convstep.layers.weights import Weights

FEW = 40
"""Arrays of up to so many numbers are written out."""

LARGEST = 250_000
"""The most bytes of all arrays that are packed, lest the code is too long."""

UNPACK = '''
def unpack(text, dtype, shape):
    """Return the array whose bytes are packed in a text."""
    return np.frombuffer(zlib.decompress(base64.b64decode(text)), dtype).reshape(shape)
'''

UNPACK_IMPORTS = ("import base64", "import zlib")


Drawn = Mapping[str, tuple[Weights, tuple[int, ...]]]
"""Weights with their shapes, by name."""


def embedded(arrays: Mapping[str, Array], weights: Drawn) -> dict[str, str] | None:
    """Return the code for arrays and for weights, which may be drawn; None if it would be too long."""
    dtype = next(iter(arrays.values())).dtype
    drawn = {name: each.code(shape, dtype) for name, (each, shape) in weights.items()}
    given = {name: each.of(shape, dtype) for name, (each, shape) in weights.items() if not drawn[name]}
    written = {**arrays, **given}
    if sum(array.nbytes for array in written.values()) > LARGEST:
        return None
    return {name: drawn.get(name) or _packed(written[name]) for name in (*arrays, *weights)}


def _packed(array: Array) -> str:
    if array.size <= FEW:
        return f"np.array({_numbers(array)}, np.{array.dtype.name})"
    text = b64encode(compress(np.ascontiguousarray(array).tobytes(), 9)).decode()
    return f'unpack("{text}", "{array.dtype.str}", {pair(array.shape)})'


def _numbers(array: Any) -> str:
    """Return nested lists of numbers, the shortest that restore their bits."""
    if np.ndim(array):
        return f"[{', '.join(map(_numbers, array))}]"
    text = str(array)
    return {"nan": "np.nan", "inf": "np.inf", "-inf": "-np.inf"}.get(text, text)

"""Reads .npz files as a whole: every array by its name."""

from __future__ import annotations

import io
from functools import partial
from math import prod

import numpy as np
from numpy.lib import format as npy

from convstep.engine.steps import Array
from convstep.errors import SpecError
from convstep.network.memory import shortage
from convstep.printable import printable
from convstep.tensors import MOST_AXES, File, Tensor
from convstep.tensors.archive import opened


def read(data: memoryview) -> File:
    """Return the arrays in an .npz file.

    Raises:
        SpecError: It is damaged, or holds what is no array of numbers.
    """
    tensors = {}
    with opened(data) as archive:
        arrays = [name for name in archive.names if name.endswith(".npy")]
        if problem := shortage(2 * sum(map(archive.size, arrays))):
            raise SpecError(f"is an archive that {problem}")
        for name in arrays:
            key = name.removesuffix(".npy")
            array = _array(archive.read(name), printable(key)[:60])
            tensors[key] = Tensor(array.shape, array.dtype.name, partial(np.asarray, array))
    if not tensors:
        raise SpecError("holds no arrays")
    return File(tensors, True)


def _array(content: memoryview, key: str) -> Array:
    file = io.BytesIO(content)
    version = npy.read_magic(file)
    header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, fortran, dtype = header(file)
    if dtype.hasobject or dtype.kind not in "fiub":
        raise SpecError(f"'{key}' in it is no array of numbers")
    rest = content[file.tell() :]
    if len(shape) > MOST_AXES or not all(0 <= size < 2**63 for size in shape):
        raise SpecError(f"is damaged: no array has the shape of '{key}'")
    if prod(shape) * dtype.itemsize != len(rest):
        raise SpecError(f"is damaged: '{key}' in it has {len(rest):,} bytes, not {prod(shape) * dtype.itemsize:,}")
    return np.frombuffer(rest, dtype).reshape(shape, order="F" if fortran else "C")

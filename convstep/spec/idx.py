"""IDX files, MNIST's format: a magic number, the sizes, and the numbers, big-endian."""

from __future__ import annotations

import os
from math import prod
from typing import IO

import numpy as np

from convstep.engine.steps import Array
from convstep.errors import SpecError
from convstep.spec.arrays import Wanted, read_numbers
from convstep.spec.content import IDX_DTYPES


def read_idx(file: IO[bytes], name: str, wanted: Wanted) -> Array:
    """Return the array in an IDX file, read-only.

    Args:
        file: The file, open.
        name: Its name in messages.
        wanted: The expected array.

    Raises:
        SpecError: It is truncated or too long, or the array has a wrong shape.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    head = file.read(4)
    stored, sizes = np.dtype(IDX_DTYPES[head[2]]), file.read(4 * head[3])
    if len(sizes) < 4 * head[3]:
        raise SpecError(f"{name}: is truncated, an IDX file has the sizes of its {head[3]} axes at the start")
    shape = tuple(int.from_bytes(sizes[at : at + 4], "big") for at in range(0, len(sizes), 4))
    wanted.check(shape, name)
    wanted.notice(stored)
    needed, there = prod(shape) * stored.itemsize, size - file.tell()
    if needed != there:
        state = "is truncated" if needed > there else "is longer than it says"
        raise SpecError(f"{name}: {state}, {there:,} bytes for an array of {needed:,}")
    return read_numbers(file, name, shape, stored, wanted.dtype)

"""IDX files, in which MNIST comes: a magic number, the sizes, and the numbers, big end first."""

from __future__ import annotations

import os
from math import prod
from typing import IO

import numpy as np

from convstep.engine.steps import Array
from convstep.errors import SpecError
from convstep.spec.arrays import Wanted, filled

DTYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
"""The dtypes, by the third byte."""

MOST_AXES = 4


def is_idx(head: bytes) -> bool:
    """Return whether a file that begins with `head` is one: two zeros, a dtype, and how many axes there are."""
    return head[:2] == b"\0\0" and len(head) >= 4 and head[2] in DTYPES and 1 <= head[3] <= MOST_AXES


def read_idx(file: IO[bytes], name: str, wanted: Wanted) -> Array:
    """Return the array in an IDX file, read-only.

    Args:
        file: The file, open.
        name: What to call it in messages.
        wanted: Which array will do.

    Raises:
        SpecError: It is cut short, longer than it says, or has another shape.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    head = file.read(4)
    stored, sizes = np.dtype(DTYPES[head[2]]), file.read(4 * head[3])
    if len(sizes) < 4 * head[3]:
        raise SpecError(f"{name}: is truncated, an IDX file has the sizes of its {head[3]} axes at the start")
    shape = tuple(int.from_bytes(sizes[at : at + 4], "big") for at in range(0, len(sizes), 4))
    wanted.check(shape, name)
    needed, there = prod(shape) * stored.itemsize, size - file.tell()
    if needed != there:
        state = "is truncated" if needed > there else "is longer than it says"
        raise SpecError(f"{name}: {state}, {there:,} bytes for an array of {needed:,}")
    return filled(file, name, shape, stored, wanted.dtype)

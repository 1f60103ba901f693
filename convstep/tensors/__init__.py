"""Reads arrays by name out of files that other programs write: safetensors, PyTorch's state dicts, and .npz files.

Nothing in a file is ever run, and what it says of sizes is checked against its bytes before anything is made of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, Literal, NamedTuple, Protocol

import numpy as np

from convstep.engine.steps import Array
from convstep.errors import SpecError, nearest
from convstep.layers import Shape

FORMS = {
    "safetensors": "convstep.tensors.safetensors",
    "torch": "convstep.tensors.torch",
    "npz": "convstep.tensors.npz",
}
"""The module that reads a format, by the format's name."""

BFLOAT16 = "bfloat16"
"""A dtype that NumPy lacks: the upper half of a float32."""

MOST_AXES = 32
"""The most axes of an array."""


class Tensor(NamedTuple):
    """An array in a file.

    Attributes:
        shape: Its shape, which the file has enough bytes for.
        dtype: The name of its dtype in the file, such as "float16" or "bfloat16".
        read: Returns its numbers.
    """

    shape: Shape
    dtype: str
    read: Callable[[], Array]


class File(NamedTuple):
    """The arrays in a file.

    Attributes:
        tensors: The arrays, by name, in the file's order.
        ordered: Whether that order is the one that they were made in.
        layout: Which framework's layout they have: "pytorch", or "" if it is not known.
        notes: What there is to say.
    """

    tensors: Mapping[str, Tensor]
    ordered: bool
    layout: str = ""
    notes: tuple[str, ...] = ()

    def tensor(self, key: str | None) -> Tensor:
        """Return an array by its name, the only one for None.

        Raises:
            SpecError: There is none of that name.
        """
        names = list(self.tensors)
        keys = f"The keys are {', '.join(names[:12])}{', ...' if len(names) > 12 else ''}"
        if key is None and len(names) == 1:
            return self.tensors[names[0]]
        if key is None:
            raise SpecError("which of its arrays? Give a key", hint=keys)
        if key not in self.tensors:
            raise SpecError(f"has no key '{key}'", hint=f"{nearest(key, names)} {keys}".strip())
        return self.tensors[key]


class Reader(Protocol):
    """The contents of a format's module."""

    def read(self, data: memoryview, /) -> File:
        """Return the arrays in a file.

        Raises:
            SpecError: It is damaged, or would run code.
        """


def read(data: memoryview, form: str) -> File:
    """Return the arrays in a file.

    Args:
        data: The file's content.
        form: Its format, one of `FORMS`.

    Raises:
        SpecError: It is damaged, or would run code; without a place, which the caller adds.
    """
    reader: Reader = import_module(FORMS[form])
    return reader.read(data)


def item_size(dtype: str) -> int:
    """Return how many bytes a number of a dtype takes."""
    return 2 if dtype == BFLOAT16 else np.dtype(dtype).itemsize


def numbers(data: memoryview, dtype: str, order: Literal["<", ">"] = "<") -> Array:
    """Return the numbers in a part of a file, those of bfloat16 as float32.

    Args:
        data: The part.
        dtype: The numbers' dtype.
        order: "<" if the lowest byte comes first, ">" if the highest.
    """
    if dtype != BFLOAT16:
        return np.frombuffer(data, np.dtype(dtype).newbyteorder(order))
    halves: np.ndarray[Any, Any] = np.frombuffer(data, f"{order}u2").astype(np.uint32) << 16
    return halves.view(np.float32)

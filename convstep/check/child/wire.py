"""Messages between the two processes: JSON for structure, .npy without pickles for arrays."""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Callable
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy

MAIN = "<0>"
"""The file name of the learner's own code; of their other files, it is <1>, <2> and so on."""
HEADER = struct.Struct(">IQ")
LARGEST = 64 << 20
"""The most bytes of arrays in one message."""
DEEPEST = 12
"""Collections nested deeper are described, and not sent."""
LONGEST = 4096
"""The most items of a collection that are sent one by one, all levels together."""
LONGEST_TEXT = 2000
NUMBERS = "biufc"

Special = Callable[[Any], Any]


class TooLargeError(Exception):
    """A value with more bytes than a message may hold."""


class WireError(Exception):
    """A message that can't be read."""


class Arrays:
    """The arrays of one message, in order.

    Attributes:
        blobs: Each as the bytes of a .npy file.
        notes: What was odd about the values, each a sentence.
    """

    def __init__(self) -> None:
        self.blobs: list[bytes] = []
        self.notes: list[str] = []
        self._bytes = 0
        self._items = 0

    def add(self, array: np.ndarray[Any, Any]) -> int:
        """Return the number of an array that is added.

        Raises:
            TooLargeError: More bytes than a message may hold.
        """
        self._bytes += array.nbytes
        if self._bytes > LARGEST:
            raise TooLargeError(f"an array of shape {array.shape}")
        stream = io.BytesIO()
        npy.write_array(stream, array, version=(1, 0), allow_pickle=False)
        self.blobs.append(stream.getvalue())
        return len(self.blobs) - 1

    def count(self) -> bool:
        """Count one more item; return whether it may still be sent."""
        self._items += 1
        return self._items <= LONGEST

    def note(self, text: str) -> None:
        """Remember something odd, once."""
        if text not in self.notes:
            self.notes.append(text)


def encode(value: Any, arrays: Arrays, special: Special | None = None, depth: int = 0) -> Any:
    """Return a value as JSON holds it; arrays are added to `arrays`.

    Args:
        value: Anything; what is no number, text, array or collection of these is described by its class.
        arrays: Where the arrays go.
        special: Called first; returns the JSON of what it knows, and None for everything else.
        depth: How deep in collections the value is.

    Raises:
        TooLargeError: More bytes than a message may hold.
    """
    if special is not None and (known := special(value)) is not None:
        return known
    kind = type(value)
    if value is None or kind is bool or kind is float:
        return value
    if kind is int:
        return value if abs(value) < 2**63 else {"t": "odd", "v": "an integer of more than 63 bits"}
    if kind is str:
        return value[:LONGEST_TEXT]
    if kind is complex:
        return {"t": "complex", "v": [value.real, value.imag]}
    if kind is slice:
        return {"t": "slice", "v": [encode(each, arrays, None, depth + 1) for each in _ends(value)]}
    if isinstance(value, np.ndarray):
        return _array(value, arrays)
    if isinstance(value, np.generic):
        return {"t": "scalar", "v": arrays.add(np.asarray(value))} if value.dtype.kind in NUMBERS else _odd(value)
    if not isinstance(value, (list, tuple, dict)):
        return _odd(value)
    if depth >= DEEPEST:
        return {"t": "odd", "v": "collections nested too deep"}
    if isinstance(value, dict):
        pairs = [(str(key)[:LONGEST_TEXT], item) for key, item in value.items() if arrays.count()]
        return {"t": "dict", "v": [[key, encode(item, arrays, special, depth + 1)] for key, item in pairs]}
    if isinstance(value, list) and (numbers := _numbers(value)) is not None:
        return {"t": "numbers", "v": arrays.add(numbers)}
    items = [encode(item, arrays, special, depth + 1) for item in value if arrays.count()]
    return {"t": "tuple" if isinstance(value, tuple) else "list", "v": items}


def _array(value: np.ndarray[Any, Any], arrays: Arrays) -> Any:
    if type(value) is not np.ndarray:
        arrays.note(f"it gives a {type(value).__module__.partition('.')[0]}.{type(value).__name__}, no plain array")
        if isinstance(value, np.ma.MaskedArray):
            value = np.ma.getdata(value)
        value = np.asarray(value)
    if value.dtype.kind in NUMBERS:
        return {"t": "array", "v": arrays.add(value)}
    shape = "×".join(map(str, value.shape)) or "no axes"
    return {"t": "odd", "v": f"an array of dtype {value.dtype}, {shape}"[:LONGEST_TEXT]}


def _ends(value: slice) -> tuple[Any, Any, Any]:
    return value.start, value.stop, value.step


def _numbers(value: list[Any]) -> np.ndarray[Any, Any] | None:
    """Return the array of nested lists of Python numbers; None where they are no such lists, or ragged."""
    first: Any = value
    shape: list[int] = []
    while type(first) is list:
        if len(shape) >= DEEPEST or not first:
            return None
        shape.append(len(first))
        first = first[0]
    if not shape or type(first) not in (int, float):
        return None
    if not _regular(value, shape):
        return None
    array = np.array(value)
    return array if array.dtype.kind in "if" and array.shape == tuple(shape) else None


def _regular(value: Any, shape: list[int]) -> bool:
    if not shape:
        return type(value) in (int, float)
    return type(value) is list and len(value) == shape[0] and all(_regular(item, shape[1:]) for item in value)


def _odd(value: Any) -> Any:
    name = type(value).__name__[:60]
    return {"t": "odd", "v": f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"}


def decode(node: Any, blobs: list[bytes], special: Special) -> Any:
    """Return the value that was encoded; arrays are read-only.

    Args:
        node: What `encode` returned.
        blobs: The arrays of the message.
        special: Returns the value of every other node, or raises `WireError`.

    Raises:
        WireError: It is none of ours.
    """
    if not isinstance(node, dict):
        if node is None or isinstance(node, (bool, int, float, str)):
            return node
        raise WireError("no value")
    tag: Any = node.get("t")
    held: Any = node.get("v")
    if tag == "array":
        return from_npy(blobs[held])
    if tag == "scalar":
        return from_npy(blobs[held])[()]
    if tag == "numbers":
        return from_npy(blobs[held]).tolist()
    if tag == "complex":
        return complex(*held)
    if tag == "slice":
        return slice(*(decode(each, blobs, special) for each in held))
    if tag == "dict":
        return {key: decode(item, blobs, special) for key, item in held}
    if tag in ("tuple", "list"):
        items = [decode(item, blobs, special) for item in held]
        return tuple(items) if tag == "tuple" else items
    return special(node)


def from_npy(data: bytes) -> np.ndarray[Any, Any]:
    """Return the array of a .npy file, read-only, after its size was compared with the bytes that are there.

    Raises:
        WireError: It is not what it says.
    """
    stream = io.BytesIO(data)
    try:
        if npy.read_magic(stream) != (1, 0):
            raise WireError("an unknown version of .npy")
        shape, fortran, dtype = npy.read_array_header_1_0(stream)
    except (ValueError, TypeError) as error:
        raise WireError("not a .npy") from error
    count = 1
    for length in shape:
        count *= length
    if dtype.kind not in NUMBERS or count * dtype.itemsize != len(data) - stream.tell():
        raise WireError("not the numbers it says")
    array = np.frombuffer(data, dtype, offset=stream.tell()) if count else np.empty(0, dtype)
    array = array.reshape(shape, order="F" if fortran else "C")
    array.flags.writeable = False
    return array


def write(stream: IO[bytes], message: dict[str, Any], arrays: Arrays) -> None:
    """Write a message and its arrays."""
    text = json.dumps({**message, "sizes": [len(blob) for blob in arrays.blobs]}).encode()
    stream.write(HEADER.pack(len(text), sum(map(len, arrays.blobs))) + text)
    for blob in arrays.blobs:
        stream.write(blob)
    stream.flush()


def read(stream: IO[bytes]) -> tuple[dict[str, Any], list[bytes]] | None:
    """Return the next message and the bytes of its arrays; None at the end of the stream.

    Raises:
        WireError: It is none of ours.
    """
    header = stream.read(HEADER.size)
    if len(header) < HEADER.size:
        return None
    text_size, data_size = HEADER.unpack(header)
    if text_size > LARGEST or data_size > 2 * LARGEST:
        raise WireError("a message too large")
    text, data = stream.read(text_size), stream.read(data_size)
    if len(text) < text_size or len(data) < data_size:
        return None
    try:
        message = json.loads(text)
        blobs, at = [], 0
        for size in message.pop("sizes"):
            blobs.append(data[at : at + size])
            at += size
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise WireError("not a message") from error
    return message, blobs

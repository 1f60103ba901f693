"""Reads protobuf's wire format: a message as its fields, each checked against the bytes that there are.

Messages are walked only as deep as the caller asks, so nothing in a file makes this recurse.
"""

from __future__ import annotations

from collections.abc import Iterator, Sized
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convstep.errors import SpecError

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
"""The wire types; 3 and 4 are groups, which ONNX has none of."""

LONGEST = 10
"""The most bytes of a varint."""

LONGEST_LIST = 1 << 20
"""The most bytes of a list that becomes Python's integers, such as sizes; and the most items of any list of objects."""

PIECE = 1 << 16
"""How many bytes of packed varints are decoded at once."""


class Field(NamedTuple):
    """A field of a message.

    Attributes:
        number: The field's number.
        wire: Its wire type.
        value: An integer, or the bytes of a string, a message, a list or a fixed-size number.
    """

    number: int
    wire: int
    value: Any


def damaged(what: str) -> SpecError:
    """Return the error for a file that is no well-formed message."""
    return SpecError(f"is damaged or truncated: {what}", hint="Export the model again")


def varint(data: memoryview, at: int) -> tuple[int, int]:
    """Return the varint at a place, from 0 to 2**64 − 1, and the place after it."""
    value = 0
    for n, byte in enumerate(data[at : at + LONGEST]):
        value |= (byte & 0x7F) << 7 * n
        if byte < 0x80:
            return value & (1 << 64) - 1, at + n + 1
    raise damaged(f"a number at byte {at:,} does not end")


def fields(data: memoryview) -> Iterator[Field]:
    """Yield the fields of a message.

    Raises:
        SpecError: They are cut short, or of a wire type that there is not.
    """
    at, end = 0, len(data)
    while at < end:
        key, at = varint(data, at)
        number, wire = key >> 3, key & 7
        if wire == VARINT:
            value, at = varint(data, at)
            yield Field(number, wire, value)
            continue
        if wire == BYTES:
            size, at = varint(data, at)
        elif wire in (FIXED32, FIXED64):
            size = 4 if wire == FIXED32 else 8
        else:
            raise damaged(f"field {number} is of the unknown type {wire}")
        if size > end - at:
            raise damaged(f"{size:,} bytes are announced, and {end - at:,} are there")
        yield Field(number, wire, data[at : at + size])
        at += size


def signed(value: int) -> int:
    """Return a varint as an int64."""
    return value - (1 << 64) if value >> 63 else value


def expect(field: Field, wire: int) -> Any:
    """Return a field's value, which must be of a wire type."""
    if field.wire != wire:
        raise damaged(f"field {field.number} is of type {field.wire} instead of {wire}")
    return field.value


def text(field: Field) -> str:
    """Return a field's text; what is no UTF-8 is replaced."""
    return bytes(expect(field, BYTES)).decode("utf-8", errors="replace")


def integers(field: Field) -> list[int]:
    """Return the int64 of a repeated field, packed or one of them."""
    if field.wire == VARINT:
        return [signed(field.value)]
    if len(expect(field, BYTES)) > LONGEST_LIST:
        raise damaged(f"a list of {len(field.value):,} bytes is too long to be one of sizes")
    found: list[int] = packed_integers(expect(field, BYTES)).tolist()
    return found


def bounded(items: Sized, what: str, most: int = LONGEST_LIST) -> None:
    """Check that there are not too many items."""
    if len(items) > most:
        raise damaged(f"there are more than {most:,} {what}")


def packed_integers(data: memoryview) -> NDArray[np.int64]:
    """Return packed varints as an array of int64."""
    content = np.frombuffer(data, np.uint8)
    if content.size and content[-1] >= 0x80:
        raise damaged("a list of numbers does not end")
    found = np.empty(np.count_nonzero(content < 0x80), np.int64)
    at = done = 0
    while at < content.size:
        piece = content[at : at + PIECE]
        ends = np.flatnonzero(piece < 0x80)
        if not ends.size:
            raise damaged("a number in a list is too long")
        lengths = np.diff(ends, prepend=-1)
        if lengths.max() > LONGEST:
            raise damaged("a number in a list is too long")
        starts, values = ends - lengths + 1, np.zeros(ends.size, np.uint64)
        for n in range(int(lengths.max())):
            long = lengths > n
            part = piece[starts[long] + n].astype(np.uint64) & np.uint64(0x7F)
            values[long] |= part << np.uint64(7 * n)
        found[done : done + ends.size] = values.view(np.int64)
        at, done = at + int(ends[-1]) + 1, done + ends.size
    return found

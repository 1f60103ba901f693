"""Numbers in a text file: a table with a row for each example, or the rows of a single example."""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterator
from math import prod
from typing import IO, NamedTuple

import numpy as np

from convstep.engine.steps import Array
from convstep.errors import SpecError
from convstep.layers import Shape, times
from convstep.spec.mistake import shown

LARGEST = 200_000_000
"""The most bytes of a text of numbers."""

LONGEST = 20_000_000
"""The most bytes of a line."""

LABELS = ("label", "class", "target", "y", "digit")
"""Names of a column of labels."""

MOST_LABELS = 1000
"""Labels are whole numbers below this one."""

_SEPARATOR = re.compile(r"[\s,;]+")


class Row(NamedTuple):
    """A row of a table.

    Attributes:
        line: Its line in the text, from 1.
        words: The cells' texts.
    """

    line: int
    words: list[str]


def read_table(
    file: IO[bytes], name: str, shape: Shape, fits: Callable[[Shape], bool], notify: Callable[[str], None]
) -> Array:
    """Return the examples in a text, `(m, values)`: numbers separated by commas, semicolons or spaces.

    A first line without numbers is a header. A row holds one example, or one row, place or number of the only example.
    If rows are one number too long, the first or the last column is taken for labels, if its numbers can be labels.

    Args:
        file: The file, open.
        name: Its name in messages.
        shape: Shape of one example.
        fits: Returns whether there is enough memory, for a shape `(m, values)`.
        notify: Called with notes for the user.

    Raises:
        SpecError: A cell is no number, or rows have different, too large or too small lengths.
    """
    rows = _rows(file, name)
    first = next(rows, None)
    if first is None:
        raise SpecError(f"{name}: is empty")
    header: list[str] = []
    if not any(map(is_number, first.words)):
        header, first = first.words, next(rows, None)
        if first is None:
            raise SpecError(f"{name}: has a header, and no numbers")
    numbers, width = _numbers(first, rows, name, header)
    count = len(numbers) // width
    values, need = np.frombuffer(numbers, np.float64).reshape(count, width), prod(shape)
    if width == need + 1:
        return _without_label(values, header, name, need, fits, notify)
    if width != need and not (width in _parts(shape) and count * width % need == 0):
        raise SpecError(
            f"{name}:{first.line}: has {width:,} numbers in a row, but {times(shape)} = {need:,} are needed"
        )
    if not fits((count * width // need, need)):
        raise SpecError(f"{name}: has {count:,} rows, and one example is needed")
    return values.reshape(-1, need)


def _rows(file: IO[bytes], name: str) -> Iterator[Row]:
    """Yield the rows of a text that are not empty; `#` starts a comment."""
    read = 0
    for number, line in enumerate(iter(lambda: file.readline(LONGEST + 1), b""), start=1):
        read += len(line)
        if len(line) > LONGEST or read > LARGEST:
            raise SpecError(f"{name}: is too large for a text of numbers", hint="Take an .npy file")
        text = (
            line.decode("utf-8-sig" if number == 1 else "utf-8", errors="replace").partition("#")[0].strip(" \t\r\n,;")
        )
        if text:
            yield Row(number, [word.strip("\"'") for word in _SEPARATOR.split(text)])


def _numbers(first: Row, others: Iterator[Row], name: str, header: list[str]) -> tuple[array[float], int]:
    """Return all numbers, and how many there are in a row."""
    numbers, width = array("d"), len(first.words)
    if header and len(header) != width:
        raise SpecError(f"{name}:{first.line}: has {width:,} numbers, but the header {len(header):,} names")
    _add(numbers, first, name)
    for row in others:
        if len(row.words) != width:
            raise SpecError(f"{name}:{row.line}: has {len(row.words):,} numbers, but the rows before it {width:,}")
        _add(numbers, row, name)
    return numbers, width


def _add(numbers: array[float], row: Row, name: str) -> None:
    try:
        numbers.extend(map(float, row.words))
    except ValueError:
        wrong = next(word for word in row.words if not is_number(word))
        raise SpecError(f"{name}:{row.line}: expected a number, got {shown(wrong)}") from None


def is_number(word: str) -> bool:
    """Return whether a word is a number."""
    try:
        float(word)
    except ValueError:
        return False
    return True


def _parts(shape: Shape) -> set[int]:
    """Return how many numbers a line with part of an example may have: a row, a place, or one number."""
    return {prod(shape[1:]), shape[-1], 1}


def _without_label(
    values: Array, header: list[str], name: str, need: int, fits: Callable[[Shape], bool], notify: Callable[[str], None]
) -> Array:
    """Return a table without its column of labels.

    Raises:
        SpecError: Neither its first nor its last column can be labels.
    """
    named = [at for at in (0, -1) if header and header[at].lower() in LABELS]
    at = next((at for at in (*named, 0, -1) if _are_labels(values[:, at])), None)
    if at is None:
        raise SpecError(
            f"{name}: has {need + 1:,} numbers in a row, but {need:,} are needed",
            hint="Neither its first nor its last column can be labels: those are whole numbers from 0 on",
        )
    if not fits((len(values), need)):
        raise SpecError(f"{name}: has {len(values):,} rows, and one example is needed")
    where, labels = "first" if at == 0 else "last", values[:, at]
    some = ", ".join(f"{label:g}" for label in labels[:8]) + (", ..." if len(labels) > 8 else "")
    notify(f"{name}: the {where} of {need + 1:,} columns is taken for the label ({some}), and left out")
    return values[:, 1:] if at == 0 else values[:, :-1]


def _are_labels(column: Array) -> bool:
    return bool(((column >= 0) & (column < MOST_LABELS) & (column == np.rint(column))).all())

"""Parts of texts: terms of a sum, lines of code, places and numbers in words."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple

from convstep.figures import minus

COLOURS = ("red", "green", "blue")
LISTED = 4
"""Up to this many places of a dilated window are listed one by one."""

Role = Literal["plain", "dim", "positive", "negative", "output", "window"]


class Part(NamedTuple):
    """A part of a line of text.

    Attributes:
        text: The text.
        role: What it is, which decides its style; the text is complete without it.
    """

    text: str
    role: Role = "plain"


class CodeLine(NamedTuple):
    """A line of code.

    Attributes:
        code: Python that runs, with NumPy as `np`.
        value: Its value at this step; may be empty.
        current: Whether it is the line being executed.
    """

    code: str
    value: str = ""
    current: bool = False


def named(name: str, place: Iterable[Any]) -> str:
    """Return an element of an array as code: pool2[1,0,3]."""
    return f"{name}[{','.join(map(str, place))}]"


def span(axis: range, word: str, *, plural: str = "") -> str:
    """Return a window's places along one axis in words: row 4; rows 17–20; rows −1 to 2; rows 1, 3 and 5."""
    plural = plural or f"{word}s"
    if len(axis) == 1:
        return f"{word} {minus(axis[0])}"
    if axis.step == 1:
        return f"{plural} {interval(axis)}"
    if len(axis) <= LISTED:
        return f"{plural} {listed([*map(minus, axis)])}"
    return f"every {ordinal(axis.step)} {word} from {minus(axis[0])} to {minus(axis[-1])}"


def interval(axis: range) -> str:
    """Return a window's first and last place along one axis: 17–20; −1 to 2; 4."""
    if len(axis) == 1:
        return minus(axis[0])
    return f"{minus(axis[0])} to {minus(axis[-1])}" if axis[0] < 0 else f"{axis[0]}–{axis[-1]}"


def short_span(axis: range, word: str) -> str:
    """Return a window's places along one axis, in short: rows 17–20; col 4; rows −1 to 3 by 2."""
    several = len(axis) > 1
    return f"{word}{'s' * several} {interval(axis)}{f' by {axis.step}' if several and axis.step > 1 else ''}"


def listed(words: Sequence[str]) -> str:
    """Return a list in words: weights, alpha and bias."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def ordinal(number: int) -> str:
    """Return an ordinal: 1st, 2nd, 3rd, 4th ..."""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number:,}{ending}"


def count(number: int, word: str, plural: str = "") -> str:
    """Return a number and a noun: 1 product; 1,200 products."""
    return f"{number:,} {word if number == 1 else plural or word + 's'}"


def percent(value: Any) -> str:
    """Return a share of 1 as a percentage: 33.1%."""
    share = float(value) * 100
    if math.isnan(share):
        return "NaN"
    if 0 < share < 0.1:
        return "less than 0.1%"
    return "more than 99.9%" if 99.9 < share < 100 else f"{share:.1f}%".replace(".0%", "%")


def upper(text: str) -> str:
    """Return a text with its first letter in upper case."""
    return text[:1].upper() + text[1:]

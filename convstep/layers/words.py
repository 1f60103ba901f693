"""What words are made of: parts of a sum, lines of code, places and numbers in words."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple

from convstep.figures import minus

COLOURS = ("red", "green", "blue")
LISTED = 4
"""A window with gaps is told place by place up to this many of them."""

Role = Literal["plain", "dim", "positive", "negative", "output", "window"]


class Part(NamedTuple):
    """A piece of a line.

    Attributes:
        text: What it says.
        role: What it is; the text alone says all there is to know.
    """

    text: str
    role: Role = "plain"


class CodeLine(NamedTuple):
    """A line of code.

    Attributes:
        code: Python that can be typed and run, with NumPy as `np`.
        value: What it comes to at this step; may be empty.
        current: Whether it is the line that is being carried out.
    """

    code: str
    value: str = ""
    current: bool = False


def named(name: str, place: Iterable[Any]) -> str:
    """Return a value as the code names it: pool2[1,0,3]."""
    return f"{name}[{','.join(map(str, place))}]"


def span(axis: range, word: str, *, plural: str = "") -> str:
    """Return the places of a window along one axis in words: row 4; rows 17–20; rows −1 to 2; rows 1, 3 and 5."""
    plural = plural or f"{word}s"
    if len(axis) == 1:
        return f"{word} {minus(axis[0])}"
    if axis.step == 1:
        return f"{plural} {stretch(axis)}"
    if len(axis) <= LISTED:
        return f"{plural} {listed([*map(minus, axis)])}"
    return f"every {ordinal(axis.step)} {word} from {minus(axis[0])} to {minus(axis[-1])}"


def stretch(axis: range) -> str:
    """Return the first and the last place of a window along one axis: 17–20; −1 to 2; 4."""
    if len(axis) == 1:
        return minus(axis[0])
    return f"{minus(axis[0])} to {minus(axis[-1])}" if axis[0] < 0 else f"{axis[0]}–{axis[-1]}"


def reach(axis: range, word: str) -> str:
    """Return the places of a window along one axis, in short: rows 17–20; col 4; rows −1 to 3 by 2."""
    several = len(axis) > 1
    return f"{word}{'s' * several} {stretch(axis)}{f' by {axis.step}' if several and axis.step > 1 else ''}"


def listed(words: Sequence[str]) -> str:
    """Return words with commas and an and: weights and bias."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def ordinal(number: int) -> str:
    """Return 1st, 2nd, 3rd, 4th ..."""
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number:,}{ending}"


def count(number: int, word: str, plural: str = "") -> str:
    """Return 1 product; 1,200 products."""
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
    """Return a text that begins with a capital letter."""
    return text[:1].upper() + text[1:]

"""Numbers in columns: one format a grid, so that its decimal points stand below each other."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from convstep.engine.steps import Array

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


class Format(NamedTuple):
    """How the numbers of one grid are written.

    Attributes:
        decimals: Digits after the point; 0 for no point.
        exponent: The power of ten that all of them share, said once, in the heading.
        width: Characters that the widest takes.
    """

    decimals: int
    exponent: int
    width: int

    @property
    def factor(self) -> str:
        """The shared power of ten as a heading says it; empty for none."""
        return f"×10{str(self.exponent).translate(SUPERSCRIPTS)}" if self.exponent else ""

    @property
    def tail(self) -> int:
        """Characters after the units."""
        return self.decimals + 1 if self.decimals else 0

    def text(self, value: Any) -> str:
        """Return a number, flush right in the grid's width."""
        number = float(value)
        if math.isnan(number):
            return "NaN".rjust(self.width)
        if math.isinf(number):
            return self.symbol("∞" if number > 0 else "−∞")
        return _plain(number / 10.0**self.exponent, self.decimals).rjust(self.width)

    def texts(self, values: Array) -> list[str]:
        """Return many numbers at once, as `text` would, in C order."""
        numbers = values.ravel().tolist()
        if self.exponent or not np.isfinite(values).all():
            return [self.text(number) for number in numbers]
        zero = f"{0:.{self.decimals}f}\n"
        written = f"%{self.width}.{self.decimals}f\n" * len(numbers) % tuple(numbers)
        return written.replace(f"-{zero}", f" {zero}").replace("-", "−").split("\n")[:-1]

    def symbol(self, sign: str, around: str = " ") -> str:
        """Return a sign in the place of the units, with `around` to fill the width."""
        return (sign + around * self.tail).rjust(self.width, around)


def _plain(number: float, decimals: int) -> str:
    text = f"{number:.{decimals}f}"
    if text[0] == "-":
        text = f"−{text[1:]}" if text.strip("-0.") else text[1:]
    return text


class Extent(NamedTuple):
    """What is known of many numbers, of which some are to be written.

    Attributes:
        largest: The largest absolute value of the finite ones.
        negative: Whether there are some below 0.
        whole: Whether they are all integers.
        odd: Whether there are NaN or infinities.
    """

    largest: float = 0.0
    negative: bool = False
    whole: bool = True
    odd: bool = False

    def __or__(self, other: Extent) -> Extent:
        return Extent(
            max(self.largest, other.largest),
            self.negative or other.negative,
            self.whole and other.whole,
            self.odd or other.odd,
        )


def extent(values: Array) -> Extent:
    """Return the extent of `values`."""
    if not values.size:
        return Extent()
    low, high = float(values.min()), float(values.max())
    odd = not (math.isfinite(low) and math.isfinite(high))
    if odd:
        negative = bool((values < 0).any())
        finite = extent(values[np.isfinite(values)])
        return Extent(finite.largest, negative, finite.whole, odd=True)
    return Extent(max(abs(low), abs(high)), low < 0, bool((values == np.rint(values)).all()))


def fitting(shown: Extent, layer: Extent | None = None, decimals: int = 2) -> Format:
    """Return the format for numbers of an extent.

    Args:
        shown: What is to be written.
        layer: What it is a part of: room is kept for all of that, so that columns stay where they are from step to
            step.
        decimals: At most how many.
    """
    around = shown | layer if layer else shown
    if around.whole and around.largest < 1e6:
        return _sized(around, 0, 0)
    tiny = 0 < shown.largest < 0.01
    largest = shown.largest if tiny else around.largest
    exponent = math.floor(math.log10(largest)) if tiny or largest >= 99_999.5 else 0
    scaled = largest / 10.0**exponent
    decimals = min(decimals, 2 if scaled < 99.995 else 1 if scaled < 999.95 else 0)
    return _sized(Extent(scaled, around.negative, odd=around.odd), decimals, exponent)


def _sized(around: Extent, decimals: int, exponent: int) -> Format:
    width = len(_plain(around.largest, decimals)) + around.negative
    if around.odd:
        width = max(width, 3, 2 + (decimals + 1 if decimals else 0))
    return Format(decimals, exponent, width)


def figure(value: Any, like: Format) -> str:
    """Return one number in a line of text, with the decimals of a grid that it goes with."""
    number = float(value)
    if like.exponent:
        return precise(number)
    decimals = like.decimals if like.decimals or not math.isfinite(number) or number == round(number) else 2
    return Format(decimals, 0, 0).text(number).strip()


def precise(value: Any) -> str:
    """Return a number with two decimals; with three significant digits where those say nothing, or too much."""
    number = float(value)
    if not math.isfinite(number) or number == 0 or 0.005 <= abs(number) < 99_999.5:
        return Format(2, 0, 0).text(number).strip()
    text, _, exponent = f"{number:.3g}".partition("e")
    if exponent:
        text = f"{text}×10{str(int(exponent)).translate(SUPERSCRIPTS)}"
    return text.replace("-", "−")

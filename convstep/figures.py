"""Numbers as people read them: one rule for every panel, table and sentence."""

from __future__ import annotations

import math
from decimal import Context, Decimal, localcontext
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

DIGITS = 4
"""How many digits a number is shown with: 0.18, 12.35, 123.5, 1235; as many more as there are decimals beyond 2."""

MOST_DECIMALS = 8
"""How many decimals can be asked for."""

POWERS_FROM = 99_999.5
"""From here on numbers are shown with a power of ten."""

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def figure(value: Any, decimals: int = 2, digits: int = 0) -> str:
    """Return a number as it is shown: 0.18, −0.08, 123.5, 1235, 0.0031, 1.2e+05, NaN, −∞.

    Args:
        value: A real number.
        decimals: At most how many; 0 where all numbers around it are whole, and are shown as such.
        digits: How many digits in all, where decimals are left out for them; 0 for as many as such decimals need.
    """
    number = float(value)
    size = abs(number)
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        text = "∞"
    elif size >= POWERS_FROM * (1 if decimals else 10):
        text = f"{size:.1e}"
    elif 0 < size < 0.5 * 10.0**-decimals and decimals:
        text = f"{size:.2g}"
    else:
        text = f"{size:.{places(size, decimals, digits)}f}"
    return minus("-" * (number < 0) + text)


def rounded(value: Any, decimals: int = 2, digits: int = 0) -> str:
    """Return a number that stands by itself: a whole one without decimals."""
    number = float(value)
    return figure(number, 0 if math.isfinite(number) and number == round(number) else decimals, digits)


def given(value: float) -> str:
    """Return a number that somebody chose, with the digits that it was given: 0.2, 0.005, 1e−05, −∞."""
    return minus(f"{value:g}") if math.isfinite(value) else figure(value)


def read(text: str) -> Decimal:
    """Return the number that a figure shows, to its last digit and no further: 0.18 is 0.18, whatever was rounded."""
    return Decimal(text.replace("−", "-").replace("∞", "Infinity"))


def equals(found: Decimal, result: str, *, exactly: bool = False) -> str:
    """Return = where what is shown comes to the result that is shown behind it, else ≈.

    Args:
        found: What the numbers that are shown come to, worked out to the last digit.
        result: The result, as it is shown; one that is not finite always follows.
        exactly: Whether it must be the same number, as in a sum; otherwise it is rounded to the result's digits.
    """
    told = read(result)
    with localcontext(QUIET):
        if not told.is_finite():
            return "="
        half_a_digit = Decimal((0, (5,), int(told.as_tuple().exponent) - 1))
        return "=" if abs(found - told) <= (0 if exactly else half_a_digit) else "≈"


QUIET = Context(prec=60, traps=[])
"""Decimals that become infinite, or NaN, as floating-point numbers do, where they would raise an error."""


def places(size: float, decimals: int, digits: int = 0) -> int:
    """Return how many decimals, at most `decimals`, a number of a size is shown with."""
    digits = digits or max(DIGITS, decimals + 2)
    while decimals and round(size, decimals) >= 10 ** (digits - decimals):
        decimals -= 1
    return decimals


def minus(number: int | str) -> str:
    """Return an integer, or a number's text, with a minus sign that is as wide as its digits: −1."""
    return str(number).replace("-", "−")


def exact(value: Any) -> Any:
    """Return a number, or nested lists of an array's, for JSON: the shortest digits that give its bits back.

    JSON has no NaN and no infinities: they become "NaN", "Infinity" and "-Infinity".
    """
    if isinstance(value, np.ndarray):
        return [exact(item) for item in value]
    number = float(str(value))
    if math.isfinite(number):
        return number
    return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"


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


def extent(values: NDArray[Any]) -> Extent:
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


class Format(NamedTuple):
    """How the numbers of one grid are written, so that their decimal points stand below each other.

    Attributes:
        decimals: Digits after the point; 0 for no point.
        exponent: The power of ten that all of them share, said once, in the heading.
        width: Characters that the widest takes.
        most: How many decimals a number that stands by itself has, at most.
    """

    decimals: int
    exponent: int
    width: int
    most: int = 2

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

    def texts(self, values: NDArray[Any]) -> list[str]:
        """Return many numbers at once, as `text` would, in C order."""
        numbers = values.ravel().tolist()
        if self.exponent or not np.isfinite(values).all():
            return [self.text(number) for number in numbers]
        zero = f"{0:.{self.decimals}f}\n"
        written = f"%{self.width}.{self.decimals}f\n" * len(numbers) % tuple(numbers)
        return minus(written.replace(f"-{zero}", f" {zero}")).split("\n")[:-1]

    def symbol(self, sign: str, around: str = " ") -> str:
        """Return a sign in the place of the units, with `around` to fill the width."""
        return (sign + around * self.tail).rjust(self.width, around)

    def alone(self, value: Any) -> str:
        """Return one number in a line of text, with decimals as the grid has them."""
        return figure(value, self.most) if self.decimals or self.exponent else rounded(value, self.most)


def _plain(number: float, decimals: int) -> str:
    text = f"{number:.{decimals}f}"
    if text[0] == "-":
        text = f"−{text[1:]}" if text.strip("-0.") else text[1:]
    return text


def fitting(shown: Extent, layer: Extent | None = None, decimals: int = 2) -> Format:
    """Return the format for numbers of an extent.

    Args:
        shown: What is to be written.
        layer: What it is a part of: room is kept for all of that, so that columns stay where they are from step to
            step.
        decimals: At most how many.
    """
    around = shown | layer if layer else shown
    if around.whole and around.largest < 10 * POWERS_FROM:
        return _sized(around, 0, 0, decimals)
    tiny = 0 < shown.largest < 0.01
    largest = shown.largest if tiny else around.largest
    exponent = math.floor(math.log10(largest)) if tiny or largest >= POWERS_FROM else 0
    scaled = largest / 10.0**exponent
    return _sized(Extent(scaled, around.negative, odd=around.odd), places(scaled, decimals), exponent, decimals)


def _sized(around: Extent, decimals: int, exponent: int, most: int) -> Format:
    width = len(_plain(around.largest, decimals)) + around.negative
    if around.odd:
        width = max(width, 3, 2 + (decimals + 1 if decimals else 0))
    return Format(decimals, exponent, width, most)


def cell_places(values: NDArray[Any], width: int, decimals: int = 2) -> int:
    """Return how many decimals, at most `decimals`, a map's numbers have in cells `width` wide; −1: powers of ten."""
    around = extent(values)
    room = width - around.negative
    if around.largest >= 10**room:
        return -1
    shown = min(places(around.largest, decimals), max(0, room - 1 - len(str(int(around.largest)))))
    return -1 if shown and 0 < around.largest < 3 * 10.0**-shown else shown


def cell(value: float, width: int, decimals: int) -> str:
    """Return a number in at most `width` characters, with `decimals` as `cell_places` has them."""
    if not math.isfinite(value):
        return figure(value)
    if decimals < 0 and value:
        mantissa, exponent = f"{value:.{1 if width > 6 else 0}e}".split("e")
        text = minus(f"{mantissa}e{int(exponent)}")
    else:
        text = _plain(value, max(decimals, 0))
    if len(text) > width:
        return "≈0" if abs(value) < 1 else "≫0" if value > 0 else "≪0"
    return text

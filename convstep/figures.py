"""Numbers as text: the same rules for every panel, table and sentence."""

from __future__ import annotations

import math
from decimal import Context, Decimal, localcontext
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

DIGITS = 4
"""Digits of a number with up to 2 decimals: 0.18, 12.35, 123.5, 1235; each further decimal adds one."""

MOST_DECIMALS = 8
"""How many decimals can be asked for."""

POWERS_FROM = 99_999.5
"""Numbers from this one on are shown with a power of ten."""

ALMOST_ZERO = "≈0"
"""What stands for a number that is not 0, but would be shown as 0.00."""

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def figure(value: Any, decimals: int = 2, digits: int = 0) -> str:
    """Return a number as it is shown: 0.18, −0.08, 123.5, 1235, 0.0031, 1.2e+05, NaN, −∞.

    Args:
        value: A real number.
        decimals: The most decimals; 0 among whole numbers.
        digits: The most digits in all, which larger numbers keep by leaving out decimals; 0 for the default.
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
    """Return a number as `figure` does, but whole numbers without decimals."""
    number = float(value)
    return figure(number, 0 if math.isfinite(number) and number == round(number) else decimals, digits)


def given(value: float) -> str:
    """Return a number that a user chose, with all its digits: 0.2, 0.005, 1e−05, −∞."""
    return minus(f"{value:g}") if math.isfinite(value) else figure(value)


def parse_figure(text: str) -> Decimal:
    """Return the number that a text from `figure` or a grid shows, which may have been rounded."""
    return Decimal(text.replace(ALMOST_ZERO, "0").replace("−", "-").replace("∞", "Infinity"))


def equality_sign(found: Decimal, result: str, *, exactly: bool = False) -> str:
    """Return = if the arithmetic on screen, with its rounded numbers, gives the result on screen; else ≈.

    Args:
        found: The exact result of the rounded numbers.
        result: The text of the result; infinity and NaN always get an =.
        exactly: Whether both must be equal, as in a sum; otherwise `found` is rounded to the result's digits first.
    """
    shown = parse_figure(result)
    with localcontext(QUIET):
        if not shown.is_finite():
            return "="
        half_a_digit = Decimal((0, (5,), int(shown.as_tuple().exponent) - 1))
        return "=" if abs(found - shown) <= (0 if exactly else half_a_digit) else "≈"


QUIET = Context(prec=60, traps=[])
"""A context in which decimals become infinite or NaN, as floats do, instead of raising an error."""


def places(size: float, decimals: int, digits: int = 0) -> int:
    """Return how many decimals a number is shown with.

    Args:
        size: Its absolute value.
        decimals: The most decimals.
        digits: The most digits in all; 0 for the default.
    """
    digits = digits or max(DIGITS, decimals + 2)
    while decimals and round(size, decimals) >= 10 ** (digits - decimals):
        decimals -= 1
    return decimals


def minus(number: int | str) -> str:
    """Return an integer, or a number's text, with a minus sign (−) instead of a hyphen."""
    return str(number).replace("-", "−")


def exact(value: Any) -> Any:
    """Return a number, or an array as nested lists, for JSON, with the shortest digits that restore its bits.

    NaN and infinities, which JSON does not have, become "NaN", "Infinity" and "-Infinity".
    """
    if isinstance(value, np.ndarray):
        return [exact(item) for item in value]
    number = float(str(value))
    if math.isfinite(number):
        return number
    return "NaN" if math.isnan(number) else "Infinity" if number > 0 else "-Infinity"


class Extent(NamedTuple):
    """Properties of many numbers, from which their format follows.

    Attributes:
        largest: The largest absolute value of the finite ones.
        negative: Whether some are below 0.
        whole: Whether all are integers.
        nonfinite: Whether some are NaN or infinite.
    """

    largest: float = 0.0
    negative: bool = False
    whole: bool = True
    nonfinite: bool = False

    def __or__(self, other: Extent) -> Extent:
        return Extent(
            max(self.largest, other.largest),
            self.negative or other.negative,
            self.whole and other.whole,
            self.nonfinite or other.nonfinite,
        )


def extent(values: NDArray[Any]) -> Extent:
    """Return the extent of `values`."""
    if not values.size:
        return Extent()
    low, high = float(values.min()), float(values.max())
    nonfinite = not (math.isfinite(low) and math.isfinite(high))
    if nonfinite:
        negative = bool((values < 0).any())
        finite = extent(values[np.isfinite(values)])
        return Extent(finite.largest, negative, finite.whole, nonfinite=True)
    return Extent(max(abs(low), abs(high)), low < 0, bool((values == np.rint(values)).all()))


class Format(NamedTuple):
    """The format of all numbers of one grid, which aligns their decimal points.

    Attributes:
        decimals: Digits after the point; 0 for no point.
        exponent: The power of ten that they share, shown once, in the heading.
        width: Characters of the widest.
        most: The most decimals of a number outside the grid.
    """

    decimals: int
    exponent: int
    width: int
    most: int = 2

    @property
    def factor(self) -> str:
        """The shared power of ten as a heading shows it: ×10³; empty for none."""
        return f"×10{str(self.exponent).translate(SUPERSCRIPTS)}" if self.exponent else ""

    @property
    def tail(self) -> int:
        """Characters after the units."""
        return self.decimals + 1 if self.decimals else 0

    def text(self, value: Any) -> str:
        """Return a number, right-aligned in the grid's width; ≈0 for one that would look like 0, but is not."""
        number = float(value)
        if math.isnan(number):
            return "NaN".rjust(self.width)
        if math.isinf(number):
            return self.symbol("∞" if number > 0 else "−∞")
        scaled = number / 10.0**self.exponent
        if abs(scaled) > 0 and _is_small(scaled, self.decimals):
            return ALMOST_ZERO.rjust(self.width)
        return _fixed_point(scaled, self.decimals).rjust(self.width)

    def texts(self, values: NDArray[Any]) -> list[str]:
        """Return the texts of an array's numbers, in C order."""
        numbers = values.ravel().tolist()
        if self.exponent or not np.isfinite(values).all():
            return [self.text(number) for number in numbers]
        zero = f"{0:.{self.decimals}f}\n"
        written = f"%{self.width}.{self.decimals}f\n" * len(numbers) % tuple(numbers)
        texts = minus(written.replace(f"-{zero}", f" {zero}")).split("\n")[:-1]
        if zero in written:
            for n, number in enumerate(numbers):
                if number and _is_small(number, self.decimals):
                    texts[n] = ALMOST_ZERO.rjust(self.width)
        return texts

    def symbol(self, sign: str, around: str = " ") -> str:
        """Return a sign aligned with the units, the width filled with `around`."""
        return (sign + around * self.tail).rjust(self.width, around)

    def alone(self, value: Any) -> str:
        """Return a number for a line of text, without decimals if the grid has none."""
        return figure(value, self.most) if self.decimals or self.exponent else rounded(value, self.most)


def _is_small(number: float, decimals: int) -> bool:
    """Return whether a number, rounded to so many decimals, is 0."""
    return abs(number) < 0.5 and not float(f"{number:.{decimals}f}")


def _fixed_point(number: float, decimals: int) -> str:
    text = f"{number:.{decimals}f}"
    if text[0] == "-":
        text = f"−{text[1:]}" if text.strip("-0.") else text[1:]
    return text


def fitting(shown: Extent, layer: Extent | None = None, decimals: int = 2) -> Format:
    """Return the format of a grid.

    Args:
        shown: The extent of the grid's numbers.
        layer: The extent of the whole layer, for which room is kept, so that columns don't move from step to step.
        decimals: The most decimals.
    """
    around = shown | layer if layer else shown
    if around.whole and around.largest < 10 * POWERS_FROM:
        return _sized(around, 0, 0, decimals)
    tiny = 0 < shown.largest < 0.01
    largest = shown.largest if tiny else around.largest
    exponent = math.floor(math.log10(largest)) if tiny or largest >= POWERS_FROM else 0
    scaled = largest / 10.0**exponent
    return _sized(around._replace(largest=scaled), places(scaled, decimals), exponent, decimals)


def _sized(around: Extent, decimals: int, exponent: int, most: int) -> Format:
    width = len(_fixed_point(around.largest, decimals)) + around.negative
    if around.nonfinite:
        width = max(width, 3, 2 + (decimals + 1 if decimals else 0))
    return Format(decimals, exponent, width, most)


def cell_places(values: NDArray[Any], width: int, decimals: int = 2) -> int:
    """Return how many decimals a map's numbers have in cells of a width, at most `decimals`; -1 for powers of ten."""
    around = extent(values)
    room = width - around.negative
    if around.largest >= 10**room:
        return -1
    shown = min(places(around.largest, decimals), max(0, room - 1 - len(str(int(around.largest)))))
    return -1 if shown and 0 < around.largest < 3 * 10.0**-shown else shown


def cell(value: float, width: int, decimals: int) -> str:
    """Return a number in at most `width` characters, with `decimals` from `cell_places`."""
    if not math.isfinite(value):
        return figure(value)
    if decimals < 0 and value:
        mantissa, exponent = f"{value:.{1 if width > 6 else 0}e}".split("e")
        text = minus(f"{mantissa}e{int(exponent)}")
    elif value and len(ALMOST_ZERO) <= width and _is_small(value, max(decimals, 0)):
        text = ALMOST_ZERO
    else:
        text = _fixed_point(value, max(decimals, 0))
    if len(text) > width:
        return ALMOST_ZERO if abs(value) < 1 else "≫0" if value > 0 else "≪0"
    return text

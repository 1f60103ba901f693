"""Many numbers as text at once: the fewest digits that restore their bits."""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from convstep.engine.steps import Array

NOT_NUMBERS = {"nan": '"NaN"', "inf": '"Infinity"', "-inf": '"-Infinity"'}
LEAST, LARGEST = 1e-4, 1e16
"""Smaller numbers, and numbers from that size on, are written with an exponent."""
DIGITS_OF = {2: (3, 5), 4: (6, 9)}
"""Of a type of so many bytes: the digits that every number is sure to keep, and those that restore its bits."""
POWERS = np.array([float(10**n) for n in range(23)])
"""Powers of ten that are exact."""
TIE = 1e-6
"""Two roundings are as good if they are as far from the number but for so much of their last digit."""


def texts(values: Array) -> list[str]:
    """Return numbers as JSON: the fewest digits that restore their bits; NaN and infinities as words in quotes.

    Args:
        values: The numbers, `(n,)`.
    """
    if not len(values):
        return []
    with np.errstate(all="ignore"):
        decimals, sure = shortest(values)
    words = msgspec.json.encode(decimals.tolist()).decode()[1:-1].split(",")
    if not sure.all():
        others = np.flatnonzero(~sure)
        for at, word in zip(others.tolist(), values[others].astype(str).tolist(), strict=True):
            words[at] = NOT_NUMBERS.get(word, word)
    return words


def shortest(values: Array) -> tuple[Array, NDArray[np.bool_]]:
    """Return numbers in float64 with the fewest digits that restore their bits, and for which of them this is sure.

    Numbers are rounded to more and more digits until their bits are restored. Left out are very small and large ones,
    NaN, and those for which two roundings are as good.
    """
    wide = values.astype(np.float64)
    size = np.abs(wide)
    if values.dtype == np.float64:
        return wide, (size >= LEAST) & (size < LARGEST) | (size == 0)
    least, most = DIGITS_OF[values.dtype.itemsize]
    sure = (size >= LEAST) & (size < 10.0 ** (least - 1)) | (size == 0)
    exponents = np.floor(np.log10(np.where(sure & (size > 0), size, 1.0))).astype(np.int64)
    power_of_two = np.abs(np.frexp(wide)[0]) == 0.5  # its neighbours are not equally far
    found, left = wide.copy(), sure.copy()
    for digits in range(least, most + 1):
        scale = POWERS[digits - 1 - exponents]
        scaled = np.where(left, wide, 0.0) * scale
        whole = np.rint(scaled)
        near = whole / scale
        tie = np.abs(np.abs(scaled - whole) - 0.5) < TIE
        sure &= ~(left & (tie | (power_of_two & (near != wide))))
        fits = left & (near.astype(values.dtype) == values)
        found[fits] = near[fits]
        left &= ~fits
        if not left.any():
            break
    return found, sure & ~left

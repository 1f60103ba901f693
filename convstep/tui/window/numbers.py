"""Formats for the numbers of a grid that has limited room."""

from __future__ import annotations

from functools import lru_cache
from math import floor, log10

from convstep.figures import Extent, Format, fitting, minus

LEAST_UNITS = 3
"""A grid's largest number must be at least this many units of its last decimal."""


@lru_cache(512)
def formats(shown: Extent, layer: Extent, decimals: int) -> tuple[Format, ...]:
    """Return the formats for some numbers, best first.

    First those wide enough for all of the layer's numbers, so that columns do not move from step to step; then those
    with fewer decimals; then a shared power of ten.

    Args:
        shown: The extent of the numbers.
        layer: The extent of all of the layer's numbers.
        decimals: The most decimals.
    """
    found = [fitting(shown, layer, decimals), fitting(shown, None, decimals)]
    for fewer in range(decimals - 1, -1, -1):
        if shown.largest * 10**fewer >= (LEAST_UNITS if fewer else 10):
            found += [fitting(shown, layer, fewer), fitting(shown, None, fewer)]
    if shown.largest > 0:
        found.append(_power_of_ten(shown))
    return tuple(found)


def _power_of_ten(shown: Extent) -> Format:
    exponent = floor(log10(shown.largest))
    width = len(minus(f"{shown.largest / 10.0**exponent:.1f}")) + shown.negative
    return Format(1, exponent, max(width, 4) if shown.nonfinite else width)


def best_format(shown: Extent, layer: Extent, decimals: int, room: int) -> Format | None:
    """Return the best format that fits into `room` characters; None if none does."""
    return next((form for form in formats(shown, layer, decimals) if form.width <= room), None)

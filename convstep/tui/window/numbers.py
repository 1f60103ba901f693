"""How the numbers of a grid are written in the cells that there are."""

from __future__ import annotations

from functools import lru_cache
from math import floor, log10

from convstep.figures import Extent, Format, fitting, minus

LEAST_UNITS = 3
"""A grid's largest number is at least this many units of its last decimal: with fewer decimals it would say nothing."""


@lru_cache(512)
def formats(shown: Extent, layer: Extent, decimals: int) -> tuple[Format, ...]:
    """Return in which ways numbers may be written, the best first.

    Numbers with room for all of the layer's come first, so that columns stay where they are from step to step; then
    fewer decimals; then a power of ten that all share.

    Args:
        shown: What is to be written.
        layer: What it is a part of.
        decimals: At most how many.
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
    """Return the best way to write numbers in `room` characters; None if there is none."""
    return next((form for form in formats(shown, layer, decimals) if form.width <= room), None)

"""Numbers as they are shown and written."""

from __future__ import annotations

import math
from typing import Any

import numpy as np


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


def short(value: Any) -> str:
    """Return a number in a few characters, for people: 0.1842, −12.5, 1.2e+09, NaN, ∞."""
    number = float(value)
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "∞" if number > 0 else "−∞"
    text = f"{number:.4g}" if abs(number) >= 1e-4 or number == 0 else f"{number:.1e}"
    return text.replace("-", "−")

"""How much memory something takes."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable


def taken(action: Callable[[], object]) -> int:
    """Return how many bytes of memory an action takes at its peak."""
    tracemalloc.start()
    try:
        action()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

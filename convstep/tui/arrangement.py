"""Where everything is on the screen: a pure function of its size."""

from __future__ import annotations

from textual.geometry import NULL_OFFSET, Region, Size, Spacing
from textual.layout import ArrangeResult, Layout, WidgetPlacement
from textual.widget import Widget

LEAST = Size(60, 18)
"""Below this there is no room to show a window, its filter and where they are."""

NARROW, LOW = 100, 30
CODE, OPENED_CODE = 10, 15
"""Lines that the code needs: of a window, and of one opened into its taps."""

WINDOW = 26
"""Columns that a 4x4 filter needs in numbers."""

SLICE_AND_FILTER = 48
"""Columns that a 4x4 slice needs beside its filter."""

PICTURE = 68
"""Columns that a picture 64 wide needs pixel for pixel, with its padding and the ruler."""


def is_compact(width: int, height: int) -> bool:
    """Return whether there is only room for the maps, the window and the sum."""
    return width < NARROW or height < LOW


def arrange(width: int, height: int) -> dict[str, Region]:
    """Return where each widget is, by name; one that is not there has no room. Below LEAST that is all of them."""
    if width < LEAST.width or height < LEAST.height:
        return {}
    inner = width - 2
    compact = is_compact(width, height)
    last = height - 1
    places = {"top": Region(1, 0, inner, 1), "net": Region(1, 1, inner, 1), "keys": Region(1, last, inner, 1)}
    if compact:
        head, words, timeline, said = 2, 2, last - 1, last
        places["sum"] = Region(1, timeline - words, inner, words)
        maps_end = timeline - words
    else:
        head, timeline, said = 3, last - 2, last - 1
        words = OPENED_CODE if height >= 45 else CODE
        left = (inner - 3) // 2
        places |= _titled("sum", Region(1, timeline - words, left, words))
        places |= _titled("code", Region(1 + left + 3, timeline - words, inner - left - 3, words))
        maps_end = timeline - words - 1
    places["timeline"] = Region(1, timeline, inner, 1)
    places["said"] = places["prompt"] = Region(1, said, inner, 1)
    x = 1
    for name, columns in zip(("input", "window", "output"), _columns(inner - 4, compact), strict=True):
        places |= _titled(name, Region(x, head, columns, maps_end - head))
        x += columns + 2
    return places


def _columns(width: int, compact: bool) -> tuple[int, int, int]:
    """Return the widths of input, window and output."""
    middle = WINDOW if compact else width * 3 // 7
    if width - 2 * PICTURE >= SLICE_AND_FILTER:
        middle = min(middle, width - 2 * PICTURE)
    side = (width - middle) // 2
    return side, width - 2 * side, side


def _titled(name: str, region: Region) -> dict[str, Region]:
    """Return the places of a panel and of its title above it."""
    x, y, width, height = region
    return {f"{name}-title": Region(x, y, width, 1), name: Region(x, y + 1, width, height - 1)}


class Arrangement(Layout):
    """Puts a screen's children where `arrange` says, by their id."""

    name = "arrangement"

    def arrange(self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True) -> ArrangeResult:
        """Return where the children are."""
        del parent, greedy
        places = arrange(size.width, size.height)
        nowhere = Region(0, 0, 0, 0)
        return [
            WidgetPlacement(places.get(child.id or "", nowhere), NULL_OFFSET, Spacing(), child) for child in children
        ]
